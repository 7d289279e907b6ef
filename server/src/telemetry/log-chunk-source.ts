// Where a reader gets chunks from, page by page: those of one stream, forwards or backwards, or those of a whole group
// in order of time. With each page comes what is known about all pages after it, so that the merge (log-merge.ts) can
// tell which events are complete.
import type { Key, Store } from '#storage/store.ts'
import { decodePointer, lastMsOf } from './log-chunk.ts'
import * as keys from './log-keys.ts'
import type { LogGroup, LogStream } from './logs.ts'

export interface LoadedChunk {
  readonly stream: number
  readonly chunk: number
  readonly value: Uint8Array
}

export interface ChunkPage {
  readonly chunks: readonly LoadedChunk[]
  /**
   * Forwards: no chunk of a later page has an event before this time. Backwards: none after it. Undefined: no later page.
   */
  readonly boundMs: number | undefined
}

/** Half open: fromMs <= time < beforeMs. */
export interface TimeRange {
  readonly fromMs: number
  readonly beforeMs: number
}

export type Direction = 'forward' | 'backward'

const STREAM_PAGE_MIN = 8
const STREAM_PAGE_MAX = 256
/** Chunk bytes of a page above which the next page is made smaller, and far below which it is made larger. */
const PAGE_BYTES = 1024 * 1024
const POINTER_PAGE = 1000
const GROUP_LOAD_MAX = 64

/** The chunks of one stream that may have events in `range`. */
export async function* streamChunks(
  store: Store,
  groupId: string,
  stream: LogStream,
  range: TimeRange,
  direction: Direction,
): AsyncGenerator<ChunkPage> {
  const prefix = keys.chunksKey(groupId, stream.number)
  const from: Key = [...prefix, range.fromMs - stream.spanMs]
  let before: Key = [...prefix, range.beforeMs]
  let after: Key | undefined
  let limit = STREAM_PAGE_MIN
  for (;;) {
    const reverse = direction === 'backward'
    const entries = await store.list({ prefix, from, before, ...(after && { after }) }, { limit, reverse })
    const chunks: LoadedChunk[] = []
    let bytes = 0
    for (const { key, value } of entries) {
      bytes += value.length
      if (lastMsOf(value) >= range.fromMs) chunks.push({ stream: stream.number, chunk: Number(key[4]), value })
    }
    const last = entries.at(-1)
    if (!last || entries.length < limit) {
      yield { chunks, boundMs: undefined }
      return
    }
    const lastFirstMs = Number(last.key[3])
    yield { chunks, boundMs: reverse ? lastFirstMs + stream.spanMs : lastFirstMs }
    if (reverse) before = last.key
    else after = last.key
    limit = nextLimit(limit, bytes)
  }
}

function nextLimit(limit: number, bytes: number): number {
  if (bytes > PAGE_BYTES) return Math.max(STREAM_PAGE_MIN, limit >> 1)
  return bytes < PAGE_BYTES / 4 ? Math.min(STREAM_PAGE_MAX, limit * 2) : limit
}

/** The chunks of a group that may have events in `range`, of all streams or only of those wanted. */
export async function* groupChunks(
  store: Store,
  group: LogGroup,
  range: TimeRange,
  wanted: ReadonlySet<number> | undefined,
): AsyncGenerator<ChunkPage> {
  const prefix = keys.pointersKey(group.id)
  const before: Key = [...prefix, range.beforeMs]
  const from: Key = [...prefix, range.fromMs - group.spanMs]
  let after: Key | undefined
  for (;;) {
    const pointers = await store.list({ prefix, from, before, ...(after && { after }) }, { limit: POINTER_PAGE })
    const found: {
      readonly firstMs: number
      readonly stream: number
      readonly chunk: number
      readonly bytes: number
    }[] = []
    for (const { key, value } of pointers) {
      const { lastMs, storedBytes } = decodePointer(value)
      const stream = Number(key[3])
      if (lastMs < range.fromMs || (wanted && !wanted.has(stream))) continue
      found.push({ firstMs: Number(key[2]), stream, chunk: Number(key[4]), bytes: storedBytes })
    }
    const last = pointers.at(-1)
    const more = last !== undefined && pointers.length === POINTER_PAGE
    const endMs = more ? Number(last.key[2]) : undefined
    for (let start = 0; start < found.length;) {
      const count = loadable(found, start)
      const slice = found.slice(start, start + count)
      start += count
      const chunks = await load(store, group.id, slice)
      const next = found[start]
      if (next) yield { chunks, boundMs: next.firstMs }
      else yield { chunks, boundMs: endMs }
    }
    if (!more) {
      if (found.length === 0) yield { chunks: [], boundMs: undefined }
      return
    }
    if (found.length === 0) yield { chunks: [], boundMs: endMs }
    after = last.key
  }
}

function loadable(found: readonly { readonly bytes: number }[], start: number): number {
  let bytes = 0
  let count = 0
  for (let index = start; index < found.length && count < GROUP_LOAD_MAX; index++, count++) {
    bytes += found[index]?.bytes ?? 0
    if (count > 0 && bytes > PAGE_BYTES) break
  }
  return count
}

async function load(
  store: Store,
  groupId: string,
  found: readonly { readonly firstMs: number; readonly stream: number; readonly chunk: number }[],
): Promise<LoadedChunk[]> {
  const wanted = found.map(({ firstMs, stream, chunk }) => keys.chunkKey(groupId, stream, firstMs, chunk))
  const entries = await store.getMany(wanted)
  return found.flatMap(({ stream, chunk }, index) => {
    const value = entries[index]?.value
    // Deleted by the sweep between the two reads: as if the pointers had been read later.
    return value ? [{ stream, chunk, value }] : []
  })
}
