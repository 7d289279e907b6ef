// The raw body of a request: read once, whole or as a stream, never faster than it is wanted, never slower than the
// limits allow. Raw means as it came over the wire; incoming-body.ts decodes and verifies it.
import { InvariantError } from '#base/errors.ts'
import { BodyRefused } from '#identity/refusal.ts'
import type { AnyRequest, RequestHead } from './head.ts'
import {
  BODIES_BYTES_MAX,
  LARGE_BODY_BYTES,
  LET_GO_BYTES_MIN,
  LINGER_BYTES_MAX,
  STALL_PROGRESS_BYTES_MIN,
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
  /** Sends `100 Continue`; present when the client waits for it. */
  readonly sendContinue: (() => void) | undefined
}

export class RequestBody {
  /** content-length; 0 without a body; undefined for chunked transfer. */
  readonly length: number | undefined
  readonly #request: AnyRequest
  readonly #options: RequestBodyOptions
  #begun = false
  #continued = false
  #bytes = 0
  #wanted = true
  #failure: Error | undefined
  #taken = 0

  constructor(request: AnyRequest, head: RequestHead, options: RequestBodyOptions) {
    this.#request = request
    this.#options = options
    const declared = head.headers['content-length']
    if (declared !== undefined) this.length = Number(declared)
    else if (head.headers['transfer-encoding'] === undefined && !mayHaveBody(request)) this.length = 0
    else this.length = undefined
  }

  /** True while the client may still be sending: the answer must then end the connection or swallow the rest. */
  get unread(): boolean {
    return this.length !== 0 && !this.#request.readableEnded && !this.#request.complete
  }

  /** True when the client still waits for `100 Continue`: it will not send the body after a final answer. */
  get awaitsContinue(): boolean {
    return this.#options.sendContinue !== undefined && !this.#continued
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
    return this.#whole() ?? this.#gather(bytesMax)
  }

  /** What has come, when that is all that was announced: without a listener and without a wait. */
  #whole(): Buffer | undefined {
    if (this.#request.readableLength !== this.length) return undefined
    const bytes: unknown = this.#request.read()
    return bytes instanceof Buffer ? bytes : undefined
  }

  #gather(bytesMax: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const request = this.#request
      const pieces: Buffer[] = []
      let settled = false
      const fail = (error: Error): void => {
        if (settled) return
        settled = true
        stopWatching()
        request.off('data', onData)
        reject(error)
      }
      const onData = (piece: Buffer): void => {
        this.#bytes += piece.length
        if (this.#bytes <= bytesMax) pieces.push(piece)
        else {
          request.pause()
          fail(new BodyTooLarge(bytesMax))
        }
      }
      const onGone = (): void => {
        if (!settled) fail(new BodyRefused({ kind: 'incomplete-body' }))
      }
      const stopWatching = this.#watch(fail)
      request.on('data', onData)
      request.on('error', onGone)
      request.on('close', onGone)
      request.on('end', () => {
        if (settled) return
        settled = true
        stopWatching()
        resolve(pieces.length === 1 ? (pieces[0] ?? EMPTY) : Buffer.concat(pieces))
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
    const stopWatching = this.#watch((error) => {
      this.#failure = error
      this.#request.destroy()
    })
    try {
      for await (const piece of this.#request.iterator({ destroyOnReturn: false })) {
        const bytes = piece as Buffer
        this.#bytes += bytes.length
        this.#wanted = false
        yield bytes
        this.#wanted = true
        if (passing) this.#letGo(bytes)
      }
    } catch (cause) {
      throw this.#failure ?? new BodyRefused({ kind: 'incomplete-body' }, { cause })
    } finally {
      stopWatching()
    }
    if (!this.#request.complete) throw new BodyRefused({ kind: 'incomplete-body' })
  }

  /** Reads and throws away what still comes, up to the bounds; then calls `done`, with false when more would come. */
  swallow(lingerMs: number, done: (ended: boolean) => void): void {
    const request = this.#request
    let bytes = 0
    const finish = (ended: boolean): void => {
      cancel()
      request.off('data', onData)
      request.off('end', onEnd)
      request.off('close', onEnd)
      done(ended)
    }
    const onData = (piece: Buffer): void => {
      bytes += piece.length
      if (bytes > LINGER_BYTES_MAX) finish(false)
    }
    const onEnd = (): void => finish(true)
    // A client that goes on sending moves, and is cut by LINGER_BYTES_MAX; one that stands still is cut by the time.
    const cancel = this.#options.stalls.watch({
      progress: () => bytes,
      windowMs: lingerMs,
      bytesMin: LINGER_BYTES_MAX,
      stalled: () => finish(false),
    })
    request.on('data', onData)
    request.on('end', onEnd)
    request.on('close', onEnd)
    request.resume()
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
    // node:http copies each piece into memory of its own; pieces of HTTP/2 may share theirs.
    const isOwn = this.#request.httpVersionMajor === 1 && buffer.byteLength === byteLength
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
    this.#options.sendContinue?.()
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

/** HTTP/2 needs neither header: the stream itself says whether data follows. */
function mayHaveBody(request: AnyRequest): boolean {
  return request.httpVersionMajor === 2 && 'stream' in request && !request.stream.endAfterHeaders
}
