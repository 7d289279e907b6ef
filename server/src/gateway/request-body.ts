// The raw body of a request: read once, whole or as a stream, never faster than it is wanted, never slower than the
// limits allow. Raw means as it came over the wire; incoming-body.ts decodes and verifies it.
import { InvariantError } from '#base/errors.ts'
import { BodyRefused } from '#identity/refusal.ts'
import type { BodyReader, HttpStream } from './http/stream.ts'
import {
  BODIES_BYTES_MAX,
  LARGE_BODY_BYTES,
  LET_GO_BYTES_MIN,
  LINGER_BYTES_MAX,
  STALL_PROGRESS_BYTES_MIN,
  WAITING_BYTES_MAX,
} from './limits.ts'
import type { StallWatch } from './stalls.ts'

/** More bytes than the operation takes. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge'
  readonly bytesMax: number

  constructor(bytesMax: number) {
    super(`body over ${bytesMax} bytes`)
    this.bytesMax = bytesMax
  }
}

/** Too many bytes of other requests are held: worth another attempt. */
export class BodiesFull extends Error {
  override readonly name = 'BodiesFull'
}

/** The client sent nothing for too long. */
export class BodyStalled extends Error {
  override readonly name = 'BodyStalled'
}

/** Bounds the large bodies that are held at once. */
export class BodyBudget {
  #bytesLeft = BODIES_BYTES_MAX

  /** Throws BodiesFull when there is no room. */
  take(bytes: number): void {
    if (bytes > this.#bytesLeft) throw new BodiesFull('too many large requests at once')
    this.#bytesLeft -= bytes
  }

  give(bytes: number): void {
    this.#bytesLeft += bytes
  }
}

const EMPTY = Buffer.alloc(0)

export interface RequestBodyOptions {
  readonly stalls: StallWatch
  readonly budget: BodyBudget
  readonly stallWindowMs: number
}

export class RequestBody {
  /** content-length; 0 without a body; undefined for chunked transfer. */
  readonly length: number | undefined
  readonly #stream: HttpStream
  readonly #options: RequestBodyOptions
  #begun = false
  #continued = false
  #bytes = 0
  #wanted = true
  #taken = 0

  constructor(stream: HttpStream, options: RequestBodyOptions) {
    this.#stream = stream
    this.#options = options
    this.length = stream.bodyLength
  }

  /** True while the client may still be sending: the answer must then end the connection or swallow the rest. */
  get unread(): boolean {
    return !this.#stream.bodyCame
  }

  /** True when the client still waits for `100 Continue`: it will not send the body after a final answer. */
  get awaitsContinue(): boolean {
    return this.#stream.awaitsContinue && !this.#continued
  }

  /**
   * The whole body; at once when it is there already, as it mostly is: it came with the head. Throws or rejects with
   * BodyTooLarge above `bytesMax`, BodiesFull, BodyStalled, or BodyRefused when it ends early.
   */
  readAll(bytesMax: number): Buffer | Promise<Buffer> {
    if (this.length !== undefined && this.length > bytesMax) throw new BodyTooLarge(bytesMax)
    if (this.length === 0) return EMPTY
    this.#reserve(this.length ?? bytesMax)
    this.#begin()
    const whole = this.#stream.takeBody()
    if (whole === undefined) return this.#gather(bytesMax)
    if (whole.length > bytesMax) throw new BodyTooLarge(bytesMax)
    return whole
  }

