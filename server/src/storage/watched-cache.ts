// What was read of some collections, kept in memory until any of them changes. The store is the truth: its watch makes
// everything stale, also for changes of other nodes.
import { grownTo } from '#base/grown-cache.ts'
import { LRUCache } from 'lru-cache'
import type { Store } from './store.ts'

interface Cached<T> {
  readonly generation: number
  readonly value: T | undefined
}

export interface WatchedCacheOptions {
  readonly store: Pick<Store, 'watch'>
  /** Names of the collections that the values are made of. */
  readonly collections: readonly string[]
  /** Values that are kept. */
  readonly max: number
}

export class WatchedCache<T extends object> {
  readonly #cache: LRUCache<string, Cached<T>>
  readonly #unwatch: readonly (() => void)[]
  #generation = 0

  constructor({ store, collections, max }: WatchedCacheOptions) {
    this.#cache = new LRUCache(grownTo(max))
    this.#unwatch = collections.map((name) => store.watch([name], () => this.forgetAll()))
  }

  /** Call it when a change is committed: whoever asks after its answer must see it. */
  forgetAll(): void {
    this.#generation++
  }

  close(): void {
    for (const unwatch of this.#unwatch) unwatch()
  }

  /** What is kept under this name, else what `read` answers; that there is nothing is kept as well. */
  async get(name: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    const cached = this.#cache.get(name)
    if (cached !== undefined && cached.generation === this.#generation) return cached.value
    // A change while it is read makes what was read stale.
    const generation = this.#generation
    const value = await read()
    this.#cache.set(name, { generation, value })
    return value
  }
}
