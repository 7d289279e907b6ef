// Writes an answer: exact content-length, no body where HTTP forbids one, a bounded wait for slow readers, and a decent end
// for a request whose body nobody wanted.
import { InvariantError } from '#base/errors.ts'
import type { WireResponse } from '#protocol/wire.ts'
import type { HttpStream } from './http/stream.ts'
import { SMALL_BODY_BYTES } from './limits.ts'
import type { RequestBody } from './request-body.ts'
import type { StallWatch } from './stalls.ts'
import type { TurnAnswers } from './turn-answers.ts'

/** Up to this size headers and body leave in one write: a latin1 text is appended to the headers, bytes are not. */
const ONE_WRITE_BYTES_MAX = 8 * 1024

export interface AnswerOptions {
  readonly turn: TurnAnswers
  readonly stalls: StallWatch
  readonly writeStallMs: number
  readonly lingerMs: number
  /** The connection must not be used again (the server is draining). */
  readonly close: boolean
}

/** The parts of an exchange that answering needs. `body` is undefined when the head could not be read. */
export interface Answering {
  readonly method: string
  readonly stream: HttpStream
  readonly body: RequestBody | undefined
}

/**
 * Sends `answer`. A streamed one gives a promise that resolves when everything is handed to the socket or the client is
 * gone, and rejects when the source fails.
 */
export function sendAnswer(to: Answering, answer: WireResponse, options: AnswerOptions): Promise<void> | undefined {
  const { method, stream } = to
  const bodiless = method === 'HEAD' || answer.status === 204 || answer.status === 304
  if (bodiless && method !== 'HEAD') delete answer.headers['content-length']
  const leftover = to.body?.unread === true
  const swallows = leftover && !isSmallRest(to.body)
  if (stream.version === 1 && (options.close || swallows)) answer.headers['connection'] = 'close'
  stream.writeHead(answer.status, answer.headers, answer.cookies)
  if (bodiless || answer.body instanceof Uint8Array) {
    finish(to, bodiless || !(answer.body instanceof Uint8Array) ? undefined : answer.body, swallows, options)
    return undefined
  }
  const declared = answer.headers['content-length']
  const length = declared === undefined ? undefined : Number(declared)
  return sendStream(stream, answer.body, length, options).then((whole) => {
    if (whole) finish(to, undefined, swallows, options)
  })
}

/** A rest that arrives with the next read is cheaper to skip than a new connection. */
function isSmallRest(body: RequestBody | undefined): boolean {
  return body?.length !== undefined && body.length <= SMALL_BODY_BYTES && !body.awaitsContinue
}

function finish(to: Answering, bytes: Uint8Array | undefined, swallows: boolean, options: AnswerOptions): void {
  const { stream } = to
  const last = bytes === undefined ? undefined : compact(bytes, stream.version)
  if (stream.version === 2) {
    stream.end(last)
    if (swallows) stream.stopBody()
    return
  }
  if (!swallows || to.body === undefined || to.body.awaitsContinue) {
    if (last instanceof Uint8Array) stream.end(last)
    else options.turn.end(stream, last)
    return
  }
  // The whole answer goes out now; ending it would close the socket, and a socket that is closed over unread bytes takes the
  // answer with it.
  stream.write(last ?? '', ignore)
  to.body.swallow(options.lingerMs, () => stream.end())
}

function ignore(): void {}

/** latin1 keeps every byte. */
function compact(bytes: Uint8Array, httpVersion: number): string | Uint8Array {
  if (httpVersion !== 1 || bytes.length > ONE_WRITE_BYTES_MAX) return bytes
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/**
 * False when the client went away. Rejects when the source failed after the head was sent, or did not give the `length`
 * that the head promised: then the connection is cut.
 */
async function sendStream(
  stream: HttpStream,
  source: AsyncIterable<Uint8Array>,
  length: number | undefined,
  options: AnswerOptions,
): Promise<boolean> {
  let failed = true
  let sent = 0
  try {
    for await (const piece of source) {
      if (stream.closed) return false
      sent += piece.length
      if (length !== undefined && sent > length) break
      if (piece.length > 0) await written(stream, piece, options)
      if (stream.closed) return false
    }
    if (length !== undefined && sent !== length)
      throw new InvariantError(`an answer of ${length} bytes was promised, its source gave ${sent}`)
    failed = false
  } finally {
    // A short answer must not look like a whole one.
    if (failed) stream.abort()
  }
  return true
}

/** Resolves when the system has taken the piece, or the client is gone. */
async function written(stream: HttpStream, piece: Uint8Array, options: AnswerOptions): Promise<void> {
  await new Promise<void>((resolve) => {
    const stopWatching = options.stalls.watch({
      progress: () => stream.bytesWritten,
      windowMs: options.writeStallMs,
      bytesMin: 1,
      stalled: () => stream.abort(),
    })
    stream.write(piece, () => {
      stopWatching()
      resolve()
    })
  })
}
