// The record of a table that is restored from another: keys and indexes as they were unless they are overridden, and none of
// what AWS does not restore either (tags, streams, time to live, history, policies, protection).
import { newRequestId } from '#base/ids.ts'
import type { Place } from './arn.ts'
import { Constraints } from './constraints.ts'
import type { DynamoInput } from './model.ts'
import { invalidParameter, restoreTargetExists } from './errors.ts'
import { encryptionOf } from './new-table.ts'
import { ceilings, unitsOf } from './table-checks.ts'
import {
  tableCodec,
  tableKey,
  type Billing,
  type IndexRecord,
  type RestoreOrigin,
  type TableRecord,
} from './table-record.ts'
import { newSpace } from './tables.ts'
import type { DynamoDeps } from './deps.ts'
import type { Job } from './jobs.ts'

type Overrides = Pick<
  DynamoInput<'RestoreTableToPointInTime'>,
  | 'BillingModeOverride'
  | 'ProvisionedThroughputOverride'
  | 'OnDemandThroughputOverride'
  | 'GlobalSecondaryIndexOverride'
  | 'LocalSecondaryIndexOverride'
  | 'SSESpecificationOverride'
>

export interface Restore {
  readonly source: TableRecord
  readonly target: Place & { readonly name: string | undefined }
  readonly overrides: Overrides
  readonly origin: RestoreOrigin
  readonly from: Extract<Job, { readonly kind: 'restore' }>['from']
}

/** Makes the table and the job that fills it. Throws TableAlreadyExistsException, ValidationException. */
export async function beginRestore(deps: DynamoDeps, restore: Restore): Promise<TableRecord> {
  const { tables, jobs, clock } = deps
  new Constraints()
    .required('targetTableName', restore.target.name)
    .name('targetTableName', restore.target.name)
    .check()
  const record = restoredTable(restore, clock.nowMs())
  const { account, region, name } = record
  await tables.create(async (transaction) => {
    const key = tableKey(record)
    if ((await transaction.get(key)) !== undefined) throw restoreTargetExists(name)
    transaction.set(key, tableCodec.encode(record))
    jobs.add(transaction, { kind: 'restore', table: { account, region, name }, from: restore.from })
  })
  jobs.wake()
  return record
}

function restoredTable({ source, target, overrides, origin }: Restore, nowMs: number): TableRecord {
  const { account, region, name = '' } = target
  const billing = billingFor(source, overrides, nowMs)
  const kept = keptIndexes(source, overrides)
  const indexes = kept.map((index) => restoredIndex(index, overrides, billing))
  const used = new Set([source.key, ...indexes.map((index) => index.key)].flatMap(({ hash, range }) => [hash, range]))
  const encryption =
    overrides.SSESpecificationOverride === undefined
      ? source.encryption
      : encryptionOf(overrides.SSESpecificationOverride, target)
  return {
    account,
    region,
    name,
    id: newRequestId(),
    createdMs: nowMs,
    space: newSpace(),
    attributes: source.attributes.filter((attribute) => used.has(attribute.name)),
    key: source.key,
    indexes,
    billing,
    tags: {},
    deletionProtected: false,
    ...(source.tableClass !== undefined && { tableClass: source.tableClass }),
    ...(encryption !== undefined && { encryption }),
    restored: origin,
    load: { kind: 'restore' },
  }
}

function restoredIndex(old: IndexRecord, overrides: Overrides, billing: Billing): IndexRecord {
  const { units, ...index } = old
  const own = overrides.GlobalSecondaryIndexOverride?.find(({ IndexName }) => IndexName === index.name)
  const given = own?.ProvisionedThroughput === undefined ? units : unitsOf(own.ProvisionedThroughput)
  const fresh = { ...index, space: newSpace(), phase: 'active' as const }
  if (billing.mode !== 'PROVISIONED' || index.scope !== 'global') return fresh
  return { ...fresh, units: given ?? billing.units }
}

function billingFor({ billing }: TableRecord, overrides: Overrides, nowMs: number): Billing {
  const { BillingModeOverride: mode, ProvisionedThroughputOverride: units, OnDemandThroughputOverride } = overrides
  if ((mode ?? billing.mode) === 'PAY_PER_REQUEST') {
    if (billing.mode === 'PAY_PER_REQUEST') return { ...billing, ...ceilings(OnDemandThroughputOverride) }
    return { mode: 'PAY_PER_REQUEST', sinceMs: nowMs, ...ceilings(OnDemandThroughputOverride) }
  }
  if (units !== undefined) return { mode: 'PROVISIONED', units: unitsOf(units), named: true }
  if (billing.mode === 'PROVISIONED') return billing
  throw invalidParameter('ProvisionedThroughputOverride must be specified when BillingModeOverride is PROVISIONED')
}

/** An override names the indexes that are to be restored; none: all. */
function keptIndexes(source: TableRecord, overrides: Overrides): readonly IndexRecord[] {
  const global = overrides.GlobalSecondaryIndexOverride?.map(({ IndexName }) => IndexName)
  const local = overrides.LocalSecondaryIndexOverride?.map(({ IndexName }) => IndexName)
  for (const [scope, names] of [
    ['global', global],
    ['local', local],
  ] as const)
    for (const name of names ?? [])
      if (!source.indexes.some((index) => index.scope === scope && index.name === name))
        throw invalidParameter(`Index ${name} does not exist in the source table`)
  return source.indexes.filter(({ scope, name }) => {
    const names = scope === 'global' ? global : local
    return names === undefined || names.includes(name)
  })
}
