// One HTTP/1 connection: its requests one after the other, each read when the one before is answered.
//
//   waiting --a byte--> reading a head --its end--> serving --answer and body ended--> waiting
//      any of them --error, time, the client's end--> closed
import type { Clock } from '#base/clock.ts'
import type { Duplex } from 'node:stream'
import { AHEAD_BYTES_MAX, type GatewayLimits, HEADER_BYTES_MAX, KEEP_ALIVE_GRACE_MS } from '../limits.ts'
import { BrokenBody } from './body-framing.ts'
import { HeadReader, maybeHead, UnreadableHead } from './head-reader.ts'
import { type Carrier, Http1Stream } from './http1-stream.ts'
import { reasonOf } from './reasons.ts'
import type { HttpStream, TlsSession } from './stream.ts'
import { tlsSessionOf } from './tls-session.ts'

export interface Http1Options {
  readonly onStream: (stream: HttpStream) => void
  readonly limits: GatewayLimits
  readonly clock: Clock
}

/** `closing`: its last answer is on the way out. */
type Phase = 'waiting' | 'head' | 'serving' | 'closing' | 'closed'

const NOTHING = Buffer.alloc(0)
const HEAD_END = Buffer.from('\r\n\r\n')
/** Longer than any method with its space. */
const METHOD_BYTES = 8
const CARRIAGE_RETURN = 13
const LINE_FEED = 10

interface Addressed {
  readonly remoteAddress?: string | undefined
  readonly bytesWritten?: number
}

export class Http1Connection implements Carrier {
  readonly remoteAddress: string | undefined
  readonly tls: TlsSession | undefined
  readonly keepAliveLine: string
  readonly #socket: Duplex & Addressed
  readonly #options: Http1Options
  readonly #reader = new HeadReader()
  #phase: Phase = 'waiting'
  #stream: Http1Stream | undefined
  /** Not read yet: a part of a head, or what came ahead of its time. */
  #input: Buffer | undefined
  #held = false
  /** Steps so far, and what a sweep saw last, and when. */
  #steps = 0
  #seenSteps = -1
  #seenLength = 0
  #seenMs = 0