  #gather(bytesMax: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const pieces: Buffer[] = []
      const settle = (done: () => void): void => {
        stopWatching()
        this.#stream.readBody(NOBODY)
        done()
      }
      const fail = (error: Error): void => settle(() => reject(error))
      const stopWatching = this.#watch(fail)
      this.#stream.readBody({
        piece: (piece) => {
          this.#bytes += piece.length
          if (this.#bytes <= bytesMax) return void pieces.push(piece)
          fail(new BodyTooLarge(bytesMax))
          this.#stream.pauseBody()
        },
        ended: () => settle(() => resolve(pieces.length === 1 ? (pieces[0] ?? EMPTY) : Buffer.concat(pieces))),
        lost: () => fail(new BodyRefused({ kind: 'incomplete-body' })),
      })
    })
  }

  /**
   * The body in pieces as they come. `passing`: each is done with when the next one is asked for. Throws BodyStalled, or
   * BodyRefused when it ends early.
   */
  async *stream({ passing }: { readonly passing: boolean }): AsyncGenerator<Buffer> {
    if (this.length === 0) return
    this.#begin()
    const pieces = new Pieces(this.#stream)
    const stopWatching = this.#watch((error) => {
      pieces.fail(error)
      this.#stream.abort()
    })
    try {
      for (;;) {
        const bytes = pieces.take() ?? (await pieces.next())
        if (bytes === undefined) return
        this.#bytes += bytes.length
        this.#wanted = false
        yield bytes
        this.#wanted = true
        if (passing) this.#letGo(bytes)
      }
    } finally {
      stopWatching()
    }
  }

  /** Reads and throws away what still comes, up to the bounds; then calls `done`. */
  swallow(lingerMs: number, done: () => void): void {
    let bytes = 0
    const finish = (): void => {
      cancel()
      this.#stream.readBody(NOBODY)
      done()
    }
    // A client that goes on sending moves, and is cut by LINGER_BYTES_MAX; one that stands still is cut by the time.
    const cancel = this.#options.stalls.watch({
      progress: () => bytes,
      windowMs: lingerMs,
      bytesMin: LINGER_BYTES_MAX,
      stalled: finish,
    })
    this.#stream.readBody({
      piece(piece) {
        bytes += piece.length
        if (bytes > LINGER_BYTES_MAX) finish()
      },
      ended: finish,
      lost: finish,
    })
  }

  /** The bytes are not needed any more. */
  release(): void {
    if (this.#taken > 0) this.#options.budget.give(this.#taken)
    this.#taken = 0
  }

  /**
   * Gives the memory of a piece back at once. The collector would find it too, but only after a walk over the whole heap, and it
   * sets out for one with every few megabytes: on large uploads that was a third of all work.
   */
  #letGo({ buffer, byteLength }: Buffer): void {
    // What a socket reads of HTTP/1 has memory of its own, unless other bytes came with it; pieces of HTTP/2 may share theirs.
    const isOwn = this.#stream.version === 1 && buffer.byteLength === byteLength
    if (isOwn && buffer instanceof ArrayBuffer && byteLength >= LET_GO_BYTES_MIN) buffer.transfer(0)
  }

  #reserve(bytes: number): void {
    if (bytes < LARGE_BODY_BYTES) return
    this.#options.budget.take(bytes)
    this.#taken = bytes
  }

  #begin(): void {
    if (this.#begun) throw new InvariantError('a body is read once')
    this.#begun = true
    if (!this.awaitsContinue) return
    this.#continued = true
    this.#stream.sendContinue()
  }

  #watch(stalled: (error: Error) => void): () => void {
    return this.#options.stalls.watch({
      progress: () => (this.#wanted ? this.#bytes : undefined),
      windowMs: this.#options.stallWindowMs,
      bytesMin: STALL_PROGRESS_BYTES_MIN,
      stalled: () => stalled(new BodyStalled('the client stopped sending')),
    })
  }
}

/** Reads what nobody wants to hear of. */
const NOBODY: BodyReader = { piece() {}, ended() {}, lost() {} }

/** Pieces that came, for one who takes them at its own speed. */
class Pieces implements BodyReader {
  readonly #stream: HttpStream
  readonly #waiting: Buffer[] = []
  #bytes = 0
  #end: 'ended' | Error | undefined
  #wake: (() => void) | undefined

  constructor(stream: HttpStream) {
    this.#stream = stream
    stream.readBody(this)
  }

  piece(bytes: Buffer): void {
    this.#waiting.push(bytes)
    this.#bytes += bytes.length
    if (this.#bytes >= WAITING_BYTES_MAX) this.#stream.pauseBody()
    this.#wake?.()
  }

  ended(): void {
    this.#end ??= 'ended'
    this.#wake?.()
  }

  lost(): void {
    this.fail(new BodyRefused({ kind: 'incomplete-body' }))
  }

  fail(error: Error): void {
    this.#end ??= error
    this.#wake?.()
  }

  /** A piece that is there. */
  take(): Buffer | undefined {
    const piece = this.#waiting.shift()
    if (piece === undefined) return undefined
    if (this.#bytes >= WAITING_BYTES_MAX && this.#bytes - piece.length < WAITING_BYTES_MAX) this.#stream.resumeBody()
    this.#bytes -= piece.length
    return piece
  }

  /** The next piece, undefined at the end. Rejects when there is no end. */
  async next(): Promise<Buffer | undefined> {
    while (this.#waiting.length === 0 && this.#end === undefined)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    if (this.#waiting.length === 0 && this.#end instanceof Error) throw this.#end
    return this.take()
  }
}
