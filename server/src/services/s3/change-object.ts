// What the operations that change something about a version share: a new record in its place; bytes, tag and time stay.
import type { RequestContext } from '#protocol/operation.ts'
import type { Transaction } from '#storage/transact.ts'
import { type BucketRecord, buckets, requireBucket } from './bucket.ts'
import type { S3Deps } from './deps.ts'
import { s3Error } from './errors.ts'
import type { ObjectEventType } from './event-types.ts'
import { objectEventAppends } from './events.ts'
import { KeyHistory } from './key-history.ts'
import { keyBytes, type ObjectRecord, objects } from './object-record.ts'
import { type ObjectAddress, versionHeader } from './object-read.ts'
import { planChange } from './replication/plan.ts'
import { eventVersion, historyAddress, retrying } from './object-write.ts'

export interface ObjectChange {
  readonly context: RequestContext
  /** Told to whom it may concern; undefined: nobody is. */
  readonly event: ObjectEventType | undefined
  /** The changed record; may throw to refuse. Runs again when the commit lost a race. */
  readonly change: (record: ObjectRecord, bucket: BucketRecord) => ObjectRecord
  /** Whatever else belongs into the commit. */
  readonly also?: (transaction: Transaction, record: ObjectRecord) => Promise<void>
}

export interface ChangedObject {
  readonly bucket: BucketRecord
  readonly record: ObjectRecord
  /** As answers show it; undefined where versioning was never on. */
  readonly versionId: string | undefined
}

/**
 * Changes one version. Throws NoSuchBucket, AccessDenied, NoSuchKey, NoSuchVersion, MethodNotAllowed for a delete marker,
 * and what `change` throws.
 */
export async function changeObject(
  deps: S3Deps,
  { bucket: name, key: keyText, versionId, caller }: ObjectAddress,
  { context, event, change, also }: ObjectChange,
): Promise<ChangedObject> {
  const key = keyBytes(keyText)
  return retrying(deps, async (transaction) => {
    const [bucketEntry, latestEntry] = await transaction.getMany([buckets.keyOf([name]), objects.keyOf([name, key])])
    const bucket = requireBucket(buckets.read(bucketEntry), name, caller)
    const history = new KeyHistory(transaction, historyAddress(bucket, key), objects.read(latestEntry)?.value)
    const found = versionId === undefined ? history.latest : await history.find(versionId)
    if (!found)
      throw versionId === undefined
        ? s3Error('NoSuchKey', { fields: { Key: keyText } })
        : s3Error('NoSuchVersion', { fields: { Key: keyText, VersionId: versionId } })
    if (found.kind === 'marker') throw onMarker(bucket, found.versionId)
    const record = change(found, bucket)
    await history.replace(record)
    await also?.(transaction, record)
    // A change that tells nobody is S3's own.
    if (event !== undefined)
      for (const append of await planChange(deps, bucket, keyText, record)) transaction.append(append.log, append.value)
    if (event !== undefined) {
      const nowMs = deps.clock.nowMs()
      const told = { type: event, bucket, key: keyText, sequencer: deps.sequencer(record.sequencer), object: record }
      for (const append of objectEventAppends(
        { ...told, ...eventVersion(record) },
        { context, nowMs, hops: deps.hops },
      ))
        transaction.append(append.log, append.value)
    }
    return { bucket, record, versionId: versionHeader(bucket, record) }
  })
}

function onMarker(bucket: BucketRecord, versionId: string | undefined): Error {
  return s3Error('MethodNotAllowed', {
    fields: { ResourceType: 'DeleteMarker' },
    headers: {
      'x-amz-delete-marker': 'true',
      ...(bucket.versioning !== undefined && { 'x-amz-version-id': versionId ?? 'null' }),
    },
  })
}
