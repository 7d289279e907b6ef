// The owner of one queue. It keeps the index of the messages in memory, answers who waits for one, and is the only one that
// changes anything of the queue; the truth is in the Store, and `load` makes the same owner of it again.
//
// Each operation changes memory in one synchronous go and is answered when the journal says that this is on disk. A receive
// that waits is served within the send that brings the message, so both are in the same commit.
//
//   open ──delete, or the service ends──▶ closed: whoever waits is told, nothing can be changed any more
import type { CancelTimer, Clock } from '#base/clock.ts'
import { newRequestId } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import { AwsError } from '#protocol/errors.ts'
import type { Key, Store } from '#storage/store.ts'
import { queueArn } from './arn.ts'
import { settingsOf } from './attributes.ts'
import { deduplicationHash } from './deduplication.ts'
import {
  messageNotAvailable,
  messageNotInflight,
  noSuchQueue,
  overLimit,
  purgeInProgress,
  receiptHandleExpired,
  receiptHandleIsInvalid,
  throttled,
  invalidValue,
} from './errors.ts'
import type { Journal } from './journal.ts'
import { IN_FLIGHT_MAX, PURGE_INTERVAL_MS, VISIBILITY_SECONDS_MAX, WAITING_MAX } from './limits.ts'
import { decodeMessage, encodeMessage, type MessageHeader, type StoredMessage } from './message.ts'
import { MessageIndex, type Reception } from './message-index.ts'
import { queueRecordCodec, queueRecordKey, type QueueRecord, type QueueSettings } from './queue-record.ts'
import { ReceiveAttempts } from './receive-attempts.ts'
import { decodeReceipt, encodeReceipt, type Receipt } from './receipt-handle.ts'
import { fifoKey, segmentNumberOf } from './segment.ts'
import { ThroughputLimit } from './throughput-limit.ts'
import { trashKey, encodeTrash } from './trash.ts'

/** What a queue finds around it. */
export interface QueueSurroundings {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly journal: Journal
  /** Calls of one action per second on a FIFO queue; undefined: no limit. */
  readonly fifoCallsPerSecondMax: number | undefined
  /** Whether there is a queue of this ARN. */
  has(arn: string): boolean
  /** The queue of this ARN, read from the Store where it must be. */
  open(arn: string): Promise<Queue | undefined>
  /** Something was thrown away that is to be deleted in the background, once the journal has settled. */
  onTrash(): void
  /** Aborted when waits must end. */
  readonly draining: AbortSignal
}

export interface NewMessage {
  readonly header: MessageHeader
  readonly body: string
  /** Undefined: the queue's delay. */
  readonly delayMs: number | undefined
}

export interface SentMessage {
  readonly messageId: string
  /** FIFO queues only. */
  readonly sequenceNumber: string | undefined
}

export interface ReceiveOptions {
  readonly max: number
  /** Undefined: the queue's. */
  readonly visibilityMs?: number | undefined
  readonly waitMs?: number | undefined
  /** Ends the wait. Asked for when there is one. */
  readonly signal?: () => AbortSignal
  /** FIFO queues only. */
  readonly attemptId?: string | undefined
}

export interface ReceivedMessage {
  readonly receiptHandle: string
  readonly message: StoredMessage
  readonly reception: Reception
  readonly sequenceNumber: string | undefined
}

interface Waiting {
  readonly max: number
  readonly visibilityMs: number
  readonly settle: (receptions: readonly Reception[]) => void
  readonly reject: (error: unknown) => void
}

const LOAD_PAGE = 250

export class Queue {
  readonly #around: QueueSurroundings
  readonly #index: MessageIndex
  readonly #waiting = new Set<Waiting>()
  readonly #attempts = new ReceiveAttempts()
  readonly #throughput: ThroughputLimit
  #record: QueueRecord
  #settings: QueueSettings
  #alarm: { readonly dueMs: number; readonly cancel: CancelTimer } | undefined
  #isStirPending = false
  #closed: Error | undefined

