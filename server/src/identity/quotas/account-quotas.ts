// What accounts may use. All quotas are in memory, since they are asked with every request; who has none costs a look into
// an empty map. Another node's change comes by the store's watch.
import type { Clock } from '#base/clock.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import { eachStored } from '#storage/each-stored.ts'
import type { Store } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'

/** Undefined: AWS's own limit, or none. */
export interface Quotas {
  readonly functions?: number
  /** Instances of functions at once, in each region. */
  readonly concurrency?: number
  /** Objects, parts of uploads, and code of functions and layers. */
  readonly storageBytes?: number
  /** Requests of all services together; as many may come at once. */
  readonly requestsPerSecond?: number
}

/** Key: [account]. */
const quotas = new Collection<Quotas>({ name: 'identity.quotas', codec: jsonCodec<Quotas>(1) })

const NONE: Quotas = Object.freeze({})

/** A second's worth of requests, filled again as time passes. */
interface Bucket {
  readonly perSecond: number
  left: number
  filledMs: number
  refused: number
}

export class AccountQuotas {
  readonly #store: Store
  readonly #clock: Clock
  readonly #unwatch: () => void
  readonly #changed: (() => void)[] = []
  #byAccount: ReadonlyMap<string, Quotas> = new Map()
  #buckets: ReadonlyMap<string, Bucket> = new Map()

  private constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
    this.#unwatch = store.watch(quotas.keyOf([]), () => void this.#read().catch(() => {}))
  }

  static async open(store: Store, clock: Clock): Promise<AccountQuotas> {
    const opened = new AccountQuotas(store, clock)
    await opened.#read()
    return opened
  }

  /** Calls `changed` after any quota was changed. */
  onChange(changed: () => void): void {
    this.#changed.push(changed)
  }

  of(account: string): Quotas {
    return this.#byAccount.get(account) ?? NONE
  }

  /** Whether any account has a quota of bytes: nobody else looks up whose bucket it is. */
  get limitStorage(): boolean {
    for (const { storageBytes } of this.#byAccount.values()) if (storageBytes !== undefined) return true
    return false
  }

  /** Takes one request of the account's; milliseconds until the next would be taken when there is none. */
  admit(account: string): number | undefined {
    if (this.#buckets.size === 0) return undefined
    const bucket = this.#buckets.get(account)
    if (bucket === undefined) return undefined
    const nowMs = this.#clock.monotonicMs()
    const gained = ((nowMs - bucket.filledMs) / 1000) * bucket.perSecond
    bucket.left = Math.min(Math.max(1, bucket.perSecond), bucket.left + gained)
    bucket.filledMs = nowMs
    if (bucket.left < 1) {
      bucket.refused++
      return ((1 - bucket.left) / bucket.perSecond) * 1000
    }
    bucket.left--
    return undefined
  }

  /** Requests that were refused since the start, or since the quota was changed. */
  refusedRequests(account: string): number {
    return this.#buckets.get(account)?.refused ?? 0
  }

  async set(account: string, wanted: Quotas): Promise<void> {
    await transact(this.#store, (transaction) => quotas.set(transaction, [account], wanted))
    await this.#read()
  }

  /** After a reset. */
  forget(): void {
    this.#keep(new Map())
  }

  close(): void {
    this.#unwatch()
  }

  async #read(): Promise<void> {
    const found = new Map<string, Quotas>()
    await eachStored(
      (after) => quotas.list(this.#store, { prefix: [], ...(after && { after }) }),
      ({ key, value }) => void found.set(String(key[0]), value),
    )
    this.#keep(found)
  }

  #keep(found: ReadonlyMap<string, Quotas>): void {
    const nowMs = this.#clock.monotonicMs()
    const buckets = new Map<string, Bucket>()
    for (const [account, { requestsPerSecond: perSecond }] of found) {
      if (perSecond === undefined) continue
      const before = this.#buckets.get(account)
      const same = before?.perSecond === perSecond
      buckets.set(account, same ? before : { perSecond, left: Math.max(1, perSecond), filledMs: nowMs, refused: 0 })
    }
    this.#byAccount = found
    this.#buckets = buckets
    for (const changed of this.#changed) changed()
  }
}
