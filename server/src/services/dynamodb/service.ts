// Every operation of DynamoDB: who handles it, and what it needs permission for. Actions and resources are those of the
// service authorization reference. What is not built answers with an explicit error.
import { Turns } from '#base/turns.ts'
import {
  bindService,
  type OperationTable,
  type RequestContext,
  type ResourcePolicies,
  type Service,
} from '#protocol/operation.ts'
import { resourceTags } from '#protocol/resource-tags.ts'
import { indexArn, tableArn, tableOfArn, tablePlace } from './arn.ts'
import type { DynamoDeps, DynamoOptions } from './deps.ts'
import type { DynamoModule } from './model.ts'
import { Jobs } from './jobs.ts'
import { runJob } from './jobs/run-job.ts'
import { batchExecuteStatement } from './operations/batch-execute-statement.ts'
import { executeStatement } from './operations/execute-statement.ts'
import { executeTransaction } from './operations/execute-transaction.ts'
import { batchGetItem } from './operations/batch-get-item.ts'
import { batchWriteItem } from './operations/batch-write-item.ts'
import { createTable } from './operations/create-table.ts'
import { deleteItem } from './operations/delete-item.ts'
import { deleteTable } from './operations/delete-table.ts'
import { describeEndpoints } from './operations/describe-endpoints.ts'
import { describeLimits } from './operations/describe-limits.ts'
import { describeTable } from './operations/describe-table.ts'
import { describeTimeToLive } from './operations/describe-time-to-live.ts'
import { getItem } from './operations/get-item.ts'
import { listTables } from './operations/list-tables.ts'
import { listTagsOfResource } from './operations/list-tags-of-resource.ts'
import { putItem } from './operations/put-item.ts'
import { query } from './operations/query.ts'
import { scan } from './operations/scan.ts'
import { tagResource } from './operations/tag-resource.ts'
import { transactGetItems } from './operations/transact-get-items.ts'
import { transactWriteItems } from './operations/transact-write-items.ts'
import { untagResource } from './operations/untag-resource.ts'
import { updateItem } from './operations/update-item.ts'
import { updateTable } from './operations/update-table.ts'
import { updateTimeToLive } from './operations/update-time-to-live.ts'
import { batchNeeds, statementNeeds, transactGetNeeds, transactionNeeds, transactWriteNeeds } from './permissions.ts'
import { createBackup } from './operations/create-backup.ts'
import { deleteBackup } from './operations/delete-backup.ts'
import { deleteResourcePolicy } from './operations/delete-resource-policy.ts'
import { describeBackup } from './operations/describe-backup.ts'
import { describeContinuousBackups } from './operations/describe-continuous-backups.ts'
import { describeContributorInsights } from './operations/describe-contributor-insights.ts'
import { describeExport } from './operations/describe-export.ts'
import { describeImport } from './operations/describe-import.ts'
import { describeKinesisStreamingDestination } from './operations/describe-kinesis-streaming-destination.ts'
import { disableKinesisStreamingDestination } from './operations/disable-kinesis-streaming-destination.ts'
import { enableKinesisStreamingDestination } from './operations/enable-kinesis-streaming-destination.ts'
import { exportTableToPointInTime } from './operations/export-table-to-point-in-time.ts'
import { getResourcePolicy } from './operations/get-resource-policy.ts'
import { importTable } from './operations/import-table.ts'
import { listBackups } from './operations/list-backups.ts'
import { listContributorInsights } from './operations/list-contributor-insights.ts'
import { listExports } from './operations/list-exports.ts'
import { listImports } from './operations/list-imports.ts'
import { putResourcePolicy } from './operations/put-resource-policy.ts'
import { restoreTableFromBackup } from './operations/restore-table-from-backup.ts'
import { restoreTableToPointInTime } from './operations/restore-table-to-point-in-time.ts'
import { updateContinuousBackups } from './operations/update-continuous-backups.ts'
import { updateContributorInsights } from './operations/update-contributor-insights.ts'
import { updateKinesisStreamingDestination } from './operations/update-kinesis-streaming-destination.ts'
import { Tables, type Table } from './tables.ts'
import { TableSizes } from './table-sizes.ts'
import { Throughput } from './throughput.ts'
import { doUpkeep } from './upkeep.ts'
import { unbuiltOfDynamo } from './unbuilt.ts'

type Text = string | undefined

interface NamesTable {
  readonly TableName?: Text
}

