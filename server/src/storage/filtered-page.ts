// Pages of what a filter lets pass: the records between are passed over, a bounded read at a time.
import type { Collection } from './collection.ts'
import type { Key } from './store.ts'
import type { Reader } from './transact.ts'

export interface FilteredRange {
  /** Keys are relative to the collection. */
  readonly prefix: Key
  /** The key of the last record of the page before. */
  readonly after: Key | undefined
  /** Records in a page. */
  readonly max: number
  /** Records read at a time. */
  readonly scan: number
}

export interface FilteredPage<T> {
  readonly items: readonly T[]
  /** The key after which the next page begins; undefined when nothing more passes the filter. */
  readonly next: Key | undefined
}

/** One page of the records that `keep` wants, in the order of their keys. */
export async function filteredPage<T>(
  reader: Reader,
  collection: Collection<T>,
  { prefix, after: first, max, scan }: FilteredRange,
  keep: (record: T) => boolean,
): Promise<FilteredPage<T>> {
  const items: T[] = []
  let last: Key | undefined
  for (let after = first; ;) {
    const page = await collection.list(reader, { prefix, ...(after && { after }) }, { limit: scan })
    for (const { key, value } of page) {
      if (!keep(value)) continue
      if (items.length === max && last !== undefined) return { items, next: last }
      items.push(value)
      last = key
    }
    after = page.at(-1)?.key
    if (page.length < scan) return { items, next: undefined }
  }
}
