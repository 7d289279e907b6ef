// What every driver does alike before it touches its data: hold the limits of store.ts, and turn ranges into bytes.
import { encodeKey, KEY_RANGE_END } from './key.ts'
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
  const { checks = [], sets = [], deletes = [], appends = [] } = commit
  const items = checks.length + sets.length + deletes.length + appends.length
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
