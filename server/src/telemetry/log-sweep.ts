// Deletes what nobody can read any more: events past their group's retention, and what deleted groups and streams left
// behind. Everything here can be interrupted at any point and repeated.
import type { Clock } from '#base/clock.ts'
import type { Random } from '#base/ids.ts'
import type { Entry, Key, Store } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import { decodePointer } from './log-chunk.ts'
import { entries } from './log-groups.ts'
import * as keys from './log-keys.ts'
import type { LogGroup } from './logs.ts'

export interface SweepOptions {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  /** Told the records that the sweep changed, so that no stale copy is kept. */
  readonly changed: () => void
}

export interface SweepResult {
  readonly chunksDeleted: number
}

export const DAY_MS = 86_400_000

/** Pointers of one commit: each deletes two keys, and each stream of the commit is read and written. */
const EXPIRE_PAGE = 200
const DELETE_PAGE = 1000
/** Chunks are listed with their values; a page of them must stay small in memory. */
const CHUNK_PAGE = 16

/** The time before which events of a group are past their retention; -Infinity when it keeps them for ever. */
export function retentionStartMs(group: LogGroup, nowMs: number): number {
  return group.retentionDays === undefined ? Number.NEGATIVE_INFINITY : nowMs - group.retentionDays * DAY_MS
}

/** One pass over all groups and all garbage. */
export async function sweepLogs(options: SweepOptions, signal: AbortSignal): Promise<SweepResult> {
  let chunksDeleted = await collectGarbage(options.store, signal)
  for await (const { key, value } of entries(options.store, { prefix: keys.ALL_GROUPS_KEY })) {
    if (signal.aborted) break
    const group = keys.groupCodec.decode(value)
    if (group.retentionDays !== undefined) chunksDeleted += await expireGroup(options, key, group, signal)
  }
  return { chunksDeleted }
}

/** Deletes what deleted groups and streams left behind; returns the number of chunks. */
export async function collectGarbage(store: Store, signal: AbortSignal): Promise<number> {
  let chunks = 0
  for await (const { key } of entries(store, { prefix: keys.GARBAGE_KEY })) {
    const groupId = String(key[1])
    const stream = key[2]
    if (stream === undefined) chunks += await deleteGroupRemains(store, groupId, signal)
    else chunks += await deleteStreamChunks(store, groupId, Number(stream), signal)
    if (signal.aborted) return chunks
    await store.commit({ deletes: [key] })
  }
  return chunks
}

async function deleteGroupRemains(store: Store, groupId: string, signal: AbortSignal): Promise<number> {
  let chunks = 0
  const remove = async (prefix: Key, keysOf: (entry: Entry) => Key[], page: number): Promise<void> => {
    while (!signal.aborted) {
      const found = await store.list({ prefix }, { limit: page })
      if (found.length === 0) return
      await store.commit({ deletes: found.flatMap(keysOf) })
    }
  }
  await remove(
    keys.pointersKey(groupId),
    ({ key }) => {
      chunks++
      return [key, keys.chunkKey(groupId, Number(key[3]), Number(key[2]), Number(key[4]))]
    },
    DELETE_PAGE,
  )
  await remove(keys.streamsKey(groupId), ({ key }) => [key], DELETE_PAGE)
  await remove(keys.lastEventsKey(groupId), ({ key }) => [key], DELETE_PAGE)
  return chunks
}

async function deleteStreamChunks(store: Store, groupId: string, stream: number, signal: AbortSignal): Promise<number> {
  let chunks = 0
  while (!signal.aborted) {
    const found = await store.list({ prefix: keys.chunksKey(groupId, stream) }, { limit: CHUNK_PAGE })
    if (found.length === 0) break
    chunks += found.length
    const deletes = found.flatMap(({ key }) => [key, keys.pointerKey(groupId, Number(key[3]), stream, Number(key[4]))])
    await store.commit({ deletes })
  }
  return chunks
}

/** Deletes whole chunks whose last event is past the retention, oldest first, and takes them off the counts. */
async function expireGroup(
  options: SweepOptions,
  groupKey: Key,
  group: LogGroup,
  signal: AbortSignal,
): Promise<number> {
  const { store, clock } = options
  const startMs = retentionStartMs(group, clock.nowMs())
  const prefix = keys.pointersKey(group.id)
  let deleted = 0
  let after: Key | undefined
  while (!signal.aborted) {
    const range = { prefix, before: [...prefix, startMs], ...(after && { after }) }
    const page = await store.list(range, { limit: EXPIRE_PAGE })
    const expired = page.filter(({ value }) => decodePointer(value).lastMs < startMs)
    if (expired.length > 0) await deleteExpired(options, groupKey, group.id, expired)
    deleted += expired.length
    after = page.at(-1)?.key
    if (page.length < EXPIRE_PAGE) break
  }
  if (deleted > 0) options.changed()
  return deleted
}

function deleteExpired(
  { store, clock, random }: SweepOptions,
  groupKey: Key,
  groupId: string,
  expired: readonly Entry[],
): Promise<void> {
  return transact(
    store,
    async (transaction) => {
      const entry = await transaction.get(groupKey)
      const group = entry && keys.groupCodec.decode(entry.value)
      // Deleted meanwhile (and perhaps made again): its chunks are garbage, which is collected elsewhere.
      if (!group || group.id !== groupId) return
      let bytes = 0
      for (const { key, value } of expired) {
        bytes += decodePointer(value).storedBytes
        transaction.delete(key)
        transaction.delete(keys.chunkKey(groupId, Number(key[3]), Number(key[2]), Number(key[4])))
      }
      const storedBytes = Math.max(0, group.storedBytes - bytes)
      transaction.set(groupKey, keys.groupCodec.encode({ ...group, storedBytes }))
    },
    { clock, random },
  )
}
