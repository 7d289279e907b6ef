import { readByArn } from '../arn-store.ts'
import { backups } from '../backup-record.ts'
import type { DynamoOperation } from '../deps.ts'
import { describeBackup as describe } from '../describe-backups.ts'
import { noBackup } from '../errors.ts'

export const describeBackup: DynamoOperation<'DescribeBackup'> = async ({ store }, input) => {
  const arn = input.BackupArn ?? ''
  const backup = await readByArn(store, backups, arn)
  if (backup === undefined) throw noBackup(arn)
  return { BackupDescription: describe(backup) }
}
