// How far a mapping has come in each shard of its stream, durable. Only the poller of the mapping writes here, each time
// on the version that it wrote before: a second poller of the same mapping loses the race and stops.
//
// Key: lambda.checkpoints [uuid, shard]. The entry of the empty shard name says that the mapping knows where it began:
// shards that appear later are read from their beginning.
import type { StreamPosition } from '#events/stream-source.ts'
import { jsonCodec } from '#storage/collection.ts'
import type { Entry, Key, Version } from '#storage/store.ts'

/** The state of a tumbling window between two invocations. */
export interface OpenWindow {
  readonly startMs: number
  readonly state: unknown
}

export interface Checkpoint {
  /** Everything before is done; null when the whole shard is. */
  readonly position: StreamPosition | null
  /** Retries used, by the first record of a batch that failed. */
  readonly retries: Readonly<Record<string, number>>
  readonly window?: OpenWindow
}

/** Where a shard stands in the store. */
export interface StoredCheckpoint {
  readonly value: Checkpoint
  /** Null when nothing is stored yet. */
  readonly version: Version | null
}

/** The shard name under which the beginning is noted. */
export const BEGINNING = ''

const codec = jsonCodec<Checkpoint>(1)

export function checkpointsOf(uuid: string): Key {
  return ['lambda.checkpoints', uuid]
}

export function checkpointKey(uuid: string, shard: string): Key {
  return [...checkpointsOf(uuid), shard]
}

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  return codec.encode(checkpoint)
}

/** Undefined for a shard without one. */
export function readCheckpoint(entry: Entry | undefined): StoredCheckpoint | undefined {
  return entry && { value: codec.decode(entry.value), version: entry.version }
}
