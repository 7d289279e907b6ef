// All queues of the installation: their records in memory, each queue's index read when it is first used. Where a commit
// fails, memory may be ahead of the Store: then everything is thrown away and read again by whoever asks next.
//
//   (nothing) ──first use──▶ a life: records, queues, journal ──commit failed, or reset──▶ (nothing)
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { Lease, type NodeIdentity } from '#cluster/lease.ts'
import { AwsError } from '#protocol/errors.ts'
import { type Key, LIST_PAGE_MAX, type Store, StoreFullError } from '#storage/store.ts'
import { queueArn, type QueueName } from './arn.ts'
import { noSuchQueue, overLimit } from './errors.ts'
import { Journal } from './journal.ts'
import { QUEUES_MAX, SWEEP_INTERVAL_MS } from './limits.ts'
import { Queue, type QueueSurroundings } from './queue.ts'
import { QUEUE_RECORDS, queueRecordCodec, queueRecordKey, type QueueRecord } from './queue-record.ts'
import { TrashCollector } from './trash.ts'

export interface QueuesOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** Aborted when waits must end. */
  readonly draining: AbortSignal
  readonly fifoCallsPerSecondMax: number | undefined
  /** This node: queues have one owner. */
  readonly node: NodeIdentity
}

interface Slot {
  readonly record: QueueRecord
  /** Being read, or read. */
  opening: Promise<Queue> | undefined
  queue: Queue | undefined
}

interface Life {
  readonly lease: Lease
  readonly journal: Journal
  /** By ARN. */
  readonly slots: Map<string, Slot>
  readonly ended: AbortController
}

export class Queues {
  readonly #options: QueuesOptions
  readonly #trash: TrashCollector
  readonly #closing = new AbortController()
  #life: Promise<Life> | undefined
  /** The life when it has begun: what must be answered at once is read from it. */
  #begun: Life | undefined

