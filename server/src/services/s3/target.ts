// How events reach buckets. What is to be replicated goes to the replication; a document that the role of a function sends
// (the record of what it could not process) becomes an object, which is on disk when the delivery is told to be done. The
// destination names the object, so a delivery that is repeated writes the same one again.
import type { Destination, Envelope } from '#events/envelope.ts'
import type { DeliveryOutcome, EventOrigin, Need, RetryPolicy, Target } from '#events/target.ts'
import { AwsError } from '#protocol/errors.ts'
import { keyConditions } from '#protocol/key-use.ts'
import { bucketArn, objectArn } from './arn.ts'
import type { BucketRecord } from './bucket.ts'
import type { S3Deps } from './deps.ts'
import { encryptionIn } from './encryption/wish.ts'
import { internalContext } from './internal-context.ts'
import { putObject } from './operations/put-object.ts'
import { REPLICATION_SOURCE } from './replication/plan.ts'

/** Waits before an attempt is repeated; an hour of trying, as for queues. */
const RETRY_DELAYS_MS = [100, 1000, 5000, 20_000, 60_000, 120_000, 240_000, 480_000, 960_000, 1_800_000]
const AGE_MAX_MS = 6 * 60 * 60 * 1000
const POLICY: RetryPolicy = { delaysMs: RETRY_DELAYS_MS, ageMaxMs: AGE_MAX_MS }

const LAMBDA = 'lambda.amazonaws.com'

/** A bucket, and a key where an object is named. */
const ARN = /^arn:aws[a-z-]*:s3:::([^/:*]+)(?:\/(.+))?$/s

interface Place {
  readonly bucket: string
  readonly key: string | undefined
}

export class BucketTarget implements Target {
  readonly name = 's3'
  readonly #deps: S3Deps
  readonly #replication: Target

  constructor(deps: S3Deps, replication: Target) {
    this.#deps = deps
    this.#replication = replication
  }

  /** Replicas go to buckets, documents to objects. */
  async retryPolicy(destination: Destination): Promise<RetryPolicy> {
    return placeOf(destination.arn)?.key === undefined ? this.#replication.retryPolicy(destination) : POLICY
  }

  async refusal(arn: string, origin: EventOrigin): Promise<string | undefined> {
    if (!origin.principal.startsWith('arn:') || (origin.roleOf ?? LAMBDA) !== LAMBDA)
      return 'buckets take no events, but for the records of functions'
    const place = placeOf(arn)
    if (place === undefined) return `${arn} is not the ARN of a bucket`
    return (await this.#find(place.bucket)) === undefined ? `there is no bucket ${place.bucket}` : undefined
  }

  /** Source: Lambda developer guide, "Capturing records of Lambda asynchronous invocations": to write, and to list. */
  async needs(arn: string, { account }: EventOrigin): Promise<readonly Need[]> {
    const place = placeOf(arn)
    const bucket = place && (await this.#find(place.bucket))
    if (bucket === undefined) return []
    const put = (resource: string): Need => ({ action: 's3:PutObject', resource, conditions: {} })
    const own = bucketArn(bucket.name)
    return [
      // Before there is an object: any.
      put(objectArn(bucket.name, place?.key ?? '*')),
      ...(place?.key === undefined ? [{ action: 's3:ListBucket', resource: own, conditions: {} }] : []),
      ...(await this.#keyNeeds(bucket, place?.key ?? '*', account)),
    ]
  }

  async deliver(
    envelope: Envelope,
    destination: Destination,
    payload: Uint8Array,
    attempt: number,
  ): Promise<DeliveryOutcome> {
    if (envelope.source === REPLICATION_SOURCE)
      return this.#replication.deliver(envelope, destination, payload, attempt)
    const { bucket: name, key } = placeOf(destination.arn) ?? {}
    const bucket = name === undefined ? undefined : await this.#find(name)
    if (bucket === undefined || key === undefined)
      return { kind: 'rejected', reason: `there is no bucket for ${destination.arn}` }
    try {
      await this.#put(envelope, bucket, key, payload)
      return { kind: 'delivered' }
    } catch (error) {
      // What S3 refuses, it refuses again.
      if (error instanceof AwsError && error.status < 500 && error.status !== 429)
        return { kind: 'rejected', reason: error.message }
      throw error
    }
  }

  /** The object is the bucket owner's; what its notifications start is one hop further in the chain. */
  async #put(envelope: Envelope, bucket: BucketRecord, key: string, payload: Uint8Array): Promise<void> {
    const deps = { ...this.#deps, hops: { next: () => envelope.hops + 1 } }
    const bytes = Buffer.from(payload)
    const Body = {
      length: bytes.length,
      bytes: async () => bytes,
      async *stream() {
        yield bytes
      },
      trailers: () => new Map<string, string>(),
    }
    const input = { Bucket: bucket.name, Key: key, ContentType: 'application/json', Body }
    // Notifications tell of a put by an API, which comes with this method.
    const context = internalContext(bucket, 'PutObject', 'lambda')
    await putObject(deps, input, { ...context, http: { ...context.http, method: 'PUT' } })
  }

  async #find(name: string): Promise<BucketRecord | undefined> {
    return (await this.#deps.seen.look(name))?.value
  }

  /** A customer's KMS key that the bucket encrypts with is used with the role's own permission. */
  async #keyNeeds(bucket: BucketRecord, key: string, account: string): Promise<readonly Need[]> {
    const wish = encryptionIn(bucket, 'bucket-default', undefined)
    if (wish.kind !== 'kms') return []
    try {
      const { encryption } = await this.#deps.objectKeys.create(wish, bucket, key)
      if (encryption.kind !== 'kms' || (encryption.managed && account === bucket.account)) return []
      const { keyArn, context: bound = {} } = encryption
      const conditions = keyConditions({ service: 's3', keyArn, bound }, account)
      return [{ action: 'kms:GenerateDataKey', resource: keyArn, conditions }]
    } catch (error) {
      // A key that cannot be used at all: the put tells.
      if (error instanceof AwsError) return []
      throw error
    }
  }
}

function placeOf(arn: string): Place | undefined {
  const [, bucket, key] = ARN.exec(arn) ?? []
  return bucket === undefined ? undefined : { bucket, key }
}
