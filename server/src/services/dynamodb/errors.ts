// The errors of DynamoDB: code and message as the service words them (API reference, and its answers where the page only
// describes). All are HTTP 400 except the service's own failures.
import { AwsError } from '#protocol/errors.ts'
import type { EncodedJson } from '#protocol/encoded-json.ts'
import { invalid } from './language/invalid.ts'
import type { Item } from './language/attribute-value.ts'

export { invalid, invalidParameter } from './language/invalid.ts'

/** An item that does not exist, an index that does not: reads and writes of items tell no more. */
export function noResource(): AwsError {
  return new AwsError('ResourceNotFoundException', 400, 'Requested resource not found')
}

/** As operations on tables tell it. */
export function noTable(name: string): AwsError {
  return new AwsError('ResourceNotFoundException', 400, `Requested resource not found: Table: ${name} not found`)
}

export function noTaggable(arn: string): AwsError {
  return new AwsError('ResourceNotFoundException', 400, `Requested resource not found: ResourcArn: ${arn} not found`)
}

/** Where a message of its own is documented or seen: backups, exports, imports, policies. */
export function notFound(code: NotFoundCode, message: string): AwsError {
  return new AwsError(code, 400, message)
}

type NotFoundCode =
  | 'BackupNotFoundException'
  | 'ExportNotFoundException'
  | 'ImportNotFoundException'
  | 'PolicyNotFoundException'
  | 'TableNotFoundException'
  | 'ResourceNotFoundException'

export function tableExists(name: string): AwsError {
  return new AwsError('ResourceInUseException', 400, `Table already exists: ${name}`)
}

/** A table that is being changed cannot be changed again. */
export function tableInUse(message: string): AwsError {
  return new AwsError('ResourceInUseException', 400, message)
}

/** The target of a restore. */
export function restoreTargetExists(name: string): AwsError {
  return new AwsError('TableAlreadyExistsException', 400, `Table already exists: ${name}`)
}

export function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceededException', 400, message)
}

/** A condition did not hold; `item` is told when the caller asked for it. */
export function conditionFailed(item?: Item | EncodedJson): AwsError {
  return new AwsError('ConditionalCheckFailedException', 400, 'The conditional request failed', {
    ...(item !== undefined && { fields: { Item: item } }),
  })
}

export function throughputExceeded(): AwsError {
  return new AwsError(
    'ProvisionedThroughputExceededException',
    400,
    'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
  )
}

/** The configured ceiling of an on-demand table or index. */
export function onDemandExceeded(): AwsError {
  return new AwsError(
    'ThrottlingException',
    400,
    'Throughput exceeds the maximum OnDemandThroughput configured on table or index',
  )
}

/** An item was changed by others again and again while this request tried to. */
export function transactionConflict(): AwsError {
  return new AwsError('TransactionConflictException', 400, 'Transaction is ongoing for the item')
}

export function pointInTimeUnavailable(name: string): AwsError {
  return new AwsError(
    'PointInTimeRecoveryUnavailableException',
    400,
    `Point in time recovery is not enabled for table '${name}'`,
  )
}

/** A parameter of AWS's that is not built: told, never ignored. */
export function notBuilt(what: string): AwsError {
  return invalid(`${what} is not supported by this server.`)
}

export function noBackup(arn: string): AwsError {
  return new AwsError('BackupNotFoundException', 400, `Backup not found: ${arn}`)
}

export function backupInUse(arn: string): AwsError {
  return new AwsError('BackupInUseException', 400, `Backup is being created: ${arn}`)
}

export function invalidRestoreTime(): AwsError {
  return new AwsError(
    'InvalidRestoreTimeException',
    400,
    'An invalid restore time was specified. RestoreDateTime must be between EarliestRestorableDateTime and LatestRestorableDateTime.',
  )
}

export function invalidExportTime(): AwsError {
  return new AwsError(
    'InvalidExportTimeException',
    400,
    'The specified ExportTime is outside of the point in time recovery window.',
  )
}