  private constructor(record: QueueRecord, around: QueueSurroundings) {
    this.#around = around
    this.#record = record
    this.#settings = settingsOf(record)
    this.#index = new MessageIndex(record.uid, this.#settings.isFifo, around.journal)
    this.#throughput = new ThroughputLimit(around.fifoCallsPerSecondMax)
  }

  /** Reads the index of a queue from the Store. */
  static async load(record: QueueRecord, around: QueueSurroundings): Promise<Queue> {
    const queue = new Queue(record, around)
    const { store, clock } = around
    const prefix: Key = ['sqs.segment', record.uid]
    for (let after: Key | undefined; ;) {
      const page = await store.list({ prefix, ...(after && { after }) }, { limit: LOAD_PAGE })
      const numbers = page.map(({ key }) => Number(key[2]))
      const { isFifo } = queue.#settings
      const fifo = isFifo ? await store.getMany(numbers.map((number) => fifoKey(record.uid, number))) : []
      const nowMs = clock.nowMs()
      for (const [position, { value: columns }] of page.entries())
        queue.#index.load(numbers[position] ?? 0, { columns, fifo: fifo[position]?.value }, nowMs, record.purgedTo)
      if (page.length < LOAD_PAGE) return queue
      after = page.at(-1)?.key
    }
  }

  /** A queue that was just created: there is nothing to read. */
  static create(record: QueueRecord, around: QueueSurroundings): Queue {
    return new Queue(record, around)
  }

  get record(): QueueRecord {
    return this.#record
  }

  get settings(): QueueSettings {
    return this.#settings
  }

