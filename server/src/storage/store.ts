// The Store port: an ordered key-value store with optimistic transactions. Every service keeps its state through it and
// cannot tell which driver it runs on. Drivers: sqlite/, postgres/, memory/ (with injected faults). One contract suite
// (store.contract.ts) holds for all of them.
//
// Promises:
// S1  A commit that resolved is on disk (memory driver: survives its simulated crash).
// S2  A commit is atomic: all of its checks (of keys and of ranges) hold and all of its writes happen, or nothing happens.
// S3  get, getMany and list see every commit that was acknowledged before they were called.
// S4  Appends to one log get gap-free, rising sequence numbers, in commit order, starting at 1; never reused, even after
//     entries of the log were deleted.
// S5  A watcher is woken after every commit that touched its prefix while it was subscribed; it may be woken more often.

/** One element of a key. Order between kinds: bytes < string < number/bigint < boolean; within a kind: natural order. */
export type KeyPart = string | number | bigint | boolean | Uint8Array

/** A tuple key. Its byte encoding (storage/key.ts) keeps tuple order; strings order by their UTF-8 bytes. */
export type Key = readonly KeyPart[]

/** Rises with every write of a key; a key that was deleted and set again has a new, higher version. */
export type Version = number

export interface Entry {
  readonly key: Key
  readonly value: Uint8Array
  readonly version: Version
}

/**
 * The entries strictly below `prefix` (an entry at `prefix` itself is not among them), optionally cut: `from`, `after` and
 * `before` are whole keys (with the prefix). A range is the same set of keys in both directions.
 */
export interface Range {
  readonly prefix: Key
  /** First key, inclusive. */
  readonly from?: Key
  /** First key, exclusive: where the page before ended. Wins over `from`. */
  readonly after?: Key
  /** Last key, exclusive. */
  readonly before?: Key
}

export interface ListOptions {
  /** 1..LIST_PAGE_MAX entries; default LIST_PAGE_MAX. */
  readonly limit?: number
  readonly reverse?: boolean
}

/** Holds when the key is at exactly this version; `null`: when the key is absent. */
export interface Check {
  readonly key: Key
  readonly version: Version | null
}

/** Holds when `list(range, options)` would answer the same keys at the same versions as before. The prefix is not empty. */
export interface RangeCheck {
  readonly range: Range
  readonly options?: ListOptions
  /** As the list answered them. */
  readonly entries: readonly Pick<Entry, 'key' | 'version'>[]
}

export interface Write {
  readonly key: Key
  readonly value: Uint8Array
}

/** Adds an entry at key `[...log, sequence]`; the commit gives the sequence (a number). */
export interface Append {
  readonly log: Key
  readonly value: Uint8Array
}

export interface Commit {
  readonly checks?: readonly Check[]
  readonly ranges?: readonly RangeCheck[]
  readonly sets?: readonly Write[]
  readonly deletes?: readonly Key[]
  readonly appends?: readonly Append[]
  /**
   * Written while the disk is nearly full too, out of what is kept for that: records without which not even a deletion could
   * be answered. Never what users store.
   */
  readonly vital?: true
}

export type CommitOutcome =
  | {
      readonly kind: 'committed'
      /** The version that every key set in this commit now has. */
      readonly version: Version
      /** The sequence of each append, in the order of `appends`. */
      readonly sequences: readonly number[]
    }
  /** The first check that did not hold: its key, or the prefix of its range. */
  | { readonly kind: 'conflict'; readonly key: Key }

export interface Store {
  get(key: Key): Promise<Entry | undefined>
  /** One result per key, in the order asked. At most GET_MANY_MAX keys. */
  getMany(keys: readonly Key[]): Promise<readonly (Entry | undefined)[]>
  /**
   * One page, in key order. Ask again with `after` = the last key; with `reverse`, the page starts at the highest key, and
   * the next page is asked for with `before` = the last key.
   */
  list(range: Range, options?: ListOptions): Promise<readonly Entry[]>
  /**
   * Rejects with StoreLimitError, StoreFullError (both: nothing was written), StoreClosedError or StoreUnavailableError
   * (both: it may have been written, if it was under way); a conflict is an outcome, not an error. On a disk that is nearly
   * full (DiskFullError) commits that make the data no larger go on, and those that are `vital`. Deletes come before
   * sets; of several sets of one key the last one counts. Values are copied: the caller may use its buffers again.
   */
  commit(commit: Commit): Promise<CommitOutcome>
  /** False while commits that make the data larger are refused, for whoever gathers several changes into one commit. */
  takesGrowth(): boolean
  /**
   * Calls `wake` after commits that touch keys at or below `prefix` (appends included). Returns the function that ends
   * the subscription.
   */
  watch(prefix: Key, wake: () => void): () => void
  /**
   * Deletes everything, log counters included; versions go on rising. Wakes every watcher. For `mayfly reset` and tests.
   */
  clear(): Promise<void>
  /** Waits for commits under way, then releases everything. Later calls reject with StoreClosedError. */
  close(): Promise<void>
}

export const LIST_PAGE_MAX = 1000
export const GET_MANY_MAX = 1000
export const KEY_BYTES_MAX = 4096
export const VALUE_BYTES_MAX = 2 * 1024 * 1024
/** Checks + ranges + sets + deletes + appends of one commit. */
export const COMMIT_ITEMS_MAX = 2500
/** A transaction of DynamoDB has 4 MB of items, each with both images in its stream record and its index entries. */
export const COMMIT_BYTES_MAX = 32 * 1024 * 1024

/** A key, value or batch over a bound above. A bug of the caller, or a limit that the service did not check. */
export class StoreLimitError extends Error {
  override readonly name = 'StoreLimitError'
}

/** The disk or the commit queue is full; nothing was written and the caller may try later. */
export class StoreFullError extends Error {
  override readonly name: string = 'StoreFullError'
}

/** The disk is full, or so nearly that what is left is kept for deletions. Later means: when somebody made room. */
export class DiskFullError extends StoreFullError {
  override readonly name = 'DiskFullError'
}

/** The database cannot be reached. A commit that was under way may have happened: read before trying again. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError'
}

/** The store was closed, or has failed for good (then `cause` says why). */
export class StoreClosedError extends Error {
  override readonly name = 'StoreClosedError'
}
