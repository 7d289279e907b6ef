// What a purge or the deletion of a queue left in the Store. The note of it is written in the commit of the purge; the rows
// are deleted afterwards, a few hundred a commit, and again from the beginning after a crash.
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { jsonCodec } from '#storage/collection.ts'
import { type Key, StoreClosedError, type Store } from '#storage/store.ts'
import { BACKGROUND_RETRY_MS, TRASH_ROWS_PER_COMMIT } from './limits.ts'
import { fifoKey, segmentKey, segmentNumberOf } from './segment.ts'

export interface TrashNote {
  /** Bodies of these sequences: from the first, below the last. */
  readonly from: number
  readonly to: number
  /** Segments below this number, and not before that of `from`; 0: none. */
  readonly segments: number
}

const PREFIX: Key = ['sqs.trash']
const codec = jsonCodec<TrashNote>(1)

export function trashKey(uid: string, to: number): Key {
  return [...PREFIX, uid, to]
}

export function encodeTrash(note: TrashNote): Uint8Array {
  return codec.encode(note)
}

export interface TrashOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** Ends the work; the next start goes on. */
  readonly signal: AbortSignal
}

/** Deletes what is noted, until nothing is. */
export class TrashCollector {
  readonly #options: TrashOptions
  #running: Promise<void> | undefined
  #isAskedAgain = false

  constructor(options: TrashOptions) {
    this.#options = options
  }

  /** There is, or may be, something to delete. */
  wake(): void {
    this.#isAskedAgain = true
    this.#running ??= this.#run().finally(() => (this.#running = undefined))
  }

  /** Resolves when nothing is being deleted. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    const { clock, log, signal } = this.#options
    while (this.#isAskedAgain && !signal.aborted) {
      this.#isAskedAgain = false
      try {
        await this.#collectAll()
      } catch (error) {
        if (error instanceof StoreClosedError) return
        log.error('deleting messages of purged queues failed', { error })
        await clock.sleep(BACKGROUND_RETRY_MS, signal)
        this.#isAskedAgain = true
      }
    }
  }

  async #collectAll(): Promise<void> {
    const { store, signal } = this.#options
    while (!signal.aborted) {
      const notes = await store.list({ prefix: PREFIX })
      if (notes.length === 0) return
      for (const { key, value } of notes) await this.#collect(key, codec.decode(value))
    }
  }

  async #collect(note: Key, { from, to, segments }: TrashNote): Promise<void> {
    const { store, signal } = this.#options
    const uid = String(note[1])
    let deletes: Key[] = []
    const add = async (key: Key): Promise<void> => {
      deletes.push(key)
      if (deletes.length < TRASH_ROWS_PER_COMMIT) return
      await store.commit({ deletes })
      deletes = []
    }
    for (let sequence = from; sequence < to; sequence++) {
      if (signal.aborted) return
      await add(['sqs.message', uid, sequence])
    }
    for (let number = segmentNumberOf(from); number < segments; number++) {
      await add(segmentKey(uid, number))
      await add(fifoKey(uid, number))
    }
    await store.commit({ deletes: [...deletes, note] })
  }
}
