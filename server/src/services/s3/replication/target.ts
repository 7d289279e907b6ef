// Where the event plane hands on what is to be replicated. Each event names a version; what it is now is read when its turn
// comes. A version that is gone needs no replica. What does not succeed is tried again over a day, then the version
// says FAILED.
import type { Destination, Envelope } from '#events/envelope.ts'
import type { DeliveryOutcome, RetryPolicy, Target } from '#events/target.ts'
import { AwsError } from '#protocol/errors.ts'
import type { Transaction } from '#storage/transact.ts'
import { type BucketRecord, buckets } from '../bucket.ts'
import { changeObject } from '../change-object.ts'
import type { S3Deps } from '../deps.ts'
import { type ObjectEvent, objectEventAppends } from '../events.ts'
import { internalContext } from '../internal-context.ts'
import { metadataHeaders } from './remote-headers.ts'
import type { ObjectRecord, VersionRecord } from '../object-record.ts'
import { findObject, type FoundObject, openBody, withObject } from '../object-read.ts'
import { type ReplicationRule, type ReplicationSettings } from '../settings/replication-rules.ts'
import { eventVersion } from '../object-write.ts'
import type { RemoteEndpoint } from '../remotes.ts'
import { versionIdText } from '../version-id.ts'
import { CUSTOMER_KEY, failureOf, failureOfAnswer, type ReplicationFailure } from './failure.ts'
import { findVersion } from './find-version.ts'
import type { Replicator } from './permission.ts'
import { REPLICATION_TARGET, type ReplicationData } from './plan.ts'
import { callRemote } from './remote.ts'
import { type ReplicaRefusal, replicateMarker, replicateObject } from './replica.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const POLICY: RetryPolicy = {
  delaysMs: [
    SECOND_MS,
    5 * SECOND_MS,
    30 * SECOND_MS,
    2 * MINUTE_MS,
    10 * MINUTE_MS,
    HOUR_MS,
    4 * HOUR_MS,
    12 * HOUR_MS,
  ],
  ageMaxMs: 24 * HOUR_MS,
}

export class ReplicationTarget implements Target {
  readonly name = REPLICATION_TARGET
  readonly #deps: S3Deps

  constructor(deps: S3Deps) {
    this.#deps = deps
  }

  async deliver(
    envelope: Envelope,
    _destination: Destination,
    _payload: Uint8Array,
    attempt: number,
  ): Promise<DeliveryOutcome> {
    // Made by plan.ts: its data is what that writes.
    const data = envelope.data as ReplicationData
    const settings = await this.#settings(data)
    const rule = settings?.rules.find(({ id }) => id === data.ruleId)
    // The rule was taken away: AWS still replicates what came before; without the rule nothing says how.
    if (!settings || !rule)
      return this.#failed(data, { code: 'SrcBucketReplicationConfigMissing', text: 'the rule is gone' }, rule)
    let failure: ReplicationFailure | undefined
    try {
      failure = await this.#replicate(data, rule, { account: envelope.account, role: settings.role })
    } catch (error) {
      failure = failureOf(error)
      if (failure === undefined) throw error
    }
    if (failure === undefined) {
      await this.#settle(data, 'completed')
      return { kind: 'delivered' }
    }
    if (attempt > POLICY.delaysMs.length) return this.#failed(data, failure, rule)
    return { kind: 'failed', reason: failure.text, countsAsAttempt: true }
  }

  async retryPolicy(): Promise<RetryPolicy> {
    return POLICY
  }

  async refusal(): Promise<string | undefined> {
    return 'buckets take no events'
  }

