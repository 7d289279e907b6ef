// One request of an HTTP/1 connection and its answer. The connection feeds it bytes and hears of the answer's end.
import { WAITING_BYTES_MAX } from '../limits.ts'
import type { BadHead } from './bad-head.ts'
import { type Framing, framingOf } from './body-framing.ts'
import type { Http1Head } from './head-reader.ts'
import { dateLine, headText } from './head-text.ts'
import type { Headers } from './headers.ts'
import type { BodyReader, HttpStream, TlsSession } from './stream.ts'

/** What a stream needs of its connection. */
export interface Carrier {
  readonly remoteAddress: string | undefined
  readonly tls: TlsSession | undefined
  readonly bytesWritten: number
  readonly keepAliveLine: string
  nowMs(): number
  /** A string is latin1. */
  write(piece: string | Uint8Array, done?: () => void): void
  cork(): void
  uncork(): void
  /** Whether the socket is read on. */
  hold(): void
  release(): void
  /** The answer has ended; `last`: so must the connection. */
  answered(last: boolean): void
  destroy(): void
}

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const EMPTY = Buffer.alloc(0)

/** `none`: HEAD, 204, 304. `raw`: the end of the connection is the end of the body, as HTTP/1.0 knows it. */
type AnswerBody = 'none' | 'length' | 'chunked' | 'raw'

export class Http1Stream implements HttpStream {
  readonly version = 1
  readonly method: string
  readonly target: string
  readonly headers: Headers
  readonly fault: BadHead | undefined
  readonly bodyLength: number | undefined
  readonly awaitsContinue: boolean
  bodyCame: boolean
  closed = false
  readonly #carrier: Carrier
  readonly #minor: 0 | 1
  readonly #framing: Framing
  /** No request follows on this connection. */
  #last: boolean
  #reader: BodyReader | undefined
  /** Came before anybody read. */
  #pieces: Buffer[] | undefined
  #heldBytes = 0
  #discards = false
  #lost = false
  #listeners: Set<() => void> | undefined
  #head: string | undefined
  #answering = false
  #answerBody: AnswerBody = 'length'

  /** Throws UnreadableHead where the headers leave in doubt what belongs to the request. */
  constructor(carrier: Carrier, head: Http1Head) {
    const { headers } = head
    this.#carrier = carrier
    this.method = head.method
    this.target = head.target
    this.headers = headers
    this.fault = head.fault
    this.#minor = head.minor
    // Whatever follows a head with a fault cannot be told to be its body or another request.
    this.#framing = head.fault === undefined ? framingOf(head) : { kind: 'length', bytesLeft: 0 }
    this.bodyLength = this.#framing.kind === 'length' ? this.#framing.bytesLeft : undefined
    this.bodyCame = this.bodyLength === 0
    this.awaitsContinue = head.minor === 1 && headers['expect'] !== undefined && !this.bodyCame
    this.#last = head.fault !== undefined || !staysOpen(headers['connection'], head.minor)
  }

  get remoteAddress(): string | undefined {
    return this.#carrier.remoteAddress
  }

  get tls(): TlsSession | undefined {
    return this.#carrier.tls
  }

  get bytesWritten(): number {
    return this.#carrier.bytesWritten
  }

  /** Something of the answer is out. */
  get answering(): boolean {
    return this.#answering
  }

