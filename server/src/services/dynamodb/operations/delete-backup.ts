import { transact } from '#storage/transact.ts'
import { readByArn } from '../arn-store.ts'
import { backups } from '../backup-record.ts'
import type { DynamoOperation } from '../deps.ts'
import { describeBackup } from '../describe-backups.ts'
import { backupInUse, noBackup } from '../errors.ts'
import { SPACE_PREFIX } from '../table-record.ts'

export const deleteBackup: DynamoOperation<'DeleteBackup'> = async ({ store, jobs }, input) => {
  const arn = input.BackupArn ?? ''
  const backup = await transact(store, async (transaction) => {
    const found = await readByArn(transaction, backups, arn)
    const key = backups.keyOf(arn)
    if (found === undefined || key === undefined) throw noBackup(arn)
    if (found.progress.kind === 'running') throw backupInUse(arn)
    transaction.delete(key)
    jobs.add(transaction, { kind: 'clear', prefix: [SPACE_PREFIX, found.space] })
    return found
  })
  jobs.wake()
  const description = describeBackup(backup)
  const { BackupDetails: details } = description
  return {
    BackupDescription: {
      ...description,
      ...(details !== undefined && { BackupDetails: { ...details, BackupStatus: 'DELETED' } }),
    },
  }
}
