// Which destinations a new version, a marker or a change goes to. The events that carry it there enter the outbox in the
// commit that made it, one for each destination; those of one key stay in order.
import { newRequestId } from '#base/ids.ts'
import { outboxAppend } from '#events/outbox.ts'
import type { Append } from '#storage/store.ts'
import type { BucketRecord } from '../bucket.ts'
import type { S3Deps } from '../deps.ts'
import type { ObjectRecord, VersionRecord } from '../object-record.ts'
import { type ReplicationRule, rulesFor } from '../settings/replication-rules.ts'
import { filterMatches } from '../settings/lifecycle-rules.ts'

/** The source name of the envelopes that carry versions to other buckets. */
export const REPLICATION_SOURCE = 'mayfly.s3.replication'
/** The name of the target that receives them. */
export const REPLICATION_TARGET = 's3'

/** What such an envelope carries: which version, not its bytes. */
export interface ReplicationData {
  readonly bucket: string
  /** Base64 of the key's bytes: JSON has no other bytes. */
  readonly key: string
  readonly versionId: string | undefined
  readonly destination: string
  readonly ruleId: string
}

export interface ReplicationPlan<V extends VersionRecord> {
  /** The version with the state of its replication. */
  readonly version: V
  readonly appends: readonly Append[]
}

/** For a new object: it waits for every destination. At once where the bucket has none. */
export function planObject(
  deps: S3Deps,
  bucket: BucketRecord,
  key: string,
  version: ObjectRecord,
): ReplicationPlan<ObjectRecord> | Promise<ReplicationPlan<ObjectRecord>> {
  return bucket.documents?.replication === undefined
    ? { version, appends: [] }
    : planByRules(deps, bucket, key, version)
}

async function planByRules(
  deps: S3Deps,
  bucket: BucketRecord,
  key: string,
  version: ObjectRecord,
): Promise<ReplicationPlan<ObjectRecord>> {
  const rules = await objectRules(deps, bucket, key, version)
  if (rules.length === 0) return { version, appends: [] }
  const waiting = rules.map((rule) => rule.bucket)
  return {
    version: { ...version, replication: { kind: 'source', waiting } },
    appends: rules.map((rule) => append(deps, bucket, key, version.versionId, rule)),
  }
}

/** For a change of an object (tags, lock): where it went, the change goes too. */
export async function planChange(
  deps: S3Deps,
  bucket: BucketRecord,
  key: string,
  version: ObjectRecord,
): Promise<readonly Append[]> {
  if (version.replication?.kind !== 'source') return []
  const rules = await objectRules(deps, bucket, key, version)
  return rules.map((rule) => append(deps, bucket, key, version.versionId, rule))
}

/** For a delete marker: to the destinations whose rules want markers. */
export async function planMarker(
  deps: S3Deps,
  bucket: BucketRecord,
  key: string,
  versionId: string | undefined,
): Promise<readonly Append[]> {
  const settings = await deps.documents.get(deps.store, bucket, 'replication')
  const rules = (settings?.rules ?? []).filter(
    ({ enabled, deleteMarkers, filter }) =>
      enabled && deleteMarkers && !filter.tags && filterMatches(filter, { key, size: 0 }),
  )
  const byBucket = new Map(rules.map((rule) => [rule.bucket, rule]))
  return [...byBucket.values()].map((rule) => append(deps, bucket, key, versionId, rule))
}

async function objectRules(
  deps: S3Deps,
  bucket: BucketRecord,
  key: string,
  { size, tags, encryption, replication }: ObjectRecord,
): Promise<readonly ReplicationRule[]> {
  if (bucket.documents?.replication === undefined || replication?.kind === 'replica') return []
  const settings = await deps.documents.get(deps.store, bucket, 'replication')
  const rules = settings ? rulesFor(settings, { key, size, ...(tags && { tags }) }) : []
  return encryption?.kind === 'kms' ? rules.filter((rule) => rule.kmsObjects) : rules
}

function append(
  deps: S3Deps,
  bucket: BucketRecord,
  key: string,
  versionId: string | undefined,
  rule: ReplicationRule,
): Append {
  const data: ReplicationData = {
    bucket: bucket.name,
    key: Buffer.from(key).toString('base64'),
    versionId,
    destination: rule.bucket,
    ruleId: rule.id,
  }
  return outboxAppend({
    envelope: {
      id: newRequestId(),
      source: REPLICATION_SOURCE,
      type: 'Replicate',
      subject: `${bucket.name}/${key}`,
      timeMs: deps.clock.nowMs(),
      account: bucket.account,
      region: bucket.region,
      hops: 0,
      data,
    },
    destination: { target: REPLICATION_TARGET, arn: rule.bucketArn, lane: `${bucket.name}/${key}` },
  })
}
