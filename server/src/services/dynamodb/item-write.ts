// One change of one item, and everything that has to change with it: index entries, expiry entry, stream record, history. All
// of it is one commit, which holds only if neither the item nor the table's record has changed since they were read.
import { InvariantError } from '#base/errors.ts'
import { nameOfKey } from '#storage/key.ts'
import type { Append, Check, Commit, Key, Store, Write } from '#storage/store.ts'
import type { TablePlace } from './arn.ts'
import { Usage, writeUnits } from './capacity.ts'
import type { DynamoDeps } from './deps.ts'
import { noResource, transactionConflict } from './errors.ts'
import { historyLog, encodePast } from './history-record.ts'
import { entryKey, itemKey, keyOfItem, trailingParts } from './item-keys.ts'
import { attributeOf, type Item } from './language/attribute-value.ts'
import { itemBytes } from './language/item-size.ts'
import { RACE_PAUSE_MS_MAX, WRITE_ATTEMPTS_MAX } from './limits.ts'
import { projected } from './projected-item.ts'
import { storeItem, StoredItem } from './stored-item.ts'
import { encodeChange, streamLog, type ChangeKind } from './stream-record.ts'
import { SPACE_PREFIX, type IndexRecord, type TableRecord, type TableStream } from './table-record.ts'
import type { SizeChange } from './table-sizes.ts'
import type { Table } from './tables.ts'

/** An item as it was read: with the version that a commit checks. */
export interface ItemVersion {
  readonly stored: StoredItem | undefined
  readonly version: number | null
}

/** What is to become of an item. */
export type Decision =
  | { readonly kind: 'put'; readonly item: Item; readonly sizeBytes?: number }
  | { readonly kind: 'delete' }
  /** Nothing to write: what the caller wanted is so already. */
  | { readonly kind: 'keep' }

export interface ItemChange {
  readonly table: Table
  readonly key: Key
  readonly before: ItemVersion
  readonly decision: Decision
  readonly nowMs: number
  readonly byTimeToLive?: boolean
}

/** A change made ready: parts of a commit, and what they mean. */
export interface WritePlan {
  readonly checks: readonly Check[]
  readonly sets: readonly Write[]
  readonly deletes: readonly Key[]
  readonly appends: readonly Append[]
  readonly usage: Usage
  readonly before: StoredItem | undefined
  /** The item as it will be. */
  readonly after: StoredItem | undefined
  readonly sizes: readonly SizeChange[]
}

export async function readItem(store: Pick<Store, 'get'>, key: Key): Promise<ItemVersion> {
  const entry = await store.get(key)
  if (entry === undefined) return { stored: undefined, version: null }
  return { stored: new StoredItem(entry.value), version: entry.version }
}

/** The parts of the commit. Several plans of different items may go into one commit (joinPlans). */
export function planWrite({ table, key, before, decision, nowMs, byTimeToLive = false }: ItemChange): WritePlan {
  const { record } = table
  const checks: Check[] = [
    { key: table.recordKey, version: table.version },
    { key, version: before.version },
  ]
  const after = afterOf(before.stored, decision)
  const draft = new Draft(record, before.stored, after)
  if (after !== before.stored) {
    if (after === undefined) draft.deletes.push(key)
    else draft.sets.push({ key, value: after.bytes })
    draft.size(record.space, before.stored?.sizeBytes, after?.sizeBytes)
  }
  draft.usage.addTable(writeUnits(Math.max(before.stored?.sizeBytes ?? 0, after?.sizeBytes ?? 0)))
  if (after !== before.stored) {
    for (const index of record.indexes) draft.index(index)
    draft.expiry()
    draft.remember(nowMs)
    if (record.stream !== undefined) draft.stream(record.stream, key, nowMs, byTimeToLive)
  }
  const { sets, deletes, appends, usage, sizes } = draft
  return { checks, sets, deletes, appends, usage, sizes, before: before.stored, after }
}

function afterOf(before: StoredItem | undefined, decision: Decision): StoredItem | undefined {
  if (decision.kind === 'keep') return before
  if (decision.kind === 'delete') return undefined
  const bytes = storeItem(decision.item, decision.sizeBytes ?? itemBytes(decision.item))
  // Writing what is there already changes nothing, so nothing follows from it either.
  if (before !== undefined && Buffer.compare(before.bytes, bytes) === 0) return before
  return new StoredItem(bytes, decision.item)
}

