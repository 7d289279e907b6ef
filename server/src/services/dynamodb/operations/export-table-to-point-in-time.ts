import { tableOfArn } from '../arn.ts'
import { listByArn, writeByArn } from '../arn-store.ts'
import { exportsOf, type ExportRecord } from '../backup-record.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import type { DynamoInput } from '../model.ts'
import { describeExport, restorableMs } from '../describe-backups.ts'
import { invalid, invalidExportTime, notBuilt, notFound, pointInTimeUnavailable } from '../errors.ts'
import { newSpace } from '../tables.ts'

const TOKENS_LOOKED_AT_MAX = 1000

export const exportTableToPointInTime: DynamoOperation<'ExportTableToPointInTime'> = async (deps, input, context) => {
  checkConstraints(input)
  const { tables, jobs, clock, store } = deps
  const place = tableOfArn(input.TableArn ?? '')
  const table = place && (await tables.find(place))
  if (table === undefined) throw notFound('TableNotFoundException', `Table not found: ${place?.name ?? input.TableArn}`)
  const { record } = table
  const before =
    input.ClientToken === undefined
      ? undefined
      : await listByArn(store, exportsOf, context, {
          table: record.name,
          limit: TOKENS_LOOKED_AT_MAX,
          isWanted: ({ clientToken }) => clientToken === input.ClientToken,
        })
  const repeated = before?.found.at(-1)
  if (repeated !== undefined) return { ExportDescription: describeExport(repeated) }
  const nowMs = clock.nowMs()
  const restorable = restorableMs(record, nowMs)
  if (record.history === undefined || restorable === undefined) throw pointInTimeUnavailable(record.name)
  const atMs = input.ExportTime?.getTime() ?? nowMs
  if (atMs < restorable.from - 1000 || atMs > restorable.to) throw invalidExportTime()
  const made: ExportRecord = {
    arn: exportsOf.newArn(record, nowMs),
    startedMs: nowMs,
    atMs,
    table: record,
    bucket: input.S3Bucket ?? '',
    ...(input.S3BucketOwner !== undefined && { bucketOwner: input.S3BucketOwner }),
    ...(input.S3Prefix !== undefined && { prefix: input.S3Prefix }),
    encryption: {
      algorithm: input.S3SseAlgorithm ?? 'AES256',
      ...(input.S3SseKmsKeyId !== undefined && { keyId: input.S3SseKmsKeyId }),
    },
    ...(input.ClientToken !== undefined && { clientToken: input.ClientToken }),
    progress: { kind: 'running' },
  }
  const from = { space: record.space, undo: { history: record.history.space, atMs } }
  await tables.create(async (transaction) => {
    writeByArn(transaction, exportsOf, made.arn, made)
    jobs.add(transaction, { kind: 'export', exportArn: made.arn, scratch: newSpace(), from })
  })
  jobs.wake()
  return { ExportDescription: describeExport(made) }
}

function checkConstraints(input: DynamoInput<'ExportTableToPointInTime'>): void {
  new Constraints()
    .length('tableArn', input.TableArn, { min: 1, max: 1024 })
    .length('s3Bucket', input.S3Bucket, { min: 1, max: 255 })
    .length('s3Prefix', input.S3Prefix, { min: 0, max: 1024 })
    .oneOf('exportFormat', input.ExportFormat, ['DYNAMODB_JSON', 'ION'])
    .oneOf('exportType', input.ExportType, ['FULL_EXPORT', 'INCREMENTAL_EXPORT'])
    .oneOf('s3SseAlgorithm', input.S3SseAlgorithm, ['AES256', 'KMS'])
    .check()
  if (input.ExportFormat === 'ION') throw notBuilt('ExportFormat ION')
  if (input.ExportType === 'INCREMENTAL_EXPORT') throw notBuilt('ExportType INCREMENTAL_EXPORT')
  if (input.IncrementalExportSpecification !== undefined)
    throw invalid('IncrementalExportSpecification can only be specified when ExportType is INCREMENTAL_EXPORT')
}
