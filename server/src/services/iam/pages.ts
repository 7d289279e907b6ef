// Lists in pages: `Marker` continues after the last item that was shown.
import type { Collection, Stored } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { Reader } from '#storage/transact.ts'
import { Constraints } from './constraints.ts'
import { validationError } from './errors.ts'
import { PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX } from './limits.ts'

export interface PageWish {
  readonly Marker?: string | undefined
  readonly MaxItems?: number | undefined
}

export interface Page<T> {
  readonly items: readonly T[]
  /** For the answer. */
  readonly end: { readonly IsTruncated: boolean; readonly Marker?: string }
}

const SCAN_ITEMS = 200

/** One page of the records of an account that `keep` wants, in the order of their names. */
export async function pageOfRecords<T>(
  reader: Reader,
  collection: Collection<T>,
  account: string,
  wish: PageWish,
  keep: (value: T) => boolean = () => true,
): Promise<Page<T>> {
  const { max, after } = readWish(wish)
  const items: { readonly name: string; readonly value: T }[] = []
  let from: Key | undefined = after === undefined ? undefined : [account, after]
  while (items.length <= max) {
    const found: readonly Stored<T>[] = await collection.list(
      reader,
      { prefix: [account], ...(from !== undefined && { after: from }) },
      { limit: SCAN_ITEMS },
    )
    for (const { key, value } of found) if (keep(value)) items.push({ name: String(key[1]), value })
    from = found.at(-1)?.key
    if (found.length < SCAN_ITEMS) break
  }
  return pageFrom(items, max)
}

/** One page of a list that is in memory. */
export function pageOfList<T>(list: readonly T[], nameOf: (item: T) => string, wish: PageWish): Page<T> {
  const { max, after } = readWish(wish)
  const sorted = list.map((value) => ({ name: nameOf(value), value })).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return pageFrom(after === undefined ? sorted : sorted.filter(({ name }) => name > after), max)
}

function pageFrom<T>(items: readonly { readonly name: string; readonly value: T }[], max: number): Page<T> {
  const shown = items.slice(0, max)
  const last = shown.at(-1)
  const more = items.length > max && last !== undefined
  return {
    items: shown.map(({ value }) => value),
    end: more ? { IsTruncated: true, Marker: Buffer.from(last.name).toString('base64') } : { IsTruncated: false },
  }
}

function readWish({ Marker, MaxItems }: PageWish): { readonly max: number; readonly after: string | undefined } {
  new Constraints().range('maxItems', MaxItems, { min: 1, max: PAGE_ITEMS_MAX }).check()
  const after = Marker === undefined ? undefined : Buffer.from(Marker, 'base64').toString()
  if (Marker !== undefined && Buffer.from(after ?? '').toString('base64') !== Marker)
    throw validationError('Invalid Marker.')
  return { max: MaxItems ?? PAGE_ITEMS_DEFAULT, after }
}
