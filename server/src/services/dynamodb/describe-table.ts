// A table as DescribeTable tells it.
import { indexArn, streamArn, tableArn } from './arn.ts'
import type { DynamoOutput } from './model.ts'
import type { IndexRecord, KeyNames, Projection, TableRecord } from './table-record.ts'
import type { Size, TableSizes } from './table-sizes.ts'

type Description = NonNullable<DynamoOutput<'DescribeTable'>['Table']>
type Status = NonNullable<Description['TableStatus']>
type GlobalDescription = NonNullable<Description['GlobalSecondaryIndexes']>[number]

export interface Described {
  /** What an answer says of a change that it has just made; later answers say ACTIVE. */
  readonly status?: Status
  /** By index name. */
  readonly indexStatus?: Readonly<Record<string, NonNullable<GlobalDescription['IndexStatus']>>>
}

/** What is true of the table now. */
export async function describeTable(
  record: TableRecord,
  sizes: TableSizes,
  described: Described = {},
): Promise<Description> {
  const sizeOf = await sizes.of(record)
  const size = sizeOf(record.space)
  const local = record.indexes.filter((index) => index.scope === 'local')
  const global = record.indexes.filter((index) => index.scope === 'global')
  return {
    AttributeDefinitions: record.attributes.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
    TableName: record.name,
    KeySchema: describeKey(record.key),
    TableStatus: described.status ?? statusOf(record),
    CreationDateTime: new Date(record.createdMs),
    ...describeBilling(record),
    TableSizeBytes: size.bytes,
    ItemCount: size.items,
    TableArn: tableArn(record),
    TableId: record.id,
    ...(local.length > 0 && {
      LocalSecondaryIndexes: local.map((index) => describeLocal(record, index, sizeOf(index.space))),
    }),
    ...(global.length > 0 && {
      GlobalSecondaryIndexes: global.map((index) =>
        describeGlobal(record, index, sizeOf(index.space), described.indexStatus?.[index.name]),
      ),
    }),
    ...describeStream(record),
    ...(record.encryption !== undefined && {
      SSEDescription: {
        Status: 'ENABLED' as const,
        SSEType: 'KMS' as const,
        KMSMasterKeyArn: record.encryption.keyArn,
      },
    }),
    ...(record.tableClass !== undefined && {
      TableClassSummary: { TableClass: record.tableClass.name, ...lastChange(record.tableClass.sinceMs) },
    }),
    ...(record.restored !== undefined && {
      RestoreSummary: {
        ...(record.restored.backupArn !== undefined && { SourceBackupArn: record.restored.backupArn }),
        SourceTableArn: record.restored.tableArn,
        RestoreDateTime: new Date(record.restored.atMs),
        RestoreInProgress: record.load !== undefined,
      },
    }),
    DeletionProtectionEnabled: record.deletionProtected,
  }
}

function lastChange(sinceMs: number | undefined): { LastUpdateDateTime?: Date } {
  return sinceMs === undefined ? {} : { LastUpdateDateTime: new Date(sinceMs) }
}

function statusOf({ load, indexes }: TableRecord): Status {
  if (load !== undefined) return 'CREATING'
  return indexes.some((index) => index.phase === 'building') ? 'UPDATING' : 'ACTIVE'
}

export function describeKey({ hash, range }: KeyNames): NonNullable<Description['KeySchema']> {
  const first = { AttributeName: hash, KeyType: 'HASH' as const }
  return range === undefined ? [first] : [first, { AttributeName: range, KeyType: 'RANGE' as const }]
}

function describeProjection(projection: Projection): NonNullable<GlobalDescription['Projection']> {
  if (projection.kind !== 'INCLUDE') return { ProjectionType: projection.kind }
  return { ProjectionType: 'INCLUDE', NonKeyAttributes: [...projection.names] }
}

type Billed = Pick<
  Description,
  'ProvisionedThroughput' | 'BillingModeSummary' | 'OnDemandThroughput' | 'WarmThroughput'
>

/** What AWS says a new on-demand table can serve at once. */
const ON_DEMAND_WARM = { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4000, Status: 'ACTIVE' as const }

function describeBilling({ billing }: TableRecord): Billed {
  if (billing.mode === 'PAY_PER_REQUEST')
    return {
      BillingModeSummary: {
        BillingMode: 'PAY_PER_REQUEST',
        LastUpdateToPayPerRequestDateTime: new Date(billing.sinceMs),
      },
      ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
      ...describeCeilings(billing),
      WarmThroughput: ON_DEMAND_WARM,
    }
  const { read, write } = billing.units
  return {
    ...(billing.named === true && { BillingModeSummary: { BillingMode: 'PROVISIONED' } }),
    ProvisionedThroughput: {
      NumberOfDecreasesToday: billing.decreasesToday ?? 0,
      ReadCapacityUnits: read,
      WriteCapacityUnits: write,
      ...(billing.increasedMs !== undefined && { LastIncreaseDateTime: new Date(billing.increasedMs) }),
      ...(billing.decreasedMs !== undefined && { LastDecreaseDateTime: new Date(billing.decreasedMs) }),
    },
    WarmThroughput: { ReadUnitsPerSecond: read, WriteUnitsPerSecond: write, Status: 'ACTIVE' },
  }
}

function describeCeilings(of: {
  readonly readMax?: number
  readonly writeMax?: number
}): Pick<Description, 'OnDemandThroughput'> {
  if (of.readMax === undefined && of.writeMax === undefined) return {}
  return { OnDemandThroughput: { MaxReadRequestUnits: of.readMax ?? -1, MaxWriteRequestUnits: of.writeMax ?? -1 } }
}

function describeLocal(
  record: TableRecord,
  index: IndexRecord,
  size: Size,
): NonNullable<Description['LocalSecondaryIndexes']>[number] {
  return {
    IndexName: index.name,
    KeySchema: describeKey(index.key),
    Projection: describeProjection(index.projection),
    IndexSizeBytes: size.bytes,
    ItemCount: size.items,
    IndexArn: indexArn(record, index.name),
  }
}

function describeGlobal(
  record: TableRecord,
  index: IndexRecord,
  size: Size,
  status: GlobalDescription['IndexStatus'] = index.phase === 'building' ? 'CREATING' : 'ACTIVE',
): GlobalDescription {
  const { read, write } = index.units ?? { read: 0, write: 0 }
  return {
    ...describeLocal(record, index, size),
    IndexStatus: status,
    ...(index.phase === 'building' && { Backfilling: true }),
    ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: read, WriteCapacityUnits: write },
    ...describeCeilings(index),
    WarmThroughput:
      index.units === undefined
        ? ON_DEMAND_WARM
        : { ReadUnitsPerSecond: read, WriteUnitsPerSecond: write, Status: 'ACTIVE' },
  }
}

function describeStream(record: TableRecord): Partial<Description> {
  const { stream, latestStreamLabel: label } = record
  if (label === undefined) return {}
  return {
    ...(stream !== undefined && { StreamSpecification: { StreamEnabled: true, StreamViewType: stream.viewType } }),
    LatestStreamLabel: label,
    LatestStreamArn: streamArn(record, label),
  }
}
