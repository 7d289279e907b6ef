// Where the state of messages is kept: columns of numbers for 64 consecutive messages, which are one row of the Store.
// The columns in memory are the bytes of the row, so a queue of a million messages needs some forty bytes for each, is
// read back in some 16,000 rows, and a receive or a delete of ten neighbours writes one row.
//
// Stored format 1: byte 1, byte 0, byte slots used, to 8 bytes; then for 64 slots each: sent, visible, first received, last
// received (f64 milliseconds), receive count (u32), state (u8). What FIFO queues know besides never changes, and is a row of
// its own, so that a receive need not write it again: byte 1, byte slots used; then for each slot message id and hash of the
// deduplication id (16 bytes each) and the group id behind a byte of its length. Numbers are little-endian, as on every
// machine that Node runs on.
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
/** What a group id is taken to need, for bounds. */
const GROUP_ID_BYTES_ABOUT = 40

/** A message group of a FIFO queue. */
export interface GroupName {
  readonly id: string
}

/** What only FIFO queues know of 64 messages: written when they are sent. */
export class FifoColumns<G extends GroupName = GroupName> implements Page {
  readonly #uid: string
  readonly #number: number
  readonly messageIds = Buffer.alloc(SEGMENT_SLOTS * HASH_BYTES)
  readonly hashes = Buffer.alloc(SEGMENT_SLOTS * HASH_BYTES)
  /** Of messages that are gone: undefined. */
  readonly groups: (G | undefined)[] = []
  isDropped = false

  constructor(uid: string, number: number) {
    this.#uid = uid
    this.#number = number
  }

  get bytesAbout(): number {
    return SEGMENT_SLOTS * (2 * HASH_BYTES + GROUP_ID_BYTES_ABOUT)
  }

  key(): Key {
    return fifoKey(this.#uid, this.#number)
  }

  encode(): Uint8Array | undefined {
    if (this.isDropped) return undefined
    const pieces: Uint8Array[] = [Buffer.of(FORMAT, this.groups.length)]
    for (const [slot, group] of this.groups.entries()) {
      const at = slot * HASH_BYTES
      const name = Buffer.from(group?.id ?? '')
      pieces.push(this.messageIds.subarray(at, at + HASH_BYTES), this.hashes.subarray(at, at + HASH_BYTES))
      pieces.push(Buffer.of(name.length), name)
    }
    return Buffer.concat(pieces)
  }

  /** Reads a row. Ids of groups with live messages become what `groupOf` makes of them. */
  read(stored: Uint8Array, states: Uint8Array, groupOf: (id: string) => G): void {
    demandFormat(stored)
    const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
    const used = bytes[1] ?? 0
    for (let slot = 0, at = 2; slot < used; slot++) {
      bytes.copy(this.messageIds, slot * HASH_BYTES, at, at + HASH_BYTES)
      bytes.copy(this.hashes, slot * HASH_BYTES, at + HASH_BYTES, at + 2 * HASH_BYTES)
      const nameAt = at + 2 * HASH_BYTES + 1
      at = nameAt + (bytes[nameAt - 1] ?? 0)
      this.groups.push(states[slot] === SLOT_GONE ? undefined : groupOf(bytes.toString('utf8', nameAt, at)))
    }
  }
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
  /** Slots that were filled and are not gone. */
  live = 0
  /** Its row is to be deleted. */
  isDropped = false
  readonly #bytes: Buffer

  /** `stored`: its row; undefined for a new one. */
  constructor(uid: string, number: number, fifo: FifoColumns<G> | undefined, stored?: Uint8Array) {
    this.uid = uid
    this.number = number
    this.fifo = fifo
    const memory = new ArrayBuffer(COLUMNS_BYTES)
    this.#bytes = Buffer.from(memory)
    if (stored) {
      demandFormat(stored)
      this.#bytes.set(stored)
    } else this.#bytes[0] = FORMAT
    const times = (column: number): Float64Array =>
      new Float64Array(memory, HEADER_BYTES + column * SEGMENT_SLOTS * 8, SEGMENT_SLOTS)
    this.sentMs = times(0)
    this.visibleMs = times(1)
    this.firstReceivedMs = times(2)
    this.receivedMs = times(3)
    const counts = HEADER_BYTES + TIMES * SEGMENT_SLOTS * 8
    this.receives = new Uint32Array(memory, counts, SEGMENT_SLOTS)
    this.states = new Uint8Array(memory, counts + SEGMENT_SLOTS * 4, SEGMENT_SLOTS)
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

  get bytesAbout(): number {
    return COLUMNS_BYTES
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
    return this.isDropped ? undefined : this.#bytes
  }
}

function demandFormat(stored: Uint8Array): void {
  if (stored[0] !== FORMAT)
    throw new InvariantError(`a queue's row has format ${stored[0]}, this Mayfly reads ${FORMAT}`)
}

export function fifoKey(uid: string, number: number): Key {
  return ['sqs.fifo', uid, number]
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
