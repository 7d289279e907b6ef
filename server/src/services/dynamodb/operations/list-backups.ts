import { tableArn, tablePlace } from '../arn.ts'
import { listByArn } from '../arn-store.ts'
import { backups, type BackupRecord } from '../backup-record.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import type { DynamoOutput } from '../model.ts'
import { describeDetails } from '../describe-backups.ts'

const PAGE_MAX = 100

export const listBackups: DynamoOperation<'ListBackups'> = async ({ store }, input, context) => {
  const { Limit: limit = PAGE_MAX, TimeRangeLowerBound: lower, TimeRangeUpperBound: upper, BackupType: type } = input
  new Constraints()
    .tableName('tableName', input.TableName)
    .atLeast('limit', limit, 1)
    .atMost('limit', limit, PAGE_MAX)
    .oneOf('backupType', type, ['USER', 'SYSTEM', 'AWS_BACKUP', 'ALL'])
    .check()
  const place = input.TableName === undefined ? undefined : tablePlace(input.TableName, context)
  const { found, more } = await listByArn(store, backups, place ?? context, {
    table: place?.name,
    after: input.ExclusiveStartBackupArn,
    limit,
    isWanted: ({ createdMs }) =>
      (type === undefined || type === 'USER' || type === 'ALL') &&
      (lower === undefined || createdMs >= lower.getTime()) &&
      (upper === undefined || createdMs < upper.getTime()),
  })
  const last = found.at(-1)
  return {
    BackupSummaries: found.map(summaryOf),
    ...(more && last !== undefined && { LastEvaluatedBackupArn: last.arn }),
  }
}

function summaryOf(backup: BackupRecord): NonNullable<DynamoOutput<'ListBackups'>['BackupSummaries']>[number] {
  const { table } = backup
  return { TableName: table.name, TableId: table.id, TableArn: tableArn(table), ...describeDetails(backup) }
}
