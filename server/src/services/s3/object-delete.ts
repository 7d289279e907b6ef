// Deleting: without a version id the latest version goes, or in a bucket with versioning gets a delete marker on top; with
// one that very version goes for good. Source: S3 user guide, "Deleting object versions from a versioning-enabled bucket".
import type { RequestContext } from '#protocol/operation.ts'
import type { Transaction } from '#storage/transact.ts'
import { type BucketRecord, keepOpen } from './bucket.ts'
import { checkDelete, type DeleteConditions } from './conditions.ts'
import type { S3Deps } from './deps.ts'
import type { ObjectEventType } from './event-types.ts'
import { objectEventAppends } from './events.ts'
import { KeyHistory } from './key-history.ts'
import { checkDeletable } from './object-lock.ts'
import type { DeleteMarker, VersionRecord } from './object-record.ts'
import { eventVersion, historyAddress, wholeSeconds } from './object-write.ts'
import { planMarker } from './replication/plan.ts'
import { newVersionId, versionIdText } from './version-id.ts'

export interface Deletion {
  readonly key: string
  readonly keyBytes: Buffer
  /** As the client wrote it. */
  readonly versionId: string | undefined
  readonly conditions: DeleteConditions
  /** The caller wants, and may, delete in spite of a retention in governance mode. */
  readonly bypassGovernance: boolean
  /** How it is told: as somebody's deletion, or as the rules'. */
  readonly event?: 'LifecycleExpiration'
}

export interface Deleted {
  /** Of the version that is gone, or of the new marker; undefined where versioning was never on. */
  readonly versionId: string | undefined
  /** A marker was made, or was deleted. */
  readonly marker: boolean
  /** Bytes were let go: wake the trash after the commit. */
  readonly trashed: boolean
}

/**
 * Deletes in this transaction; `latest` was read in it. Deleting what is not there is fine and tells nobody. Throws NoSuchKey
 * or PreconditionFailed when a condition does not hold, AccessDenied for a locked version, InvalidArgument for what is no
 * version id.
 */
export async function deleteInTransaction(
  deps: S3Deps,
  transaction: Transaction,
  { bucket, deletion, latest }: { bucket: BucketRecord; deletion: Deletion; latest: VersionRecord | undefined },
  context: RequestContext,
): Promise<Deleted> {
  const history = new KeyHistory(transaction, historyAddress(bucket, deletion.keyBytes), latest)
  const { versionId } = deletion
  const found = versionId === undefined ? latest : await history.find(versionId)
  checkDelete(deletion.conditions, deletion.key, found?.kind === 'object' ? found : undefined)
  const nowMs = deps.clock.nowMs()
  const tell = (type: ObjectEventType, version: { sequencer: string; versionId?: string }): void => {
    const event = { type, bucket, key: deletion.key, sequencer: version.sequencer, ...eventVersion(version) }
    for (const { log, value } of objectEventAppends(event, { context, nowMs, hops: deps.hops }))
      transaction.append(log, value)
  }
  if (versionId === undefined && bucket.versioning !== undefined) {
    const marker = newMarker(bucket, deps.sequencer(latest?.sequencer), nowMs)
    await history.put(marker)
    await keepOpen(transaction, bucket)
    for (const { log, value } of await planMarker(deps, bucket, deletion.key, marker.versionId))
      transaction.append(log, value)
    tell(`${deletion.event ?? 'ObjectRemoved'}:DeleteMarkerCreated`, marker)
    return { versionId: versionIdText(marker.versionId), marker: true, trashed: history.trashed }
  }
  const shown = bucket.versioning === undefined ? undefined : versionId
  if (!found) return { versionId: shown, marker: false, trashed: false }
  if (found.kind === 'object') checkDeletable(found, nowMs, deletion.bypassGovernance)
  await history.remove(found)
  tell(`${deletion.event ?? 'ObjectRemoved'}:Delete`, {
    ...eventVersion(found),
    sequencer: deps.sequencer(found.sequencer),
  })
  return { versionId: shown, marker: found.kind === 'marker', trashed: history.trashed }
}

function newMarker({ versioning }: BucketRecord, sequencer: string, nowMs: number): DeleteMarker {
  return {
    kind: 'marker',
    ...(versioning === 'Enabled' && { versionId: newVersionId(sequencer) }),
    modifiedMs: wholeSeconds(nowMs),
    sequencer,
  }
}
