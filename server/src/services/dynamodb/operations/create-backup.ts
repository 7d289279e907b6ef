import { tablePlace } from '../arn.ts'
import { writeByArn } from '../arn-store.ts'
import { backups, type BackupRecord } from '../backup-record.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { describeDetails } from '../describe-backups.ts'
import { notFound, tableInUse } from '../errors.ts'
import { newSpace } from '../tables.ts'

export const createBackup: DynamoOperation<'CreateBackup'> = async ({ tables, jobs, clock }, input, context) => {
  new Constraints().tableName('tableName', input.TableName).name('backupName', input.BackupName).check()
  const place = tablePlace(input.TableName, context)
  const nowMs = clock.nowMs()
  const backup = await tables.create(async (transaction): Promise<BackupRecord> => {
    const table = await tables.read(transaction, place)
    if (table === undefined) throw notFound('TableNotFoundException', `Table not found: ${place.name}`)
    if (table.record.load !== undefined) throw tableInUse(`Table is being created: ${place.name}`)
    const arn = backups.newArn(place, nowMs)
    const made: BackupRecord = {
      arn,
      name: input.BackupName ?? '',
      createdMs: nowMs,
      space: newSpace(),
      progress: { kind: 'running' },
      table: table.record,
    }
    writeByArn(transaction, backups, arn, made)
    jobs.add(transaction, { kind: 'backup', backupArn: arn, from: { space: table.record.space } })
    return made
  })
  jobs.wake()
  return { BackupDetails: describeDetails(backup) }
}