function onTable({ TableName = '' }: NamesTable, context: RequestContext): string {
  return tableArn(tablePlace(TableName, context))
}

function onTableOrIndex(input: NamesTable & { readonly IndexName?: Text }, context: RequestContext): string {
  const place = tablePlace(input.TableName ?? '', context)
  return input.IndexName === undefined ? tableArn(place) : indexArn(place, input.IndexName)
}

function onGlobalTable(
  { GlobalTableName = '' }: { readonly GlobalTableName?: Text },
  { account }: RequestContext,
): string {
  return `arn:aws:dynamodb::${account}:global-table/${GlobalTableName}`
}

function onArn<I>(arnOf: (input: I) => Text): (input: I) => string {
  return (input) => arnOf(input) ?? '*'
}

function onAnything(): string {
  return '*'
}

interface NamesTables {
  readonly RequestItems?: Readonly<Record<string, unknown>> | undefined
}

function onFirst({ RequestItems }: NamesTables, context: RequestContext): string {
  const [name = ''] = Object.keys(RequestItems ?? {})
  return onTable({ TableName: name }, context)
}

/** The other tables of a batch, each like the first. */
function onOthers(
  action: string,
): (input: NamesTables, context: RequestContext) => { action: string; resource: string }[] {
  return ({ RequestItems }, context) =>
    Object.keys(RequestItems ?? {})
      .slice(1)
      .map((name) => ({ action, resource: onTable({ TableName: name }, context) }))
}

