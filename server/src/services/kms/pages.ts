// Lists in pages: `Marker` is the name of the last item that was shown.
import { LIST_PAGE_MAX } from '#storage/store.ts'
import { kmsError, validation } from './errors.ts'
import { PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX } from './limits.ts'

interface PageWish {
  readonly Marker?: string | undefined
  readonly Limit?: number | undefined
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly end: { readonly Truncated: boolean; readonly NextMarker?: string }
}

/**
 * Where a list goes on, and how many items it shows, which leaves room for one more in a page of the store. Throws
 * InvalidMarkerException, ValidationException.
 */
export function readWish({ Marker, Limit = PAGE_ITEMS_DEFAULT }: PageWish): {
  readonly after: string | undefined
  readonly limit: number
} {
  if (Limit < 1 || Limit > PAGE_ITEMS_MAX)
    throw validation(
      `1 validation error detected: Value '${Limit}' at 'limit' failed to satisfy constraint: Member must have value ${Limit < 1 ? 'greater than or equal to 1' : `less than or equal to ${PAGE_ITEMS_MAX}`}`,
    )
  const after = Marker === undefined ? undefined : Buffer.from(Marker, 'base64url').toString()
  if (after === '') throw kmsError('InvalidMarkerException', 'The marker is not valid.')
  return { after, limit: Math.min(Limit, LIST_PAGE_MAX - 1) }
}

/** The page of items that were read one more than wanted. */
export function pageOf<T>(found: readonly T[], limit: number, nameOf: (item: T) => string): Page<T> {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  const more = found.length > limit && last !== undefined
  return {
    items,
    end: more ? { Truncated: true, NextMarker: Buffer.from(nameOf(last)).toString('base64url') } : { Truncated: false },
  }
}
