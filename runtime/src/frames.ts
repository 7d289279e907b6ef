// The private language between the engine and a cell: binary frames on one stream socket, little-endian.
//
//   u32 length     bytes that follow this field
//   u32 id         invocation, chosen by the engine, unique per cell; 0 = the cell itself
//   u8  type       FRAME
//   u8  flags      FLAG
//   u16 aux        ERROR: ERROR_KIND; RESULT: the handler's time in tenths of a millisecond, as far as it fits; KNOCK: DOOR;
//                  else 0
//   u32 metaLength
//   meta           JSON (ASSIGN, INVOKE, READY, ASSIGNED, ERROR, RECALLED, SHUTDOWN, REPORT); else empty
//   body           raw bytes: never parsed, never base64
//
// A payload above FRAME_BODY_BYTES_MAX goes as one frame with FLAG.more and BODY frames after it; the last one has the
// flag cleared. Both ends use this file. The engine treats whatever a cell sends as hostile: `FrameDecoder` throws
// `FrameError` at the first violation, and the cell is killed.

/** Frame types. Below 16: to the cell (BODY both ways). From 16: from the cell. */
export const FRAME = {
  assign: 1,
  /** Meta: {"requestId", "timeoutMs", "context"}; the last two are left out when they are those of the INVOKE before. */
  invoke: 2,
  body: 3,
  /** Asks for the invocations that have not begun. */
  recall: 6,
  /** To a cell that said `carries`: the end is near. Meta: {"reason": text}. It ends by itself, soon. */
  shutdown: 7,
  /** To a cell that said `carries`: what an invocation took, as the engine measured it. Meta: Report. */
  report: 8,
  ready: 16,
  /** Meta: {"carries": true} where something beside the function has its say in when an invocation is over: DONE tells. */
  assigned: 17,
  result: 18,
  error: 19,
  log: 20,
  /** Meta: the ids, as JSON, in their order. */
  recalled: 21,
  /** The answered invocation is over for everything in the cell. Only from cells that said `carries`. */
  done: 22,
  /** Asks for a door (its `aux`), once for each: its socket is then where the cell looks for it. */
  knock: 23,
} as const

export type FrameType = (typeof FRAME)[keyof typeof FRAME]

export const FLAG = {
  /** BODY frames of the same id follow. */
  more: 1,
  /** ERROR: the process ends itself after this frame. */
  last: 2,
  /** RESULT: an answer that is still being made; its parts come as they are made. Meta may be {"contentType": text}. */
  stream: 4,
} as const

/** What an ERROR frame reports (its `aux`). */
export const ERROR_KIND = {
  /** The handler threw or rejected; body: the runtime's JSON. */
  handler: 1,
  /** The code could not be loaded, or its top level threw; body: the runtime's JSON. */
  init: 2,
  /** The result is above the limit; meta: {"bytes": n}. */
  tooLarge: 3,
} as const

/** The ways out of a cell, as KNOCK names them. */
export const DOOR = {
  /** To Mayfly's API. */
  api: 1,
  /** To the proxy through which other machines are reached. */
  egress: 2,
} as const

/** Meta of a REPORT frame. */
export interface Report {
  readonly requestId: string
  readonly durationMs: number
  readonly initMs?: number
  readonly peakMemoryMb: number
  readonly status: 'success' | 'error' | 'failure' | 'timeout'
}

/** Units of a RESULT's `aux` in a millisecond. */
export const RESULT_TIME_PER_MS = 10

/** Bytes of a frame after its length field, before meta and body. */
const HEAD_BYTES = 12
const PREFIX_BYTES = 4 + HEAD_BYTES

/** Upper bound of `length`: one frame. */
export const FRAME_BYTES_MAX = 1024 * 1024

/** Payload bytes per frame; leaves room for head and meta. */
export const FRAME_BODY_BYTES_MAX = 512 * 1024

/** Bytes joined with their head into one write; above, head and body are written one after the other. */
const JOIN_BYTES_MAX = 16 * 1024

const EMPTY = Buffer.alloc(0)

