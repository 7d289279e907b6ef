// Publishing to a topic: one commit that holds an event for every subscription, and for FIFO topics the message's number,
// its deduplication id and its place in the archive.
//
// A FIFO topic has one writer on this node, which gathers what arrives while its last commit is under way into the next
// one. So numbers follow the order of arrival, and a commit is shared. The counter is checked in the commit: a second
// writer elsewhere makes it conflict, and the batch is made again.
import type { Clock } from '#base/clock.ts'
import { newRequestId } from '#base/ids.ts'
import type { OutboxRecord } from '#events/outbox.ts'
import { outboxAppend } from '#events/outbox.ts'
import { KeyFault } from '#identity/key-vault.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Store } from '#storage/store.ts'
import { transact, type Transaction } from '#storage/transact.ts'
import { archiveMessage } from './archive.ts'
import { topicArn, type TopicRef } from './arn.ts'
import { deduplicationKey, readDuplicate, rememberMessage } from './deduplication.ts'
import type { Draft } from './draft.ts'
import { kmsError, notFound, throttled } from './errors.ts'
import { fanOut, type KeptMessage, newRoom, type Room } from './fan-out.ts'
import { FIFO_BATCH_BYTES_MAX, FIFO_BATCH_MAX, FIFO_WAITING_MAX } from './limits.ts'
import type { Message } from './message.ts'
import type { MessageSeal } from './message-seal.ts'
import { isFifo, subscriptionsVersion, type TopicRecord } from './topic.ts'
import type { TopicView, TopicViews } from './topic-views.ts'

export interface Published {
  readonly messageId: string
  readonly sequence: number | undefined
}

export interface PublisherPorts {
  readonly store: Store
  readonly clock: Clock
  readonly views: TopicViews
  readonly seal: MessageSeal
}

interface Waiting {
  readonly drafts: readonly Draft[]
  readonly bytes: number
  readonly hops: number
  readonly resolve: (published: readonly Published[]) => void
  readonly reject: (error: unknown) => void
}

/** The last number that a FIFO topic gave. */
export const sequences = new Collection<number>({ name: 'sns.sequence', codec: jsonCodec<number>(1) })

export class Publisher {
  readonly #ports: PublisherPorts
  /** Publishes that wait for the writer of their FIFO topic, by the topic's ARN; the key is there while it writes. */
  readonly #writers = new Map<string, Waiting[]>()

  constructor(ports: PublisherPorts) {
    this.#ports = ports
  }

  /** Durable when it resolves. The drafts are checked for this topic (draft.ts). Throws NotFound, Throttled. */
  publish(topic: TopicRecord, drafts: readonly Draft[], hops: number): Promise<readonly Published[]> {
    return isFifo(topic) ? this.#publishInOrder(topic, drafts, hops) : this.#publishAtOnce(topic, drafts, hops)
  }

  async #publishAtOnce(topic: TopicRef, drafts: readonly Draft[], hops: number): Promise<readonly Published[]> {
    const view = await this.#view(topic)
    const kept = await Promise.all(drafts.map((draft) => this.#keep(view.topic, this.#message(view.topic, draft))))
    const room = newRoom()
    const records = kept.flatMap((message) => fanOut(message, view.topic, view, hops, room))
    // Nobody listens: there is nothing to keep.
    if (records.length > 0) await this.#ports.store.commit({ appends: records.map(outboxAppend) })
    return kept.map(({ message }) => ({ messageId: message.id, sequence: undefined }))
  }

  /** For events of other services: what follows from them goes into the commit that settles them. Standard topics only. */
  async follows(topic: TopicRef, draft: Draft, hops: number, id: string): Promise<readonly OutboxRecord[]> {
    const view = await this.#view(topic)
    const kept = await this.#keep(view.topic, this.#message(view.topic, draft, id))
    return fanOut(kept, view.topic, view, hops, newRoom())
  }

  async #view(topic: TopicRef): Promise<TopicView> {
    const view = await this.#ports.views.get(topic)
    if (view === undefined) throw notFound('Topic')
    return view
  }

