// Reading a shard: its log in the Store, from a sequence on. A shard that is closed gets no more records, so whoever read that
// it is closed and then read its log to the end has read everything.
import { InvariantError } from '#base/errors.ts'
import type { Entry, Store } from '#storage/store.ts'
import {
  decodeChange,
  streamLog,
  type StreamChange,
  type StreamDescription,
  type StreamShard,
} from '../stream-record.ts'
import { READ_BYTES_WANTED, READ_ENTRIES_FIRST, READ_ENTRIES_MAX, RECORDS_BYTES_MAX } from './limits.ts'

export interface ShardRecord {
  readonly sequence: number
  readonly change: StreamChange
}

export interface ShardPage {
  readonly records: readonly ShardRecord[]
  /** The last sequence that was read, or where reading began. */
  readonly last: number
  /** Nothing followed when it was read. */
  readonly isEnd: boolean
}

/** Records behind `after`: at most `recordsMax`, and at most 1 MB (the record that crosses it included). */
export async function readShard(
  store: Store,
  { space }: StreamDescription,
  { number }: StreamShard,
  after: number,
  recordsMax: number,
): Promise<ShardPage> {
  const log = streamLog(space, number)
  const records: ShardRecord[] = []
  let last = after
  for (let bytes = 0; ;) {
    const limit = Math.min(entriesToRead(records.length, bytes), recordsMax - records.length)
    const entries = await store.list({ prefix: log, after: [...log, last] }, { limit })
    for (const entry of entries) {
      const change = decodeChange(entry.value)
      last = sequenceOfEntry(entry)
      records.push({ sequence: last, change })
      bytes += change.sizeBytes
      if (bytes >= RECORDS_BYTES_MAX) return { records, last, isEnd: false }
    }
    if (entries.length < limit) return { records, last, isEnd: true }
    if (records.length >= recordsMax) return { records, last, isEnd: false }
  }
}

/** How many entries to ask for, by the count and bytes of those that were read before. */
export function entriesToRead(count: number, bytes: number): number {
  if (count === 0) return READ_ENTRIES_FIRST
  const average = Math.max(1, bytes / count)
  return Math.max(1, Math.min(READ_ENTRIES_MAX, Math.floor(READ_BYTES_WANTED / average)))
}

export interface ShardBounds {
  /** Of the oldest and the youngest record that are kept; undefined for a shard without records. */
  readonly first: number | undefined
  readonly last: number | undefined
}

export async function boundsOfShard(
  store: Store,
  { space }: StreamDescription,
  { number }: StreamShard,
): Promise<ShardBounds> {
  const prefix = streamLog(space, number)
  const [[first], [last]] = await Promise.all([
    store.list({ prefix }, { limit: 1 }),
    store.list({ prefix }, { limit: 1, reverse: true }),
  ])
  return { first: first && sequenceOfEntry(first), last: last && sequenceOfEntry(last) }
}

/** The first record that is not older; the end when all are. */
export async function sequenceBefore(
  store: Store,
  stream: StreamDescription,
  shard: StreamShard,
  timeMs: number,
): Promise<number> {
  for (let after = 0; ;) {
    const { records, last, isEnd } = await readShard(store, stream, shard, after, READ_ENTRIES_MAX)
    for (const { sequence, change } of records) if (change.atMs >= timeMs) return sequence - 1
    if (isEnd) return last
    after = last
  }
}

export function sequenceOfEntry({ key }: Entry): number {
  const sequence = key.at(-1)
  if (typeof sequence !== 'number') throw new InvariantError('a log entry without a sequence')
  return sequence
}
