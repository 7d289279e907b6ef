// Runs the lifecycle rules of all buckets in the background. Everything that rules say falls due at a midnight (UTC), so a
// bucket needs one round a day, and one more when its rules change. What was done, and where a round is, is in the Store.
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import { type BucketRecord, buckets } from '../bucket.ts'
import type { S3Deps } from '../deps.ts'
import { PAGE_MAX } from '../limits.ts'
import { BEGINNING, nextPage, type Place } from './round.ts'

/** A bucket's last round. */
interface Progress {
  /** Of the rules that it went by. */
  readonly revision: string
  /** The midnight that it went by, milliseconds since 1970. */
  readonly dayMs: number
  readonly place: Place
}

const progressCodec = jsonCodec<Progress>(1)

/** Key: [bucket]. */
const progress = new Collection<Progress>({ name: 's3.lifecycle-progress', codec: progressCodec })

const DAY_MS = 24 * 60 * 60 * 1000
const INDEX = ['s3.buckets#lifecycle']

export class Lifecycle {
  readonly #deps: S3Deps
  readonly #closing = new AbortController()
  #running: Promise<void> | undefined
  #wanted = false
  #stopWatching: (() => void) | undefined
  #cancelTimer: (() => void) | undefined

  constructor(deps: S3Deps) {
    this.#deps = deps
  }

  /** Goes on with what a former life left, then runs by itself. */
  start(): void {
    this.#stopWatching = this.#deps.store.watch(INDEX, () => this.wake())
    this.wake()
  }

  /** Rules have changed, or time has passed. */
  wake(): void {
    if (this.#closing.signal.aborted) return
    this.#wanted = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      if (this.#wanted) this.wake()
    })
  }

  /** Resolves when no round is running. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** Stops after the page under way. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#stopWatching?.()
    this.#cancelTimer?.()
    await this.#running
  }

  async #run(): Promise<void> {
    const { log, clock, pace } = this.#deps
    this.#wanted = false
    this.#cancelTimer?.()
    try {
      for await (const bucket of this.#buckets()) await this.#round(bucket)
    } catch (error) {
      if (!this.#closing.signal.aborted) log.error('lifecycle rules cannot go on', { error })
    }
    if (!this.#closing.signal.aborted) this.#cancelTimer = clock.after(pace.lifecycleIntervalMs, () => this.wake())
  }

  async *#buckets(): AsyncGenerator<BucketRecord> {
    for (let after: Key | undefined; ;) {
      const range = { prefix: [], ...(after && { after }) }
      const page = await buckets.listIndex(this.#deps.store, 'lifecycle', range, { limit: PAGE_MAX })
      for (const { value, indexKey } of page) {
        yield value
        after = indexKey
      }
      if (page.length < PAGE_MAX) return
    }
  }

  /** The round of a bucket, if it needs one. */
  async #round(bucket: BucketRecord): Promise<void> {
    const { store, clock, documents, log } = this.#deps
    const revision = bucket.documents?.lifecycle
    const settings = await documents.get(store, bucket, 'lifecycle')
    if (revision === undefined || !settings) return
    const nowMs = clock.nowMs()
    const dayMs = Math.floor(nowMs / DAY_MS) * DAY_MS
    const before = (await progress.get(store, [bucket.name]))?.value
    const same = before?.revision === revision && before.dayMs === dayMs
    let place = same ? before.place : BEGINNING
    while (place.phase !== 'done' && !this.#closing.signal.aborted) {
      place = await nextPage({ deps: this.#deps, bucket, settings, nowMs, log }, place)
      const value = progressCodec.encode({ revision, dayMs, place })
      await store.commit({ sets: [{ key: progress.keyOf([bucket.name]), value }] })
    }
  }
}

/** The key of a bucket's progress, for its deletion. */
export function progressKey(bucket: string): Key {
  return progress.keyOf([bucket])
}
