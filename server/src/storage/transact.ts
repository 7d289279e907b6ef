// Optimistic transactions on top of Store.commit: what is read inside is recorded as checks, so a commit succeeds only
// if nothing that was read has changed. Conflicts retry the whole function with jittered, bounded backoff.
import { type Clock, systemClock } from '#base/clock.ts'
import { type Random, systemRandom } from '#base/ids.ts'
import { Turns } from '#base/turns.ts'
import type { Append, Check, Entry, Key, ListOptions, Range, RangeCheck, Store, Version, Write } from './store.ts'
import { nameOfKey } from './key.ts'

/** What both a Store and a Transaction can read. */
export type Reader = Pick<Store, 'get' | 'getMany' | 'list'>

export const TRANSACT_ATTEMPTS_MAX = 20
const BACKOFF_BASE_MS = 1
const BACKOFF_MAX_MS = 100

/** The same keys kept changing under a transaction through all its attempts. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
}

export interface TransactOptions {
  readonly clock?: Clock
  readonly random?: Random
  readonly attemptsMax?: number
  /** Of the commit (store.ts). */
  readonly vital?: true
  /** Told the version that every key that was set now has. */
  readonly committed?: (version: Version) => void
}

/**
 * One attempt of a transaction. Reads, of keys and of ranges, go to the store and become checks; writes are kept until the
 * function returns. A read of a key that this transaction wrote sees the write; a list does not.
 */
export class Transaction implements Reader {
  readonly #store: Store
  readonly #checks = new Map<string, Check>()
  readonly #ranges: RangeCheck[] = []
  readonly #writes = new Map<string, { readonly key: Key; readonly value: Uint8Array | undefined }>()
  readonly #appends: Append[] = []

  constructor(store: Store) {
    this.#store = store
  }

  async get(key: Key): Promise<Entry | undefined> {
    const written = this.#writes.get(nameOfKey(key))
    if (written) return written.value && { key, value: written.value, version: 0 }
    const entry = await this.#store.get(key)
    this.check(key, entry?.version ?? null)
    return entry
  }

  async getMany(keys: readonly Key[]): Promise<readonly (Entry | undefined)[]> {
    const entries = await this.#store.getMany(keys)
    return keys.map((key, index) => {
      const written = this.#writes.get(nameOfKey(key))
      if (written) return written.value && { key, value: written.value, version: 0 }
      const entry = entries[index]
      this.check(key, entry?.version ?? null)
      return entry
    })
  }

  async list(range: Range, options?: ListOptions): Promise<readonly Entry[]> {
    const entries = await this.#store.list(range, options)
    const seen = entries.map(({ key, version }) => ({ key, version }))
    this.#ranges.push({ range, entries: seen, ...(options && { options }) })
    return entries
  }

  /** The commit fails unless `key` is at `version` (`null`: absent). */
  check(key: Key, version: Version | null): void {
    const name = nameOfKey(key)
    if (!this.#checks.has(name)) this.#checks.set(name, { key, version })
  }

  set(key: Key, value: Uint8Array): void {
    this.#writes.set(nameOfKey(key), { key, value })
  }

  delete(key: Key): void {
    this.#writes.set(nameOfKey(key), { key, value: undefined })
  }

  append(log: Key, value: Uint8Array): void {
    this.#appends.push({ log, value })
  }

  /** Everything that the store must check and write. */
  commit(): { checks: Check[]; ranges: RangeCheck[]; sets: Write[]; deletes: Key[]; appends: Append[] } {
    const sets: Write[] = []
    const deletes: Key[] = []
    for (const { key, value } of this.#writes.values()) {
      if (value) sets.push({ key, value })
      else deletes.push(key)
    }
    return { checks: [...this.#checks.values()], ranges: this.#ranges, sets, deletes, appends: this.#appends }
  }
}

/**
 * Runs `body` until its commit succeeds; what it throws ends the transaction with nothing written. `body` may run
 * several times, so it must not have effects of its own. A body that writes nothing is not checked: its reads may come from
 * different moments. Rejects with ConflictError after the last attempt.
 *
 * Those who have lost a race for the same key or range take turns, so that each of many who want to change one thing comes to
 * it. Who loses in spite of that, to another node, waits a little.
 */
export async function transact<T>(
  store: Store,
  body: (transaction: Transaction) => Promise<T>,
  options: TransactOptions = {},
): Promise<T> {
  const { clock = systemClock, random = systemRandom, attemptsMax = TRANSACT_ATTEMPTS_MAX } = options
  let outcome = await attemptOnce(store, body, options)
  for (let attempt = 2; outcome.kind === 'conflict'; attempt++) {
    const { key } = outcome
    if (attempt > attemptsMax)
      throw new ConflictError(`transaction lost ${attemptsMax} races, the last on ${JSON.stringify(key.map(String))}`)
    if (attempt > 2) await clock.sleep(random() * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** attempt))
    outcome = await turnsOf(store).run(nameOfKey(key), () => attemptOnce(store, body, options))
  }
  return outcome.result
}

type Attempt<T> = { readonly kind: 'done'; readonly result: T } | { readonly kind: 'conflict'; readonly key: Key }

async function attemptOnce<T>(
  store: Store,
  body: (transaction: Transaction) => Promise<T>,
  { vital, committed }: TransactOptions,
): Promise<Attempt<T>> {
  const transaction = new Transaction(store)
  const result = await body(transaction)
  const commit = transaction.commit()
  if (commit.sets.length + commit.deletes.length + commit.appends.length === 0) return { kind: 'done', result }
  const outcome = await store.commit(vital === true ? { ...commit, vital } : commit)
  if (outcome.kind === 'conflict') return outcome
  committed?.(outcome.version)
  return { kind: 'done', result }
}

const turns = new WeakMap<Store, Turns>()

function turnsOf(store: Store): Turns {
  let found = turns.get(store)
  if (found === undefined) turns.set(store, (found = new Turns()))
  return found
}
