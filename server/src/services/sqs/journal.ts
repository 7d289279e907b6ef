// How the queues of this node write: one after the other, in groups. An operation changes the queues' memory and says here
// what follows for the Store, all in one go; everything that was said until the commit before came back leaves as the next
// commit. So a message moves from one queue to another in one commit, and memory is never behind what is on its way.
//
//   idle ──first change──▶ filling ──end of the loop turn──▶ one commit under way, the next one filling ──▶ …
//    └──a commit fails──▶ failed: memory may be ahead of the Store, so it must be thrown away and read again
//
// Receptions and deletions go on while the disk is nearly full, so the commits are vital; what makes the queues larger asks
// `demandGrowth` first.
//
// Invariants: at most one commit is under way; who waits for `settled` hears of the commit that holds its change; nothing
// is changed before `room` said that a commit still takes it; every commit checks that this node still owns the queues.
import { InvariantError } from '#base/errors.ts'
import { LeaseLostError } from '#cluster/lease.ts'
import { type Check, type Commit, DiskFullError, type Key, type Store, type Write } from '#storage/store.ts'
import { JOURNAL_BYTES_MAX, JOURNAL_ITEMS_MAX } from './limits.ts'

/** A row that is encoded when the commit leaves, however often it changed before. */
export interface Page {
  readonly bytesAbout: number
  key(): Key
  /** Undefined: the row is deleted. Copied at once. */
  encode(): Uint8Array | undefined
}

class Batch {
  readonly pages = new Set<Page>()
  readonly rows = new Map<string, { readonly key: Key; readonly value: Uint8Array | undefined }>()
  bytes = 0
  readonly done = Promise.withResolvers<void>()

  constructor() {
    // Not every change has somebody who waits for it.
    this.done.promise.catch(() => {})
  }

  get items(): number {
    return this.pages.size + this.rows.size
  }
}

export class Journal {
  readonly #store: Pick<Store, 'commit' | 'takesGrowth'>
  readonly #fence: Check
  readonly #onFailure: () => void
  #filling = new Batch()
  #underWay: Batch | undefined
  #isScheduled = false
  #failure: unknown
  #wantRoom: PromiseWithResolvers<void>[] = []

  /**
   * `fence`: holds as long as these queues are this node's; part of every commit. `onFailure` is called once: nothing can be
   * written any more.
   */
  constructor(store: Pick<Store, 'commit' | 'takesGrowth'>, fence: Check, onFailure: () => void) {
    this.#store = store
    this.#fence = fence
    this.#onFailure = onFailure
  }

  get hasRoom(): boolean {
    const { items, bytes } = this.#filling
    return items < JOURNAL_ITEMS_MAX && bytes < JOURNAL_BYTES_MAX && this.#failure === undefined
  }

  /** Resolves when one more operation may change something; rejects when writing has failed. To be awaited in a loop. */
  room(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.hasRoom) return Promise.resolve()
    const wanted = Promise.withResolvers<void>()
    this.#wantRoom.push(wanted)
    return wanted.promise
  }

  /**
   * Throws DiskFullError while the disk has no room for what somebody brings. Asked before it is brought: changes share a
   * commit, and a message must not take receptions and deletions down with it.
   */
  demandGrowth(): void {
    if (!this.#store.takesGrowth()) throw new DiskFullError('the disk has no room for more messages')
  }

  /** The page has changed. */
  touch(page: Page): void {
    if (this.#filling.pages.has(page)) return
    this.#filling.pages.add(page)
    this.#filling.bytes += page.bytesAbout
    this.#schedule()
  }

  set(key: Key, value: Uint8Array): void {
    this.#filling.rows.set(key.join('/'), { key, value })
    this.#filling.bytes += value.length
    this.#schedule()
  }

  delete(key: Key): void {
    this.#filling.rows.set(key.join('/'), { key, value: undefined })
    this.#schedule()
  }

  /** Resolves when everything that was said so far is on disk. */
  settled(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#filling.items > 0) return this.#filling.done.promise
    return this.#underWay === undefined ? Promise.resolve() : this.#underWay.done.promise
  }

  #schedule(): void {
    if (this.#failure !== undefined) throw new InvariantError('a queue was changed after its journal failed')
    if (this.#underWay !== undefined || this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      if (this.#underWay === undefined) this.#depart()
    })
  }

  #depart(): void {
    const batch = this.#filling
    if (batch.items === 0) return
    this.#filling = new Batch()
    this.#underWay = batch
    void this.#commit(batch)
    const waiting = this.#wantRoom
    this.#wantRoom = []
    for (const { resolve } of waiting) resolve()
  }

  async #commit(batch: Batch): Promise<void> {
    try {
      const outcome = await this.#store.commit({ checks: [this.#fence], ...commitOf(batch), vital: true })
      if (outcome.kind === 'conflict') throw new LeaseLostError('the queues belong to another node now')
    } catch (error) {
      return this.#fail(error, batch)
    }
    this.#underWay = undefined
    // The next one leaves before anybody is told: what is told makes more work.
    this.#depart()
    batch.done.resolve()
  }

  #fail(error: unknown, batch: Batch): void {
    this.#failure = error
    this.#underWay = undefined
    batch.done.reject(error)
    this.#filling.done.reject(error)
    for (const { reject } of this.#wantRoom) reject(error)
    this.#wantRoom = []
    this.#onFailure()
  }
}

function commitOf({ pages, rows }: Batch): Commit {
  const sets: Write[] = []
  const deletes: Key[] = []
  for (const { key, value } of rows.values()) {
    if (value === undefined) deletes.push(key)
    else sets.push({ key, value })
  }
  for (const page of pages) {
    const value = page.encode()
    if (value === undefined) deletes.push(page.key())
    else sets.push({ key: page.key(), value })
  }
  return { sets, deletes }
}
