// The reserve: a file of bytes that mean nothing. A disk that others filled to the last byte leaves no room even for the
// deletion that would make some, since a deletion is written to the write-ahead log first. So this file gives way, piece by
// piece, and grows again when there is room. It is used by one thread at a time: by the start, then by the storage thread.
//
//   whole ──a commit finds no room──▶ partly let go ──again──▶ … ──▶ empty
//     ▲                                   │
//     └──── there is room, step by step ──┘
import { closeSync, ftruncateSync, openSync, statfsSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { fillRandom } from '#base/ids.ts'
import { boundsOf, type DiskBounds, freeBytesAt, freeBytesOf } from './disk-bounds.ts'
import { RESTORE_STEP_BYTES, RESTORE_WRITE_BYTES, START_BYTES_MIN } from './limits.ts'

const OWNER_ONLY = 0o600

export class Reserve {
  readonly #path: string
  readonly #bounds: DiskBounds
  #bytes: number

  /** `path`: its folder exists. The file is made by `restore`. */
  constructor(path: string) {
    this.#path = path
    this.#bounds = boundsOf(statfsSync(dirname(path)))
    this.#bytes = reserveBytesAt(path)
  }

  get isWhole(): boolean {
    return this.#bytes >= this.#bounds.reserveBytes
  }

  /** What is there above the half that is for deletions alone. */
  get upkeepBytes(): number {
    return Math.max(0, this.#bytes - Math.trunc(this.#bounds.reserveBytes / 2))
  }

  /** Gives room to the disk: at most `bytes`. False when there was nothing left to give. */
  release(bytes: number): boolean {
    if (this.#bytes === 0) return false
    this.#bytes = Math.max(0, this.#bytes - bytes)
    const file = openSync(this.#path, 'r+')
    try {
      ftruncateSync(file, this.#bytes)
    } finally {
      closeSync(file)
    }
    return true
  }

  /**
   * Takes one step of the way to a whole reserve where the disk has room for all of it. Best effort: what a disk refuses after
   * all is tried again later.
   */
  restore(): void {
    const missing = this.#bounds.reserveBytes - this.#bytes
    if (missing <= 0) return
    try {
      if (freeBytesOf(statfsSync(dirname(this.#path))) < this.#bounds.lowBytes + missing) return
      const file = openSync(this.#path, this.#bytes === 0 ? 'w' : 'r+', OWNER_ONLY)
      try {
        // One piece of memory for all that is written: what the storage thread throws away stays with it for long.
        const piece = Buffer.allocUnsafe(RESTORE_WRITE_BYTES)
        for (let left = Math.min(missing, RESTORE_STEP_BYTES); left > 0; left -= piece.length) {
          // Random, because some file systems keep no room for zeros.
          fillRandom(piece)
          this.#bytes += writeSync(file, piece, 0, Math.min(left, piece.length), this.#bytes)
        }
      } finally {
        closeSync(file)
      }
    } catch {
      this.#bytes = reserveBytesAt(this.#path)
    }
  }
}

/** The size of the reserve file; 0 when there is none. */
export function reserveBytesAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** Lets go what a server needs to start on a full disk. True when there is as much room. */
export function makeRoomToStart(reservePath: string): boolean {
  const folder = dirname(reservePath)
  const missing = START_BYTES_MIN - freeBytesAt(folder)
  if (missing > 0) new Reserve(reservePath).release(missing)
  return freeBytesAt(folder) >= START_BYTES_MIN
}
