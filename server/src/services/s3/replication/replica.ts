// Replicas in a bucket of this Mayfly: the same version (id, time, ETag, metadata) in the destination, with bytes of its own
// under the destination's encryption. Making one that is there already only brings its tags and lock up to date.
import { type BucketRecord, buckets, keepOpen } from '../bucket.ts'
import { copyBytes } from '../copy-bytes.ts'
import type { S3Deps } from '../deps.ts'
import type { ObjectEncryption } from '../encryption/object-encryption.ts'
import type { SealingKey } from '../encryption/object-keys.ts'
import { encryptionIn } from '../encryption/wish.ts'
import { objectEventAppends } from '../events.ts'
import { internalContext } from '../internal-context.ts'
import { KeyHistory } from '../key-history.ts'
import type { StorageClass } from '../metadata.ts'
import {
  type DeleteMarker,
  type ObjectRecord,
  objects,
  orderOf,
  type VersionRecord,
  versions,
} from '../object-record.ts'
import type { FoundObject } from '../object-read.ts'
import { eventVersion, historyAddress, keepBody, locationOf, retrying, writeBody } from '../object-write.ts'
import type { StoredBody } from '../receive-body.ts'
import type { ReplicationRule } from '../settings/replication-rules.ts'
import { CUSTOMER_KEY, type ReplicationFailure } from './failure.ts'
import { mayReplicate, type Replicator } from './permission.ts'
import { versionIdText } from '../version-id.ts'

export interface ReplicaAddress {
  /** Of the destination. */
  readonly bucket: string
  readonly key: Buffer
  /** Who makes it. */
  readonly by: Replicator
}

/** Why there can be no replica; undefined when there is one now. */
export type ReplicaRefusal = ReplicationFailure | undefined

/** The destination, if it takes replicas. */
async function destinationOf(
  deps: S3Deps,
  { bucket: name, key, by }: ReplicaAddress,
  action: 's3:ReplicateObject' | 's3:ReplicateDelete',
): Promise<BucketRecord | ReplicaRefusal> {
  const bucket = (await buckets.get(deps.store, [name]))?.value
  if (!bucket) return { code: 'DstBucketNotFound', text: `the bucket ${name} does not exist` }
  if (!(await mayReplicate(deps, by, bucket, { key, action })))
    return {
      code: action === 's3:ReplicateObject' ? 'DstPutObjectNotPermitted' : 'DstDelObjNotPermitted',
      text: `the policy of ${name} does not allow ${action}`,
    }
  if (bucket.versioning === 'Enabled') return bucket
  return { code: 'DstBucketUnversioned', text: `the bucket ${name} is not versioned` }
}

/** Makes the replica of an object. */
export async function replicateObject(
  deps: S3Deps,
  address: ReplicaAddress,
  source: FoundObject,
  rule: ReplicationRule,
): Promise<ReplicaRefusal> {
  const destination = await destinationOf(deps, address, 's3:ReplicateObject')
  if (destination === undefined || 'code' in destination) return destination
  if (await updateReplica(deps, address, source.record)) return undefined
  if (source.record.encryption?.kind === 'customer') return CUSTOMER_KEY
  const { stored, encryption } = await copyOf(deps, destination, address, { source, rule })
  await keepBody(deps, stored, () =>
    writeReplica(deps, address, replicaOf(source.record, rule, encryption, stored), stored),
  )
  return undefined
}

async function copyOf(
  deps: S3Deps,
  destination: BucketRecord,
  { key }: ReplicaAddress,
  { source, rule }: { readonly source: FoundObject; readonly rule: ReplicationRule },
): Promise<{ readonly stored: StoredBody; readonly encryption: ObjectEncryption }> {
  const { encryption } = source.record
  const kms = encryption?.kind === 'kms' ? rule.replicaKmsKey : undefined
  const dual = encryption?.kind === 'kms' && encryption.outer !== undefined && ({ dual: true } as const)
  const wish =
    kms === undefined
      ? encryptionIn(destination, 'bucket-default', undefined)
      : ({ kind: 'kms', key: kms, bucketKey: false, ...dual, context: {} } as const)
  const newKey = (): Promise<SealingKey> => deps.objectKeys.create(wish, destination, key.toString())
  const { algorithm } = source.record.checksum
  return copyBytes(deps, source, algorithm, { wish, newKey, customerKey: undefined })
}