  /** Takes what belongs to the body. Gives the index behind it. Throws BrokenBody. */
  feed(bytes: Buffer): number {
    const framing = this.#framing
    if (framing.kind === 'chunked') {
      const end = framing.chunks.read(bytes, (data) => this.#piece(data))
      if (framing.chunks.done) this.#ended()
      return end
    }
    const end = Math.min(framing.bytesLeft, bytes.length)
    framing.bytesLeft -= end
    if (end > 0) this.#piece(end === bytes.length ? bytes : bytes.subarray(0, end))
    if (framing.bytesLeft === 0) this.#ended()
    return end
  }

  /** The client is gone. */
  lose(): void {
    if (this.#lost) return
    this.#lost = true
    const unanswered = !this.closed
    this.closed = true
    if (!this.bodyCame) this.#reader?.lost()
    if (unanswered) for (const listener of this.#listeners ?? []) listener()
  }

  takeBody(): Buffer | undefined {
    if (!this.bodyCame) return undefined
    const pieces = this.#takeHeld()
    return pieces.length === 1 ? pieces[0] : pieces.length === 0 ? EMPTY : Buffer.concat(pieces)
  }

  readBody(reader: BodyReader): void {
    this.#reader = reader
    this.#carrier.release()
    for (const piece of this.#takeHeld()) reader.piece(piece)
    if (this.bodyCame) reader.ended()
    else if (this.#lost) reader.lost()
  }

  pauseBody(): void {
    if (!this.bodyCame) this.#carrier.hold()
  }

  resumeBody(): void {
    this.#carrier.release()
  }

  stopBody(): void {
    // HTTP/1 has no word for it: the rest is read and dropped.
  }

  sendContinue(): void {
    if (!this.closed) this.#carrier.write(CONTINUE)
  }

  writeHead(status: number, headers: Readonly<Record<string, string>>, cookies: readonly string[] | undefined): void {
    if (headers['transfer-encoding'] !== undefined)
      throw new TypeError('how an answer is framed is for its connection to say')
    if (headers['connection'] === 'close') this.#last = true
    if (this.method === 'HEAD' || status === 204 || status === 304) this.#answerBody = 'none'
    else if (headers['content-length'] !== undefined) this.#answerBody = 'length'
    else this.#answerBody = this.#minor === 1 ? 'chunked' : 'raw'
    if (this.#answerBody === 'raw') this.#last = true
    let added = headers['date'] === undefined ? dateLine(this.#carrier.nowMs()) : ''
    if (headers['connection'] === undefined) added += this.#last ? 'connection: close\r\n' : this.#carrier.keepAliveLine
    if (this.#answerBody === 'chunked') added += 'transfer-encoding: chunked\r\n'
    this.#head = headText({ status, headers, cookies, added })
  }

  write(piece: string | Uint8Array, done: () => void): void {
    if (this.closed) return done()
    if (this.#answerBody === 'none' || piece.length === 0) return this.#carrier.write(this.#takeHead(), done)
    this.#carrier.cork()
    if (this.#head !== undefined) this.#carrier.write(this.#takeHead())
    if (this.#answerBody === 'chunked') {
      this.#carrier.write(`${piece.length.toString(16)}\r\n`)
      this.#carrier.write(piece)
      this.#carrier.write('\r\n', done)
    } else this.#carrier.write(piece, done)
    this.#carrier.uncork()
  }

  end(last?: string | Uint8Array): void {
    if (this.closed) return
    const chunked = this.#answerBody === 'chunked'
    const bytes = this.#answerBody === 'none' ? undefined : last
    if (typeof bytes === 'string' && !chunked) this.#carrier.write(this.#takeHead() + bytes)
    else {
      this.#carrier.cork()
      if (bytes !== undefined) this.write(bytes, ignore)
      if (chunked || this.#head !== undefined) this.#carrier.write(`${this.#takeHead()}${chunked ? '0\r\n\r\n' : ''}`)
      this.#carrier.uncork()
    }
    this.closed = true
    this.#discards = true
    this.#pieces = undefined
    this.#carrier.release()
    this.#carrier.answered(this.#last)
  }

  onLost(listener: () => void): () => void {
    this.#listeners ??= new Set()
    this.#listeners.add(listener)
    return () => this.#listeners?.delete(listener)
  }

  abort(): void {
    this.#carrier.destroy()
  }

  #takeHead(): string {
    const head = this.#head ?? ''
    this.#answering = true
    this.#head = undefined
    return head
  }

  #piece(data: Buffer): void {
    if (this.#discards) return
    if (this.#reader !== undefined) return this.#reader.piece(data)
    this.#pieces ??= []
    this.#pieces.push(data)
    this.#heldBytes += data.length
    if (this.#heldBytes > WAITING_BYTES_MAX) this.#carrier.hold()
  }

  #takeHeld(): readonly Buffer[] {
    const pieces = this.#pieces ?? []
    this.#pieces = undefined
    this.#heldBytes = 0
    return pieces
  }

  #ended(): void {
    if (this.bodyCame) return
    this.bodyCame = true
    if (!this.#discards) this.#reader?.ended()
  }
}

function ignore(): void {}

function staysOpen(connection: string | undefined, minor: 0 | 1): boolean {
  if (connection === undefined) return minor === 1
  const options = connection.toLowerCase().split(',')
  const has = (option: string): boolean => options.some((one) => one.trim() === option)
  return minor === 1 ? !has('close') : has('keep-alive') && !has('close')
}
