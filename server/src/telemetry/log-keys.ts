// How logs lie in the store. Format 1; to change any of it is to migrate.
//
//   logs.group       account, region, group name         -> LogGroup, JSON
//   logs.stream      group id, stream name               -> LogStream, JSON
//   logs.last-event  group id, last event ms, name       -> 1 byte: streams by their last event
//   logs.chunk       group id, stream number, first event ms, chunk number -> events (log-chunk.ts)
//   logs.time        group id, first event ms, stream number, chunk number -> pointer (log-chunk.ts): chunks by time
//   logs.garbage     group id [, stream number]          -> 1 byte: chunks that the sweep must delete
//
// Everything below a group hangs on its id, which is never used again: deleting a group is deleting one record (and
// marking the rest as garbage), however many events it has.
import { jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { LogGroup, LogGroupRef, LogStream } from './logs.ts'

export const groupCodec = jsonCodec<LogGroup>(1)
export const streamCodec = jsonCodec<LogStream>(1)

/** The value of entries that only say "here". */
export const MARK: Uint8Array = Uint8Array.of(1)

/** All groups of an account and region. */
export function groupsKey(account: string, region: string): Key {
  return ['logs.group', account, region]
}

export const ALL_GROUPS_KEY: Key = ['logs.group']

export function groupKey(ref: LogGroupRef): Key {
  return ['logs.group', ref.account, ref.region, ref.group]
}

/** All streams of a group. */
export function streamsKey(groupId: string): Key {
  return ['logs.stream', groupId]
}

export function streamKey(groupId: string, stream: string): Key {
  return ['logs.stream', groupId, stream]
}

/** All streams of a group that have events, by their last event. */
export function lastEventsKey(groupId: string): Key {
  return ['logs.last-event', groupId]
}

export function lastEventKey(groupId: string, lastEventMs: number, stream: string): Key {
  return ['logs.last-event', groupId, lastEventMs, stream]
}

/** All chunks of a stream, by first event. */
export function chunksKey(groupId: string, stream: number): Key {
  return ['logs.chunk', groupId, stream]
}

export function chunkKey(groupId: string, stream: number, firstMs: number, chunk: number): Key {
  return ['logs.chunk', groupId, stream, firstMs, chunk]
}

/** Pointers to all chunks of a group, by first event. */
export function pointersKey(groupId: string): Key {
  return ['logs.time', groupId]
}

export function pointerKey(groupId: string, firstMs: number, stream: number, chunk: number): Key {
  return ['logs.time', groupId, firstMs, stream, chunk]
}

export const GARBAGE_KEY: Key = ['logs.garbage']

export function garbageKey(groupId: string, stream?: number): Key {
  return stream === undefined ? ['logs.garbage', groupId] : ['logs.garbage', groupId, stream]
}
