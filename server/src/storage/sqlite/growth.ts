// What a commit adds to the data, and whether it may while the disk has little room. Deletions may, and whatever makes the
// data hardly larger; vital commits while more than half of the reserve is there; everything in the free pages of the file, which
// deletions leave and the disk does not get back.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { BatchReader, CommitHead } from './batch.ts'
import {
  DELETION_GROWTH_BYTES_MAX,
  FREE_PAGES_KEPT,
  OVERWRITE_GROWTH_BYTES_MAX,
  PAGE_BYTES,
  VITAL_GROWTH_BYTES_MAX,
} from './limits.ts'

/**
 * What the disk has room for: `ample`: anything; `upkeep`: deletions and vital commits; `deletion`: deletions, for the rest of
 * the reserve.
 */
export type Room = 'ample' | 'upkeep' | 'deletion'

/** A sequence in the key of an entry that is appended. */
const SEQUENCE_BYTES = 9

/** What a commit adds. */
interface Added {
  /** Negative when it leaves less than there was. */
  readonly bytes: number
  readonly newKeys: number
}

export class Growth {
  readonly #freePages: StatementSync
  readonly #bytesAt: StatementSync
  #room: Room = 'ample'
  /** What may be added in free pages. */
  #budgetBytes = 0

  constructor(database: DatabaseSync) {
    this.#freePages = database.prepare('PRAGMA freelist_count')
    this.#bytesAt = database.prepare('SELECT length(v) AS bytes FROM kv WHERE k = ?')
  }

  get room(): Room {
    return this.#room
  }

  get budgetBytes(): number {
    return this.#budgetBytes
  }

  /** Begins a batch. */
  begin(room: Room): void {
    this.#room = room
    if (room === 'ample') return
    const pages = Number(this.#freePages.get()?.['freelist_count'] ?? 0) - FREE_PAGES_KEPT
    // Half of it: pages are not filled to the last byte.
    this.#budgetBytes = Math.max(0, pages * PAGE_BYTES) / 2
  }

  /** Whether the commit whose writes come next may be applied. Leaves the batch where it stands. */
  admits(batch: BatchReader, head: CommitHead): boolean {
    const start = batch.position
    const { bytes, newKeys } = this.#measure(batch, head)
    batch.position = start
    if (bytes <= (head.deletes > 0 ? DELETION_GROWTH_BYTES_MAX : 0)) return true
    if (bytes <= this.#budgetBytes) {
      this.#budgetBytes -= bytes
      return true
    }
    if (this.#room === 'deletion') return false
    return bytes <= (head.isVital ? VITAL_GROWTH_BYTES_MAX : newKeys === 0 ? OVERWRITE_GROWTH_BYTES_MAX : 0)
  }

  #measure(batch: BatchReader, { deletes, sets, appends }: CommitHead): Added {
    let bytes = 0
    let newKeys = appends
    for (let left = deletes; left > 0; left--) bytes -= this.#storedAt(batch.key()) ?? 0
    for (let left = sets; left > 0; left--) {
      const key = batch.key()
      const before = this.#storedAt(key)
      if (before === undefined) newKeys++
      bytes += key.length + batch.value().length - (before ?? 0)
    }
    for (let left = appends; left > 0; left--) bytes += batch.key().length + SEQUENCE_BYTES + batch.value().length
    return { bytes, newKeys }
  }

  #storedAt(key: Buffer): number | undefined {
    const found = this.#bytesAt.get(key)
    return found && key.length + Number(found['bytes'])
  }
}
