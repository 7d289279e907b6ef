// One page of a Query or Scan: reads a range of the Store until the page is full, and answers what passes the filter.
import type { Key, Range, Store } from '#storage/store.ts'
import { readUnits, Usage } from './capacity.ts'
import { invalidParameter } from './errors.ts'
import { itemKey, keyOfItem, partitionKey, type Keyed } from './item-keys.ts'
import { attributeOf, setAttribute, type AttributeValue, type Item } from './language/attribute-value.ts'
import type { ConditionProgram } from './language/condition.ts'
import type { QueryRange } from './language/key-condition.ts'
import { keyPart, partAfterPrefix } from './language/key-encoding.ts'
import type { Projection } from './language/projection.ts'
import { PAGE_BYTES_MAX, READ_ENTRIES_FIRST } from './limits.ts'
import { covers, namesOfKey } from './projected-item.ts'
import { StoredItem } from './stored-item.ts'
import { SPACE_PREFIX, type IndexRecord, type TableRecord } from './table-record.ts'

/** Greater than every part that a key of an item may have at its place. */
const LAST = true

/** The range that holds everything of a partition, or what a condition on the range key leaves of it. */
export function rangeOfQuery(space: string, { hash, range }: QueryRange): Range {
  const partition = partitionKey(space, hash)
  const all = { prefix: [SPACE_PREFIX, space], from: partition, before: [...partition, LAST] }
  if (range === undefined) return all
  if (range.kind === 'between')
    return { ...all, from: [...partition, keyPart(range.low)], before: [...partition, keyPart(range.high), LAST] }
  const at = [...partition, keyPart(range.value)]
  const behind = [...at, LAST]
  switch (range.kind) {
    case '=':
      return { ...all, from: at, before: behind }
    case '<':
      return { ...all, before: at }
    case '<=':
      return { ...all, before: behind }
    case '>':
      return { ...all, from: behind }
    case '>=':
      return { ...all, from: at }
    case 'begins': {
      const after = partAfterPrefix(range.value)
      return { ...all, from: at, before: after === undefined ? all.before : [...partition, after] }
    }
  }
}

export interface PageRequest {
  readonly record: TableRecord
  readonly index: IndexRecord | undefined
  readonly range: Range
  /** Where the page before ended. */
  readonly start: Key | undefined
  readonly reverse: boolean
  /** Items looked at, not answered. */
  readonly limit: number | undefined
  readonly consistent: boolean
  readonly filter: ConditionProgram | undefined
  readonly projection: Projection | undefined
  /** Items are only counted. */
  readonly countOnly: boolean
  /** All attributes of the items, though the index may not have them. */
  readonly allAttributes: boolean
}

export interface Page {
  readonly items: readonly Item[]
  readonly count: number
  readonly scanned: number
  /** Where the next page begins; undefined when this was the last. */
  readonly lastKey: Item | undefined
  readonly usage: Usage
}

/** Whether a local index must be completed from the table. Throws ValidationException where an index cannot be. */
function needsTable({ record, index, projection, allAttributes }: PageRequest): boolean {
  if (index === undefined) return false
  if (allAttributes) return index.projection.kind !== 'ALL'
  if (projection === undefined) return false
  const names = projection.paths.flatMap(([name]) => (typeof name === 'string' ? [name] : []))
  if (covers(record, index, names)) return false
  if (index.scope === 'local') return true
  const lacking = names.filter((name) => !covers(record, index, [name]))
  throw invalidParameter(`Global secondary index ${index.name} does not project [${lacking.join(', ')}]`)
}

/** Reads one page. Throws ValidationException where the index cannot answer what is asked. */
export async function readPage(store: Store, request: PageRequest): Promise<Page> {
  const { record, index, filter, limit, countOnly, consistent } = request
  const fromTable = needsTable(request)
  const { entries, bytes, isLast } = await readEntries(store, request)
  const usage = new Usage('read')
  const units = readUnits(bytes, consistent ? 'strong' : 'eventual')
  if (index === undefined) usage.addTable(units)
  else usage.addIndex(index.name, units)
  const found = fromTable ? await complete(store, record, entries, usage, consistent) : entries
  const passed = filter === undefined ? found : found.filter((stored) => filter.holds(stored.item))
  const last = entries.at(-1)
  return {
    items: countOnly ? [] : passed.map((stored) => answerOf(stored, request)),
    count: passed.length,
    scanned: entries.length,
    lastKey:
      last !== undefined && (!isLast || entries.length === limit) ? pageKey(record, index, last.item) : undefined,
    usage,
  }
}

function answerOf(stored: StoredItem, { projection }: PageRequest): Item {
  return projection === undefined ? stored.answer() : projection.project(stored.item)
}

/** The attributes that a page is continued from: the keys of the table, and of the index. */
export function pageKey(record: TableRecord, index: IndexRecord | undefined, item: Item): Item {
  if (index === undefined) return keyOfItem(item, record.key)
  const key: Record<string, AttributeValue> = {}
  for (const name of [...namesOfKey(record.key), ...namesOfKey(index.key)]) {
    const value = attributeOf(item, name)
    if (value !== undefined) setAttribute(key, name, value)
  }
  return key
}

interface Entries {
  readonly entries: readonly StoredItem[]
  readonly bytes: number
  /** Nothing follows. */
  readonly isLast: boolean
}

/** Reads until the limit or 1 MB: the item that crosses it still belongs to the page. */
async function readEntries(store: Store, { range, start, reverse, limit = Infinity }: PageRequest): Promise<Entries> {
  const entries: StoredItem[] = []
  let bytes = 0
  for (let position = start; ;) {
    const wanted = Math.min(limit - entries.length, nextRead(entries.length, bytes))
    const rest =
      position === undefined ? range : { ...range, ...(reverse ? { before: position } : { after: position }) }
    const read = await store.list(rest, { limit: wanted, reverse })
    for (const { key, value } of read) {
      const stored = new StoredItem(value)
      entries.push(stored)
      bytes += stored.sizeBytes
      position = key
      if (bytes >= PAGE_BYTES_MAX) return { entries, bytes, isLast: false }
    }
    if (read.length < wanted) return { entries, bytes, isLast: true }
    if (entries.length >= limit) return { entries, bytes, isLast: false }
  }
}

const READ_ENTRIES_MAX = 1000

/** How many entries probably fill the page, from the sizes seen so far. */
function nextRead(count: number, bytes: number): number {
  if (count === 0) return READ_ENTRIES_FIRST
  const average = Math.max(1, bytes / count)
  return Math.min(READ_ENTRIES_MAX, Math.max(1, Math.ceil((PAGE_BYTES_MAX - bytes) / average)))
}

/** The items of the table that entries of a local index stand for; an item that was deleted meanwhile is left out. */
async function complete(
  store: Store,
  record: TableRecord,
  entries: readonly StoredItem[],
  usage: Usage,
  consistent: boolean,
): Promise<readonly StoredItem[]> {
  const keyed: Keyed = record
  const items: StoredItem[] = []
  for (let at = 0; at < entries.length; at += READ_ENTRIES_FIRST) {
    const keys = entries.slice(at, at + READ_ENTRIES_FIRST).map((entry) => itemKey(keyed, entry.item))
    for (const entry of await store.getMany(keys)) if (entry !== undefined) items.push(new StoredItem(entry.value))
  }
  // Each is a read of its own.
  for (const item of items) usage.addTable(readUnits(item.sizeBytes, consistent ? 'strong' : 'eventual'))
  return items
}
