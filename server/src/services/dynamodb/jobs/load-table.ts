// Bringing a table to life whose items came by other means than writes of items: index entries, counts, and then requests.
import { nameOfKey } from '#storage/key.ts'
import type { Write } from '#storage/store.ts'
import type { TablePlace } from '../arn.ts'
import type { DynamoDeps } from '../deps.ts'
import { entryOf } from '../item-write.ts'
import { JOB_COMMIT_BYTES } from '../limits.ts'
import { StoredItem } from '../stored-item.ts'
import { SPACE_PREFIX, type TableRecord } from '../table-record.ts'
import type { Size } from '../table-sizes.ts'
import { clearRange } from './clear-range.ts'
import { eachBatch } from './each-entry.ts'

/** The table that a job loads; undefined when it is gone or done already. */
export async function tableToLoad({ tables, store }: DynamoDeps, place: TablePlace): Promise<TableRecord | undefined> {
  const table = await tables.read(store, place)
  return table?.record.load === undefined ? undefined : table.record
}

/** What a former attempt left. */
export async function clearLoaded(deps: DynamoDeps, record: TableRecord, signal: AbortSignal): Promise<void> {
  for (const space of [record.space, ...record.indexes.map((index) => index.space)])
    await clearRange(deps, [SPACE_PREFIX, space], signal)
}

/** Writes all index entries, stores the counts, and lets requests in. */
export async function finishLoad(deps: DynamoDeps, record: TableRecord, signal: AbortSignal): Promise<Size> {
  const sizes = new Map<string, Size>([[record.space, NOTHING]])
  const buffer = new WriteBuffer(deps)
  for await (const entries of eachBatch(deps, { prefix: [SPACE_PREFIX, record.space] }, signal))
    for (const { value } of entries) {
      const stored = new StoredItem(value)
      count(sizes, record.space, stored)
      for (const index of record.indexes) {
        const entry = entryOf(record, index, stored)
        if (entry === undefined) continue
        count(sizes, index.space, entry.value)
        await buffer.add({ key: entry.key, value: entry.value.bytes })
      }
    }
  await buffer.flush()
  if (!signal.aborted) {
    await deps.sizes.set(record, sizes)
    await deps.tables.update(record, (old) => {
      const { load: _, ...loaded } = old
      return loaded
    })
  }
  return sizes.get(record.space) ?? NOTHING
}

const NOTHING: Size = { items: 0, bytes: 0 }

function count(sizes: Map<string, Size>, space: string, { sizeBytes }: StoredItem): void {
  const before = sizes.get(space) ?? NOTHING
  sizes.set(space, { items: before.items + 1, bytes: before.bytes + sizeBytes })
}

/** Gathers writes into commits of a good size. */
export class WriteBuffer {
  readonly #deps: DynamoDeps
  #writes = new Map<string, Write>()
  #bytes = 0

  constructor(deps: DynamoDeps) {
    this.#deps = deps
  }

  async add(write: Write): Promise<void> {
    this.#writes.set(nameOfKey(write.key), write)
    this.#bytes += write.value.length
    if (this.#bytes >= JOB_COMMIT_BYTES || this.#writes.size >= WRITES_MAX) await this.flush()
  }

  async flush(): Promise<void> {
    if (this.#writes.size === 0) return
    const sets = [...this.#writes.values()]
    this.#writes = new Map()
    this.#bytes = 0
    await this.#deps.store.commit({ sets })
  }
}

const WRITES_MAX = 1000