  constructor(socket: Duplex & Addressed, options: Http1Options) {
    this.#socket = socket
    this.#options = options
    this.remoteAddress = socket.remoteAddress
    this.tls = tlsSessionOf(socket)
    this.keepAliveLine = `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(options.limits.keepAliveTimeoutMs / 1000)}\r\n`
    socket.on('data', (bytes: Buffer) => this.push(bytes))
    socket.on('end', () => this.#clientEnded())
    socket.on('close', () => this.#gone())
    socket.on('drain', () => this.#next())
  }

  get closed(): boolean {
    return this.#phase === 'closed'
  }

  get bytesWritten(): number {
    return this.#socket.bytesWritten ?? 0
  }

  nowMs(): number {
    return this.#options.clock.nowMs()
  }

  /** Bytes of the client. */
  push(bytes: Buffer): void {
    const stream = this.#stream
    if (this.#phase === 'closed') return
    if (stream === undefined || stream.bodyCame) return this.#keep(bytes)
    try {
      const end = stream.feed(bytes)
      if (end < bytes.length) this.#keep(bytes.subarray(end))
    } catch (error) {
      if (!(error instanceof BrokenBody)) throw error
      return this.#breakOff(stream)
    }
    if (stream.closed && stream.bodyCame) this.#next()
  }

  /** Ends the connection when it carries no request. */
  closeIdle(): void {
    if (this.#phase === 'waiting') this.destroy()
  }

  /** Ends the connection when the client is too slow; called now and then. */
  sweep(nowMs: number): void {
    const unsent = this.#socket.writableLength
    if (this.#steps !== this.#seenSteps || unsent !== this.#seenLength) {
      this.#seenSteps = this.#steps
      this.#seenLength = unsent
      this.#seenMs = nowMs
      return
    }
    const { headersTimeoutMs, keepAliveTimeoutMs } = this.#options.limits
    const pastMs = nowMs - this.#seenMs
    if (this.#phase === 'head' && pastMs >= headersTimeoutMs) this.#refuse(408)
    else if (this.#phase !== 'head' && !this.#answering && pastMs >= keepAliveTimeoutMs + KEEP_ALIVE_GRACE_MS)
      this.destroy()
  }

  write(piece: string | Uint8Array, done?: () => void): void {
    if (this.#phase === 'closed') return done?.()
    if (typeof piece === 'string') this.#socket.write(piece, 'latin1', done)
    else this.#socket.write(piece, done)
  }

  cork(): void {
    this.#socket.cork()
  }

  uncork(): void {
    this.#socket.uncork()
  }

  hold(): void {
    if (this.#held) return
    this.#held = true
    this.#socket.pause()
  }

  release(): void {
    if (!this.#held) return
    this.#held = false
    this.#socket.resume()
  }

  answered(last: boolean): void {
    if (this.#phase === 'closed') return
    this.#steps++
    if (last) this.#end()
    else this.#next()
  }

  destroy(): void {
    this.#socket.destroy()
    this.#gone()
  }

  /** A request waits for its answer. */
  get #answering(): boolean {
    return this.#phase === 'serving' && this.#stream?.closed === false
  }

  #keep(bytes: Buffer): void {
    this.#input = this.#input === undefined ? bytes : Buffer.concat([this.#input, bytes])
    if (this.#phase === 'closing') this.#input = undefined
    else if (this.#stream === undefined) this.#read()
    else if (this.#input.length > AHEAD_BYTES_MAX) this.hold()
  }

  /** The next request, when nothing of the one before is left to do. */
  #next(): void {
    if (this.#phase !== 'serving' || this.#stream?.closed !== true || !this.#stream.bodyCame) return
    // A client that reads no answers gets no more of them: 'drain' goes on.
    if (this.#socket.writableNeedDrain) return
    this.#stream = undefined
    this.#phase = 'waiting'
    this.#steps++
    this.release()
    if (this.#input !== undefined) this.#read()
  }

  #read(): void {
    const input = withoutEmptyLines(this.#input ?? NOTHING)
    this.#input = input.length === 0 ? undefined : input
    if (input.length === 0) return
    if (this.#phase === 'waiting') {
      this.#phase = 'head'
      this.#steps++
    }
    const end = input.indexOf(HEAD_END)
    if (end > HEADER_BYTES_MAX || (end === -1 && input.length > HEADER_BYTES_MAX)) return this.#refuse(431)
    if (end === -1) {
      if (!maybeHead(input.toString('latin1', 0, METHOD_BYTES))) this.#refuse(400)
      return
    }
    let stream: Http1Stream
    try {
      stream = new Http1Stream(this, this.#reader.read(input.toString('latin1', 0, end + 2)))
      const behind = end + HEAD_END.length
      const rest = behind < input.length ? input.subarray(behind) : undefined
      const left = rest === undefined || stream.bodyCame ? 0 : stream.feed(rest)
      this.#input = rest === undefined || left === rest.length ? undefined : rest.subarray(left)
    } catch (error) {
      if (error instanceof UnreadableHead || error instanceof BrokenBody) return this.#refuse(400)
      throw error
    }
    if (stream.method === 'CONNECT') return this.#refuse(501)
    if (stream.headers['expect'] !== undefined && stream.headers['expect'].toLowerCase() !== '100-continue')
      return this.#refuse(417)
    this.#stream = stream
    this.#phase = 'serving'
    this.#options.onStream(stream)
  }

  /** The framing of a body broke. Nothing is answered any more, unless nothing was said so far. */
  #breakOff(stream: Http1Stream): void {
    if (stream.closed || stream.answering) return this.destroy()
    stream.lose()
    this.#refuse(400)
  }

  #refuse(status: number): void {
    this.#input = undefined
    this.write(
      `HTTP/1.1 ${status} ${reasonOf(status)}\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: 0\r\n\r\n`,
    )
    this.#end()
  }

  /** Who sends nothing any more is taken to be gone, as node:http takes it: half a connection is nobody that waits. */
  #clientEnded(): void {
    if (this.#phase === 'closed' || this.#phase === 'closing') return
    this.#stream?.lose()
    this.#end()
  }

  /** What was written still goes out. */
  #end(): void {
    this.#phase = 'closing'
    this.#input = undefined
    this.#steps++
    this.#socket.end(() => this.destroy())
  }

  #gone(): void {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    this.#input = undefined
    this.#stream?.lose()
    this.#stream = undefined
    if (!this.#socket.destroyed) this.#socket.destroy()
  }
}

/** Some clients send an empty line behind a body (RFC 9112, 2.2). */
function withoutEmptyLines(input: Buffer): Buffer {
  let at = 0
  while (input[at] === CARRIAGE_RETURN || input[at] === LINE_FEED) at++
  return at === 0 ? input : input.subarray(at)
}