  constructor(options: QueuesOptions) {
    this.#options = options
    const { store, clock, log, draining } = options
    this.#trash = new TrashCollector({ store, clock, log, signal: this.#closing.signal })
    draining.addEventListener('abort', () => void this.#endWaits())
  }

  /** The queue of this name. Rejects with QueueDoesNotExist. */
  async get(name: QueueName): Promise<Queue> {
    const queue = await this.find(queueArn(name))
    if (queue === undefined) throw noSuchQueue()
    return queue
  }

  /** The queue of this ARN; undefined when there is none. */
  async find(arn: string): Promise<Queue | undefined> {
    const life = await this.#alive()
    return await this.#open(life, arn)
  }

  /** The record of this ARN's queue, without reading the queue. Without a promise where it is in memory. */
  record(arn: string): QueueRecord | undefined | Promise<QueueRecord | undefined> {
    const find = ({ slots }: Life): QueueRecord | undefined => {
      const slot = slots.get(arn)
      return slot && recordOf(slot)
    }
    return this.#begun ? find(this.#begun) : this.#alive().then(find)
  }

  /** In the order of their names. */
  async records(account: string, region: string): Promise<readonly QueueRecord[]> {
    const { slots } = await this.#alive()
    return [...slots.values()]
      .map(recordOf)
      .filter((record) => record.account === account && record.region === region)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Makes a queue unless there is one of this name; answers the one that there is then. */
  async create(record: QueueRecord): Promise<{ readonly record: QueueRecord; readonly isNew: boolean }> {
    const life = await this.#alive()
    const { journal, slots } = life
    while (!journal.hasRoom) await journal.room()
    const arn = queueArn(record)
    const there = slots.get(arn)
    if (there) return { record: recordOf(there), isNew: false }
    if (slots.size >= QUEUES_MAX)
      throw overLimit(`There are ${QUEUES_MAX} queues, which is the most that there may be.`)
    journal.demandGrowth()
    const queue = Queue.create(record, this.#surroundings(life))
    slots.set(arn, { record, opening: Promise.resolve(queue), queue })
    journal.set(queueRecordKey(record), queueRecordCodec.encode(record))
    await journal.settled()
    return { record, isNew: true }
  }

  /** Deletes the queue and, afterwards, its messages. */
  async drop(queue: Queue): Promise<void> {
    const { slots } = await this.#alive()
    await queue.write(() => {
      queue.drop()
      slots.delete(queue.arn)
    })
  }

  /** The journal, for what is written together with messages. */
  async journal(): Promise<Journal> {
    return (await this.#alive()).journal
  }

  /** Forgets what is in memory of a store that was cleared. */
  forget(): void {
    this.#end(noSuchQueue())
  }

  /** Ends what runs in the background. */
  async close(): Promise<void> {
    this.#closing.abort()
    const life = this.#begun
    this.#end(new AwsError('ServiceUnavailable', 503, 'The server is going down.'))
    await this.#trash.idle()
    await life?.journal.settled().then(
      () => life.lease.release(),
      // Its commits have failed: whoever comes next takes the lease when it has run out.
      () => {},
    )
  }

  #alive(): Promise<Life> {
    if (this.#life !== undefined) return this.#life
    const beginning = this.#begin()
    this.#life = beginning
    beginning.then(
      (life) => {
        if (this.#life === beginning) this.#begun = life
      },
      () => {
        if (this.#life === beginning) this.#life = undefined
      },
    )
    return beginning
  }

  async #begin(): Promise<Life> {
    const { store, clock, node } = this.#options
    const ended = new AbortController()
    const signal = AbortSignal.any([ended.signal, this.#closing.signal])
    // Before anything is read: what is read is then this node's until the lease is lost.
    const lease = await Lease.take({ store, clock, name: 'sqs', owner: node.id, alone: node.alone, signal })
    const journal = new Journal(store, lease.check, () => this.#end(new StoreFullError('a commit of queues failed')))
    const life: Life = { lease, journal, slots: new Map(), ended }
    for (let after: Key | undefined; ;) {
      const page = await this.#options.store.list({ prefix: QUEUE_RECORDS, ...(after && { after }) })
      for (const { value } of page) {
        const record = queueRecordCodec.decode(value)
        life.slots.set(queueArn(record), { record, opening: undefined, queue: undefined })
      }
      if (page.length < LIST_PAGE_MAX) break
      after = page.at(-1)?.key
    }
    this.#trash.wake()
    void this.#sweep(life)
    return life
  }

  #end(reason: Error): void {
    const ending = this.#life
    this.#life = undefined
    this.#begun = undefined
    void ending?.then(
      ({ slots, ended }) => {
        ended.abort()
        for (const { queue } of slots.values()) queue?.close(reason)
      },
      // It never began: whoever asked was told.
      () => {},
    )
  }

  async #open(life: Life, arn: string): Promise<Queue | undefined> {
    const slot = life.slots.get(arn)
    if (slot === undefined) return undefined
    if (slot.queue !== undefined) return slot.queue
    slot.opening ??= Queue.load(slot.record, this.#surroundings(life)).then(
      (queue) => (slot.queue = queue),
      (error: unknown) => {
        slot.opening = undefined
        throw error
      },
    )
    return await slot.opening
  }

  #surroundings(life: Life): QueueSurroundings {
    const { store, clock, log, draining, fifoCallsPerSecondMax } = this.#options
    return {
      store,
      clock,
      log,
      draining,
      fifoCallsPerSecondMax,
      journal: life.journal,
      has: (arn) => life.slots.has(arn),
      open: (arn) => this.#open(life, arn),
      onTrash: () => {
        // Where the commit fails there is no trash.
        life.journal.settled().then(
          () => this.#trash.wake(),
          () => {},
        )
      },
    }
  }

  async #sweep({ slots, ended }: Life): Promise<void> {
    const { clock, log } = this.#options
    const { signal } = ended
    for (;;) {
      await clock.sleep(SWEEP_INTERVAL_MS, signal)
      for (const { queue } of slots.values()) {
        if (signal.aborted) return
        try {
          await queue?.sweep()
        } catch (error) {
          if (!signal.aborted && !(error instanceof AwsError)) log.error('sweeping a queue failed', { error })
        }
      }
      if (signal.aborted) return
    }
  }

  async #endWaits(): Promise<void> {
    if (this.#life === undefined) return
    for (const { queue } of (await this.#life).slots.values()) queue?.endWaits()
  }
}

/** Of a queue that is open, its own record is the newest. */
function recordOf({ record, queue }: Slot): QueueRecord {
  return queue?.record ?? record
}
