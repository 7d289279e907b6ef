// Which messages a queue has and what state each is in, without their bodies. Synchronous: each call changes memory and tells
// the journal in one go.
//
//   delayed ──its time comes──▶ waiting ──take──▶ in flight ──timeout, or visibility 0──▶ waiting
//                                  └─received too often─▶ leaving    └──delete──▶ gone
//
// Invariants: what is delayed or in flight is in the heap, what waits is offered by the order; the counts are those of the
// states; the segment with the highest number is kept, so that sequences are never used twice.
import { invariant } from '#base/errors.ts'
import type { Key } from '#storage/store.ts'
import { DEDUPLICATION_WINDOW_MS } from './limits.ts'
import { type DeduplicationHash, DeduplicationWindow } from './deduplication.ts'
import { FifoOrder, type MessageGroup } from './fifo-order.ts'
import { HiddenHeap } from './hidden-heap.ts'
import type { Journal } from './journal.ts'
import type { Offer, Order } from './order.ts'
import type { Receipt } from './receipt-handle.ts'
import {
  FifoColumns,
  HASH_BYTES,
  Segment,
  segmentNumberOf,
  SEGMENT_SLOTS,
  SLOT_DELAYED,
  SLOT_GONE,
  SLOT_IN_FLIGHT,
  SLOT_LEAVING,
  SLOT_WAITING,
  slotOf,
} from './segment.ts'
import { StandardOrder } from './standard-order.ts'

export interface Arrival {
  readonly sentMs: number
  /** At or before `sentMs`: at once. */
  readonly visibleMs: number
  readonly fifo?: { readonly groupId: string; readonly messageId: string; readonly hash: DeduplicationHash }
}

/** A message as it was received. */
export interface Reception extends Receipt {
  readonly sentMs: number
  readonly firstReceivedMs: number
}

export interface TakeOptions {
  readonly max: number
  readonly nowMs: number
  readonly visibleMs: number
  /** Messages sent at or before this are past their retention. */
  readonly expiredMs: number
  /** Messages received this often go to the dead letters instead; undefined without any. */
  readonly receivesMax: number | undefined
}

export interface Taken {
  readonly receptions: readonly Reception[]
  /** To be moved to the dead-letter queue by the caller, who then calls `remove` or `stay`. */
  readonly leaving: readonly number[]
}

/** A segment as it is stored. */
export interface SegmentRows {
  readonly columns: Uint8Array
  /** FIFO queues only. */
  readonly fifo: Uint8Array | undefined
}

export type Held =
  /** The handle is of the latest reception. */
  | { readonly kind: 'current'; readonly isInFlight: boolean; readonly receivedMs: number }
  /** It was received again since. */
  | { readonly kind: 'superseded' }
  | { readonly kind: 'gone' }

export class MessageIndex {
  readonly #uid: string
  readonly #journal: Journal
  readonly #segments = new Map<number, Segment<MessageGroup>>()
  readonly #order: Order
  readonly #fifo: FifoOrder | undefined
  readonly #window = new DeduplicationWindow()
  readonly #hidden = new HiddenHeap()
  #next = 0
  #waiting = 0
  #delayed = 0
  #inFlight = 0

  constructor(uid: string, isFifo: boolean, journal: Journal) {
    this.#uid = uid
    this.#journal = journal
    this.#fifo = isFifo ? new FifoOrder((sequence) => this.#groupOf(sequence)) : undefined
    this.#order = this.#fifo ?? new StandardOrder()
  }

  /** The sequence that the next message gets. */
  get next(): number {
    return this.#next
  }

  get visible(): number {
    return this.#waiting
  }

