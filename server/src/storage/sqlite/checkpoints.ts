// When the write-ahead log is brought into the database, and by whom. Done by us and not by SQLite's automatic checkpoint,
// which hides the failure of an fsync and makes the commit wait that happens to be the thousandth.
//
// To copy and sync a thousand pages takes as long as five batches. So a thread beside the writer does it, while batches go
// on (checkpointer.ts). What they add to the log meanwhile is little, and the writer brings it in itself, between two
// batches: only then can SQLite start the log over.
//
//   idle ──CHECKPOINT_PAGES are left──▶ beside ──few are left, or the log is long──▶ the writer brings them in ──▶ idle
//                                        ▲  └──many are left──┐
//                                        └────────────────────┘
//   any ──the store has failed, or is closed──▶ abandoned
//
// While the disk has little room the writer does all of it, sooner: the log stays short, and the reserve can give way. When
// the log gets too long while the thread is at it, batches wait for it.
import { Worker } from 'node:worker_threads'
import { compileCacheEnvironment } from '#base/short-thread.ts'
import type { CheckpointerAnswer, CheckpointerData } from './channel.ts'
import type { Room } from './growth.ts'
import { CHECKPOINT_PAGES, LOG_PAGES_MAX, LOOK_PAGES, LOW_CHECKPOINT_PAGES, REST_PAGES_MAX } from './limits.ts'
import type { WriteAheadLog } from './write-ahead-log.ts'

export interface CheckpointsOptions {
  /** The database file. */
  readonly path: string
  readonly log: WriteAheadLog
  /** Brings the log in at once, out of the reserve where there is no other room. Throws what SQLite throws. */
  readonly bringIn: () => void
  /** The file cannot be trusted any more. */
  readonly onFailed: (error: unknown) => void
  /** The thread has ended what it was at; `mustWait` may be false now. */
  readonly onRest: () => void
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'beside'; readonly over: PromiseWithResolvers<void> }
  | { readonly kind: 'abandoned' }

const IDLE: State = { kind: 'idle' }
const ABANDONED: State = { kind: 'abandoned' }

export class Checkpoints {
  readonly #options: CheckpointsOptions
  #state: State = IDLE
  /** Begun when it is first needed: a server that writes little does without. */
  #thread: Worker | undefined
  /** About how many pages were written since the last look; every look costs system calls. */
  #unseenPages = 0
  #isLogLong = false

  constructor(options: CheckpointsOptions) {
    this.#options = options
  }

  /** Batches wait until `onRest`. */
  get mustWait(): boolean {
    return this.#isLogLong && this.#state.kind === 'beside'
  }

  /** After a batch that wrote about so many pages and left this room on the disk. Throws what SQLite throws. */
  wrote(pages: number, room: Room): void {
    this.#unseenPages += pages
    if (room === 'ample' && this.#unseenPages < LOOK_PAGES) return
    const left = this.#look()
    if (this.#state.kind !== 'idle') return
    if (room !== 'ample') {
      if (left >= LOW_CHECKPOINT_PAGES) this.#options.bringIn()
    } else if (left >= CHECKPOINT_PAGES) this.#beginPass()
  }

  /** Waits for what is under way, then ends the thread. */
  async close(): Promise<void> {
    while (this.#state.kind === 'beside') await this.#state.over.promise
    this.abandon()
    await this.#thread?.terminate()
  }

  /** Begins nothing any more, and does not go on with what is under way. */
  abandon(): void {
    this.#state = ABANDONED
  }

  /** How many pages are not in the database yet. */
  #look(): number {
    this.#unseenPages = 0
    const { all, left } = this.#options.log.pages()
    this.#isLogLong = all >= LOG_PAGES_MAX
    return left
  }

  #beginPass(): void {
    this.#state = { kind: 'beside', over: Promise.withResolvers() }
    this.#thread ??= this.#begin()
    this.#thread.postMessage('pass', [])
  }

  #begin(): Worker {
    const workerData: CheckpointerData = { path: this.#options.path }
    const thread = new Worker(new URL('./checkpointer.ts', import.meta.url), {
      workerData,
      name: 'mayfly-checkpoint',
      execArgv: [],
      env: compileCacheEnvironment(),
    })
    thread.on('message', (answer: CheckpointerAnswer) => this.#onAnswer(answer))
    thread.on('error', (error) => this.#options.onFailed(error))
    // The writer ends when nobody can ask it for anything any more.
    thread.unref()
    return thread
  }

  #onAnswer(answer: CheckpointerAnswer): void {
    const state = this.#state
    if (state.kind !== 'beside') return
    if (answer.kind === 'failed') return this.#options.onFailed(answer.error)
    this.#state = IDLE
    try {
      const left = this.#look()
      if (answer.kind === 'full' || left <= REST_PAGES_MAX || this.#isLogLong) this.#options.bringIn()
      else this.#beginPass()
    } catch (error) {
      return this.#options.onFailed(error)
    }
    state.over.resolve()
    this.#options.onRest()
  }
}