/** A violation of the frame format by the other end. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

export interface FrameHead {
  readonly type: FrameType
  readonly id: number
  readonly flags?: number
  readonly aux?: number
}

/** One frame's bytes, in one or two buffers. The body is not copied when it is large. */
export function encodeFrame(head: FrameHead, meta: string, body: Uint8Array = EMPTY): Uint8Array[] {
  const metaBytes = meta === '' ? 0 : Buffer.byteLength(meta)
  const joined = body.length <= JOIN_BYTES_MAX
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + metaBytes + (joined ? body.length : 0))
  const length = HEAD_BYTES + metaBytes + body.length
  if (length > FRAME_BYTES_MAX) throw new FrameError(`a frame of ${length} bytes, above ${FRAME_BYTES_MAX}`)
  writePrefix(bytes, 0, head, metaBytes, body.length)
  if (metaBytes > 0) bytes.write(meta, PREFIX_BYTES, 'utf8')
  if (!joined) return [bytes, body]
  if (body.length > 0) bytes.set(body, PREFIX_BYTES + metaBytes)
  return [bytes]
}

function writePrefix(bytes: Buffer, at: number, head: FrameHead, metaBytes: number, bodyBytes: number): void {
  bytes.writeUInt32LE(HEAD_BYTES + metaBytes + bodyBytes, at)
  bytes.writeUInt32LE(head.id, at + 4)
  bytes.writeUInt8(head.type, at + 8)
  bytes.writeUInt8(head.flags ?? 0, at + 9)
  bytes.writeUInt16LE(head.aux ?? 0, at + 10)
  bytes.writeUInt32LE(metaBytes, at + 12)
}

/** Bytes that a `FrameBatch` has room for; what is larger is written in parts. */
const BATCH_BYTES = 64 * 1024

/** UTF-8 takes at most so many bytes for a unit of a JavaScript string. */
const UTF8_BYTES_MAX = 3

interface BatchedFrame {
  readonly head: FrameHead
  readonly meta: string
  readonly payload: Uint8Array
}

/**
 * Payloads that leave together. They are encoded one behind the other into one room when they are taken: a buffer, and a
 * write, for each would cost more than what is in it.
 */
export class FrameBatch {
  /** Shared by all batches: what is taken is written before the next batch is. */
  static #room: Buffer = EMPTY
  #frames: BatchedFrame[] = []
  /** What they need at most. */
  #bytes = 0

  get empty(): boolean {
    return this.#frames.length === 0
  }

  /** As `encodePayload`. The payload is read when the batch is taken. */
  add(head: FrameHead, meta: string, payload: Uint8Array): void {
    this.#frames.push({ head, meta, payload })
    this.#bytes += PREFIX_BYTES + meta.length * UTF8_BYTES_MAX + payload.length
  }

  /** All frames, in their order; the batch is empty then. The bytes are good until a batch is taken again. */
  take(): Uint8Array[] {
    const frames = this.#frames
    if (frames.length === 0) return []
    const fits = this.#bytes <= BATCH_BYTES
    this.#frames = []
    this.#bytes = 0
    if (!fits) return frames.flatMap(({ head, meta, payload }) => encodePayload(head, meta, payload))
    if (FrameBatch.#room.length === 0) FrameBatch.#room = Buffer.allocUnsafeSlow(BATCH_BYTES)
    const room = FrameBatch.#room
    let at = 0
    for (const { head, meta, payload } of frames) {
      const metaBytes = room.write(meta, at + PREFIX_BYTES)
      writePrefix(room, at, head, metaBytes, payload.length)
      at += PREFIX_BYTES + metaBytes
      room.set(payload, at)
      at += payload.length
    }
    return [room.subarray(0, at)]
  }

  /** What was taken last is not written yet: the next batch gets room of its own. */
  static keepTaken(): void {
    FrameBatch.#room = EMPTY
  }
}

/** A payload of any size as one frame, or as a first frame and BODY frames. */
export function encodePayload(head: FrameHead, meta: string, payload: Uint8Array): Uint8Array[] {
  if (payload.length <= FRAME_BODY_BYTES_MAX) return encodeFrame(head, meta, payload)
  const flags = (head.flags ?? 0) | FLAG.more
  const parts = encodeFrame({ ...head, flags }, meta, payload.subarray(0, FRAME_BODY_BYTES_MAX))
  for (let offset = FRAME_BODY_BYTES_MAX; offset < payload.length; offset += FRAME_BODY_BYTES_MAX) {
    const end = offset + FRAME_BODY_BYTES_MAX
    const bodyFlags = end < payload.length ? FLAG.more : 0
    parts.push(...encodeFrame({ type: FRAME.body, id: head.id, flags: bodyFlags }, '', payload.subarray(offset, end)))
  }
  return parts
}

export interface Frame {
  readonly id: number
  /** Not checked against FRAME: the receiver's switch refuses what it does not know. */
  readonly type: number
  readonly flags: number
  readonly aux: number
  /** A view into the received bytes. */
  readonly meta: Buffer
  /** A view into the received bytes. */
  readonly body: Buffer
}

/** Cuts a byte stream into frames; what they view is good until `onFrame` returns. Memory held: at most one frame (FRAME_BYTES_MAX). */
export class FrameDecoder {
  readonly #onFrame: (frame: Frame) => void
  /** The frame under way, without its length field; `#filled` bytes of it have come. */
  #partial: Buffer | undefined
  #filled = 0
  /** Up to 3 bytes of a length field that was cut. */
  #lengthHead: Buffer = EMPTY

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame
  }

