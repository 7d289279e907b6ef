import { tableArn } from '../arn.ts'
import { readByArn } from '../arn-store.ts'
import { backups } from '../backup-record.ts'
import type { DynamoOperation } from '../deps.ts'
import { describeTable } from '../describe-table.ts'
import { backupInUse, noBackup } from '../errors.ts'
import { beginRestore } from '../restored-table.ts'

export const restoreTableFromBackup: DynamoOperation<'RestoreTableFromBackup'> = async (deps, input, context) => {
  const arn = input.BackupArn ?? ''
  const backup = await readByArn(deps.store, backups, arn)
  if (backup === undefined) throw noBackup(arn)
  if (backup.progress.kind === 'running') throw backupInUse(arn)
  const { account, region } = context
  const record = await beginRestore(deps, {
    source: backup.table,
    target: { account, region, name: input.TargetTableName },
    overrides: input,
    origin: { backupArn: arn, tableArn: tableArn(backup.table), atMs: backup.createdMs },
    from: { space: backup.space },
  })
  return { TableDescription: await describeTable(record, deps.sizes) }
}
