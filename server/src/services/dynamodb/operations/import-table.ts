import { writeByArn } from '../arn-store.ts'
import { imports, type ImportRecord } from '../backup-record.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import type { DynamoInput } from '../model.ts'
import { describeImport } from '../describe-backups.ts'
import { notBuilt, tableExists } from '../errors.ts'
import { newTable } from '../new-table.ts'
import { tableCodec, tableKey } from '../table-record.ts'

export const importTable: DynamoOperation<'ImportTable'> = async ({ tables, jobs, clock }, input, context) => {
  checkConstraints(input)
  const nowMs = clock.nowMs()
  const record = { ...newTable(input.TableCreationParameters, context, nowMs), load: { kind: 'import' as const } }
  const { account, region, name, id } = record
  const { S3Bucket, S3BucketOwner, S3KeyPrefix } = input.S3BucketSource
  const csv = input.InputFormatOptions?.Csv
  const made: ImportRecord = {
    arn: imports.newArn(record, nowMs),
    startedMs: nowMs,
    table: { account, region, name, id },
    bucket: S3Bucket ?? '',
    ...(S3BucketOwner !== undefined && { bucketOwner: S3BucketOwner }),
    ...(S3KeyPrefix !== undefined && { prefix: S3KeyPrefix }),
    format: input.InputFormat === 'CSV' ? 'CSV' : 'DYNAMODB_JSON',
    ...(csv !== undefined && {
      csv: {
        ...(csv.Delimiter !== undefined && { delimiter: csv.Delimiter }),
        ...(csv.HeaderList !== undefined && { header: csv.HeaderList }),
      },
    }),
    compression: input.InputCompressionType ?? 'NONE',
    ...(input.ClientToken !== undefined && { clientToken: input.ClientToken }),
    progress: { kind: 'running' },
    counts: { processedBytes: 0, processed: 0, errors: 0 },
    parameters: { ...input.TableCreationParameters },
  }
  await tables.create(async (transaction) => {
    const key = tableKey(record)
    if ((await transaction.get(key)) !== undefined) throw tableExists(name)
    transaction.set(key, tableCodec.encode(record))
    writeByArn(transaction, imports, made.arn, made)
    jobs.add(transaction, { kind: 'import', table: { account, region, name }, importArn: made.arn })
  })
  jobs.wake()
  return { ImportTableDescription: describeImport(made) }
}

function checkConstraints(input: DynamoInput<'ImportTable'>): void {
  new Constraints()
    .length('s3BucketSource.s3Bucket', input.S3BucketSource.S3Bucket, { min: 1, max: 255 })
    .oneOf('inputFormat', input.InputFormat, ['DYNAMODB_JSON', 'ION', 'CSV'])
    .oneOf('inputCompressionType', input.InputCompressionType, ['GZIP', 'ZSTD', 'NONE'])
    .length('inputFormatOptions.csv.delimiter', input.InputFormatOptions?.Csv?.Delimiter, { min: 1, max: 1 })
    .check()
  if (input.InputFormat === 'ION') throw notBuilt('InputFormat ION')
  if (input.TableCreationParameters?.VectorIndexes !== undefined) throw notBuilt('VectorIndexes')
}