  /** Takes the next bytes; calls back for each complete frame. Throws `FrameError`; nothing may be pushed after that. */
  push(chunk: Buffer): void {
    let bytes = chunk
    if (this.#lengthHead.length > 0) {
      bytes = Buffer.concat([this.#lengthHead, bytes])
      this.#lengthHead = EMPTY
    }
    let offset = this.#partial ? this.#fill(this.#partial, bytes, 0) : 0
    while (bytes.length - offset >= 4) {
      const length = bytes.readUInt32LE(offset)
      if (length < HEAD_BYTES || length > FRAME_BYTES_MAX) throw new FrameError(`frame length ${length}`)
      offset += 4
      if (bytes.length - offset >= length) {
        this.#emit(bytes, offset, offset + length)
        offset += length
      } else {
        this.#partial = Buffer.allocUnsafe(length)
        this.#filled = 0
        offset = this.#fill(this.#partial, bytes, offset)
      }
    }
    if (offset < bytes.length) this.#lengthHead = Buffer.from(bytes.subarray(offset))
  }

  #fill(partial: Buffer, bytes: Buffer, offset: number): number {
    const count = Math.min(partial.length - this.#filled, bytes.length - offset)
    bytes.copy(partial, this.#filled, offset, offset + count)
    this.#filled += count
    if (this.#filled === partial.length) {
      this.#partial = undefined
      this.#emit(partial, 0, partial.length)
    }
    return offset + count
  }

  /** The frame from `start` to `end`, without its length field. */
  #emit(bytes: Buffer, start: number, end: number): void {
    const metaStart = start + HEAD_BYTES
    const bodyStart = metaStart + bytes.readUInt32LE(start + 8)
    if (bodyStart > end) throw new FrameError(`meta length ${bodyStart - metaStart}`)
    this.#onFrame({
      id: bytes.readUInt32LE(start),
      type: bytes.readUInt8(start + 4),
      flags: bytes.readUInt8(start + 5),
      aux: bytes.readUInt16LE(start + 6),
      meta: bodyStart === metaStart ? EMPTY : bytes.subarray(metaStart, bodyStart),
      body: bodyStart === end ? EMPTY : bytes.subarray(bodyStart, end),
    })
  }
}

/** Joins a first frame and its BODY frames, up to a bound. */
export class PayloadCollector {
  readonly #bytesMax: number
  #parts: Buffer[] = []
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Adds a part; the whole payload when it was the last one. Throws `FrameError` above the bound. */
  add(part: Buffer, more: boolean): Buffer | undefined {
    this.#bytes += part.length
    if (this.#bytes > this.#bytesMax) throw new FrameError(`a payload above ${this.#bytesMax} bytes`)
    if (!more && this.#parts.length === 0) {
      this.#bytes = 0
      return part
    }
    // An empty part that says "more" would never end.
    if (more && part.length === 0) throw new FrameError('an empty part')
    this.#parts.push(part)
    if (more) return undefined
    const payload = Buffer.concat(this.#parts, this.#bytes)
    this.#parts = []
    this.#bytes = 0
    return payload
  }

  /** Whether a payload has begun and not ended. */
  get open(): boolean {
    return this.#parts.length > 0
  }
}