export const dynamodbOperations: OperationTable<DynamoDeps, DynamoModule> = {
  BatchExecuteStatement: { handle: batchExecuteStatement, action: 'dynamodb:PartiQLSelect', ...batchNeeds },
  BatchGetItem: {
    handle: batchGetItem,
    action: 'dynamodb:BatchGetItem',
    resource: onFirst,
    also: onOthers('dynamodb:BatchGetItem'),
  },
  BatchWriteItem: {
    handle: batchWriteItem,
    action: 'dynamodb:BatchWriteItem',
    resource: onFirst,
    also: onOthers('dynamodb:BatchWriteItem'),
  },
  CancelBulkOperation: { handle: 'notImplemented', action: 'dynamodb:CancelBulkOperation', resource: onAnything },
  CreateBackup: { handle: createBackup, action: 'dynamodb:CreateBackup', resource: onTable },
  CreateGlobalTable: { handle: 'notImplemented', action: 'dynamodb:CreateGlobalTable', resource: onGlobalTable },
  CreateTable: { handle: createTable, action: 'dynamodb:CreateTable', resource: onTable },
  DeleteBackup: {
    handle: deleteBackup,
    action: 'dynamodb:DeleteBackup',
    resource: onArn((input) => input.BackupArn),
  },
  DeleteItem: { handle: deleteItem, action: 'dynamodb:DeleteItem', resource: onTable },
  DeleteResourcePolicy: {
    handle: deleteResourcePolicy,
    action: 'dynamodb:DeleteResourcePolicy',
    resource: onArn((input) => input.ResourceArn),
  },
  DeleteTable: { handle: deleteTable, action: 'dynamodb:DeleteTable', resource: onTable },
  DescribeBackup: {
    handle: describeBackup,
    action: 'dynamodb:DescribeBackup',
    resource: onArn((input) => input.BackupArn),
  },
  DescribeBulkOperation: { handle: 'notImplemented', action: 'dynamodb:DescribeBulkOperation', resource: onAnything },
  DescribeContinuousBackups: {
    handle: describeContinuousBackups,
    action: 'dynamodb:DescribeContinuousBackups',
    resource: onTable,
  },
  DescribeContributorInsights: {
    handle: describeContributorInsights,
    action: 'dynamodb:DescribeContributorInsights',
    resource: onTable,
  },
  DescribeEndpoints: { handle: describeEndpoints, action: 'dynamodb:DescribeEndpoints', resource: onAnything },
  DescribeExport: {
    handle: describeExport,
    action: 'dynamodb:DescribeExport',
    resource: onArn((input) => input.ExportArn),
  },
  DescribeGlobalTable: { handle: 'notImplemented', action: 'dynamodb:DescribeGlobalTable', resource: onGlobalTable },
  DescribeGlobalTableSettings: {
    handle: 'notImplemented',
    action: 'dynamodb:DescribeGlobalTableSettings',
    resource: onGlobalTable,
  },
  DescribeImport: {
    handle: describeImport,
    action: 'dynamodb:DescribeImport',
    resource: onArn((input) => input.ImportArn),
  },
  DescribeKinesisStreamingDestination: {
    handle: describeKinesisStreamingDestination,
    action: 'dynamodb:DescribeKinesisStreamingDestination',
    resource: onTable,
  },
  DescribeLimits: { handle: describeLimits, action: 'dynamodb:DescribeLimits', resource: onAnything },
  DescribeTable: { handle: describeTable, action: 'dynamodb:DescribeTable', resource: onTable },
  DescribeTableReplicaAutoScaling: {
    handle: 'notImplemented',
    action: 'dynamodb:DescribeTableReplicaAutoScaling',
    resource: onTable,
  },
  DescribeTimeToLive: { handle: describeTimeToLive, action: 'dynamodb:DescribeTimeToLive', resource: onTable },
  DisableKinesisStreamingDestination: {
    handle: disableKinesisStreamingDestination,
    action: 'dynamodb:DisableKinesisStreamingDestination',
    resource: onTable,
  },
  EnableKinesisStreamingDestination: {
    handle: enableKinesisStreamingDestination,
    action: 'dynamodb:EnableKinesisStreamingDestination',
    resource: onTable,
  },
  ExecuteStatement: { handle: executeStatement, action: 'dynamodb:PartiQLSelect', ...statementNeeds },
  ExecuteTransaction: { handle: executeTransaction, action: 'dynamodb:PartiQLSelect', ...transactionNeeds },
  ExportTableToPointInTime: {
    handle: exportTableToPointInTime,
    action: 'dynamodb:ExportTableToPointInTime',
    resource: onArn((input) => input.TableArn),
  },
  GetItem: { handle: getItem, action: 'dynamodb:GetItem', resource: onTable },
  GetResourcePolicy: {
    handle: getResourcePolicy,
    action: 'dynamodb:GetResourcePolicy',
    resource: onArn((input) => input.ResourceArn),
  },
  ImportTable: {
    handle: importTable,
    action: 'dynamodb:ImportTable',
    resource: (input, context) => onTable({ TableName: input.TableCreationParameters?.TableName }, context),
  },
  ListBackups: { handle: listBackups, action: 'dynamodb:ListBackups', resource: onAnything },
  ListBulkOperations: { handle: 'notImplemented', action: 'dynamodb:ListBulkOperations', resource: onAnything },
  ListContributorInsights: {
    handle: listContributorInsights,
    action: 'dynamodb:ListContributorInsights',
    resource: onAnything,
  },
  ListExports: { handle: listExports, action: 'dynamodb:ListExports', resource: onAnything },
  ListGlobalTables: { handle: 'notImplemented', action: 'dynamodb:ListGlobalTables', resource: onAnything },
  ListImports: { handle: listImports, action: 'dynamodb:ListImports', resource: onAnything },
  ListTables: { handle: listTables, action: 'dynamodb:ListTables', resource: onAnything },
  ListTagsOfResource: {
    handle: listTagsOfResource,
    action: 'dynamodb:ListTagsOfResource',
    resource: onArn((input) => input.ResourceArn),
  },
  PutItem: { handle: putItem, action: 'dynamodb:PutItem', resource: onTable },
  PutResourcePolicy: {
    handle: putResourcePolicy,
    action: 'dynamodb:PutResourcePolicy',
    resource: onArn((input) => input.ResourceArn),
  },
  Query: { handle: query, action: 'dynamodb:Query', resource: onTableOrIndex },
  RestoreTableFromBackup: {
    handle: restoreTableFromBackup,
    action: 'dynamodb:RestoreTableFromBackup',
    resource: onArn((input) => input.BackupArn),
  },
  RestoreTableToPointInTime: {
    handle: restoreTableToPointInTime,
    action: 'dynamodb:RestoreTableToPointInTime',
    resource: (input, context) => input.SourceTableArn ?? onTable({ TableName: input.SourceTableName }, context),
  },
  Scan: { handle: scan, action: 'dynamodb:Scan', resource: onTableOrIndex },
  SearchVectors: { handle: 'notImplemented', action: 'dynamodb:SearchVectors', resource: onTableOrIndex },
  StartBulkPutItems: { handle: 'notImplemented', action: 'dynamodb:StartBulkPutItems', resource: onTable },
  TagResource: { handle: tagResource, action: 'dynamodb:TagResource', resource: onArn((input) => input.ResourceArn) },
  TransactGetItems: { handle: transactGetItems, action: 'dynamodb:GetItem', ...transactGetNeeds },
  TransactWriteItems: { handle: transactWriteItems, action: 'dynamodb:PutItem', ...transactWriteNeeds },
  UntagResource: {
    handle: untagResource,
    action: 'dynamodb:UntagResource',
    resource: onArn((input) => input.ResourceArn),
  },
  UpdateContinuousBackups: {
    handle: updateContinuousBackups,
    action: 'dynamodb:UpdateContinuousBackups',
    resource: onTable,
  },
  UpdateContributorInsights: {
    handle: updateContributorInsights,
    action: 'dynamodb:UpdateContributorInsights',
    resource: onTable,
  },
  UpdateGlobalTable: { handle: 'notImplemented', action: 'dynamodb:UpdateGlobalTable', resource: onGlobalTable },
  UpdateGlobalTableSettings: {
    handle: 'notImplemented',
    action: 'dynamodb:UpdateGlobalTableSettings',
    resource: onGlobalTable,
  },
  UpdateItem: { handle: updateItem, action: 'dynamodb:UpdateItem', resource: onTable },
  UpdateKinesisStreamingDestination: {
    handle: updateKinesisStreamingDestination,
    action: 'dynamodb:UpdateKinesisStreamingDestination',
    resource: onTable,
  },
  UpdateTable: { handle: updateTable, action: 'dynamodb:UpdateTable', resource: onTable },
  UpdateTableReplicaAutoScaling: {
    handle: 'notImplemented',
    action: 'dynamodb:UpdateTableReplicaAutoScaling',
    resource: onTable,
  },
  UpdateTimeToLive: { handle: updateTimeToLive, action: 'dynamodb:UpdateTimeToLive', resource: onTable },
}

