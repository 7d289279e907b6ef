// Subscriptions by ARN as deliveries need them, kept in memory with their topic. Stale after any change, as views are.
import type { Store } from '#storage/store.ts'
import { WatchedCache } from '#storage/watched-cache.ts'
import { readSubscriptionArn } from './arn.ts'
import { SUBSCRIPTION_CACHE_MAX } from './limits.ts'
import { subscriptionKey, type SubscriptionRecord, subscriptions } from './subscription.ts'
import { topicKey, topics, type TopicRecord } from './topic.ts'

export interface KnownSubscription {
  readonly record: SubscriptionRecord
  readonly topic: TopicRecord | undefined
}

export class SubscriptionCache {
  readonly #store: Store
  readonly #cache: WatchedCache<KnownSubscription>

  constructor(store: Store) {
    this.#store = store
    this.#cache = new WatchedCache({
      store,
      collections: [topics.name, subscriptions.name],
      max: SUBSCRIPTION_CACHE_MAX,
    })
  }

  forgetAll(): void {
    this.#cache.forgetAll()
  }

  close(): void {
    this.#cache.close()
  }

  /** Undefined when there is no such subscription. */
  get(arn: string): Promise<KnownSubscription | undefined> {
    return this.#cache.get(arn, async () => {
      const ref = readSubscriptionArn(arn)
      return ref && this.#read(subscriptionKey(ref))
    })
  }

  async #read(key: ReturnType<typeof subscriptionKey>): Promise<KnownSubscription | undefined> {
    const record = (await subscriptions.get(this.#store, key))?.value
    if (record === undefined) return undefined
    return { record, topic: (await topics.get(this.#store, topicKey(record)))?.value }
  }
}
