// Records are kept for 24 hours; a stream that was ended is forgotten when its last record is.
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { LIST_PAGE_MAX, type Key, type Store } from '#storage/store.ts'
import { decodeChange, streamCodec, streamLog, STREAMS_PREFIX, type StreamDescription } from '../stream-record.ts'
import { STREAM_RETENTION_MS, TRIM_EVERY_MS } from './limits.ts'
import { entriesToRead } from './shard-read.ts'

export interface TrimOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** Ends it. */
  readonly signal: AbortSignal
}

/** Trims all streams every minute until the signal. */
export async function keepTrimming({ store, clock, log, signal }: TrimOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      await trimStreams(store, clock.nowMs(), signal)
    } catch (error) {
      // The next round tries again: nobody waits for this.
      if (!signal.aborted) log.error('old stream records could not be deleted', { error })
    }
    await clock.sleep(TRIM_EVERY_MS, signal)
  }
}

/** Deletes the records of all streams that are older than a day, and streams that ended so long ago. */
export async function trimStreams(store: Store, nowMs: number, signal?: AbortSignal): Promise<void> {
  for (let after: Key | undefined; ;) {
    const entries = await store.list({ prefix: [STREAMS_PREFIX], ...(after && { after }) })
    for (const { key, value } of entries) {
      if (signal?.aborted === true) return
      await trimStream(store, key, streamCodec.decode(value), nowMs - STREAM_RETENTION_MS)
    }
    if (entries.length < LIST_PAGE_MAX) return
    after = entries.at(-1)?.key
  }
}

async function trimStream(store: Store, key: Key, stream: StreamDescription, beforeMs: number): Promise<void> {
  let isEmpty = true
  for (const { number } of stream.shards)
    isEmpty = (await trimShard(store, streamLog(stream.space, number), beforeMs)) && isEmpty
  if (isEmpty && stream.disabledMs !== undefined && stream.disabledMs < beforeMs) await store.commit({ deletes: [key] })
}

/** Answers whether nothing is left. Records lie in the order of their times, but for what clocks jump. */
async function trimShard(store: Store, log: Key, beforeMs: number): Promise<boolean> {
  let count = 0
  let bytes = 0
  for (;;) {
    const limit = entriesToRead(count, bytes)
    const entries = await store.list({ prefix: log }, { limit })
    const young = entries.findIndex(({ value }) => decodeChange(value).atMs >= beforeMs)
    const old = young < 0 ? entries : entries.slice(0, young)
    if (old.length > 0) await store.commit({ deletes: old.map((entry) => entry.key) })
    if (young >= 0) return false
    if (entries.length < limit) return true
    count += entries.length
    for (const { value } of entries) bytes += value.byteLength
  }
}
