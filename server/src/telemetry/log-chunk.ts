// A chunk: consecutive events of one stream, as they were stored together. Format 1, all numbers little-endian:
//
//   the header (HEADER) · stream name (UTF-8) · per event: u32 ms after the first, u32 message bytes · messages (UTF-8)
//
// A pointer is what a reader must know about a chunk before it loads it: f64 last event ms, u32 stored bytes.
import { invariant } from '#base/errors.ts'
import { EVENT_OVERHEAD_BYTES, type LogLimits } from './log-limits.ts'
import type { LogEvent } from './logs.ts'
import type { PackedEvents } from './packed-events.ts'

const FORMAT = 1
/** Offsets of: u8 format, u16 length of the stream name, u32 count, f64 first ms, f64 last ms, f64 ingestion ms. */
const HEADER = { format: 0, nameBytes: 1, count: 3, firstMs: 7, lastMs: 15, ingestionMs: 23, end: 31 } as const
const EVENT_BYTES = 8
const POINTER_BYTES = 12

export interface Chunk {
  readonly stream: string
  readonly ingestionMs: number
  readonly firstMs: number
  readonly lastMs: number
  readonly events: readonly LogEvent[]
}

export interface EncodedChunk {
  readonly firstMs: number
  readonly lastMs: number
  readonly bytes: Uint8Array
  /** What the events count for in storedBytes. */
  readonly storedBytes: number
}

/** Cuts events (in order of time, not empty) into pieces within the bounds of a chunk, and encodes each. */
export function encodeChunks(
  stream: string,
  ingestionMs: number,
  events: PackedEvents,
  limits: LogLimits,
): EncodedChunk[] {
  const chunks: EncodedChunk[] = []
  let start = 0
  let bytes = 0
  let firstMs = events.timeMs(0)
  for (let index = 0; index < events.count; index++) {
    const size = events.size(index)
    const timeMs = events.timeMs(index)
    const full =
      bytes + size > limits.chunkBytesMax ||
      index - start >= limits.chunkEventsMax ||
      timeMs - firstMs > limits.chunkSpanMsMax
    if (full && index > start) {
      chunks.push(encodeChunk(stream, ingestionMs, events.slice(start, index)))
      start = index
      bytes = 0
      firstMs = timeMs
    }
    bytes += size
  }
  chunks.push(encodeChunk(stream, ingestionMs, start === 0 ? events : events.slice(start, events.count)))
  return chunks
}

function encodeChunk(stream: string, ingestionMs: number, events: PackedEvents): EncodedChunk {
  const { count, messages } = events
  const firstMs = events.timeMs(0)
  const lastMs = events.timeMs(count - 1)
  const nameBytes = Buffer.byteLength(stream)
  const bytes = Buffer.allocUnsafe(HEADER.end + nameBytes + count * EVENT_BYTES + messages.length)
  bytes[HEADER.format] = FORMAT
  bytes.writeUInt16LE(nameBytes, HEADER.nameBytes)
  bytes.writeUInt32LE(count, HEADER.count)
  bytes.writeDoubleLE(firstMs, HEADER.firstMs)
  bytes.writeDoubleLE(lastMs, HEADER.lastMs)
  bytes.writeDoubleLE(ingestionMs, HEADER.ingestionMs)
  bytes.write(stream, HEADER.end)
  let at = HEADER.end + nameBytes
  for (let index = 0; index < count; index++) {
    bytes.writeUInt32LE(events.timeMs(index) - firstMs, at)
    bytes.writeUInt32LE(events.size(index), at + 4)
    at += EVENT_BYTES
  }
  messages.copy(bytes, at)
  return { firstMs, lastMs, bytes, storedBytes: messages.length + count * EVENT_OVERHEAD_BYTES }
}

/** Throws InvariantError for bytes of another format. */
export function decodeChunk(value: Uint8Array): Chunk {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const format = bytes[HEADER.format]
  invariant(format === FORMAT, `log chunk has format ${format}, this Mayfly reads ${FORMAT}`)
  const count = bytes.readUInt32LE(HEADER.count)
  const firstMs = bytes.readDoubleLE(HEADER.firstMs)
  const nameEnd = HEADER.end + bytes.readUInt16LE(HEADER.nameBytes)
  const events: LogEvent[] = []
  let at = nameEnd
  let textAt = nameEnd + count * EVENT_BYTES
  for (let index = 0; index < count; index++, at += EVENT_BYTES) {
    const textEnd = textAt + bytes.readUInt32LE(at + 4)
    events.push({ timestampMs: firstMs + bytes.readUInt32LE(at), message: bytes.toString('utf8', textAt, textEnd) })
    textAt = textEnd
  }
  invariant(textAt === bytes.length, 'log chunk has another length than its events')
  return {
    stream: bytes.toString('utf8', HEADER.end, nameEnd),
    ingestionMs: bytes.readDoubleLE(HEADER.ingestionMs),
    firstMs,
    lastMs: bytes.readDoubleLE(HEADER.lastMs),
    events,
  }
}

/** When the last event of an encoded chunk happened, without decoding it. */
export function lastMsOf(value: Uint8Array): number {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).readDoubleLE(HEADER.lastMs)
}

export function encodePointer(chunk: EncodedChunk): Uint8Array {
  const bytes = Buffer.allocUnsafe(POINTER_BYTES)
  bytes.writeDoubleLE(chunk.lastMs, 0)
  bytes.writeUInt32LE(chunk.storedBytes, 8)
  return bytes
}

export function decodePointer(value: Uint8Array): { readonly lastMs: number; readonly storedBytes: number } {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  invariant(bytes.length === POINTER_BYTES, 'log pointer has an unknown format')
  return { lastMs: bytes.readDoubleLE(0), storedBytes: bytes.readUInt32LE(8) }
}
