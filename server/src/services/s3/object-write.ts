// The one commit by which an object comes into being, whether put, copied or completed: record, inline body, reference
// to its blob, end of the body it replaces, and the events, all or nothing.
import { AwsError } from '#protocol/errors.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { StoreFullError } from '#storage/store.ts'
import { ConflictError, transact, type Transaction } from '#storage/transact.ts'
import { type BucketCaller, type BucketRecord, buckets, keepOpen, requireBucket } from './bucket.ts'
import type { Checksum } from './checksum.ts'
import { checkWrite, type WriteConditions } from './conditions.ts'
import type { S3Deps } from './deps.ts'
import { s3Error } from './errors.ts'
import type { ObjectEventType } from './event-types.ts'
import { objectEventAppends } from './events.ts'
import type { ObjectMetadata } from './metadata.ts'
import { blobReferences, bodies, type BodyLocation, type ObjectRecord, objects, REFERENCE } from './object-record.ts'
import type { StoredBody } from './receive-body.ts'
import { trashBody } from './trash.ts'

/** A body that a new object gets: received just now, or the parts of an upload. */
export type NewBody = StoredBody | Extract<BodyLocation, { kind: 'parts' }>

export interface NewObject {
  readonly bucket: string
  readonly key: string
  readonly keyBytes: Buffer
  readonly caller: BucketCaller
  readonly context: RequestContext
  readonly event: ObjectEventType
  readonly conditions: WriteConditions
  readonly metadata: ObjectMetadata
  readonly size: number
  readonly etag: string
  readonly checksum: Checksum
  readonly body: NewBody
  /** Whatever else belongs into the commit; may throw to refuse it. */
  readonly also?: (transaction: Transaction) => Promise<void>
}

/** Writes the object. Throws NoSuchBucket, AccessDenied, NoSuchKey and PreconditionFailed, SlowDown. */
export async function writeObject(deps: S3Deps, object: NewObject): Promise<ObjectRecord> {
  const nowMs = deps.clock.nowMs()
  let dropped = false
  const record = await retrying(deps, async (transaction) => {
    const objectKey = [object.bucket, object.keyBytes]
    const [bucketEntry, oldEntry] = await transaction.getMany([
      buckets.keyOf([object.bucket]),
      objects.keyOf(objectKey),
    ])
    const bucket = requireBucket(buckets.read(bucketEntry), object.bucket, object.caller)
    const old = objects.read(oldEntry)?.value
    checkWrite(object.conditions, object.key, old)
    await object.also?.(transaction)
    const next = recordOf(object, deps.sequencer(old?.sequencer), nowMs)
    await objects.set(transaction, objectKey, next)
    await writeBody(transaction, objectKey, object.body, old)
    dropped = old !== undefined && dropBody(transaction, old)
    await keepOpen(transaction, bucket)
    appendEvents(deps, transaction, object, bucket, next, nowMs)
    return next
  })
  if (dropped) deps.trash.wake()
  return record
}

/** Runs a transaction of S3: losing every race is SlowDown, which clients repeat. */
export async function retrying<T>(deps: S3Deps, body: (transaction: Transaction) => Promise<T>): Promise<T> {
  try {
    return await transact(deps.store, body, { clock: deps.clock })
  } catch (error) {
    if (error instanceof ConflictError) throw s3Error('SlowDown', { cause: error })
    throw error
  }
}

/** Lets go of a body in this transaction; true when there is trash to collect after its commit. */
export function dropBody(transaction: Transaction, old: ObjectRecord): boolean {
  const append = trashBody(old.body)
  if (append) transaction.append(append.log, append.value)
  return append !== undefined
}

async function writeBody(
  transaction: Transaction,
  objectKey: readonly [string, Buffer] | readonly (string | Buffer)[],
  body: NewBody,
  old: ObjectRecord | undefined,
): Promise<void> {
  if (body.kind === 'inline') await bodies.set(transaction, objectKey, body.bytes)
  else if (old?.body.kind === 'inline') await bodies.delete(transaction, objectKey)
  if (body.kind === 'blob') await blobReferences.set(transaction, [body.id], REFERENCE)
}

function recordOf(object: NewObject, sequencer: string, nowMs: number): ObjectRecord {
  const { metadata, size, etag, checksum, body } = object
  return {
    ...metadata,
    size,
    etag,
    modifiedMs: nowMs - (nowMs % 1000),
    checksum,
    body: body.kind === 'inline' ? { kind: 'inline' } : body,
    sequencer,
  }
}

function appendEvents(
  deps: S3Deps,
  transaction: Transaction,
  { context, event, key }: NewObject,
  bucket: BucketRecord,
  { size, etag, sequencer }: ObjectRecord,
  nowMs: number,
): void {
  const origin = { context, nowMs, hops: deps.hops }
  for (const { log, value } of objectEventAppends(
    { type: event, bucket, key, sequencer, object: { size, etag } },
    origin,
  ))
    transaction.append(log, value)
}

/**
 * Runs the commit that takes over a received body. When it certainly did not happen, the blob is deleted (best effort: else
 * it is swept). When nobody knows, because the store failed under it, the blob must stay: the object may be there.
 */
export async function keepBody<T>(deps: S3Deps, stored: StoredBody, commit: () => Promise<T>): Promise<T> {
  try {
    return await commit()
  } catch (error) {
    const certain = error instanceof AwsError || error instanceof StoreFullError
    if (certain && stored.kind === 'blob') await deps.blobs.delete(stored.id).catch(() => {})
    throw error
  }
}
