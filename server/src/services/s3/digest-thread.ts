// Hashing of large bodies beside the main thread. MD5 alone is a third of the main thread's work on a large upload, and it
// cannot be made faster; it can be done by another core.
//
// Each body that is let in owns two shared buffers until it ends: one is filled while the other is hashed. So the memory
// is bounded, and a slow body holds up no other. When all buffers are owned, `begin` says so and the caller hashes for
// itself.
import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { ChecksumAlgorithm } from './checksum.ts'
import type { DigestAnswer, DigestRequest } from './digest-channel.ts'
import type { Digests } from './digests.ts'
import { DIGEST_BODIES_MAX, DIGEST_BUFFER_BYTES } from './limits.ts'

/** A body whose bytes are hashed elsewhere; `update` may have to wait. */
export interface ThreadDigests {
  update(chunk: Uint8Array): Promise<void> | undefined
  end(): Promise<Digests>
  /** Gives up: call when there will be no end. */
  drop(): void
}

type BufferPair = readonly [Uint8Array, Uint8Array]

export class DigestThread {
  #worker: Worker | undefined
  #nextBody = 0
  #idle: BufferPair[] = []
  #pairs = 0
  readonly #bodies = new Map<number, { readonly worker: Worker; readonly digests: ThreadBody }>()

  /** Undefined when as many bodies are under way as have room. The thread is started with the first one. */
  begin(algorithms: readonly ChecksumAlgorithm[]): ThreadDigests | undefined {
    const buffers = this.#idle.pop() ?? this.#newPair()
    if (!buffers) return undefined
    const worker = (this.#worker ??= this.#start())
    const body = this.#nextBody++
    const ended = (): void => {
      this.#bodies.delete(body)
      this.#idle.push(buffers)
    }
    const send = (request: DigestRequest): void => worker.postMessage(request, [])
    const digests = new ThreadBody(body, buffers, send, ended)
    this.#bodies.set(body, { worker, digests })
    send({ kind: 'begin', body, algorithms })
    return digests
  }

  /** Ends the thread; bodies under way fail. */
  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  #newPair(): BufferPair | undefined {
    if (this.#pairs === DIGEST_BODIES_MAX) return undefined
    this.#pairs++
    const buffer = (): Uint8Array => new Uint8Array(new SharedArrayBuffer(DIGEST_BUFFER_BYTES))
    return [buffer(), buffer()]
  }

  #start(): Worker {
    const cache = getCompileCacheDir()
    const worker = new Worker(new URL('./digest-worker.ts', import.meta.url), {
      name: 'mayfly-digests',
      execArgv: [],
      env: cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) },
    })
    worker.unref()
    worker.on('message', (answer: DigestAnswer) => this.#bodies.get(answer.body)?.digests.onAnswer(answer))
    let cause: unknown
    worker.on('error', (error) => (cause = error))
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
      for (const body of this.#bodies.values())
        if (body.worker === worker) body.digests.onFailure(new Error('the digest thread ended', { cause }))
    })
    return worker
  }
}

class ThreadBody implements ThreadDigests {
  readonly #body: number
  readonly #send: (request: DigestRequest) => void
  readonly #ended: () => void
  #filling: Uint8Array
  #other: Uint8Array
  #filled = 0
  /** The other buffer is with the thread. */
  #lent = false
  #onTaken: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined
  readonly #result = Promise.withResolvers<Digests>()
  #over = false
  #failure: Error | undefined

  constructor(body: number, buffers: BufferPair, send: (request: DigestRequest) => void, ended: () => void) {
    this.#body = body
    ;[this.#filling, this.#other] = buffers
    this.#send = send
    this.#ended = ended
    // Whoever gave up does not wait for it.
    this.#result.promise.catch(() => {})
  }

  update(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#failure) throw this.#failure
    if (chunk.length < this.#filling.length - this.#filled) {
      this.#fill(chunk)
      return undefined
    }
    return this.#updateAll(chunk)
  }

  async end(): Promise<Digests> {
    if (this.#filled > 0) await this.#swap()
    this.#send({ kind: 'end', body: this.#body })
    return this.#result.promise
  }

  drop(): void {
    if (this.#over) return
    this.#send({ kind: 'drop', body: this.#body })
    this.#finish()
  }

  onAnswer(answer: DigestAnswer): void {
    if (answer.kind === 'taken') {
      this.#lent = false
      this.#onTaken?.resolve()
      return
    }
    this.#finish()
    this.#result.resolve({ md5: answer.md5, checksums: answer.checksums })
  }

  onFailure(error: Error): void {
    this.#failure = error
    this.#onTaken?.reject(error)
    this.#finish()
    this.#result.reject(error)
  }

  async #updateAll(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const room = this.#filling.length - this.#filled
      const piece = chunk.subarray(at, at + room)
      this.#fill(piece)
      at += piece.length
      if (this.#filled === this.#filling.length) await this.#swap()
    }
  }

  #fill(piece: Uint8Array): void {
    this.#filling.set(piece, this.#filled)
    this.#filled += piece.length
  }

  /** Hands the filled buffer over, as soon as the other one is back. */
  async #swap(): Promise<void> {
    while (this.#lent) {
      const taken = Promise.withResolvers<void>()
      this.#onTaken = taken
      await taken.promise
      this.#onTaken = undefined
    }
    if (this.#failure) throw this.#failure
    const full = this.#filling
    this.#send({ kind: 'update', body: this.#body, bytes: full.subarray(0, this.#filled) })
    this.#lent = true
    this.#filling = this.#other
    this.#other = full
    this.#filled = 0
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#ended()
  }
}