  async #failed(
    data: ReplicationData,
    failure: ReplicationFailure,
    rule: ReplicationRule | undefined,
  ): Promise<DeliveryOutcome> {
    await this.#settle(data, 'failed', rule?.metrics === true ? { rule, failure } : undefined)
    return { kind: 'rejected', reason: failure.text }
  }

  async #settings({ bucket: name }: ReplicationData): Promise<ReplicationSettings | undefined> {
    const bucket = await this.#bucket(name)
    return bucket && this.#deps.documents.get(this.#deps.store, bucket, 'replication')
  }

  async #bucket(name: string): Promise<BucketRecord | undefined> {
    return (await buckets.get(this.#deps.store, [name]))?.value
  }

  /** Undefined when it is there, or when there is nothing to replicate any more; else why not. */
  async #replicate(data: ReplicationData, rule: ReplicationRule, by: Replicator): Promise<ReplicaRefusal> {
    const key = Buffer.from(data.key, 'base64')
    const version = await findVersion(this.#deps, data.bucket, key, data.versionId)
    if (!version) return undefined
    const address = { bucket: data.destination, key, by }
    const remote = this.#deps.remotes.endpointOf(data.destination)
    if (version.kind === 'marker')
      return remote ? this.#deleteThere(remote, data, key) : replicateMarker(this.#deps, address, version)
    return withObject(
      () => this.#open(data, version),
      (found) => (remote ? this.#putThere(remote, data, found) : replicateObject(this.#deps, address, found, rule)),
    )
  }

  async #open(data: ReplicationData, { versionId }: VersionRecord): Promise<FoundObject> {
    const caller = { account: '', expectedOwner: undefined }
    const key = Buffer.from(data.key, 'base64').toString()
    const address = { bucket: data.bucket, key, versionId: versionIdText(versionId), caller }
    return findObject(this.#deps, address, true)
  }

  async #putThere(remote: RemoteEndpoint, data: ReplicationData, found: FoundObject): Promise<ReplicaRefusal> {
    const { record } = found
    if (record.encryption?.kind === 'customer') return CUSTOMER_KEY
    const body = await openBody(this.#deps, found, { start: 0, end: record.size })
    const key = Buffer.from(data.key, 'base64').toString()
    const call = { method: 'PUT', bucket: data.destination, key, query: '', body, bodyBytes: record.size } as const
    const { clock } = this.#deps
    const { status, text } = await callRemote(remote, { ...call, headers: metadataHeaders(record) }, clock.nowMs())
    return status === 200 ? undefined : failureOfAnswer('PUT', status, text)
  }

  async #deleteThere(remote: RemoteEndpoint, data: ReplicationData, key: Buffer): Promise<ReplicaRefusal> {
    const call = { method: 'DELETE', bucket: data.destination, key: key.toString(), query: '' } as const
    const nothing = { headers: {}, body: new Uint8Array(0), bodyBytes: 0 }
    const { status, text } = await callRemote(remote, { ...call, ...nothing }, this.#deps.clock.nowMs())
    return status === 204 ? undefined : failureOfAnswer('DELETE', status, text)
  }

  /** Writes the outcome into the source, if it is still there; `told` in the same commit to whom notifications name. */
  async #settle(data: ReplicationData, outcome: 'completed' | 'failed', told?: ToldFailure): Promise<void> {
    const bucket = await this.#bucket(data.bucket)
    if (!bucket) return
    const key = Buffer.from(data.key, 'base64').toString()
    const caller = { account: bucket.account, expectedOwner: undefined }
    const address = { bucket: data.bucket, key, versionId: versionIdText(data.versionId), caller }
    const context = internalContext(bucket, 'Replication', 'replication')
    const change = (record: ObjectRecord): ObjectRecord => settled(record, data.destination, outcome)
    const also = async (transaction: Transaction, record: ObjectRecord): Promise<void> => {
      if (!told) return
      const nowMs = this.#deps.clock.nowMs()
      const event = failureEvent(bucket, key, record, this.#deps.sequencer(record.sequencer), told)
      for (const append of objectEventAppends(event, { context, nowMs, hops: this.#deps.hops }))
        transaction.append(append.log, append.value)
    }
    try {
      await changeObject(this.#deps, address, { context, event: undefined, change, also })
    } catch (error) {
      // Deleted meanwhile, or a marker: nobody asks for its status.
      if (!(error instanceof AwsError)) throw error
    }
  }
}

interface ToldFailure {
  readonly rule: ReplicationRule
  readonly failure: ReplicationFailure
}

function failureEvent(
  bucket: BucketRecord,
  key: string,
  record: ObjectRecord,
  sequencer: string,
  { rule, failure }: ToldFailure,
): ObjectEvent {
  return {
    type: 'Replication:OperationFailedReplication',
    bucket,
    key,
    sequencer,
    ...eventVersion(record),
    object: record,
    replication: {
      replicationRuleId: rule.id,
      destinationBucket: rule.bucketArn,
      s3Operation: 'OBJECT_PUT',
      requestTime: new Date(record.modifiedMs).toISOString(),
      failureReason: failure.code,
    },
  }
}

function settled(record: ObjectRecord, destination: string, outcome: 'completed' | 'failed'): ObjectRecord {
  if (record.replication?.kind !== 'source') return record
  const waiting = record.replication.waiting.filter((name) => name !== destination)
  const failed = outcome === 'failed' || record.replication.failed === true
  return { ...record, replication: { kind: 'source', waiting, ...(failed && { failed: true }) } }
}