  get delayed(): number {
    return this.#delayed
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** When the next hidden message becomes visible; may be early. */
  get nextVisibleMs(): number | undefined {
    return this.#hidden.nextMs
  }

  bodyKey(sequence: number): Key {
    return ['sqs.message', this.#uid, sequence]
  }

  /** Takes rows of the Store in, in the order of their numbers. What is below `purgedTo` is gone. */
  load(number: number, rows: SegmentRows, nowMs: number, purgedTo: number): void {
    const before = segmentNumberOf(this.#next - 1)
    // Only the last one is worth keeping when it is empty; a purge leaves others to be collected.
    if (this.#fifo === undefined && this.#segments.get(before)?.live === 0) this.#segments.delete(before)
    const fifo = this.#fifo && new FifoColumns<MessageGroup>(this.#uid, number)
    const segment = new Segment<MessageGroup>(this.#uid, number, fifo, rows.columns)
    this.#segments.set(number, segment)
    const { states } = segment
    states.fill(SLOT_GONE, 0, clamp(purgedTo - number * SEGMENT_SLOTS, 0, segment.used))
    fifo?.read(rows.fifo ?? Buffer.alloc(0), states, (id) => this.#demandFifo().group(id))
    for (let slot = 0; slot < segment.used; slot++) {
      const sequence = number * SEGMENT_SLOTS + slot
      this.#remember(segment, slot, sequence)
      if (states[slot] === SLOT_GONE) continue
      segment.live++
      this.#loadSlot(segment, slot, sequence, nowMs)
    }
    this.#next = number * SEGMENT_SLOTS + segment.used
  }

  #loadSlot(segment: Segment<MessageGroup>, slot: number, sequence: number, nowMs: number): void {
    const { states, visibleMs } = segment
    const hiddenMs = visibleMs[slot] ?? 0
    const state = states[slot]
    if (hiddenMs > nowMs && (state === SLOT_IN_FLIGHT || state === SLOT_DELAYED)) {
      if (state === SLOT_DELAYED) this.#delayed++
      else this.#inFlight++
      this.#order.arrive(sequence, state === SLOT_DELAYED ? 'hidden' : 'in-flight')
      this.#hidden.push(hiddenMs, sequence)
      return
    }
    states[slot] = SLOT_WAITING
    this.#waiting++
    this.#order.arrive(sequence, 'visible')
  }

  /** Adds a message; its body is the caller's. Returns its sequence. */
  add({ sentMs, visibleMs, fifo }: Arrival): number {
    const sequence = this.#next++
    const segment = this.#openSegment(segmentNumberOf(sequence))
    const slot = segment.fill()
    segment.sentMs[slot] = sentMs
    segment.visibleMs[slot] = visibleMs
    const isHidden = visibleMs > sentMs
    segment.states[slot] = isHidden ? SLOT_DELAYED : SLOT_WAITING
    if (segment.fifo !== undefined) {
      invariant(fifo, 'a message of a FIFO queue has a group')
      segment.fifo.messageIds.write(fifo.messageId.replaceAll('-', ''), slot * HASH_BYTES, 'hex')
      segment.fifo.hashes.write(fifo.hash, slot * HASH_BYTES, 'latin1')
      segment.fifo.groups[slot] = this.#demandFifo().group(fifo.groupId)
      this.#journal.touch(segment.fifo)
      this.#window.add(fifo.hash, sequence, sentMs)
    }
    if (isHidden) {
      this.#delayed++
      this.#hidden.push(visibleMs, sequence)
    } else this.#waiting++
    this.#order.arrive(sequence, isHidden ? 'hidden' : 'visible')
    this.#journal.touch(segment)
    return sequence
  }

  /** The message that was sent with this hash within the last five minutes. */
  duplicateOf(
    hash: DeduplicationHash,
    nowMs: number,
  ): { readonly sequence: number; readonly messageId: string } | undefined {
    const sequence = this.#window.find(hash, nowMs)
    const segment = sequence === undefined ? undefined : this.#segments.get(segmentNumberOf(sequence))
    if (sequence === undefined || segment?.fifo === undefined) return undefined
    const at = slotOf(sequence) * HASH_BYTES
    const hex = segment.fifo.messageIds.toString('hex', at, at + HASH_BYTES)
    return { sequence, messageId: hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') }
  }

  /** Messages whose delay or timeout ended become visible. Returns whether there were any. */
  appear(nowMs: number): boolean {
    let found = false
    for (let due = this.#hidden.popDue(nowMs); due !== undefined; due = this.#hidden.popDue(nowMs)) {
      const segment = this.#segmentOf(due.sequence)
      const slot = slotOf(due.sequence)
      const state = segment?.states[slot]
      if (segment === undefined || segment.visibleMs[slot] !== due.timeMs) continue
      if (state === SLOT_IN_FLIGHT) this.#giveBack(segment, slot, due.sequence)
      else if (state === SLOT_DELAYED) {
        segment.states[slot] = SLOT_WAITING
        this.#delayed--
        this.#waiting++
        this.#order.appear(due.sequence, false)
      } else continue
      found = true
    }
    return found
  }

  /** Receives messages. Call `appear` before. */
  take(options: TakeOptions): Taken {
    const receptions: Reception[] = []
    const leaving: number[] = []
    this.#order.take(options.max, (sequence) => this.#offer(sequence, options, receptions, leaving))
    return { receptions, leaving }
  }

  #offer(sequence: number, options: TakeOptions, receptions: Reception[], leaving: number[]): Offer {
    const segment = this.#segmentOf(sequence)
    const slot = slotOf(sequence)
    if (segment?.states[slot] === SLOT_DELAYED) return 'hidden'
    if (segment?.states[slot] !== SLOT_WAITING) return 'gone'
    const { nowMs, visibleMs, expiredMs, receivesMax } = options
    const sentMs = segment.sentMs[slot] ?? 0
    // The sweep deletes it: here that could be a million of them in one commit.
    if (sentMs <= expiredMs) return 'gone'
    const receives = (segment.receives[slot] ?? 0) + 1
    this.#waiting--
    this.#inFlight++
    if (receivesMax !== undefined && receives > receivesMax) {
      segment.states[slot] = SLOT_LEAVING
      leaving.push(sequence)
      return 'leaving'
    }
    if (receives === 1) segment.firstReceivedMs[slot] = nowMs
    segment.receives[slot] = receives
    segment.receivedMs[slot] = nowMs
    segment.states[slot] = SLOT_IN_FLIGHT
    this.#hide(segment, slot, sequence, visibleMs)
    this.#journal.touch(segment)
    receptions.push({ sequence, receives, sentMs, firstReceivedMs: segment.firstReceivedMs[slot] ?? 0 })
    return 'taken'
  }

  /** Takes messages that are not counted as received, as if they were received too often. See `take`. */
  takeAway(max: number, expiredMs: number): readonly number[] {
    const leaving: number[] = []
    this.#order.take(max, (sequence) => {
      const segment = this.#segmentOf(sequence)
      const slot = slotOf(sequence)
      if (segment?.states[slot] === SLOT_DELAYED) return 'hidden'
      if (segment?.states[slot] !== SLOT_WAITING || (segment.sentMs[slot] ?? 0) <= expiredMs) return 'gone'
      this.#waiting--
      this.#inFlight++
      segment.states[slot] = SLOT_LEAVING
      leaving.push(sequence)
      return 'taken'
    })
    return leaving
  }

  /** What a receipt handle holds. */
  holding({ sequence, receives }: Receipt): Held {
    const segment = this.#segmentOf(sequence)
    const slot = slotOf(sequence)
    const state = segment?.states[slot]
    if (segment === undefined || state === undefined || state === SLOT_GONE) return { kind: 'gone' }
    if (segment.receives[slot] !== receives) return { kind: 'superseded' }
    return { kind: 'current', isInFlight: state === SLOT_IN_FLIGHT, receivedMs: segment.receivedMs[slot] ?? 0 }
  }

  /** When the message was sent. */
  sentAtMs(sequence: number): number {
    return this.#segmentOf(sequence)?.sentMs[slotOf(sequence)] ?? 0
  }

  /** Deletes a message in whatever state, its body too. */
  remove(sequence: number): void {
    const segment = this.#segmentOf(sequence)
    const slot = slotOf(sequence)
    const state = segment?.states[slot]
    if (segment === undefined || state === undefined || state === SLOT_GONE) return
    const wasInFlight = state === SLOT_IN_FLIGHT || state === SLOT_LEAVING
    if (wasInFlight) this.#inFlight--
    else if (state === SLOT_DELAYED) this.#delayed--
    else this.#waiting--
    this.#order.leave(sequence, wasInFlight)
    segment.states[slot] = SLOT_GONE
    segment.live--
    if (segment.fifo !== undefined) segment.fifo.groups[slot] = undefined
    this.#journal.delete(this.bodyKey(sequence))
    if (segment.live === 0 && segment.fifo === undefined) this.#dropIfDone(segment, 0)
    this.#journal.touch(segment)
  }

  /** A message that was leaving stays after all. */
  stay(sequence: number): void {
    const segment = this.#segmentOf(sequence)
    const slot = slotOf(sequence)
    if (segment?.states[slot] === SLOT_LEAVING) this.#giveBack(segment, slot, sequence)
  }

  /** Is it still on its way to the dead letters? */
  isLeaving(sequence: number): boolean {
    return this.#segmentOf(sequence)?.states[slotOf(sequence)] === SLOT_LEAVING
  }

  /** The message that a current handle names becomes visible at this time; now or earlier: at once. */
  changeVisibility(sequence: number, visibleMs: number, nowMs: number): void {
    const segment = this.#segmentOf(sequence)
    const slot = slotOf(sequence)
    if (segment?.states[slot] !== SLOT_IN_FLIGHT) return
    if (visibleMs > nowMs) this.#hide(segment, slot, sequence, visibleMs)
    else this.#giveBack(segment, slot, sequence)
    this.#journal.touch(segment)
  }

  /**
   * Everything that was sent so far is gone. Nothing is written: the caller notes `next` as the bound of the purge, and
   * whoever deletes the rows begins at the sequence that is returned.
   */
  purge(): number {
    const first = Math.min(
      this.#next,
      ...[...this.#segments.keys()].slice(0, 1).map((number) => number * SEGMENT_SLOTS),
    )
    const last = segmentNumberOf(Math.max(0, this.#next - 1))
    for (const segment of this.#segments.values()) {
      segment.states.fill(SLOT_GONE, 0, segment.used)
      segment.live = 0
      if (segment.fifo !== undefined) segment.fifo.groups.fill(undefined)
      else if (segment.number !== last) this.#segments.delete(segment.number)
    }
    this.#order.clear()
    this.#hidden.clear()
    this.#waiting = 0
    this.#delayed = 0
    this.#inFlight = 0
    return first
  }

  /** Sequences of messages sent at or before `expiredMs` that one segment holds, segment by segment. */
  *expired(expiredMs: number): Generator<readonly number[]> {
    for (const segment of this.#segments.values()) {
      if (segment.live === 0) continue
      const found: number[] = []
      for (let slot = 0; slot < segment.used; slot++) {
        const state = segment.states[slot]
        if (state !== SLOT_GONE && state !== SLOT_LEAVING && (segment.sentMs[slot] ?? 0) <= expiredMs)
          found.push(segment.number * SEGMENT_SLOTS + slot)
      }
      if (found.length > 0) yield found
    }
  }

  /** Forgets duplicates past their window, and drops segments that were kept for them, at most `max` in one go. */
  forgetDuplicates(nowMs: number, max: number): void {
    if (this.#fifo === undefined) return
    this.#window.forgetExpired(nowMs)
    let left = max
    for (const segment of this.#segments.values()) {
      if (left === 0) return
      if (segment.live === 0 && this.#dropIfDone(segment, nowMs)) left--
    }
  }

  #dropIfDone(segment: Segment<MessageGroup>, nowMs: number): boolean {
    if (segment.number === segmentNumberOf(this.#next)) return false
    // The last segment says what the next sequence is, also when it is full.
    if (segment.number === segmentNumberOf(this.#next - 1)) return false
    if (segment.fifo !== undefined && segment.newestSentMs + DEDUPLICATION_WINDOW_MS > nowMs) return false
    segment.isDropped = true
    this.#journal.touch(segment)
    if (segment.fifo !== undefined) {
      segment.fifo.isDropped = true
      this.#journal.touch(segment.fifo)
    }
    this.#segments.delete(segment.number)
    return true
  }

  #giveBack(segment: Segment<MessageGroup>, slot: number, sequence: number): void {
    segment.states[slot] = SLOT_WAITING
    segment.visibleMs[slot] = 0
    this.#inFlight--
    this.#waiting++
    this.#order.appear(sequence, true)
  }

  #hide(segment: Segment<MessageGroup>, slot: number, sequence: number, visibleMs: number): void {
    segment.visibleMs[slot] = visibleMs
    this.#hidden.push(visibleMs, sequence)
    if (this.#hidden.length > 2 * (this.#inFlight + this.#delayed) + SEGMENT_SLOTS) this.#thinOutHidden()
  }

  /** Who extends a timeout again and again leaves entries behind that are due much later. */
  #thinOutHidden(): void {
    this.#hidden.rebuild((timeMs, sequence) => {
      const segment = this.#segmentOf(sequence)
      const slot = slotOf(sequence)
      const state = segment?.states[slot]
      return (state === SLOT_IN_FLIGHT || state === SLOT_DELAYED) && segment?.visibleMs[slot] === timeMs
    })
  }

  #remember(segment: Segment<MessageGroup>, slot: number, sequence: number): void {
    if (segment.fifo === undefined) return
    const hash = segment.fifo.hashes.toString('latin1', slot * HASH_BYTES, (slot + 1) * HASH_BYTES)
    this.#window.add(hash, sequence, segment.sentMs[slot] ?? 0)
  }

  #openSegment(number: number): Segment<MessageGroup> {
    let segment = this.#segments.get(number)
    if (segment !== undefined) return segment
    segment = new Segment(this.#uid, number, this.#fifo && new FifoColumns<MessageGroup>(this.#uid, number))
    this.#segments.set(number, segment)
    // The one before was kept only because it was the last.
    const before = this.#segments.get(number - 1)
    if (before?.live === 0 && before.fifo === undefined) this.#dropIfDone(before, 0)
    return segment
  }

  #segmentOf(sequence: number): Segment<MessageGroup> | undefined {
    return this.#segments.get(segmentNumberOf(sequence))
  }

  #groupOf(sequence: number): MessageGroup {
    const group = this.#segmentOf(sequence)?.fifo?.groups[slotOf(sequence)]
    invariant(group, 'a live message of a FIFO queue has a group')
    return group
  }

  #demandFifo(): FifoOrder {
    invariant(this.#fifo, 'only a FIFO queue has groups')
    return this.#fifo
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(value, max))
}
