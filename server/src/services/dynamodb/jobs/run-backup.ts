import { changeByArn, readByArn } from '../arn-store.ts'
import { backups, type Progress } from '../backup-record.ts'
import type { DynamoDeps } from '../deps.ts'
import type { Job } from '../jobs.ts'
import { SPACE_PREFIX } from '../table-record.ts'
import { clearRange } from './clear-range.ts'
import { copyItems, countSpace } from './copy-items.ts'

/** Copies a table's items into the space of a backup. */
export async function runBackup(
  deps: DynamoDeps,
  { backupArn, from }: Extract<Job, { readonly kind: 'backup' }>,
  signal: AbortSignal,
): Promise<void> {
  const backup = await readByArn(deps.store, backups, backupArn)
  if (backup?.progress.kind !== 'running') return
  await clearRange(deps, [SPACE_PREFIX, backup.space], signal)
  await copyItems(deps, from, { space: backup.space, key: backup.table.key }, signal)
  const { items, bytes } = await countSpace(deps, backup.space, signal)
  if (signal.aborted) return
  const progress: Progress = { kind: 'done', endedMs: deps.clock.nowMs(), items, bytes }
  await changeByArn(deps.store, backups, backupArn, (record) => ({ ...record, progress }))
}
