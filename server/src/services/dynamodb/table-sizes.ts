// How many items and bytes a table and each of its indexes have. Counted as writes go by, and added to the stored counts from
// time to time. A marker, written with the first change after that, tells a later life that changes may be missing: then
// they are counted anew. The numbers are for people; nothing depends on them.
//
//   ['dynamodb.sizes', table space]           counts by space
//   ['dynamodb.sizes-dirty', table space]     there are changes that the counts do not have
import type { Log } from '#base/log.ts'
import { jsonCodec } from '#storage/collection.ts'
import { LIST_PAGE_MAX, type Key, type Store, type Write } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import { JOB_BATCH_ITEMS } from './limits.ts'
import { StoredItem } from './stored-item.ts'
import { SPACE_PREFIX, type TableRecord } from './table-record.ts'

const COUNTS_PREFIX = 'dynamodb.sizes'
const MARKER_PREFIX = 'dynamodb.sizes-dirty'

export interface Size {
  readonly items: number
  readonly bytes: number
}

export interface SizeChange extends Size {
  readonly space: string
}

type Counts = Readonly<Record<string, Size>>

const countsCodec = jsonCodec<Counts>(1)
const MARK = Uint8Array.of(1)
const NOTHING: Size = { items: 0, bytes: 0 }

/** What goes with a table that is deleted. */
export function sizeKeys(space: string): readonly Key[] {
  return [
    [COUNTS_PREFIX, space],
    [MARKER_PREFIX, space],
  ]
}

export class TableSizes {
  readonly #store: Store
  readonly #log: Log
  /** By table space: what is not in the stored counts yet. */
  #pending = new Map<string, Map<string, Size>>()

  constructor(store: Store, log: Log) {
    this.#store = store
    this.#log = log
  }

  forget(): void {
    this.#pending.clear()
  }

  /** To be written with the first change since the counts were stored. */
  marker({ space }: TableRecord): Write | undefined {
    return this.#pending.has(space) ? undefined : { key: [MARKER_PREFIX, space], value: MARK }
  }

  /** Takes note of a commit. */
  add({ space: table }: TableRecord, changes: readonly SizeChange[]): void {
    if (changes.length === 0) return
    let pending = this.#pending.get(table)
    if (pending === undefined) this.#pending.set(table, (pending = new Map()))
    for (const { space, items, bytes } of changes) {
      const before = pending.get(space) ?? NOTHING
      pending.set(space, { items: before.items + items, bytes: before.bytes + bytes })
    }
  }

  /** By space: of the table and of its indexes. */
  async of({ space }: TableRecord): Promise<(space: string) => Size> {
    const entry = await this.#store.get([COUNTS_PREFIX, space])
    const counts = entry === undefined ? {} : countsCodec.decode(entry.value)
    const pending = this.#pending.get(space)
    return (asked) => sum(counts[asked] ?? NOTHING, pending?.get(asked) ?? NOTHING)
  }

  /** Stores what was counted. */
  async flush(): Promise<void> {
    const pending = this.#pending
    this.#pending = new Map()
    for (const [table, changes] of pending)
      await transact(this.#store, async (transaction) => {
        const entry = await transaction.get([COUNTS_PREFIX, table])
        const counts: Record<string, Size> = { ...(entry && countsCodec.decode(entry.value)) }
        for (const [space, change] of changes) counts[space] = sum(counts[space] ?? NOTHING, change)
        transaction.set([COUNTS_PREFIX, table], countsCodec.encode(counts))
        // A write that came meanwhile counted on the marker.
        if (!this.#pending.has(table)) transaction.delete([MARKER_PREFIX, table])
      })
  }

  /** Sets the counts of spaces that were filled by other means than writes of items. */
  async set({ space: table }: TableRecord, sizes: ReadonlyMap<string, Size>): Promise<void> {
    await transact(this.#store, async (transaction) => {
      const entry = await transaction.get([COUNTS_PREFIX, table])
      const counts = { ...(entry && countsCodec.decode(entry.value)), ...Object.fromEntries(sizes) }
      transaction.set([COUNTS_PREFIX, table], countsCodec.encode(counts))
    })
  }

  /** Counts anew what a former life left uncounted. `tables` are all there are. */
  async recover(tables: AsyncIterable<TableRecord>, signal: AbortSignal): Promise<void> {
    for await (const table of tables) {
      if (signal.aborted) return
      if ((await this.#store.get([MARKER_PREFIX, table.space])) === undefined || this.#pending.has(table.space))
        continue
      const sizes = new Map<string, Size>()
      for (const space of [table.space, ...table.indexes.map((index) => index.space)])
        sizes.set(space, await this.#count(space, signal))
      if (signal.aborted) return
      await this.set(table, sizes)
      this.#log.info('counted a table anew', { table: table.name, items: sizes.get(table.space)?.items })
    }
  }

  async #count(space: string, signal: AbortSignal): Promise<Size> {
    let size = NOTHING
    for (let after: Key | undefined; !signal.aborted;) {
      const entries = await this.#store.list(
        { prefix: [SPACE_PREFIX, space], ...(after && { after }) },
        { limit: JOB_BATCH_ITEMS },
      )
      for (const { value } of entries) size = sum(size, { items: 1, bytes: new StoredItem(value).sizeBytes })
      if (entries.length < Math.min(JOB_BATCH_ITEMS, LIST_PAGE_MAX)) break
      after = entries.at(-1)?.key
    }
    return size
  }
}

function sum(left: Size, right: Size): Size {
  return { items: left.items + right.items, bytes: left.bytes + right.bytes }
}