function replicaOf(
  { acl: _acl, restore: _restore, ...record }: ObjectRecord,
  rule: ReplicationRule,
  encryption: ObjectEncryption,
  stored: StoredBody,
): ObjectRecord {
  return {
    ...record,
    // Which classes there are was checked when the rule was put.
    ...(rule.storageClass !== undefined && { storageClass: rule.storageClass as StorageClass }),
    body: locationOf(stored),
    encryption,
    replication: { kind: 'replica' },
  }
}

async function writeReplica(
  deps: S3Deps,
  address: ReplicaAddress,
  replica: VersionRecord,
  stored: StoredBody | undefined,
): Promise<void> {
  await retrying(deps, async (transaction) => {
    const { bucket: name, key } = address
    const [bucketEntry, latestEntry] = await transaction.getMany([buckets.keyOf([name]), objects.keyOf([name, key])])
    const bucket = buckets.read(bucketEntry)?.value
    if (!bucket) return
    const latest = objects.read(latestEntry)?.value
    const history = new KeyHistory(transaction, historyAddress(bucket, key), latest)
    if (await history.find(versionIdText(replica.versionId))) return
    // A version that the destination got meanwhile stays above one that is older.
    if (latest && latest.sequencer > replica.sequencer)
      await versions.set(transaction, [name, key, orderOf(replica.sequencer)], replica)
    else await history.put(replica)
    if (stored) await writeBody(transaction, { ...address, body: stored }, replica)
    await keepOpen(transaction, bucket)
    const event = {
      type: replica.kind === 'marker' ? 'ObjectRemoved:DeleteMarkerCreated' : 'ObjectCreated:Put',
      bucket,
      key: key.toString(),
      sequencer: replica.sequencer,
      ...eventVersion(replica),
      ...(replica.kind === 'object' && { object: replica }),
    } as const
    const context = internalContext(bucket, 'Replication', 'replication')
    for (const { log, value } of objectEventAppends(event, { context, nowMs: deps.clock.nowMs(), hops: deps.hops }))
      transaction.append(log, value)
  })
}

/** True when the version is there: its tags and its lock are the source's now. */
async function updateReplica(
  deps: S3Deps,
  { bucket: name, key }: ReplicaAddress,
  { versionId, tags, retention, legalHold }: ObjectRecord,
): Promise<boolean> {
  return retrying(deps, async (transaction) => {
    const [bucketEntry, latestEntry] = await transaction.getMany([buckets.keyOf([name]), objects.keyOf([name, key])])
    const bucket = buckets.read(bucketEntry)?.value
    if (!bucket) return false
    const history = new KeyHistory(transaction, historyAddress(bucket, key), objects.read(latestEntry)?.value)
    const found = await history.find(versionIdText(versionId))
    if (found?.kind !== 'object') return false
    const { tags: _tags, retention: _retention, legalHold: _hold, ...rest } = found
    await history.replace({
      ...rest,
      ...(tags && { tags }),
      ...(retention && bucket.objectLock && { retention }),
      ...(legalHold && bucket.objectLock && { legalHold }),
    })
    return true
  })
}

/** Makes the replica of a delete marker. */
export async function replicateMarker(
  deps: S3Deps,
  address: ReplicaAddress,
  marker: DeleteMarker,
): Promise<ReplicaRefusal> {
  const destination = await destinationOf(deps, address, 's3:ReplicateDelete')
  if (destination === undefined || 'code' in destination) return destination
  await writeReplica(deps, address, marker, undefined)
  return undefined
}
