// Which attributes of an item an index has.
import { attributeOf, setAttribute, type AttributeValue, type Item } from './language/attribute-value.ts'
import type { IndexRecord, KeyNames, TableRecord } from './table-record.ts'

export function namesOfKey({ hash, range }: KeyNames): string[] {
  return range === undefined ? [hash] : [hash, range]
}

/** The attributes of an item that an index keeps: always the keys of both. */
export function projected(record: TableRecord, index: IndexRecord, item: Item): Item {
  const { projection } = index
  if (projection.kind === 'ALL') return item
  const names = new Set([...namesOfKey(record.key), ...namesOfKey(index.key)])
  if (projection.kind === 'INCLUDE') for (const name of projection.names) names.add(name)
  const kept: Record<string, AttributeValue> = {}
  for (const name of names) {
    const value = attributeOf(item, name)
    if (value !== undefined) setAttribute(kept, name, value)
  }
  return kept
}

/** Whether an index has everything that is asked for, so that the table need not be read. */
export function covers(record: TableRecord, index: IndexRecord, names: readonly string[]): boolean {
  const { projection } = index
  if (projection.kind === 'ALL') return true
  const has = new Set([...namesOfKey(record.key), ...namesOfKey(index.key)])
  if (projection.kind === 'INCLUDE') for (const name of projection.names) has.add(name)
  return names.every((name) => has.has(name))
}
