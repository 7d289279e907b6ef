// UpdateTable: one kind of change at a time, as on AWS. What takes effect at once is answered as UPDATING and is ACTIVE when
// it is asked for next; a new index is really being built in the background.
import type { Transaction } from '#storage/transact.ts'
import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoDeps, DynamoOperation } from '../deps.ts'
import type { DynamoInput } from '../model.ts'
import { describeTable, type Described } from '../describe-table.ts'
import { invalid, invalidParameter, limitExceeded, noResource, notBuilt, tableInUse } from '../errors.ts'
import { encryptionOf, TABLE_CLASSES } from '../new-table.ts'
import { beginStream, endStream, viewTypeOf } from '../streams.ts'
import {
  ceilings,
  checkAllDefined,
  checkProjectedCount,
  definitionConstraints,
  definitionsOf,
  globalIndex,
  indexConstraints,
  refuseDuplicates,
  unitsConstraints,
  unitsOf,
} from '../table-checks.ts'
import { SPACE_PREFIX, type Billing, type IndexRecord, type TableRecord } from '../table-record.ts'
import { GLOBAL_INDEXES_MAX } from '../limits.ts'

type UpdateInput = DynamoInput<'UpdateTable'>
type IndexUpdate = NonNullable<UpdateInput['GlobalSecondaryIndexUpdates']>[number]

export const updateTable: DynamoOperation<'UpdateTable'> = async (deps, input, context) => {
  checkConstraints(input)
  checkShape(input)
  const { tables, sizes, jobs, clock } = deps
  let before: TableRecord | undefined
  const record = await tables.update(tablePlace(input.TableName, context), async (old, transaction) => {
    if (old.load !== undefined)
      throw tableInUse(`Attempt to change a resource which is still in use: Table is being created: ${old.name}`)
    if (old.indexes.some((index) => index.phase === 'building'))
      throw tableInUse(`Attempt to change a resource which is still in use: Table is being updated: ${old.name}`)
    before = old
    return await change(deps, old, input, clock.nowMs(), transaction)
  })
  jobs.wake()
  // An index that goes is told of once more.
  const gone = (before?.indexes ?? []).filter(({ name }) => !record.indexes.some((index) => index.name === name))
  const shown = { ...record, indexes: [...record.indexes, ...gone] }
  const statuses = { status: 'UPDATING', indexStatus: statusesOf(input) } as const
  return { TableDescription: await describeTable(shown, sizes, statuses) }
}

function checkConstraints(input: UpdateInput): void {
  const constraints = new Constraints().tableName('tableName', input.TableName)
  definitionConstraints(constraints, input.AttributeDefinitions)
  constraints.oneOf('billingMode', input.BillingMode, ['PROVISIONED', 'PAY_PER_REQUEST'])
  constraints.oneOf('tableClass', input.TableClass, TABLE_CLASSES)
  unitsConstraints(constraints, 'provisionedThroughput', input.ProvisionedThroughput)
  for (const [at, { Create, Update, Delete }] of (input.GlobalSecondaryIndexUpdates ?? []).entries()) {
    const path = `globalSecondaryIndexUpdates.${at + 1}.member`
    if (Create !== undefined) indexConstraints(constraints, `${path}.create`, Create)
    constraints.name(`${path}.update.indexName`, Update?.IndexName).name(`${path}.delete.indexName`, Delete?.IndexName)
    unitsConstraints(constraints, `${path}.update.provisionedThroughput`, Update?.ProvisionedThroughput)
  }
  constraints.check()
}

