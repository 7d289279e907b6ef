// What was read of topics and subscriptions, kept in memory until any of them changes. The store is the truth: its watch
// makes everything stale, also for changes of other nodes.
import type { Store } from '#storage/store.ts'
import { LRUCache } from 'lru-cache'
import { subscriptions } from './subscription.ts'
import { topics } from './topic.ts'

interface Cached<T> {
  readonly generation: number
  readonly value: T | undefined
}

export class WatchedCache<T extends object> {
  readonly #cache: LRUCache<string, Cached<T>>
  readonly #unwatch: readonly (() => void)[]
  #generation = 0

  constructor(store: Store, max: number) {
    this.#cache = new LRUCache({ max })
    this.#unwatch = [topics.name, subscriptions.name].map((name) => store.watch([name], () => this.forgetAll()))
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
