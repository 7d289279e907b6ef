// The MD5 of large bodies, computed beside the main thread: it is the largest part of the work on a large upload (some
// 600 MB a second; a CRC takes a tenth to a half of that) and cannot be made faster, but can be done by another core.
//
// Each body that is let in owns two shared buffers until it ends: one is filled while the other is hashed. So the memory
// is bounded, and a slow body holds up no other. When all buffers are owned, `begin` says so and the caller hashes for
// itself.
import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { MD5_THREAD_BODIES_MAX, MD5_THREAD_BUFFER_BYTES } from './limits.ts'
import type { Md5Answer, Md5Request } from './md5-channel.ts'

/** A body whose bytes are hashed elsewhere; `update` may have to wait. */
export interface ThreadMd5 {
  update(chunk: Uint8Array): Promise<void> | undefined
  /** The MD5 in hexadecimal. */
  end(): Promise<string>
  /** Gives up: call when there will be no end. */
  drop(): void
}

type BufferPair = readonly [Uint8Array, Uint8Array]

export class Md5Thread {
  #worker: Worker | undefined
  #nextBody = 0
  #idle: BufferPair[] = []
  #pairs = 0
  readonly #bodies = new Map<number, { readonly worker: Worker; readonly hashed: ThreadBody }>()

  /** Undefined when as many bodies are under way as have room. The thread is started with the first one. */
  begin(): ThreadMd5 | undefined {
    const buffers = this.#idle.pop() ?? this.#newPair()
    if (!buffers) return undefined
    const worker = (this.#worker ??= this.#start())
    const body = this.#nextBody++
    const ended = (): void => {
      this.#bodies.delete(body)
      this.#idle.push(buffers)
      // Idle, the thread does not keep the process alive.
      if (this.#bodies.size === 0) worker.unref()
    }
    worker.ref()
    const send = (request: Md5Request): void => worker.postMessage(request, [])
    const hashed = new ThreadBody(body, buffers, send, ended)
    this.#bodies.set(body, { worker, hashed })
    send({ kind: 'begin', body })
    return hashed
  }

  /** Ends the thread; bodies under way fail. */
  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  #newPair(): BufferPair | undefined {
    if (this.#pairs === MD5_THREAD_BODIES_MAX) return undefined
    this.#pairs++
    const buffer = (): Uint8Array => new Uint8Array(new SharedArrayBuffer(MD5_THREAD_BUFFER_BYTES))
    return [buffer(), buffer()]
  }

  #start(): Worker {
    const cache = getCompileCacheDir()
    const worker = new Worker(new URL('./md5-worker.ts', import.meta.url), {
      name: 'mayfly-md5',
      execArgv: [],
      env: cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) },
    })
    worker.unref()
    worker.on('message', (answer: Md5Answer) => this.#bodies.get(answer.body)?.hashed.onAnswer(answer))
    let cause: unknown
    worker.on('error', (error) => (cause = error))
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
      for (const body of this.#bodies.values())
        if (body.worker === worker) body.hashed.onFailure(new Error('the MD5 thread ended', { cause }))
    })
    return worker
  }
}

class ThreadBody implements ThreadMd5 {
  readonly #body: number
  readonly #send: (request: Md5Request) => void
  readonly #ended: () => void
  #filling: Uint8Array
  #other: Uint8Array
  #filled = 0
  /** The other buffer is with the thread. */
  #lent = false
  #onTaken: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined
  readonly #result = Promise.withResolvers<string>()
  #over = false
  #failure: Error | undefined

  constructor(body: number, buffers: BufferPair, send: (request: Md5Request) => void, ended: () => void) {
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

  async end(): Promise<string> {
    if (this.#filled > 0) await this.#swap()
    this.#send({ kind: 'end', body: this.#body })
    return this.#result.promise
  }

  drop(): void {
    if (this.#over) return
    this.#send({ kind: 'drop', body: this.#body })
    this.#finish()
  }

  onAnswer(answer: Md5Answer): void {
    if (answer.kind === 'taken') {
      this.#lent = false
      this.#onTaken?.resolve()
      return
    }
    this.#finish()
    this.#result.resolve(answer.md5)
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