/** Throws ValidationException for what says nothing, or is not built. */
function checkShape(input: UpdateInput): void {
  if (input.ReplicaUpdates !== undefined) throw notBuilt('ReplicaUpdates')
  if (input.GlobalTableWitnessUpdates !== undefined) throw notBuilt('GlobalTableWitnessUpdates')
  if (input.VectorIndexUpdates !== undefined) throw notBuilt('VectorIndexUpdates')
  const { BillingMode, ProvisionedThroughput, GlobalSecondaryIndexUpdates: updates } = input
  const asked = [
    BillingMode,
    ProvisionedThroughput,
    updates !== undefined && updates.length > 0 ? updates : undefined,
    input.StreamSpecification,
    input.SSESpecification,
    input.TableClass,
    input.DeletionProtectionEnabled,
    input.OnDemandThroughput,
    input.WarmThroughput,
  ]
  if (asked.every((value) => value === undefined))
    throw invalid(
      'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required',
    )
  if (BillingMode === 'PROVISIONED' && ProvisionedThroughput === undefined)
    throw invalidParameter('ProvisionedThroughput must be specified when BillingMode is PROVISIONED')
  if (BillingMode === 'PAY_PER_REQUEST' && ProvisionedThroughput !== undefined)
    throw invalidParameter(
      'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    )
  checkIndexUpdates(updates ?? [])
}

function checkIndexUpdates(updates: readonly IndexUpdate[]): void {
  const seen = new Set<string>()
  for (const { Create, Update, Delete } of updates) {
    const name = (Create ?? Update ?? Delete)?.IndexName
    if (name === undefined)
      throw invalidParameter(
        'One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null',
      )
    if (seen.has(name))
      throw invalidParameter(
        `Only one global secondary index update per index is allowed simultaneously. Index: ${name}`,
      )
    seen.add(name)
  }
  if (updates.filter(({ Create, Delete }) => (Create ?? Delete) !== undefined).length > 1)
    throw limitExceeded(
      'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
    )
}

async function change(
  deps: DynamoDeps,
  old: TableRecord,
  input: UpdateInput,
  nowMs: number,
  transaction: Transaction,
): Promise<TableRecord> {
  let record: TableRecord = { ...old, billing: changedBilling(old, input, nowMs) }
  record = changeIndexes(deps, record, input, transaction)
  record = await changeStream(record, input, nowMs, transaction)
  if (input.SSESpecification !== undefined) {
    const { encryption: _, ...plain } = record
    const encryption = encryptionOf(input.SSESpecification, old)
    record = encryption === undefined ? plain : { ...plain, encryption }
  }
  if (input.TableClass !== undefined && input.TableClass !== (old.tableClass?.name ?? 'STANDARD'))
    record = { ...record, tableClass: { name: input.TableClass, sinceMs: nowMs } }
  if (input.DeletionProtectionEnabled !== undefined)
    record = { ...record, deletionProtected: input.DeletionProtectionEnabled }
  return record
}

function changedBilling(old: TableRecord, input: UpdateInput, nowMs: number): Billing {
  const { billing } = old
  const mode = input.BillingMode ?? billing.mode
  if (mode === 'PAY_PER_REQUEST') {
    if (input.ProvisionedThroughput !== undefined)
      throw invalidParameter(
        'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
      )
    const before = billing.mode === 'PAY_PER_REQUEST' ? billing : { mode, sinceMs: nowMs }
    return { ...before, ...ceilings(input.OnDemandThroughput) }
  }
  if (input.ProvisionedThroughput === undefined) return billing
  const units = unitsOf(input.ProvisionedThroughput)
  if (billing.mode === 'PAY_PER_REQUEST') return { mode, units, named: true, sinceMs: nowMs }
  const { read, write } = billing.units
  if (units.read === read && units.write === write && input.BillingMode === undefined)
    throw invalid(
      'The provisioned throughput for the table will not change. The requested value equals the current value. ' +
        `Current ReadCapacityUnits provisioned for the table: ${read}. Requested ReadCapacityUnits: ${read}. ` +
        `Current WriteCapacityUnits provisioned for the table: ${write}. Requested WriteCapacityUnits: ${write}. ` +
        'Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.',
    )
  return {
    ...billing,
    units,
    ...((units.read > read || units.write > write) && { increasedMs: nowMs }),
    ...((units.read < read || units.write < write) && {
      decreasedMs: nowMs,
      decreasesToday: (billing.decreasesToday ?? 0) + 1,
    }),
  }
}

function changeIndexes(deps: DynamoDeps, old: TableRecord, input: UpdateInput, transaction: Transaction): TableRecord {
  const definitions = new Map(old.attributes.map((attribute) => [attribute.name, attribute]))
  for (const attribute of definitionsOf(input.AttributeDefinitions)) definitions.set(attribute.name, attribute)
  const isProvisioned = old.billing.mode === 'PROVISIONED'
  let indexes = old.indexes.map((index) => (isProvisioned ? index : withoutUnits(index)))
  for (const { Create, Update, Delete } of input.GlobalSecondaryIndexUpdates ?? []) {
    if (Create !== undefined) {
      const fresh = globalIndex(Create, [...definitions.values()], isProvisioned)
      indexes.push({ ...fresh, phase: 'building' })
      refuseExisting(indexes, fresh.name)
      deps.jobs.add(transaction, { kind: 'fill', table: placeOf(old), tableId: old.id, space: fresh.space })
    }
    if (Update !== undefined)
      indexes = indexes.map((index) => updatedIndex(index, Update, requireIndex(old, Update.IndexName)))
    if (Delete !== undefined) {
      const gone = requireIndex(old, Delete.IndexName)
      indexes = indexes.filter((index) => index !== gone && index.name !== gone.name)
      deps.jobs.add(transaction, { kind: 'clear', prefix: [SPACE_PREFIX, gone.space] })
    }
  }
  refuseDuplicates(indexes)
  checkProjectedCount(indexes)
  if (indexes.filter(({ scope }) => scope === 'global').length > GLOBAL_INDEXES_MAX)
    throw limitExceeded(`GlobalSecondaryIndex count exceeds the per-table limit of ${GLOBAL_INDEXES_MAX}`)
  checkThroughput(old, indexes, isProvisioned)
  const used = usedDefinitions(old, indexes, [...definitions.values()])
  checkAllDefined(old.key, indexes, used)
  return { ...old, indexes, attributes: used }
}

function placeOf({ account, region, name }: TableRecord): { account: string; region: string; name: string } {
  return { account, region, name }
}

function withoutUnits(index: IndexRecord): IndexRecord {
  const { units: _, ...rest } = index
  return rest
}

function refuseExisting(indexes: readonly IndexRecord[], name: string): void {
  if (indexes.filter((index) => index.name === name).length > 1)
    throw invalid(`Attempting to create an index which already exists`)
}

function requireIndex({ indexes }: TableRecord, name: string | undefined): IndexRecord {
  const found = indexes.find((index) => index.scope === 'global' && index.name === name)
  if (found === undefined) throw noResource()
  return found
}

function updatedIndex(
  index: IndexRecord,
  update: NonNullable<IndexUpdate['Update']>,
  target: IndexRecord,
): IndexRecord {
  if (index.name !== target.name) return index
  const { ProvisionedThroughput, OnDemandThroughput } = update
  return {
    ...index,
    ...(ProvisionedThroughput !== undefined && { units: unitsOf(ProvisionedThroughput) }),
    ...ceilings(OnDemandThroughput),
  }
}

/** A table that becomes provisioned needs units for every index. */
function checkThroughput(old: TableRecord, indexes: readonly IndexRecord[], isProvisioned: boolean): void {
  if (!isProvisioned) return
  const lacking = indexes
    .filter(({ scope, units }) => scope === 'global' && units === undefined)
    .map(({ name }) => name)
  if (lacking.length > 0)
    throw invalidParameter(`ProvisionedThroughput must be specified for index: ${lacking.join(',')}`)
}

/** Definitions that were only for an index that is gone go with it. */
function usedDefinitions(
  { key }: TableRecord,
  indexes: readonly IndexRecord[],
  definitions: TableRecord['attributes'],
): TableRecord['attributes'] {
  const names = new Set([key, ...indexes.map((index) => index.key)].flatMap(({ hash, range }) => [hash, range]))
  return definitions.filter(({ name }) => names.has(name))
}

async function changeStream(
  record: TableRecord,
  { StreamSpecification }: UpdateInput,
  nowMs: number,
  transaction: Transaction,
): Promise<TableRecord> {
  if (StreamSpecification === undefined) return record
  const viewType = viewTypeOf(StreamSpecification)
  if (viewType === undefined) {
    if (record.stream === undefined) throw invalid('Table has no stream to disable')
    return await endStream(record, nowMs, transaction)
  }
  if (record.stream !== undefined) throw invalid('Table already has an enabled stream')
  return beginStream(record, viewType, nowMs, transaction)
}

function statusesOf({ GlobalSecondaryIndexUpdates }: UpdateInput): NonNullable<Described['indexStatus']> {
  const statuses: Record<string, 'CREATING' | 'UPDATING' | 'DELETING'> = {}
  for (const { Create, Update, Delete } of GlobalSecondaryIndexUpdates ?? []) {
    if (Create?.IndexName !== undefined) statuses[Create.IndexName] = 'CREATING'
    if (Update?.IndexName !== undefined) statuses[Update.IndexName] = 'UPDATING'
    if (Delete?.IndexName !== undefined) statuses[Delete.IndexName] = 'DELETING'
  }
  return statuses
}
