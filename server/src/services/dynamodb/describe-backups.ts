// Backups, exports and imports as their Describe operations tell them.
import { tableArn } from './arn.ts'
import type { BackupRecord, ExportRecord, ImportRecord } from './backup-record.ts'
import type { DynamoOutput } from './model.ts'
import { describeKey } from './describe-table.ts'
import type { TableRecord } from './table-record.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** The moments that a table can be restored to; undefined without point-in-time recovery. */
export function restorableMs(
  record: TableRecord,
  nowMs: number,
): { readonly from: number; readonly to: number } | undefined {
  const { history } = record
  if (history === undefined) return undefined
  return { from: Math.max(history.sinceMs, nowMs - history.days * DAY_MS), to: nowMs }
}

export function describeContinuousBackups(
  record: TableRecord,
  nowMs: number,
): NonNullable<DynamoOutput<'DescribeContinuousBackups'>['ContinuousBackupsDescription']> {
  const restorable = restorableMs(record, nowMs)
  return {
    ContinuousBackupsStatus: 'ENABLED',
    PointInTimeRecoveryDescription:
      restorable === undefined
        ? { PointInTimeRecoveryStatus: 'DISABLED' }
        : {
            PointInTimeRecoveryStatus: 'ENABLED',
            RecoveryPeriodInDays: record.history?.days,
            EarliestRestorableDateTime: new Date(restorable.from),
            LatestRestorableDateTime: new Date(restorable.to),
          },
  }
}

type BackupDetails = NonNullable<DynamoOutput<'CreateBackup'>['BackupDetails']>

export function describeDetails({ arn, name, createdMs, progress }: BackupRecord): BackupDetails {
  return {
    BackupArn: arn,
    BackupName: name,
    BackupStatus: progress.kind === 'running' ? 'CREATING' : 'AVAILABLE',
    BackupType: 'USER',
    BackupCreationDateTime: new Date(createdMs),
    BackupSizeBytes: progress.kind === 'done' ? progress.bytes : 0,
  }
}

export function describeBackup(backup: BackupRecord): NonNullable<DynamoOutput<'DescribeBackup'>['BackupDescription']> {
  const { table, progress } = backup
  const global = table.indexes.filter((index) => index.scope === 'global')
  const local = table.indexes.filter((index) => index.scope === 'local')
  const units = table.billing.mode === 'PROVISIONED' ? table.billing.units : { read: 0, write: 0 }
  return {
    BackupDetails: describeDetails(backup),
    SourceTableDetails: {
      TableName: table.name,
      TableId: table.id,
      TableArn: tableArn(table),
      TableSizeBytes: progress.kind === 'done' ? progress.bytes : 0,
      ItemCount: progress.kind === 'done' ? progress.items : 0,
      KeySchema: describeKey(table.key),
      TableCreationDateTime: new Date(table.createdMs),
      ProvisionedThroughput: { ReadCapacityUnits: units.read, WriteCapacityUnits: units.write },
      BillingMode: table.billing.mode,
    },
    SourceTableFeatureDetails: {
      ...(global.length > 0 && {
        GlobalSecondaryIndexes: global.map(({ name, key, projection, units: ofIndex }) => ({
          IndexName: name,
          KeySchema: describeKey(key),
          Projection: {
            ProjectionType: projection.kind,
            ...(projection.kind === 'INCLUDE' && { NonKeyAttributes: [...projection.names] }),
          },
          ProvisionedThroughput: { ReadCapacityUnits: ofIndex?.read ?? 0, WriteCapacityUnits: ofIndex?.write ?? 0 },
        })),
      }),
      ...(local.length > 0 && {
        LocalSecondaryIndexes: local.map(({ name, key, projection }) => ({
          IndexName: name,
          KeySchema: describeKey(key),
          Projection: {
            ProjectionType: projection.kind,
            ...(projection.kind === 'INCLUDE' && { NonKeyAttributes: [...projection.names] }),
          },
        })),
      }),
      ...(table.stream !== undefined && {
        StreamDescription: { StreamEnabled: true, StreamViewType: table.stream.viewType },
      }),
      ...(table.timeToLive !== undefined && {
        TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: table.timeToLive.attribute },
      }),
      ...(table.encryption !== undefined && {
        SSEDescription: { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: table.encryption.keyArn },
      }),
    },
  }
}

export function describeExport(record: ExportRecord): NonNullable<DynamoOutput<'DescribeExport'>['ExportDescription']> {
  const { progress, encryption } = record
  return {
    ExportArn: record.arn,
    ExportStatus: progress.kind === 'running' ? 'IN_PROGRESS' : progress.kind === 'done' ? 'COMPLETED' : 'FAILED',
    StartTime: new Date(record.startedMs),
    ...(progress.kind !== 'running' && { EndTime: new Date(progress.endedMs) }),
    ...(progress.kind === 'done' && {
      ItemCount: progress.items,
      BilledSizeBytes: progress.bytes,
      ExportManifest: record.manifest,
    }),
    ...(progress.kind === 'failed' && { FailureCode: progress.code, FailureMessage: progress.message }),
    TableArn: tableArn(record.table),
    TableId: record.table.id,
    ExportTime: new Date(record.atMs),
    ...(record.clientToken !== undefined && { ClientToken: record.clientToken }),
    S3Bucket: record.bucket,
    ...(record.bucketOwner !== undefined && { S3BucketOwner: record.bucketOwner }),
    ...(record.prefix !== undefined && { S3Prefix: record.prefix }),
    S3SseAlgorithm: encryption.algorithm,
    ...(encryption.keyId !== undefined && { S3SseKmsKeyId: encryption.keyId }),
    ExportFormat: 'DYNAMODB_JSON',
    ExportType: 'FULL_EXPORT',
  }
}

type ImportDescription = NonNullable<DynamoOutput<'DescribeImport'>['ImportTableDescription']>

export function describeImport(record: ImportRecord): ImportDescription {
  const { progress, counts, parameters } = record
  return {
    ImportArn: record.arn,
    ImportStatus: progress.kind === 'running' ? 'IN_PROGRESS' : progress.kind === 'done' ? 'COMPLETED' : 'FAILED',
    TableArn: tableArn(record.table),
    TableId: record.table.id,
    ...(record.clientToken !== undefined && { ClientToken: record.clientToken }),
    S3BucketSource: { S3Bucket: record.bucket, S3KeyPrefix: record.prefix, S3BucketOwner: record.bucketOwner },
    InputFormat: record.format,
    InputCompressionType: record.compression,
    ...(record.csv !== undefined && {
      InputFormatOptions: {
        Csv: { Delimiter: record.csv.delimiter, HeaderList: record.csv.header && [...record.csv.header] },
      },
    }),
    // As it was given.
    TableCreationParameters: parameters as ImportDescription['TableCreationParameters'],
    StartTime: new Date(record.startedMs),
    ...(progress.kind !== 'running' && { EndTime: new Date(progress.endedMs) }),
    ProcessedSizeBytes: counts.processedBytes,
    ProcessedItemCount: counts.processed,
    ImportedItemCount: progress.kind === 'done' ? progress.items : 0,
    ErrorCount: counts.errors,
    ...(progress.kind === 'failed' && { FailureCode: progress.code, FailureMessage: progress.message }),
  }
}
