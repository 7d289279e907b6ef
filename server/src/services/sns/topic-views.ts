// A topic and its first subscriptions as publishing needs them: kept in memory, with compiled filters. The store is the
// truth: whatever changes topics or subscriptions makes every view stale, here and, by the store's watch, on other nodes.
import type { Store, Version } from '#storage/store.ts'
import { WatchedCache } from '#storage/watched-cache.ts'
import { topicArn, type TopicRef } from './arn.ts'
import { type Filter, filterOf } from './filter.ts'
import { FAN_OUT_PAGE, TOPIC_VIEWS_MAX } from './limits.ts'
import { isConfirmed, type SubscriptionRecord, subscriptions } from './subscription.ts'
import { subscriptionsVersion, topicKey, topics, type TopicRecord } from './topic.ts'
import { archiveDaysOf } from './topic-attributes.ts'

export interface Subscriber {
  readonly record: SubscriptionRecord
  readonly filter: Filter | undefined
}

export interface SubscriberPage {
  /** Confirmed subscriptions only. */
  readonly subscribers: readonly Subscriber[]
  /** The id of the last subscription that was looked at; undefined when there are no more. */
  readonly after: string | undefined
}

export interface TopicView extends SubscriberPage {
  readonly topic: TopicRecord
  /** Rises with every change of the topic's subscriptions: a FIFO publish is made again if it was not this one. */
  readonly version: Version
}

export class TopicViews {
  readonly #store: Store
  readonly #cache: WatchedCache<TopicView>

  constructor(store: Store) {
    this.#store = store
    this.#cache = new WatchedCache({ store, collections: [topics.name, subscriptions.name], max: TOPIC_VIEWS_MAX })
  }

  /** Call it when a change is committed: whoever publishes after its answer must see it. */
  forgetAll(): void {
    this.#cache.forgetAll()
  }

  close(): void {
    this.#cache.close()
  }

  /** Undefined when there is no such topic. */
  get(ref: TopicRef): Promise<TopicView | undefined> {
    return this.#cache.get(topicArn(ref), () => this.#read(ref))
  }

  async #read(ref: TopicRef): Promise<TopicView | undefined> {
    const found = await topics.get(this.#store, topicKey(ref))
    if (found === undefined) return undefined
    // First, so that the page is not older than the version says.
    const version = await subscriptionsVersion(this.#store, found.value.id)
    return { topic: found.value, version, ...(await this.page(found.value, undefined)) }
  }

  /** The subscriptions that follow `after`. */
  async page(topic: TopicRecord, after: string | undefined): Promise<SubscriberPage> {
    const prefix = topicKey(topic)
    const page = await subscriptions.list(
      this.#store,
      { prefix, ...(after !== undefined && { after: [...prefix, after] }) },
      { limit: FAN_OUT_PAGE },
    )
    const last = page.at(-1)
    return {
      subscribers: page.flatMap(({ value }) =>
        isListening(value, topic) ? [{ record: value, filter: filterOf(value) }] : [],
      ),
      after: page.length < FAN_OUT_PAGE ? undefined : last?.value.id,
    }
  }
}

/** Who is in the middle of a replay gets what is published now from the archive. */
function isListening(subscription: SubscriptionRecord, topic: TopicRecord): boolean {
  if (!isConfirmed(subscription) || subscription.topicId !== topic.id) return false
  return subscription.replayStatus !== 'In progress' || archiveDaysOf(topic) === undefined
}
