// What every driver does alike before it touches its data: hold the limits of store.ts, and turn ranges into bytes.
import { encodeKey, KEY_RANGE_END, nameOfKey } from './key.ts'
import {
  COMMIT_BYTES_MAX,
  COMMIT_ITEMS_MAX,
  GET_MANY_MAX,
  LIST_PAGE_MAX,
  StoreLimitError,
  VALUE_BYTES_MAX,
  type Commit,
  type Key,
  type ListOptions,
  type Range,
  type RangeCheck,
} from './store.ts'

/** Encoded keys: `start` inclusive, `end` exclusive. Empty when start >= end. */
export interface ByteRange {
  readonly start: Uint8Array
  readonly end: Uint8Array
}

// Below every element's tag and above the end of a key: the first possible key after `key`, and the first below a prefix.
const FIRST_BELOW = Uint8Array.of(0)
const RANGE_END = Uint8Array.of(KEY_RANGE_END)

/** The bytes that a range covers. */
export function byteRange(range: Range): ByteRange {
  const prefix = encodeKey(range.prefix)
  const lowest = Buffer.concat([prefix, FIRST_BELOW])
  const highest = Buffer.concat([prefix, RANGE_END])
  const from = range.after ? Buffer.concat([encodeKey(range.after), FIRST_BELOW]) : range.from && encodeKey(range.from)
  const before = range.before && encodeKey(range.before)
  return {
    start: from && Buffer.compare(from, lowest) > 0 ? from : lowest,
    end: before && Buffer.compare(before, highest) < 0 ? before : highest,
  }
}

/** What a range holds when its check holds: every key in it, at its version. */
export interface HeldRange extends ByteRange {
  readonly prefix: Key
  readonly versions: ReadonlyMap<string, number>
}

/**
 * The bytes that a check covers: a page that was full covers the keys up to its last one. Throws StoreLimitError for a range
 * of everything: drivers lock by the first element.
 */
export function heldRange({ range, options, entries }: RangeCheck): HeldRange {
  const { prefix } = range
  if (prefix.length === 0) throw new StoreLimitError('a range that is checked has a prefix')
  const { start, end } = byteRange(range)
  const versions = new Map(entries.map(({ key, version }) => [nameOfKey(key), version]))
  const last = entries.at(-1)
  if (last === undefined || entries.length < pageLimit(options)) return { prefix, versions, start, end }
  const key = encodeKey(last.key)
  if (options?.reverse === true) return { prefix, versions, start: key, end }
  return { prefix, versions, start, end: Buffer.concat([key, FIRST_BELOW]) }
}

/** The number of entries that a page may have. Throws StoreLimitError outside 1..LIST_PAGE_MAX. */
export function pageLimit(options: ListOptions | undefined): number {
  const limit = options?.limit ?? LIST_PAGE_MAX
  if (!Number.isInteger(limit) || limit < 1 || limit > LIST_PAGE_MAX)
    throw new StoreLimitError(`a page may have 1..${LIST_PAGE_MAX} entries, not ${limit}`)
  return limit
}

/** Throws StoreLimitError when more keys are asked for than one call may. */
export function holdGetMany(keys: readonly Key[]): void {
  if (keys.length > GET_MANY_MAX) throw new StoreLimitError(`at most ${GET_MANY_MAX} keys can be read at once`)
}

/**
 * Throws StoreLimitError when a commit is over a limit (keys excepted, their encoding looks after itself); returns the
 * bytes of its values.
 */
export function holdCommit(commit: Commit): number {
  const { checks = [], ranges = [], sets = [], deletes = [], appends = [] } = commit
  const items = checks.length + ranges.length + sets.length + deletes.length + appends.length
  if (items > COMMIT_ITEMS_MAX) throw new StoreLimitError(`a commit may have ${COMMIT_ITEMS_MAX} items, not ${items}`)
  let bytes = 0
  for (const { value } of sets) bytes += valueBytes(value)
  for (const { value } of appends) bytes += valueBytes(value)
  if (bytes > COMMIT_BYTES_MAX) throw new StoreLimitError(`a commit may have ${COMMIT_BYTES_MAX} bytes, not ${bytes}`)
  for (const { key } of sets) holdKey(key)
  for (const key of deletes) holdKey(key)
  for (const { log } of appends) holdKey(log)
  return bytes
}

function valueBytes(value: Uint8Array): number {
  if (value.length > VALUE_BYTES_MAX)
    throw new StoreLimitError(`a value may have ${VALUE_BYTES_MAX} bytes, not ${value.length}`)
  return value.length
}

function holdKey(key: Key): void {
  if (key.length === 0) throw new StoreLimitError('a key has at least one part')
}
