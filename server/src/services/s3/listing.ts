// Listing keys in order, rolled up at a delimiter, in flat memory: of a common prefix only its first key is read, then
// the listing seeks behind all others. Everything that is returned, keys and common prefixes alike, is greater than
// `after`. Source: API pages of ListObjectsV2 and ListMultipartUploads.
import { KEY_BYTES_MAX, PAGE_MAX, SEEK_PAGE_MIN } from './limits.ts'

/** Something with a key that is listed. */
export interface Keyed {
  readonly keyBytes: Buffer
}

/** Where reading begins: at or behind a key, or behind an entry (several may have one key). */
export type Start<P> = { readonly kind: 'from'; readonly key: Buffer } | { readonly kind: 'after'; readonly entry: P }

/** Reads up to `limit` entries in order. An entry is its own position. */
export type ReadPage<P extends Keyed, T extends P> = (start: Start<P>, limit: number) => Promise<readonly T[]>

export interface ListingRequest<P> {
  readonly prefix: Buffer
  /** Empty: no rolling up. */
  readonly delimiter: Buffer
  /** Exclusive; empty: from the beginning. */
  readonly after: Buffer
  /** Entries with the key `after` are listed from behind this one. */
  readonly afterEntry?: P | undefined
  /** Keys and common prefixes together. */
  readonly limit: number
}

export interface ListingPage<T> {
  readonly entries: readonly T[]
  readonly commonPrefixes: readonly Buffer[]
  readonly truncated: boolean
  /** The last key or common prefix of the page: the `after` of the next one. */
  readonly last: Buffer | undefined
}

/** One page. Entries that `isShown` does not take are passed over, and make no common prefix. */
export async function listKeys<P extends Keyed, T extends P, S extends T>(
  readPage: ReadPage<P, T>,
  request: ListingRequest<P>,
  isShown: (entry: T) => entry is S,
): Promise<ListingPage<S>> {
  const { prefix, delimiter, limit } = request
  const entries: S[] = []
  const commonPrefixes: Buffer[] = []
  let last: Buffer | undefined
  const page = (truncated: boolean): ListingPage<S> => ({ entries, commonPrefixes, truncated, last })
  if (limit === 0 || prefix.length > KEY_BYTES_MAX) return page(false)
  // Keys are at most KEY_BYTES_MAX long, so the bytes behind that decide no comparison.
  const after = request.after.subarray(0, KEY_BYTES_MAX + 1)
  const cursor = new Cursor(
    readPage,
    startOf({ ...request, after }),
    delimiter.length === 0 ? limit + 1 : SEEK_PAGE_MIN,
  )
  for (;;) {
    const entry = await cursor.next()
    if (!entry || !startsWith(entry.keyBytes, prefix)) return page(false)
    if (!isShown(entry)) continue
    const rolled = rollUp(entry.keyBytes, prefix, delimiter)
    if (rolled && rolled.compare(after) <= 0) {
      cursor.seek(successor(rolled))
      continue
    }
    if (entries.length + commonPrefixes.length === limit) return page(true)
    if (rolled) {
      commonPrefixes.push(rolled)
      cursor.seek(successor(rolled))
    } else entries.push(entry)
    last = rolled ?? entry.keyBytes
  }
}

/** For listings that show whatever is there. */
export function everything<T>(_entry: T): _entry is T {
  return true
}

/** Walks entries in order, in pages that grow while they are used up, and can jump ahead. */
class Cursor<P extends Keyed, T extends P> {
  readonly #readPage: ReadPage<P, T>
  #page: readonly T[] = []
  #index = 0
  #start: Start<P> | undefined
  #limit: number

  constructor(readPage: ReadPage<P, T>, start: Start<P>, limit: number) {
    this.#readPage = readPage
    this.#start = start
    this.#limit = Math.min(limit, PAGE_MAX)
  }

  async next(): Promise<T | undefined> {
    if (this.#index === this.#page.length) {
      if (!this.#start) return undefined
      this.#page = await this.#readPage(this.#start, this.#limit)
      this.#index = 0
      const last = this.#page.at(-1)
      this.#start = last && this.#page.length === this.#limit ? { kind: 'after', entry: last } : undefined
      this.#limit = Math.min(this.#limit * 2, PAGE_MAX)
    }
    return this.#page[this.#index++]
  }

  /** Goes on at the first entry at or behind `key`; undefined: there is none. */
  seek(key: Buffer | undefined): void {
    if (!key) {
      this.#page = []
      this.#index = 0
      this.#start = undefined
      return
    }
    while (this.#index < this.#page.length) {
      const entry = this.#page[this.#index]
      if (entry && entry.keyBytes.compare(key) >= 0) return
      this.#index++
    }
    // The rest of the keys may be anywhere behind: large pages would be read for nothing.
    if (this.#start) {
      this.#start = { kind: 'from', key }
      this.#limit = SEEK_PAGE_MIN
    }
  }
}

function startOf<P>({ prefix, after, afterEntry }: ListingRequest<P>): Start<P> {
  if (after.length === 0 || after.compare(prefix) < 0) return { kind: 'from', key: prefix }
  return afterEntry ? { kind: 'after', entry: afterEntry } : { kind: 'from', key: keyAfter(after) }
}

/** The common prefix of a key: up to and with the first delimiter behind the prefix. */
function rollUp(key: Buffer, prefix: Buffer, delimiter: Buffer): Buffer | undefined {
  if (delimiter.length === 0) return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.subarray(0, at + delimiter.length)
}

function startsWith(key: Buffer, prefix: Buffer): boolean {
  return key.length >= prefix.length && key.subarray(0, prefix.length).equals(prefix)
}

/** The least key greater than `key`. */
function keyAfter(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.of(0)])
}

/** The least bytes greater than everything that begins with `prefix`; undefined when there are none. */
function successor(prefix: Buffer): Buffer | undefined {
  let length = prefix.length
  while (length > 0 && prefix[length - 1] === 0xff) length--
  if (length === 0) return undefined
  const next = Buffer.from(prefix.subarray(0, length))
  next[length - 1] = (next[length - 1] ?? 0) + 1
  return next
}
