// Where the state of messages is kept: columns of numbers for 64 consecutive messages, which are one row of the Store.
// The columns in memory are the bytes of the row, so a queue of a million messages needs some forty bytes for each, is
// read back in some 16,000 rows, and a receive or a delete of ten neighbours writes one row.
//
// Stored format 1: byte 1, byte kind (0 standard, 1 FIFO), byte slots used, to 8 bytes; then for 64 slots each: sent, visible,
// first received, last received (f64 milliseconds), receive count (u32), state (u8). FIFO: for 64 slots the message ids and
// the hashes of the deduplication ids (16 bytes each); then for each used slot the group id behind a byte of its length.
// Numbers are little-endian, as on every machine that Node runs on.
import { InvariantError } from '#base/errors.ts'
import type { Key } from '#storage/store.ts'
import type { Page } from './journal.ts'

export const SEGMENT_SLOTS = 64
export const HASH_BYTES = 16

/**
 * The life of a slot. Delayed: not visible yet for the first time. Leaving: on its way to a dead-letter queue; after a crash
 * it is waiting again.
 */
export const SLOT_WAITING = 1
export const SLOT_IN_FLIGHT = 2
export const SLOT_GONE = 3
export const SLOT_LEAVING = 4
export const SLOT_DELAYED = 5

const FORMAT = 1
const HEADER_BYTES = 8
const TIMES = 4
const COLUMNS_BYTES = HEADER_BYTES + SEGMENT_SLOTS * (TIMES * 8 + 4 + 1)
const HASHES_BYTES = SEGMENT_SLOTS * HASH_BYTES

/** A message group of a FIFO queue: `waiting` in fifo-order.ts. */
export interface GroupName {
  readonly id: string
}

/** What only FIFO queues know of a message. */
export interface FifoColumns<G extends GroupName> {
  readonly messageIds: Buffer
  readonly hashes: Buffer
  readonly groups: (G | undefined)[]
}

export class Segment<G extends GroupName = GroupName> implements Page {
  readonly uid: string
  readonly number: number
  readonly sentMs: Float64Array
  /** When it becomes visible: the end of its delay, or of its visibility timeout. */
  readonly visibleMs: Float64Array
  readonly firstReceivedMs: Float64Array
  readonly receivedMs: Float64Array
  readonly receives: Uint32Array
  readonly states: Uint8Array
  readonly fifo: FifoColumns<G> | undefined
  /** Slots that are neither unused nor gone. */
  live = 0
  /** Its row is to be deleted. */
  isDropped = false
  readonly #bytes: Buffer

  constructor(uid: string, number: number, isFifo: boolean, stored?: Uint8Array) {
    this.uid = uid
    this.number = number
    const memory = new ArrayBuffer(COLUMNS_BYTES + (isFifo ? 2 * HASHES_BYTES : 0))
    this.#bytes = Buffer.from(memory)
    if (stored) this.#bytes.set(stored.subarray(0, memory.byteLength))
    else this.#bytes.set([FORMAT, isFifo ? 1 : 0])
    const times = (column: number): Float64Array =>
      new Float64Array(memory, HEADER_BYTES + column * SEGMENT_SLOTS * 8, SEGMENT_SLOTS)
    this.sentMs = times(0)
    this.visibleMs = times(1)
    this.firstReceivedMs = times(2)
    this.receivedMs = times(3)
    const counts = HEADER_BYTES + TIMES * SEGMENT_SLOTS * 8
    this.receives = new Uint32Array(memory, counts, SEGMENT_SLOTS)
    this.states = new Uint8Array(memory, counts + SEGMENT_SLOTS * 4, SEGMENT_SLOTS)
    this.fifo = isFifo
      ? {
          messageIds: Buffer.from(memory, COLUMNS_BYTES, HASHES_BYTES),
          hashes: Buffer.from(memory, COLUMNS_BYTES + HASHES_BYTES, HASHES_BYTES),
          groups: [],
        }
      : undefined
  }

  /** Slots that were ever filled. */
  get used(): number {
    return this.#bytes[2] ?? 0
  }

  /** Fills the next slot; the caller then writes its columns. Returns its number. */
  fill(): number {
    const slot = this.used
    this.#bytes[2] = slot + 1
    this.live++
    return slot
  }

  /** Bytes of the row, for bounds: not exact. */
  get bytesAbout(): number {
    return this.fifo === undefined ? COLUMNS_BYTES : COLUMNS_BYTES + 2 * HASHES_BYTES + SEGMENT_SLOTS * 64
  }

  /** The youngest of its messages was sent then. */
  get newestSentMs(): number {
    return this.used === 0 ? 0 : Math.max(...this.sentMs.subarray(0, this.used))
  }

  key(): Key {
    return segmentKey(this.uid, this.number)
  }

  /** The row; undefined when it is to be deleted. A view of memory that changes: to be copied at once. */
  encode(): Uint8Array | undefined {
    if (this.isDropped) return undefined
    if (this.fifo === undefined) return this.#bytes
    const names: Buffer[] = [this.#bytes]
    for (const group of this.fifo.groups) {
      const name = Buffer.from(group?.id ?? '')
      names.push(Buffer.of(name.length), name)
    }
    return Buffer.concat(names)
  }

  /** Reads a row. Group ids become what `groupOf` makes of them. */
  static decode<G extends GroupName>(
    uid: string,
    number: number,
    stored: Uint8Array,
    groupOf: (id: string) => G,
  ): Segment<G> {
    if (stored[0] !== FORMAT)
      throw new InvariantError(`a queue's row has format ${stored[0]}, this Mayfly reads ${FORMAT}`)
    const segment = new Segment<G>(uid, number, stored[1] === 1, stored)
    if (segment.fifo !== undefined) {
      const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
      let at = COLUMNS_BYTES + 2 * HASHES_BYTES
      for (let slot = 0; slot < segment.used; slot++) {
        const length = bytes[at] ?? 0
        const isLive = segment.states[slot] !== SLOT_GONE
        segment.fifo.groups.push(isLive ? groupOf(bytes.toString('utf8', at + 1, at + 1 + length)) : undefined)
        at += 1 + length
      }
    }
    return segment
  }
}

export function segmentKey(uid: string, number: number): Key {
  return ['sqs.segment', uid, number]
}

export function segmentNumberOf(sequence: number): number {
  return Math.floor(sequence / SEGMENT_SLOTS)
}

export function slotOf(sequence: number): number {
  return sequence % SEGMENT_SLOTS
}
