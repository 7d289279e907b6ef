// The journal: records of calls, durable and chained. A record is on disk when `append` resolves; records that come while
// a commit is under way share the next one. There is one chain for each account.
import type { Log } from '#base/log.ts'
import { eachStored } from '#storage/each-stored.ts'
import { LIST_PAGE_MAX, type Store, StoreFullError } from '#storage/store.ts'
import { type Reader, transact, type Transaction } from '#storage/transact.ts'
import {
  auditHeads,
  auditRecords,
  type ChainHead,
  type ChainRecord,
  hashOf,
  NO_HASH,
  openHead,
  sealHead,
  type Sealer,
  START,
} from './chain.ts'
import { BATCH_BYTES_MAX, BATCH_MAX, PENDING_MAX } from './limits.ts'

export interface JournalOptions {
  readonly store: Store
  readonly sealer: Sealer
  readonly log: Log
}

interface Waiting {
  readonly event: Buffer
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/** A record as read. */
export interface JournalEntry extends ChainRecord {
  readonly sequence: number
}

export type FoundHead =
  /** Nothing was ever recorded. */
  | { readonly kind: 'none' }
  | { readonly kind: 'sealed'; readonly head: ChainHead }
  /** There are records, but no head, or one that was not sealed here. */
  | { readonly kind: 'forged' }

export class Journal {
  readonly store: Store
  readonly sealer: Sealer
  readonly #log: Log
  readonly #waiting = new Map<string, Waiting[]>()
  readonly #writing = new Map<string, Promise<void>>()

  constructor({ store, sealer, log }: JournalOptions) {
    this.store = store
    this.sealer = sealer
    this.#log = log
  }

  /** Adds a record. Rejects with StoreFullError when too many wait, and as a commit does. */
  append(account: string, event: Buffer): Promise<void> {
    const waiting = this.#waiting.get(account) ?? []
    if (waiting.length >= PENDING_MAX)
      return Promise.reject(new StoreFullError(`${PENDING_MAX} audit records of account ${account} wait`))
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    waiting.push({ event, done: resolve, failed: reject })
    this.#waiting.set(account, waiting)
    if (!this.#writing.has(account)) {
      const writing = this.#writeAll(account).finally(() => this.#writing.delete(account))
      this.#writing.set(account, writing)
    }
    return promise
  }

  /** Resolves when nothing waits any more. */
  async settle(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing.values())
  }

  async #writeAll(account: string): Promise<void> {
    for (;;) {
      // Whoever else records in this turn shares the commit.
      await Promise.resolve()
      const batch = this.#nextBatch(account)
      if (batch.length === 0) return
      try {
        // On a full disk too: a deletion that cannot be recorded cannot be answered.
        const write = (transaction: Transaction): Promise<void> => this.#write(transaction, account, batch)
        await transact(this.store, write, { vital: true })
        for (const { done } of batch) done()
      } catch (error) {
        for (const { failed } of batch) failed(error)
      }
    }
  }

  #nextBatch(account: string): readonly Waiting[] {
    const waiting = this.#waiting.get(account) ?? []
    let bytes = 0
    let count = 0
    for (const { event } of waiting) {
      bytes += event.length
      if (count > 0 && (count === BATCH_MAX || bytes > BATCH_BYTES_MAX)) break
      count++
    }
    const batch = waiting.splice(0, count)
    if (waiting.length === 0) this.#waiting.delete(account)
    return batch
  }

  async #write(transaction: Transaction, account: string, batch: readonly Waiting[]): Promise<void> {
    const found = await this.findHead(transaction, account)
    const head =
      found.kind === 'sealed' ? found.head : found.kind === 'none' ? START : await this.#afterForgery(account)
    let { sequence, hash } = head
    for (const { event } of batch) {
      const record = { previous: hash, event }
      sequence++
      await auditRecords.set(transaction, [account, sequence], record)
      hash = hashOf(account, sequence, record)
    }
    await auditHeads.set(transaction, [account], {
      sealed: sealHead(this.sealer, account, { ...head, sequence, hash }),
    })
  }

  /** A head that somebody took away must not stop the server, nor be mended: what follows hangs on nothing, and shows it. */
  async #afterForgery(account: string): Promise<ChainHead> {
    const [last] = await auditRecords.list(this.store, { prefix: [account] }, { limit: 1, reverse: true })
    this.#log.error('the head of the audit chain is not ours: somebody changed the store', { account })
    return { ...START, sequence: Number(last?.key[1] ?? 0), hash: NO_HASH }
  }

  async findHead(reader: Reader, account: string): Promise<FoundHead> {
    const sealed = (await auditHeads.get(reader, [account]))?.value.sealed
    if (sealed === undefined) {
      const [any] = await auditRecords.list(this.store, { prefix: [account] }, { limit: 1 })
      return any === undefined ? { kind: 'none' } : { kind: 'forged' }
    }
    const head = openHead(this.sealer, account, sealed)
    return head === undefined ? { kind: 'forged' } : { kind: 'sealed', head }
  }

  /** The sequence of the newest record; 0 when there is none. */
  async lastSequence(account: string): Promise<number> {
    const found = await this.findHead(this.store, account)
    if (found.kind === 'sealed') return found.head.sequence
    const [last] = await auditRecords.list(this.store, { prefix: [account] }, { limit: 1, reverse: true })
    return Number(last?.key[1] ?? 0)
  }

  /** At most `limit` records after a sequence, oldest first. */
  after(account: string, sequence: number, limit = LIST_PAGE_MAX): Promise<readonly JournalEntry[]> {
    return this.#list(account, { after: [account, sequence] }, { limit })
  }

  /** At most `limit` records before a sequence, newest first. */
  before(account: string, sequence: number, limit = LIST_PAGE_MAX): Promise<readonly JournalEntry[]> {
    return this.#list(account, { before: [account, sequence] }, { limit, reverse: true })
  }

  async #list(
    account: string,
    cut: { readonly after: readonly (string | number)[] } | { readonly before: readonly (string | number)[] },
    options: { readonly limit: number; readonly reverse?: boolean },
  ): Promise<readonly JournalEntry[]> {
    const page = await auditRecords.list(this.store, { prefix: [account], ...cut }, options)
    return page.map(({ key, value }) => ({ previous: value.previous, event: value.event, sequence: Number(key[1]) }))
  }

  /** Accounts that have records, or a head. */
  async accounts(): Promise<readonly string[]> {
    const found = new Set<string>()
    await eachStored(
      (after) => auditHeads.list(this.store, { prefix: [], ...(after && { after }) }),
      ({ key }) => void found.add(String(key[0])),
    )
    // From one account's records to those of the next: a head may have been taken away.
    for (let after: readonly (string | number)[] = ['']; ;) {
      const [next] = await auditRecords.list(this.store, { prefix: [], after }, { limit: 1 })
      if (next === undefined) return [...found].toSorted()
      const account = String(next.key[0])
      found.add(account)
      after = [account, Number.MAX_SAFE_INTEGER]
    }
  }
}
