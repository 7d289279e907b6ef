// One batch of commits as bytes: what the calling thread sends to the writer. The whole ArrayBuffer is handed over and
// comes back with the answer, so nothing is copied between the threads and the buffer serves again.
//
//   commit  u16 checks, u16 ranges, u16 deletes, u16 sets, u16 appends, u16 vital (0 or 1), then the items in this order
//   check   u16 key bytes, key, f64 version (-1: absent)
//   range   u16 key bytes, first key, u16 key bytes, key behind the last, f64 entries, f64 highest version (0: no entry)
//   delete  u16 key bytes, key
//   set     u16 key bytes, key, u32 value bytes, value
//   append  the same, with the key of the log
import { heldRange, type HeldRange } from '../bounds.ts'
import { encodeKeyInto, KEY_SCRATCH_BYTES } from '../key.ts'
import type { Commit, Key } from '../store.ts'
import { BUFFER_BYTES_FIRST } from './limits.ts'

/** The version in a check that demands absence. */
export const ABSENT = -1

const COMMIT_HEADER_BYTES = 12

/** How many items of each kind a commit has. */
export interface CommitHead {
  readonly checks: number
  readonly ranges: number
  readonly deletes: number
  readonly sets: number
  readonly appends: number
  readonly isVital: boolean
}

/** Collects commits in a buffer that grows. */
export class BatchWriter {
  #buffer: Buffer
  #length = 0

  /** `spare` is a buffer from an earlier batch. */
  constructor(spare?: ArrayBuffer) {
    this.#buffer = Buffer.from(spare ?? new ArrayBuffer(BUFFER_BYTES_FIRST))
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  /** Adds a commit that is within the limits. When a key throws, the batch is as before. */
  add(commit: Commit, valueBytes: number): void {
    const { checks = [], ranges = [], deletes = [], sets = [], appends = [] } = commit
    const start = this.#length
    try {
      this.#reserve(COMMIT_HEADER_BYTES + valueBytes)
      let at = this.#buffer.writeUInt16LE(checks.length, start)
      at = this.#buffer.writeUInt16LE(ranges.length, at)
      at = this.#buffer.writeUInt16LE(deletes.length, at)
      at = this.#buffer.writeUInt16LE(sets.length, at)
      at = this.#buffer.writeUInt16LE(appends.length, at)
      this.#length = this.#buffer.writeUInt16LE(commit.vital === true ? 1 : 0, at)
      for (const { key, version } of checks) {
        this.#key(key, 8)
        this.#length = this.#buffer.writeDoubleLE(version ?? ABSENT, this.#length)
      }
      for (const range of ranges) this.#range(heldRange(range))
      for (const key of deletes) this.#key(key, 0)
      for (const { key, value } of sets) this.#entry(key, value)
      for (const { log, value } of appends) this.#entry(log, value)
    } catch (error) {
      this.#length = start
      throw error
    }
  }

  /** The number and the highest version tell all: versions rise from commit to commit, so no change leaves both. */
  #range({ start, end, versions }: HeldRange): void {
    this.#bytes(start)
    this.#bytes(end)
    this.#reserve(16)
    const at = this.#buffer.writeDoubleLE(versions.size, this.#length)
    let newest = 0
    for (const version of versions.values()) if (version > newest) newest = version
    this.#length = this.#buffer.writeDoubleLE(newest, at)
  }

  #bytes(bytes: Uint8Array): void {
    this.#reserve(2 + bytes.length)
    const at = this.#buffer.writeUInt16LE(bytes.length, this.#length)
    this.#buffer.set(bytes, at)
    this.#length = at + bytes.length
  }

  #entry(key: Key, value: Uint8Array): void {
    this.#key(key, 4 + value.length)
    const at = this.#buffer.writeUInt32LE(value.length, this.#length)
    this.#buffer.set(value, at)
    this.#length = at + value.length
  }

  /** Writes a key, with room for `more` bytes after it. */
  #key(key: Key, more: number): void {
    this.#reserve(2 + KEY_SCRATCH_BYTES + more)
    const start = this.#length + 2
    const end = encodeKeyInto(key, this.#buffer, start)
    this.#buffer.writeUInt16LE(end - start, this.#length)
    this.#length = end
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#buffer.length) return
    const larger = Buffer.from(new ArrayBuffer(Math.max(needed, this.#buffer.length * 2)))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }

  /** The buffer, to be handed over; this object is of no use afterwards. */
  take(): ArrayBuffer {
    return this.#buffer.buffer as ArrayBuffer
  }
}

/** Reads a batch, in the order in which it was written. */
export class BatchReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(buffer: ArrayBuffer) {
    this.#bytes = Buffer.from(buffer)
  }

  /** Begins the next commit. */
  head(): CommitHead {
    const bytes = this.#bytes
    const at = this.#at
    this.#at = at + COMMIT_HEADER_BYTES
    return {
      checks: bytes.readUInt16LE(at),
      ranges: bytes.readUInt16LE(at + 2),
      deletes: bytes.readUInt16LE(at + 4),
      sets: bytes.readUInt16LE(at + 6),
      appends: bytes.readUInt16LE(at + 8),
      isVital: bytes.readUInt16LE(at + 10) === 1,
    }
  }

  /** Where it stands: to read something twice. */
  get position(): number {
    return this.#at
  }

  set position(at: number) {
    this.#at = at
  }

  /** A view, good as long as the buffer. */
  key(): Buffer {
    const start = this.#at + 2
    this.#at = start + this.#bytes.readUInt16LE(this.#at)
    return this.#bytes.subarray(start, this.#at)
  }

  number(): number {
    const number = this.#bytes.readDoubleLE(this.#at)
    this.#at += 8
    return number
  }

  /** A view, good as long as the buffer. */
  value(): Buffer {
    const start = this.#at + 4
    this.#at = start + this.#bytes.readUInt32LE(this.#at)
    return this.#bytes.subarray(start, this.#at)
  }

  /** Passes over checks, of which `done` have been read, those of ranges included. */
  skipChecks({ checks, ranges }: Pick<CommitHead, 'checks' | 'ranges'>, done = 0): void {
    for (let left = checks - done; left > 0; left--) this.#at += 2 + this.#bytes.readUInt16LE(this.#at) + 8
    for (let left = ranges - Math.max(0, done - checks); left > 0; left--) {
      this.#at += 2 + this.#bytes.readUInt16LE(this.#at)
      this.#at += 2 + this.#bytes.readUInt16LE(this.#at) + 16
    }
  }

  /** Passes over everything that a commit writes, after its checks. */
  skipWrites({ deletes, sets, appends }: CommitHead): void {
    for (let left = deletes; left > 0; left--) this.#at += 2 + this.#bytes.readUInt16LE(this.#at)
    for (let left = sets + appends; left > 0; left--) {
      this.#at += 2 + this.#bytes.readUInt16LE(this.#at)
      this.#at += 4 + this.#bytes.readUInt32LE(this.#at)
    }
  }

  /** Passes over the next commit. */
  skipCommit(): void {
    const head = this.head()
    this.skipChecks(head)
    this.skipWrites(head)
  }
}