  get arn(): string {
    return queueArn(this.#record)
  }

  get counts(): { readonly visible: number; readonly inFlight: number; readonly delayed: number } {
    this.#index.appear(this.#around.clock.nowMs())
    this.#stir()
    const { visible, inFlight, delayed } = this.#index
    return { visible, inFlight, delayed }
  }

  /** Nobody waits, so that it may be closed and read again later. */
  get isIdle(): boolean {
    return this.#waiting.size === 0
  }

  /**
   * Runs `change`, which may call the synchronous methods below, when the journal takes it, and resolves when what it did is
   * on disk. What it throws is thrown; what it did before is kept.
   */
  async write<T>(change: () => T): Promise<T> {
    await this.#admit()
    let result: T
    try {
      result = change()
    } finally {
      this.#stir()
    }
    await this.#around.journal.settled()
    return result
  }

  async #admit(): Promise<void> {
    const { journal } = this.#around
    while (!journal.hasRoom) await journal.room()
    if (this.#closed) throw this.#closed
  }

  /**
   * Within `write`. A duplicate of a message that was sent in the last five minutes is that message again. Throws
   * DiskFullError.
   */
  add({ header, body, delayMs }: NewMessage): SentMessage {
    const nowMs = this.#around.clock.nowMs()
    const { deduplicationScope, isFifo } = this.#settings
    const { groupId, deduplicationId, messageId } = header
    if (!isFifo || groupId === undefined || deduplicationId === undefined) {
      this.#put({ header, body, sentMs: nowMs, delayMs })
      return { messageId, sequenceNumber: undefined }
    }
    const hash = deduplicationHash(deduplicationId, deduplicationScope === 'messageGroup' ? groupId : undefined)
    const duplicate = this.#index.duplicateOf(hash, nowMs)
    if (duplicate) return { messageId: duplicate.messageId, sequenceNumber: sequenceNumberOf(duplicate.sequence) }
    const sequence = this.#put({ header, body, sentMs: nowMs, delayMs, fifo: { groupId, messageId, hash } })
    return { messageId, sequenceNumber: sequenceNumberOf(sequence) }
  }

  /**
   * Within `write`: takes a message over from another queue. Standard queues keep the time when it was sent first, which
   * decides about its retention; duplicates are not looked for, since it was sent once.
   */
  takeOver(header: MessageHeader, body: string, sentMs: number): void {
    const { groupId, deduplicationId, messageId } = header
    if (!this.#settings.isFifo || groupId === undefined) {
      this.#put({ header, body, sentMs, delayMs: 0 })
      return
    }
    const hash = deduplicationHash(deduplicationId ?? messageId, groupId)
    this.#put({ header, body, sentMs: this.#around.clock.nowMs(), delayMs: 0, fifo: { groupId, messageId, hash } })
  }

  #put(put: {
    readonly header: MessageHeader
    readonly body: string
    readonly sentMs: number
    readonly delayMs: number | undefined
    readonly fifo?: { readonly groupId: string; readonly messageId: string; readonly hash: string }
  }): number {
    const { header, body, sentMs, delayMs = this.#settings.delayMs, fifo } = put
    this.#around.journal.demandGrowth()
    const sequence = this.#index.add({ sentMs, visibleMs: sentMs + delayMs, ...(fifo && { fifo }) })
    this.#around.journal.set(this.#index.bodyKey(sequence), encodeMessage(header, body))
    return sequence
  }

  /** Throws RequestThrottled where the queue's throughput is limited and the limit is reached. */
  demandThroughput(action: string, groupIds: readonly string[] = []): void {
    if (!this.#settings.isFifo) return
    const isPerGroup = this.#settings.throughputLimit === 'perMessageGroupId'
    const parts = isPerGroup && groupIds.length > 0 ? new Set(groupIds) : ['']
    const nowMs = this.#around.clock.nowMs()
    for (const part of parts) if (!this.#throughput.allows(`${action}/${part}`, nowMs)) throw throttled()
  }

  /** Receives what is there, or waits for it. */
  async receive(options: ReceiveOptions): Promise<readonly ReceivedMessage[]> {
    const { attemptId } = options
    const again = attemptId === undefined ? undefined : await this.#repeat(attemptId, options)
    const receptions = again ?? (await this.#receive(options))
    if (attemptId !== undefined && again === undefined && receptions.length > 0)
      this.#attempts.add(attemptId, receptions, this.#around.clock.nowMs())
    if (receptions.length === 0) return []
    await this.#around.journal.settled()
    return await this.#read(receptions)
  }

  async #receive(options: ReceiveOptions): Promise<readonly Reception[]> {
    const { max, visibilityMs = this.#settings.visibilityMs, waitMs = this.#settings.waitMs, signal } = options
    for (;;) {
      await this.#admit()
      // Whoever waits came first.
      if (this.#waiting.size > 0) this.#stir()
      const { receptions, moved } = this.#take(max, visibilityMs)
      if (receptions.length > 0) return receptions
      if (moved !== undefined) {
        await moved
        continue
      }
      if (waitMs > 0 && !this.#around.draining.aborted) return await this.#wait(max, visibilityMs, waitMs, signal?.())
      if (!this.#settings.isFifo && this.#index.inFlight >= IN_FLIGHT_MAX)
        throw overLimit(`The queue has reached its limit of ${IN_FLIGHT_MAX} messages in flight.`)
      return []
    }
  }

  /** `moved` settles when what was received too often has gone to the dead letters. */
  #take(
    max: number,
    visibilityMs: number,
  ): { readonly receptions: readonly Reception[]; readonly moved?: Promise<void> } {
    const nowMs = this.#around.clock.nowMs()
    this.#index.appear(nowMs)
    const free = IN_FLIGHT_MAX - this.#index.inFlight
    if (free <= 0) return { receptions: [] }
    const { redrive, retentionMs } = this.#settings
    const target = redrive !== undefined && this.#around.has(redrive.deadLetterTargetArn) ? redrive : undefined
    const { receptions, leaving } = this.#index.take({
      max: Math.min(max, free),
      nowMs,
      visibleMs: nowMs + visibilityMs,
      expiredMs: nowMs - retentionMs,
      receivesMax: target?.maxReceiveCount,
    })
    // A timeout of nothing: received, counted, and there for the next one.
    if (visibilityMs === 0) for (const { sequence } of receptions) this.#index.changeVisibility(sequence, nowMs, nowMs)
    if (target === undefined || leaving.length === 0) return { receptions }
    const moved = this.#moveToDeadLetters(leaving, target.deadLetterTargetArn)
    // What stood behind them in a group may be ready then. A failure is told to whoever awaits `moved`, and logged.
    void moved.then(() => this.#stir(), ignore)
    return { receptions, moved }
  }

  #wait(
    max: number,
    visibilityMs: number,
    waitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly Reception[]> {
    if (this.#waiting.size >= WAITING_MAX) return Promise.reject(throttled())
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waiting.delete(waiting)
        cancel()
        signal?.removeEventListener('abort', onAbort)
      }
      const waiting: Waiting = {
        max,
        visibilityMs,
        settle: (receptions) => (end(), resolve(receptions)),
        reject: (error) => (end(), reject(error)),
      }
      const onAbort = (): void => waiting.settle([])
      const cancel = this.#around.clock.after(waitMs, () => waiting.settle([]))
      signal?.addEventListener('abort', onAbort)
      this.#waiting.add(waiting)
      if (signal?.aborted === true) return onAbort()
      this.#setAlarm()
    })
  }

  /** Gives what there is to those who wait, in the order in which they came. */
  #stir(): void {
    for (const waiting of this.#waiting) {
      if (!this.#around.journal.hasRoom) return this.#stirLater()
      const { receptions } = this.#take(waiting.max, waiting.visibilityMs)
      if (receptions.length === 0) break
      waiting.settle(receptions)
    }
    this.#setAlarm()
  }

  #stirLater(): void {
    if (this.#isStirPending) return
    this.#isStirPending = true
    const stir = (): void => {
      this.#isStirPending = false
      this.#stir()
    }
    // Where the journal has failed the service throws this queue away, and tells who waits.
    void this.#around.journal.room().then(stir, ignore)
  }

  /** While somebody waits: wakes up when the next hidden message becomes visible. */
  #setAlarm(): void {
    const dueMs = this.#waiting.size === 0 ? undefined : this.#index.nextVisibleMs
    if (dueMs === this.#alarm?.dueMs) return
    this.#alarm?.cancel()
    this.#alarm = undefined
    if (dueMs === undefined) return
    const { clock } = this.#around
    const cancel = clock.after(Math.max(0, dueMs - clock.nowMs()), () => {
      this.#alarm = undefined
      this.#stir()
    })
    this.#alarm = { dueMs, cancel }
  }

  async #read(receptions: readonly Reception[]): Promise<readonly ReceivedMessage[]> {
    const { store } = this.#around
    const stored = await store.getMany(receptions.map(({ sequence }) => this.#index.bodyKey(sequence)))
    const received: ReceivedMessage[] = []
    for (const [position, reception] of receptions.entries()) {
      const entry = stored[position]
      // A purge came between the receive and now.
      if (entry === undefined) continue
      received.push({
        receiptHandle: encodeReceipt(this.#record.uid, reception),
        message: decodeMessage(entry.value),
        reception,
        sequenceNumber: this.#settings.isFifo ? sequenceNumberOf(reception.sequence) : undefined,
      })
    }
    return received
  }

  /** The same messages again, when none of them was touched since; their timeouts begin anew. */
  async #repeat(attemptId: string, options: ReceiveOptions): Promise<readonly Reception[] | undefined> {
    await this.#admit()
    const nowMs = this.#around.clock.nowMs()
    this.#index.appear(nowMs)
    const receptions = this.#attempts.find(attemptId, nowMs, (reception) => {
      const held = this.#index.holding(reception)
      return held.kind === 'current' && held.isInFlight
    })
    const visibleMs = nowMs + (options.visibilityMs ?? this.#settings.visibilityMs)
    for (const { sequence } of receptions ?? []) this.#index.changeVisibility(sequence, visibleMs, nowMs)
    return receptions
  }

  /** Within `write`. Deletes the message of a handle; throws for handles that are none, or not any more. */
  delete(handle: string): void {
    const receipt = this.#receipt(handle)
    this.#index.appear(this.#around.clock.nowMs())
    const held = this.#index.holding(receipt)
    if (held.kind === 'gone') return
    const isCurrent = held.kind === 'current'
    // A FIFO queue may have given the next message of the group to somebody else by now.
    if (this.#settings.isFifo && !(isCurrent && held.isInFlight)) throw receiptHandleExpired(handle)
    if (isCurrent) this.#index.remove(receipt.sequence)
  }

  /** Within `write`. */
  changeVisibility(handle: string, timeoutSeconds: number): void {
    const receipt = this.#receipt(handle)
    const nowMs = this.#around.clock.nowMs()
    this.#index.appear(nowMs)
    const held = this.#index.holding(receipt)
    if (held.kind === 'gone') throw messageNotAvailable(handle)
    if (held.kind === 'superseded')
      throw this.#settings.isFifo ? receiptHandleExpired(handle) : messageNotAvailable(handle)
    if (!held.isInFlight) throw messageNotInflight()
    const visibleMs = nowMs + timeoutSeconds * 1000
    if (visibleMs > held.receivedMs + VISIBILITY_SECONDS_MAX * 1000)
      throw invalidValue(
        timeoutSeconds,
        'VisibilityTimeout',
        `Total VisibilityTimeout for the message is beyond the limit [${VISIBILITY_SECONDS_MAX} seconds]`,
      )
    this.#attempts.forget(receipt.sequence)
    this.#index.changeVisibility(receipt.sequence, visibleMs, nowMs)
  }

  #receipt(handle: string): Receipt {
    const receipt = decodeReceipt(this.#record.uid, handle)
    if (receipt === undefined) throw receiptHandleIsInvalid(handle)
    return receipt
  }

  /** Within `write`. Throws PurgeQueueInProgress within 60 seconds of the last one. */
  purge(): void {
    const nowMs = this.#around.clock.nowMs()
    const { name, purgedMs, uid } = this.#record
    if (purgedMs + PURGE_INTERVAL_MS > nowMs) throw purgeInProgress(name)
    const from = this.#index.purge()
    const to = this.#index.next
    // A FIFO queue remembers duplicates also of what was purged.
    const segments = this.#settings.isFifo ? 0 : Math.max(0, segmentNumberOf(to - 1))
    this.#around.journal.set(trashKey(uid, to), encodeTrash({ from, to, segments }))
    this.change({ purgedTo: to, purgedMs: nowMs })
    this.#around.onTrash()
  }

  /** Within `write`: changes the record. */
  change(changed: Partial<Pick<QueueRecord, 'attributes' | 'tags' | 'modifiedMs' | 'purgedTo' | 'purgedMs'>>): void {
    this.#record = { ...this.#record, ...changed }
    this.#settings = settingsOf(this.#record)
    this.#around.journal.set(queueRecordKey(this.#record), queueRecordCodec.encode(this.#record))
  }

  /** Within `write`: the queue ceases to be. */
  drop(): void {
    const { uid } = this.#record
    const from = this.#index.purge()
    const to = this.#index.next
    this.#around.journal.delete(queueRecordKey(this.#record))
    this.#around.journal.set(trashKey(uid, to), encodeTrash({ from, to, segments: segmentNumberOf(to) + 1 }))
    this.#around.onTrash()
    this.close(noSuchQueue())
  }

  /** Nothing more can be done with this object; whoever waits is rejected. */
  close(reason: Error): void {
    this.#closed ??= reason
    this.#alarm?.cancel()
    this.#alarm = undefined
    for (const { reject } of this.#waiting) reject(this.#closed)
  }

  /** Whoever waits is answered: with nothing. */
  endWaits(): void {
    for (const { settle } of this.#waiting) settle([])
  }

  /** Deletes what is past its retention, and forgets duplicates past their window. */
  async sweep(): Promise<void> {
    const { clock, journal } = this.#around
    for (const sequences of this.#index.expired(clock.nowMs() - this.#settings.retentionMs)) {
      await this.#admit()
      for (const sequence of sequences) this.#index.remove(sequence)
    }
    await this.#admit()
    this.#index.forgetDuplicates(clock.nowMs(), DROPPED_SEGMENTS_PER_SWEEP)
    await journal.settled()
  }

  /** One after the other: each may have a megabyte. */
  async #moveToDeadLetters(sequences: readonly number[], targetArn: string): Promise<void> {
    const { store, journal, log } = this.#around
    let left = sequences
    try {
      const target = await this.#around.open(targetArn)
      for (const sequence of sequences) {
        const entry = await store.get(this.#index.bodyKey(sequence))
        await this.#admit()
        left = left.slice(1)
        this.#moveOne(sequence, entry?.value, target)
      }
      target?.stirAfterMove()
      await journal.settled()
    } catch (error) {
      for (const sequence of left) this.#index.stay(sequence)
      if (!(error instanceof AwsError))
        log.error('messages did not reach their dead-letter queue', { error, targetArn })
      throw error
    }
  }

  #moveOne(sequence: number, stored: Uint8Array | undefined, target: Queue | undefined): void {
    if (!this.#index.isLeaving(sequence)) return
    if (stored === undefined || target === undefined || target.#closed !== undefined) return this.#index.stay(sequence)
    const { body, ...header } = decodeMessage(stored)
    const sentMs = this.#index.sentAtMs(sequence)
    target.takeOver({ ...header, deadLetterSourceArn: this.arn }, body, sentMs)
    this.#index.remove(sequence)
  }

  /** Messages were put here by `takeOver`. */
  stirAfterMove(): void {
    this.#stir()
  }

  /**
   * Moves up to `max` visible messages to where `destinationOf` says, each with `note` in one commit. Returns how many; a
   * message without a destination stays, and ends the pass with `stuck`.
   */
  async moveAway(
    max: number,
    destinationOf: (header: MessageHeader) => Promise<Queue | undefined>,
    note: () => void,
  ): Promise<{ readonly moved: number; readonly isStuck: boolean }> {
    const { store, clock, journal } = this.#around
    await this.#admit()
    const nowMs = clock.nowMs()
    this.#index.appear(nowMs)
    const left = new Set(this.#index.takeAway(max, nowMs - this.#settings.retentionMs))
    const targets = new Set<Queue>()
    let moved = 0
    try {
      for (const sequence of left) {
        const entry = await store.get(this.#index.bodyKey(sequence))
        const message = entry && decodeMessage(entry.value)
        const target = message && (await destinationOf(message))
        if (entry !== undefined && (target === undefined || target.#closed)) return { moved, isStuck: true }
        await this.#admit()
        left.delete(sequence)
        if (message === undefined || target === undefined || !this.#index.isLeaving(sequence)) continue
        const { body, deadLetterSourceArn: _source, ...header } = message
        target.takeOver({ ...header, messageId: newRequestId() }, body, clock.nowMs())
        this.#index.remove(sequence)
        targets.add(target)
        moved++
        note()
      }
      return { moved, isStuck: false }
    } finally {
      for (const sequence of left) this.#index.stay(sequence)
      for (const target of targets) target.#stir()
      await journal.settled()
    }
  }
}

const DROPPED_SEGMENTS_PER_SWEEP = 500

function ignore(): void {}

const SEQUENCE_NUMBER_BASE = 18_850_000_000_000_000_000n
const SEQUENCE_NUMBER_STEP = 256n

/** Twenty digits that rise with each message, not by one. */
function sequenceNumberOf(sequence: number): string {
  return String(SEQUENCE_NUMBER_BASE + BigInt(sequence) * SEQUENCE_NUMBER_STEP)
}
