// Feeds the records of a stream to one function: a poller for each open shard, children after their parents, so that the
// order of a key holds over a split. Where the mapping begins is fixed when it starts for the first time, durably; from
// then on every shard has its own checkpoint.
import type { Shard, StreamPosition, StreamSource } from '#events/stream-source.ts'
import { type Key, LIST_PAGE_MAX, type Store } from '#storage/store.ts'
import { Backoff } from './backoff.ts'
import {
  BEGINNING,
  checkpointKey,
  checkpointsOf,
  encodeCheckpoint,
  readCheckpoint,
  type StoredCheckpoint,
} from './checkpoints.ts'
import { compileFilters, type RecordFilter } from './filters.ts'
import { SHARD_LIST_INTERVAL_MS, SHARD_LIST_PAUSE_MS, TROUBLE_DELAY_BASE_MS, TROUBLE_DELAY_MAX_MS } from './limits.ts'
import type { StreamMapping } from './mapping-record.ts'
import { Nap } from './nap.ts'
import { type Poller, type PollerWorld, RESULT_DENIED, RESULT_NO_SOURCE } from './poller.ts'
import { ShardPoller } from './shard-poller.ts'

const OLDEST: StoredCheckpoint = { value: { position: { kind: 'oldest' }, retries: {} }, version: null }

export class StreamPoller implements Poller {
  readonly #mapping: StreamMapping
  readonly #source: StreamSource
  readonly #store: Store
  readonly #world: PollerWorld
  readonly #filter: RecordFilter
  readonly #stopping = new AbortController()
  readonly #nap: Nap
  readonly #shards = new Map<string, { readonly poller: ShardPoller; readonly over: Promise<void> }>()
  #unwatch: (() => void) | undefined
  #loop: Promise<void> = Promise.resolve()

  constructor(mapping: StreamMapping, source: StreamSource, store: Store, world: PollerWorld) {
    this.#mapping = mapping
    this.#source = source
    this.#store = store
    this.#world = world
    this.#filter = compileFilters(mapping.settings.filters, mapping.service)
    this.#nap = new Nap(world.clock, this.#stopping.signal)
  }

  async start(): Promise<void> {
    this.#unwatch = this.#source.watch(this.#mapping.sourceArn, () => this.nudge())
    this.#loop = this.#follow(await this.#tryToBegin())
  }

