// Answers that leave while they are made: `awslambda.streamifyResponse` of AWS's Node.js runtimes, and the stream that such
// handlers write to. Source: developer guide, "Response streaming for Lambda functions".
import { Writable } from 'node:stream'
import { FLAG, FRAME, FRAME_BODY_BYTES_MAX } from '../frames.ts'
import { encodeFrame } from './channel.ts'

/** Under this symbol AWS's runtime marks handlers; wrappers of handlers carry it on. */
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming')

/** The content type that says: a prelude with status, headers and cookies comes first. */
const HTTP_INTEGRATION = 'application/vnd.awslambda.http-integration-response'
/** Between the prelude and the body. */
const PRELUDE_END = Buffer.alloc(8)

export type StreamingHandler = (event: unknown, stream: ResponseStream, context: unknown) => unknown

/** Passes frames on; `done` when they have left the process. */
export type SendParts = (parts: readonly Uint8Array[], done: () => void) => void

/** What a handler writes to. Nothing leaves before the first write. */
export class ResponseStream extends Writable {
  readonly #id: number
  readonly #send: SendParts
  #contentType: string | undefined
  #prelude: Buffer | undefined
  #begun = false

  constructor(id: number, send: SendParts) {
    super({ highWaterMark: FRAME_BODY_BYTES_MAX })
    this.#id = id
    this.#send = send
  }

  /** Whether the caller has got a part of the answer. */
  get begun(): boolean {
    return this.#begun
  }

  /** Takes effect before the first write only. */
  setContentType(contentType: string): void {
    this.#contentType = contentType
  }

  /** Sends status, headers and cookies before the body. */
  setPrelude(prelude: unknown): void {
    this.#contentType = HTTP_INTEGRATION
    this.#prelude = Buffer.concat([Buffer.from(JSON.stringify(prelude ?? {})), PRELUDE_END])
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: () => void): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
    this.#send(this.#frames(bytes, true), done)
  }

  override _final(done: () => void): void {
    this.#send(this.#frames(Buffer.alloc(0), false), done)
  }

  /** The first frame says that parts follow as they are made; the last one has the flag `more` cleared. */
  #frames(bytes: Buffer, more: boolean): Uint8Array[] {
    const whole = this.#prelude === undefined ? bytes : Buffer.concat([this.#prelude, bytes])
    this.#prelude = undefined
    const frames: Uint8Array[] = []
    for (let at = 0; at === 0 || at < whole.length; at += FRAME_BODY_BYTES_MAX) {
      const end = at + FRAME_BODY_BYTES_MAX
      const flags = more || end < whole.length ? FLAG.more : 0
      frames.push(...this.#frame(flags, whole.subarray(at, end)))
    }
    return frames
  }

  #frame(flags: number, body: Buffer): Uint8Array[] {
    if (this.#begun) return encodeFrame({ type: FRAME.body, id: this.#id, flags }, '', body)
    this.#begun = true
    const meta = this.#contentType === undefined ? '' : JSON.stringify({ contentType: this.#contentType })
    return encodeFrame({ type: FRAME.result, id: this.#id, flags: flags | FLAG.stream }, meta, body)
  }
}

/** Whether the handler was given to `streamifyResponse`. */
export function isStreaming(handler: unknown): boolean {
  return typeof handler === 'function' && (handler as unknown as Record<symbol, unknown>)[STREAMING] !== undefined
}

/** Puts `awslambda` where handlers expect it. */
export function offerStreaming(): void {
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse<T extends object>(handler: T): T {
        Object.assign(handler, { [STREAMING]: 'response' })
        return handler
      },
      HttpResponseStream: {
        from(stream: ResponseStream, prelude: unknown): ResponseStream {
          stream.setPrelude(prelude)
          return stream
        },
      },
    },
  })
}