export interface DynamoService extends Service {
  readonly deps: DynamoDeps
  /** Of tables, their indexes and their streams. */
  readonly resourcePolicies: NonNullable<Service['resourcePolicies']>
  /** Goes on with what a former life left, and with what is done from time to time, until the signal. */
  work(signal: AbortSignal): Promise<void>
  /** Forgets what is in memory of a store that was cleared. */
  forget(): void
  /** Ends background work; what is left is done after the next start. */
  close(): Promise<void>
}

/** The DynamoDB service over its dependencies. */
export function createDynamoService(options: DynamoOptions): DynamoService {
  const { store, clock, log } = options
  const jobs = new Jobs({ store, clock, log })
  const tables = new Tables(store)
  const sizes = new TableSizes(store, log)
  const throughput = new Throughput(clock)
  const deps: DynamoDeps = { ...options, tables, turns: new Turns(), sizes, throughput, jobs }
  const unwatch = tables.watch()
  jobs.begin((job, signal) => runJob(deps, job, signal))
  return {
    ...bindService('dynamodb', dynamodbOperations, deps, unbuiltOfDynamo),
    resourcePolicies: (resource) => policiesOf(deps, resource),
    resourceConditions: resourceTags(async (resource) => {
      const place = tableOfArn(resource)
      return place && (await tables.find(place))?.record.tags
    }),
    deniesRoot: (operation) => !operation.endsWith('ResourcePolicy'),
    deps,
    work: (signal) => doUpkeep(deps, signal),
    forget() {
      tables.forget()
      sizes.forget()
      throughput.forget()
      jobs.forget()
    },
    async close() {
      unwatch()
      await jobs.close()
      // Best effort: what is not stored is counted anew after the next start.
      await sizes.flush().catch((error: unknown) => log.warn('the sizes of tables were not stored', { error }))
    },
  }
}

/** The policy of a table, which also covers its indexes; streams have their own. */
function policiesOf(
  { tables }: DynamoDeps,
  resource: string,
): ResourcePolicies | undefined | Promise<ResourcePolicies | undefined> {
  const place = tableOfArn(resource)
  if (place === undefined) return undefined
  const kept = tables.kept(place)
  if (kept !== undefined) return policiesIn(kept, resource)
  return tables.find(place).then((table) => table && policiesIn(table, resource))
}

function policiesIn({ record }: Table, resource: string): ResourcePolicies {
  const label = /\/stream\/(.+)$/.exec(resource)?.[1]
  const policy = label === undefined ? record.policy : record.streamPolicies?.[label]
  return { owner: record.account, documents: policy === undefined ? [] : [policy.text] }
}