class Draft {
  readonly sets: Write[] = []
  readonly deletes: Key[] = []
  readonly appends: Append[] = []
  readonly sizes: SizeChange[] = []
  readonly usage = new Usage('write')
  readonly #record: TableRecord
  readonly #before: StoredItem | undefined
  readonly #after: StoredItem | undefined

  constructor(record: TableRecord, before: StoredItem | undefined, after: StoredItem | undefined) {
    this.#record = record
    this.#before = before
    this.#after = after
  }

  size(space: string, before: number | undefined, after: number | undefined): void {
    const items = (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1)
    const bytes = (after ?? 0) - (before ?? 0)
    if (items !== 0 || bytes !== 0) this.sizes.push({ space, items, bytes })
  }

  /** Brings an index up to date; costs units only where an entry changes. */
  index(index: IndexRecord): void {
    const old = entryOf(this.#record, index, this.#before)
    const next = entryOf(this.#record, index, this.#after)
    if (old === undefined && next === undefined) return
    this.size(index.space, old?.value.sizeBytes, next?.value.sizeBytes)
    const stays = old !== undefined && next !== undefined && nameOfKey(old.key) === nameOfKey(next.key)
    if (stays) {
      if (Buffer.compare(old.value.bytes, next.value.bytes) === 0) return
      this.sets.push({ key: next.key, value: next.value.bytes })
      this.usage.addIndex(index.name, writeUnits(Math.max(old.value.sizeBytes, next.value.sizeBytes)))
      return
    }
    if (old !== undefined) {
      this.deletes.push(old.key)
      this.usage.addIndex(index.name, writeUnits(old.value.sizeBytes))
    }
    if (next !== undefined) {
      this.sets.push({ key: next.key, value: next.value.bytes })
      this.usage.addIndex(index.name, writeUnits(next.value.sizeBytes))
    }
  }

  /** The entry by which the item is found when its time is over. */
  expiry(): void {
    if (this.#record.timeToLive === undefined) return
    const old = this.#before && expiryEntry(this.#record, this.#before.item)
    const next = this.#after && expiryEntry(this.#record, this.#after.item)
    if (old !== undefined && (next === undefined || nameOfKey(old.key) !== nameOfKey(next.key)))
      this.deletes.push(old.key)
    if (next !== undefined) this.sets.push(next)
  }

  /** What the item was, for restores to a moment before now. */
  remember(nowMs: number): void {
    const { history } = this.#record
    const item = history && (this.#after?.item ?? this.#before?.item)
    if (history === undefined || item === undefined) return
    const value = encodePast({ atMs: nowMs, key: keyOfItem(item, this.#record.key), before: this.#before?.text })
    this.appends.push({ log: historyLog(history.space), value })
  }

  stream({ space, openShards, viewType }: TableStream, key: Key, nowMs: number, byTimeToLive: boolean): void {
    const [before, after] = [this.#before, this.#after]
    const item = after?.item ?? before?.item
    if (item === undefined) return
    const kind: ChangeKind = before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY'
    const newer = viewType === 'NEW_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES' ? after : undefined
    const older = viewType === 'OLD_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES' ? before : undefined
    const value = encodeChange({
      kind,
      atMs: nowMs,
      keys: keyOfItem(item, this.#record.key),
      ...(newer !== undefined && { newText: newer.text }),
      ...(older !== undefined && { oldText: older.text }),
      imagesBytes: (newer?.sizeBytes ?? 0) + (older?.sizeBytes ?? 0),
      byTimeToLive,
    })
    this.appends.push({ log: streamLog(space, shardOf(key, openShards)), value })
  }
}

/** By the partition, so that all changes of an item are in one shard. */
function shardOf(key: Key, openShards: readonly number[]): number {
  const digest = key[2]
  const first = digest instanceof Uint8Array ? (digest[0] ?? 0) : 0
  const shard = openShards[first % openShards.length]
  if (shard === undefined) throw new InvariantError('a stream has no open shard')
  return shard
}

interface IndexEntry {
  readonly key: Key
  readonly value: StoredItem
}

/** The entry of an item in an index; undefined when it has none. */
export function entryOf(
  record: TableRecord,
  index: IndexRecord,
  stored: StoredItem | undefined,
): IndexEntry | undefined {
  if (stored === undefined) return undefined
  const key = entryKey(record, index, stored.item)
  if (key === undefined) return undefined
  if (index.projection.kind === 'ALL') return { key, value: stored }
  return { key, value: new StoredItem(storeItem(projected(record, index, stored.item))) }
}

/** The entry under an item's expiry time (seconds), whose value is the item's key; undefined for items without one. */
export function expiryEntry(record: TableRecord, item: Item): Write | undefined {
  const { timeToLive } = record
  const value = timeToLive && attributeOf(item, timeToLive.attribute)
  if (timeToLive === undefined || value === undefined || !('N' in value)) return undefined
  const key = [SPACE_PREFIX, timeToLive.space, Number(value.N), ...trailingParts(record.key, item)]
  return { key, value: storeItem(keyOfItem(item, record.key)) }
}

/** The commit of several plans, whose items are different. */
export function joinPlans(plans: readonly WritePlan[]): Required<Omit<Commit, 'vital' | 'ranges'>> {
  return {
    checks: plans.flatMap((plan) => plan.checks),
    sets: plans.flatMap((plan) => plan.sets),
    deletes: plans.flatMap((plan) => plan.deletes),
    appends: plans.flatMap((plan) => plan.appends),
  }
}

/** What a write of one item was, when it is done. */
export interface Written extends WritePlan {
  readonly table: Table
}

export interface ChangeOptions {
  readonly byTimeToLive?: boolean
  /** Units are taken from the table's throughput, and the write refused when there are none. Default true. */
  readonly isMetered?: boolean
}

/**
 * Changes one item: reads it, lets `decide` say what it becomes, commits, and begins again when it lost a race. `decide` may
 * run several times, each time with the table as it is then; what it throws ends the change with nothing written. Throws
 * ResourceNotFoundException when the table goes away meanwhile.
 */
export async function changeItem(
  deps: DynamoDeps,
  place: TablePlace,
  key: Item,
  decide: (before: StoredItem | undefined, table: Table) => Decision,
  { byTimeToLive = false, isMetered = true }: ChangeOptions = {},
): Promise<Written> {
  const { tables, turns, store, clock, random, sizes, throughput } = deps
  const first = await requireTable(deps, place)
  if (isMetered) throughput.admit(first.record, 'write')
  const firstKey = itemKey(first.record, key)
  return turns.run(nameOfKey(firstKey), async () => {
    for (let attempt = 1; ; attempt++) {
      const table = attempt === 1 ? first : await requireTable(deps, place)
      const itsKey = table === first ? firstKey : itemKey(table.record, key)
      const before = await readItem(store, itsKey)
      const decision = decide(before.stored, table)
      const plan = planWrite({ table, key: itsKey, before, decision, nowMs: clock.nowMs(), byTimeToLive })
      if (await commitPlan(deps, table.record, plan)) {
        if (isMetered) throughput.spend(table.record, plan.usage)
        sizes.add(table.record, plan.sizes)
        return { ...plan, table }
      }
      if (attempt === WRITE_ATTEMPTS_MAX) throw transactionConflict()
      tables.forget()
      await clock.sleep(random() * Math.min(RACE_PAUSE_MS_MAX, 2 ** attempt))
    }
  })
}

async function commitPlan({ store, sizes }: DynamoDeps, record: TableRecord, plan: WritePlan): Promise<boolean> {
  if (plan.sets.length + plan.deletes.length + plan.appends.length === 0) return true
  const marker = sizes.marker(record)
  const sets = marker === undefined ? plan.sets : [...plan.sets, marker]
  const { checks, deletes, appends } = plan
  const outcome = await store.commit({ checks, sets, deletes, appends })
  return outcome.kind === 'committed'
}

/** The table, ready for requests for items. Throws ResourceNotFoundException. */
export async function requireTable({ tables }: Pick<DynamoDeps, 'tables'>, place: TablePlace): Promise<Table> {
  const table = tables.kept(place) ?? (await tables.find(place))
  // A table that is being restored or imported answers as one that is being created.
  if (table === undefined || table.record.load !== undefined) throw noResource()
  return table
}
