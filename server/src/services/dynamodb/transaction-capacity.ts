// What a transaction used, for its answer: by table, reads and writes told apart.
import { describeUsage, Usage } from './capacity.ts'
import type { DynamoOutput } from './model.ts'
import type { TableRecord } from './table-record.ts'

type Capacities = NonNullable<DynamoOutput<'TransactWriteItems'>['ConsumedCapacity']>

interface UsedByItem {
  readonly record: TableRecord
  readonly usage: Usage
}

/** Empty when it was not asked for. */
export function describeTransaction(detail: string | undefined, items: readonly UsedByItem[]): Capacities {
  const usages = new Map<TableRecord, Usage>()
  for (const { record, usage } of items) {
    const total = usages.get(record) ?? new Usage(usage.kind)
    total.add(usage)
    usages.set(record, total)
  }
  return [...usages].flatMap(([record, usage]) => describeUsage(detail, record, usage, true) ?? [])
}