  nudge(): void {
    for (const { poller } of this.#shards.values()) poller.nudge()
    this.#nap.nudge()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#unwatch?.()
    await this.#loop
    await Promise.all([...this.#shards.values()].map(({ over }) => over))
  }

  async #tryToBegin(): Promise<boolean> {
    try {
      const mayRead = await this.#world.mayRead()
      if (mayRead && (await this.#begin())) return true
      this.#world.report(mayRead ? RESULT_NO_SOURCE : RESULT_DENIED)
    } catch (error) {
      this.#world.log.warn('mapping.begin.failed', { error, mapping: this.#mapping.uuid })
    }
    return false
  }

  /** Fixes where the mapping begins, once in its life. False when there is no such stream now. */
  async #begin(): Promise<boolean> {
    const { uuid, sourceArn, startingPosition } = this.#mapping
    const noted = checkpointKey(uuid, BEGINNING)
    if (await this.#store.get(noted)) return true
    const shards = await this.#source.shards(sourceArn)
    if (shards === undefined) return false
    const begun: [string, StreamPosition | null][] = [[BEGINNING, null]]
    if (startingPosition.kind === 'AT_TIMESTAMP')
      for (const { id } of shards) begun.push([id, { kind: 'at-time', timeMs: startingPosition.timeMs }])
    if (startingPosition.kind === 'LATEST')
      for (const { id } of shards) {
        const page = await this.#source.read(sourceArn, id, { kind: 'latest' }, 1)
        begun.push([id, page.next ?? null])
      }
    const sets = begun.map(([shard, position]) => ({
      key: checkpointKey(uuid, shard),
      value: encodeCheckpoint({ position, retries: {} }),
    }))
    const outcome = await this.#store.commit({ checks: [{ key: noted, version: null }], sets })
    return outcome.kind === 'committed'
  }

  /** Keeps a poller on each shard that may be read, as shards come and end. */
  async #follow(hasBegun: boolean): Promise<void> {
    const trouble = new Backoff(this.#world.random, TROUBLE_DELAY_BASE_MS, TROUBLE_DELAY_MAX_MS)
    while (!hasBegun && !this.#stopping.signal.aborted) {
      await this.#nap.sleep(trouble.nextMs())
      hasBegun = await this.#tryToBegin()
    }
    while (!this.#stopping.signal.aborted) {
      const since = this.#nap.now
      let nextMs = SHARD_LIST_INTERVAL_MS
      try {
        const shards = await this.#source.shards(this.#mapping.sourceArn)
        if (shards === undefined) {
          this.#world.report(RESULT_NO_SOURCE)
          nextMs = trouble.nextMs()
        } else {
          await this.#open(shards)
          trouble.reset()
        }
      } catch (error) {
        this.#world.log.warn('mapping.shards.failed', { error, mapping: this.#mapping.uuid })
        nextMs = trouble.nextMs()
      }
      // Every record wakes the mapping; shards are listed less often than that.
      await this.#world.clock.sleep(SHARD_LIST_PAUSE_MS, this.#stopping.signal)
      await this.#nap.sleep(nextMs, since)
    }
  }

  async #open(shards: readonly Shard[]): Promise<void> {
    const waiting = shards.filter(({ id }) => !this.#shards.has(id))
    if (waiting.length === 0) return
    const checkpoints = await this.#checkpoints()
    const listed = new Set(shards.map(({ id }) => id))
    const isDone = (id: string): boolean => checkpoints.get(id)?.value.position === null
    for (const { id, parents } of waiting) {
      if (this.#stopping.signal.aborted) return
      if (isDone(id) || parents.some((parent) => listed.has(parent) && !isDone(parent))) continue
      this.#openShard(id, checkpoints.get(id) ?? OLDEST)
    }
    await this.#dropEnded(checkpoints, listed)
  }

  #openShard(shard: string, checkpoint: StoredCheckpoint): void {
    const poller = new ShardPoller({
      mapping: this.#mapping,
      shard,
      source: this.#source,
      filter: this.#filter,
      store: this.#store,
      checkpoint,
      stopping: this.#stopping.signal,
      world: this.#world,
    })
    const over = poller.run().then(async (end) => {
      // A shard that lost its checkpoint to somebody else is looked at again, but not in a hurry.
      if (end === 'fenced') await this.#world.clock.sleep(TROUBLE_DELAY_BASE_MS, this.#stopping.signal)
      if (!this.#stopping.signal.aborted) this.#shards.delete(shard)
      this.#nap.nudge()
    })
    this.#shards.set(shard, { poller, over })
  }

  async #checkpoints(): Promise<ReadonlyMap<string, StoredCheckpoint>> {
    const prefix = checkpointsOf(this.#mapping.uuid)
    const found = new Map<string, StoredCheckpoint>()
    for (let after: Key | undefined; ;) {
      const entries = await this.#store.list({ prefix, ...(after && { after }) })
      for (const entry of entries) {
        const checkpoint = readCheckpoint(entry)
        if (checkpoint) found.set(String(entry.key.at(-1)), checkpoint)
      }
      after = entries.at(-1)?.key
      if (entries.length < LIST_PAGE_MAX) return found
    }
  }

  /** Shards that are done and that the stream does not list any more need no checkpoint. */
  async #dropEnded(checkpoints: ReadonlyMap<string, StoredCheckpoint>, listed: ReadonlySet<string>): Promise<void> {
    const deletes = [...checkpoints]
      .filter(([shard, { value }]) => shard !== BEGINNING && value.position === null && !listed.has(shard))
      .map(([shard]) => checkpointKey(this.#mapping.uuid, shard))
    if (deletes.length > 0) await this.#store.commit({ deletes })
  }
}
