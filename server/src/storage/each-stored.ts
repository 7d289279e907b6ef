// Everything of a range, a page at a time.
import type { Collection } from './collection.ts'
import { type Key, LIST_PAGE_MAX } from './store.ts'
import type { Reader } from './transact.ts'

/**
 * Visits what `list` gives for as long as it gives full pages (LIST_PAGE_MAX entries); `after` is the key of the last entry
 * seen, as `list` names it.
 */
export async function eachStored<T extends { readonly key: Key }>(
  list: (after: Key | undefined) => Promise<readonly T[]>,
  visit: (entry: T) => void | Promise<void>,
): Promise<void> {
  for (let after: Key | undefined; ;) {
    const page = await list(after)
    for (const entry of page) await visit(entry)
    if (page.length < LIST_PAGE_MAX) return
    after = page.at(-1)?.key
  }
}

/** All records of an index below `prefix`, in its order. */
export async function allIndexed<T>(
  reader: Reader,
  collection: Collection<T>,
  index: string,
  prefix: Key,
): Promise<readonly T[]> {
  const found: T[] = []
  await eachStored(
    async (after) => {
      const page = await collection.listIndex(reader, index, { prefix, ...(after && { after }) })
      return page.map(({ indexKey, value }) => ({ key: indexKey, value }))
    },
    ({ value }) => void found.push(value),
  )
  return found
}