  #message(topic: TopicRef, draft: Draft, id = newRequestId()): Message {
    return { ...draft, id, type: 'Notification', topicArn: topicArn(topic), timeMs: this.#ports.clock.nowMs() }
  }

  /** Throws SNS's KMS errors. */
  async #keep(topic: TopicRecord, message: Message): Promise<KeptMessage> {
    try {
      return { message, payload: await this.#ports.seal.seal(topic, message) }
    } catch (error) {
      throw error instanceof KeyFault ? kmsError(error) : error
    }
  }

  #publishInOrder(topic: TopicRef, drafts: readonly Draft[], hops: number): Promise<readonly Published[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Published[]>()
    const waiting = { drafts, bytes: Buffer.byteLength(JSON.stringify(drafts)), hops, resolve, reject }
    const arn = topicArn(topic)
    const queue = this.#writers.get(arn)
    if (queue === undefined) {
      this.#writers.set(arn, [waiting])
      void this.#write(topic, arn)
    } else if (queue.length >= FIFO_WAITING_MAX) reject(throttled())
    else queue.push(waiting)
    return promise
  }

  async #write(topic: TopicRef, arn: string): Promise<void> {
    const queue = this.#writers.get(arn) ?? []
    while (queue.length > 0) {
      const batch = queue.splice(0, batchLength(queue))
      try {
        const published = await this.#commitInOrder(topic, batch)
        for (const [index, waiting] of batch.entries()) waiting.resolve(published[index] ?? [])
      } catch (error) {
        for (const waiting of batch) waiting.reject(error)
      }
    }
    this.#writers.delete(arn)
  }

  async #commitInOrder(topic: TopicRef, batch: readonly Waiting[]): Promise<readonly (readonly Published[])[]> {
    return await transact(this.#ports.store, async (transaction) => {
      const view = await this.#currentView(topic, transaction)
      const room = newRoom()
      const last = await sequences.get(transaction, [view.topic.id])
      const order: Order = { view, transaction, room, sequence: last?.value ?? 0 }
      const published: (readonly Published[])[] = []
      for (const { drafts, hops } of batch) {
        const one: Published[] = []
        for (const draft of drafts) one.push(await this.#inOrder(order, draft, hops))
        published.push(one)
      }
      if (order.sequence !== last?.value) await sequences.set(transaction, [view.topic.id], order.sequence)
      return published
    })
  }

  /** A view that is as new as the commit will be: the version becomes a check of it. */
  async #currentView(topic: TopicRef, transaction: Transaction): Promise<TopicView> {
    const view = await this.#view(topic)
    if ((await subscriptionsVersion(transaction, view.topic.id)) === view.version) return view
    this.#ports.views.forgetAll()
    return await this.#view(topic)
  }

  async #inOrder(order: Order, draft: Draft, hops: number): Promise<Published> {
    const { transaction, view, room } = order
    const key = deduplicationKey(view.topic, draft)
    const before = await readDuplicate(transaction, key, this.#ports.clock.nowMs())
    if (before !== undefined) return before
    const message: Message = { ...this.#message(view.topic, draft), sequence: ++order.sequence }
    const kept = await this.#keep(view.topic, message)
    for (const record of fanOut(kept, view.topic, view, hops, room)) {
      const { log, value } = outboxAppend(record)
      transaction.append(log, value)
    }
    const published = { messageId: message.id, sequence: order.sequence }
    await rememberMessage(transaction, key, published, message.timeMs)
    archiveMessage(transaction, view.topic, kept)
    return published
  }
}

/** How many of the waiting publishes share the next commit: one at least. */
function batchLength(queue: readonly Waiting[]): number {
  let messages = 0
  let bytes = 0
  const end = queue.findIndex((waiting) => {
    messages += waiting.drafts.length
    bytes += waiting.bytes
    return messages > FIFO_BATCH_MAX || bytes > FIFO_BATCH_BYTES_MAX
  })
  return end < 0 ? queue.length : Math.max(1, end)
}

interface Order {
  readonly view: TopicView
  readonly transaction: Transaction
  readonly room: Room
  sequence: number
}
