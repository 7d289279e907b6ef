// Capacity units of an operation, and how the answer tells them. "Amazon DynamoDB Developer Guide", "Read and write
// consumption": a read unit is 4 KB (half when it may be stale), a write unit 1 KB; transactions cost double.
import type { DynamoOutput } from './model.ts'
import type { TableRecord } from './table-record.ts'

type ConsumedCapacity = NonNullable<DynamoOutput<'PutItem'>['ConsumedCapacity']>

const READ_UNIT_BYTES = 4096
const WRITE_UNIT_BYTES = 1024

/** Units for reading so many bytes in one go; what is not there costs a unit as well. */
export function readUnits(bytes: number, consistency: 'eventual' | 'strong' | 'transaction'): number {
  const units = Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES))
  return consistency === 'eventual' ? units / 2 : consistency === 'strong' ? units : units * 2
}

/** Units for writing an item of that size (the larger of before and after). */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES))
}

/** What an operation used of a table and of each of its indexes. */
export class Usage {
  table = 0
  readonly indexes = new Map<string, number>()
  /** Reads and writes are told apart only where transactions are told. */
  readonly kind: 'read' | 'write'

  constructor(kind: 'read' | 'write') {
    this.kind = kind
  }

  addTable(units: number): void {
    this.table += units
  }

  addIndex(name: string, units: number): void {
    this.indexes.set(name, (this.indexes.get(name) ?? 0) + units)
  }

  add(other: Usage): void {
    this.table += other.table
    for (const [name, units] of other.indexes) this.addIndex(name, units)
  }

  get total(): number {
    let total = this.table
    for (const units of this.indexes.values()) total += units
    return total
  }
}

export interface CapacityRequest {
  readonly ReturnConsumedCapacity?: string | undefined
}

/** For an answer: `{ ConsumedCapacity }` in the detail asked for, or nothing. `factor` 2 and the split by kind: transactions. */
export function consumedCapacity(
  { ReturnConsumedCapacity: detail }: CapacityRequest,
  record: TableRecord,
  usage: Usage,
  tellKind = false,
): { readonly ConsumedCapacity?: ConsumedCapacity } {
  const capacity = describeUsage(detail, record, usage, tellKind)
  return capacity === undefined ? {} : { ConsumedCapacity: capacity }
}

/** The same for a list of tables. */
export function describeUsage(
  detail: string | undefined,
  record: TableRecord,
  usage: Usage,
  tellKind = false,
): ConsumedCapacity | undefined {
  if (detail !== 'TOTAL' && detail !== 'INDEXES') return undefined
  const of = (units: number): { CapacityUnits: number; ReadCapacityUnits?: number; WriteCapacityUnits?: number } => {
    if (!tellKind) return { CapacityUnits: units }
    return usage.kind === 'read'
      ? { CapacityUnits: units, ReadCapacityUnits: units }
      : { CapacityUnits: units, WriteCapacityUnits: units }
  }
  const head = { TableName: record.name, ...of(usage.total) }
  if (detail === 'TOTAL') return head
  const scoped = (scope: 'local' | 'global'): Record<string, ReturnType<typeof of>> | undefined => {
    const found = record.indexes.filter((index) => index.scope === scope && usage.indexes.has(index.name))
    if (found.length === 0) return undefined
    return Object.fromEntries(found.map(({ name }) => [name, of(usage.indexes.get(name) ?? 0)]))
  }
  return {
    ...head,
    Table: of(usage.table),
    LocalSecondaryIndexes: scoped('local'),
    GlobalSecondaryIndexes: scoped('global'),
  }
}
