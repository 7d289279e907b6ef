// Subscriptions by ARN as deliveries need them, kept in memory with their topic. Stale after any change, as views are.
import type { Store } from '#storage/store.ts'
import { LRUCache } from 'lru-cache'
import { readSubscriptionArn } from './arn.ts'
import { SUBSCRIPTION_CACHE_MAX } from './limits.ts'
import { subscriptionKey, type SubscriptionRecord, subscriptions } from './subscription.ts'
import { topicKey, topics, type TopicRecord } from './topic.ts'

export interface KnownSubscription {
  readonly record: SubscriptionRecord
  readonly topic: TopicRecord | undefined
}

interface Cached {
  readonly generation: number
  readonly known: KnownSubscription | undefined
}

export class SubscriptionCache {
  readonly #store: Store
  readonly #cache = new LRUCache<string, Cached>({ max: SUBSCRIPTION_CACHE_MAX })
  readonly #unwatch: readonly (() => void)[]
  #generation = 0

  constructor(store: Store) {
    this.#store = store
    const stale = (): void => this.forgetAll()
    this.#unwatch = [store.watch([topics.name], stale), store.watch([subscriptions.name], stale)]
  }

  forgetAll(): void {
    this.#generation++
  }

  close(): void {
    for (const unwatch of this.#unwatch) unwatch()
  }

  /** Undefined when there is no such subscription. */
  async get(arn: string): Promise<KnownSubscription | undefined> {
    const cached = this.#cache.get(arn)
    if (cached !== undefined && cached.generation === this.#generation) return cached.known
    const generation = this.#generation
    const ref = readSubscriptionArn(arn)
    const known = ref && (await this.#read(subscriptionKey(ref)))
    this.#cache.set(arn, { generation, known })
    return known
  }

  async #read(key: ReturnType<typeof subscriptionKey>): Promise<KnownSubscription | undefined> {
    const record = (await subscriptions.get(this.#store, key))?.value
    if (record === undefined) return undefined
    return { record, topic: (await topics.get(this.#store, topicKey(record)))?.value }
  }
}
