// Lists come in pages, in the order of names. The token of the next page says after which name it begins.
import type { Collection } from '#storage/collection.ts'
import { filteredPage } from '#storage/filtered-page.ts'
import type { Key } from '#storage/store.ts'
import type { Reader } from '#storage/transact.ts'
import { validation } from './errors.ts'
import { LIST_PAGE_MAX } from './limits.ts'

const TOKEN_CHARS_MAX = 2048
const SCAN = 200

export interface PageRequest<T> {
  readonly prefix: Key
  readonly limit: number | undefined
  readonly token: string | undefined
  keep(record: T): boolean
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly NextToken: string | undefined
}

/** One page of the records below `prefix`, whose keys end with a name. Throws for a token that no page answered. */
export async function pageOf<T>(reader: Reader, collection: Collection<T>, request: PageRequest<T>): Promise<Page<T>> {
  const { prefix, limit = LIST_PAGE_MAX, token } = request
  const after = token === undefined ? undefined : [...prefix, nameIn(token)]
  const { items, next } = await filteredPage(reader, collection, { prefix, after, max: limit, scan: SCAN }, (record) =>
    request.keep(record),
  )
  return { items, NextToken: next === undefined ? undefined : tokenFor(String(next.at(-1))) }
}

export function tokenFor(name: string): string {
  return Buffer.from(JSON.stringify([name])).toString('base64url')
}

/** Throws ValidationException. */
export function nameIn(token: string): string {
  try {
    const read: unknown =
      token.length > TOKEN_CHARS_MAX ? undefined : JSON.parse(Buffer.from(token, 'base64url').toString())
    if (Array.isArray(read) && typeof read[0] === 'string') return read[0]
  } catch {
    // Told below, as any other token that was not made here.
  }
  throw validation('Parameter NextToken is not valid.')
}
