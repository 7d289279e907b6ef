// Large bodies are hashed and encrypted, or decrypted, beside the main thread: MD5 alone is the largest part of the work on
// an upload and cannot be made faster, but can be done by another core; and whatever is allocated for a cipher there does not
// make the collector walk the main thread's heap.
//
// Each body that is let in owns BUFFERS_PER_BODY buffers until it ends: while one is filled or written, a thread has another one
// and works on it. So the memory is bounded, and a slow body holds up no other. The first large bodies get large buffers,
// more of them small ones, and when all are owned `begin` says so and the caller works for itself.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { invariant } from '#base/errors.ts'
import { compileCacheEnvironment } from '#base/short-thread.ts'
import { type CipherKey, SEALED_FRAME_BYTES, SealBrokenError } from '../encryption/sealed-frames.ts'
import { BODY_THREADS_MAX, type BufferClass, BUFFER_CLASSES, BUFFERS_PER_BODY, THREAD_YOUNG_MB } from './limits.ts'
import type { BodyAnswer, BodyRequest, BodyTask, SealedDigests } from './channel.ts'

interface Room {
  readonly of: BufferClass
  readonly idle: Uint8Array[][]
  owned: number
}

interface Thread {
  readonly worker: Worker
  readonly bodies: Map<number, ThreadBody>
}

export class BodyThreads {
  readonly #threads: Thread[] = []
  readonly #rooms: readonly Room[] = BUFFER_CLASSES.map((of) => ({ of, idle: [], owned: 0 }))
  readonly #threadsMax: number
  #nextBody = 0

  constructor(threadsMax = Math.min(BODY_THREADS_MAX, availableParallelism())) {
    this.#threadsMax = threadsMax
  }

  /**
   * Undefined when as many bodies are under way as have room. `task.frames` says how large the body is, and so its buffers. A thread
   * is started when there is work for it.
   */
  begin(task: BodyTask, key: CipherKey): ThreadBody | undefined {
    const hasRoom = ({ of, owned }: Room): boolean => owned < of.bodiesMax
    const fitting = this.#rooms.find((room) => room.of.frames <= task.frames && hasRoom(room))
    const room = fitting ?? this.#rooms.findLast(hasRoom)
    if (!room) return undefined
    room.owned++
    const buffers = room.idle.pop() ?? newBuffers(room.of)
    const thread = this.#leastBusy()
    const id = this.#nextBody++
    const body = new ThreadBody(
      buffers,
      (request, handed) => thread.worker.postMessage({ ...request, body: id }, handed),
      (isClean) => {
        room.owned--
        // What broke off may still be read or written by somebody: its memory is not lent again.
        if (isClean) room.idle.push(buffers)
        thread.bodies.delete(id)
        // Idle, a thread does not keep the process alive.
        if (thread.bodies.size === 0) thread.worker.unref()
      },
    )
    thread.worker.ref()
    thread.bodies.set(id, body)
    const begin: BodyRequest = { kind: 'begin', body: id, task, key: key.export() }
    thread.worker.postMessage(begin, [])
    return body
  }

  /** Ends the threads; bodies under way fail. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map(({ worker }) => worker.terminate()))
  }

  #leastBusy(): Thread {
    let found: Thread | undefined
    for (const thread of this.#threads) if (!found || thread.bodies.size < found.bodies.size) found = thread
    if (found && (found.bodies.size === 0 || this.#threads.length >= this.#threadsMax)) return found
    return this.#start()
  }

  #start(): Thread {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      name: 'mayfly-body',
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: THREAD_YOUNG_MB },
      env: compileCacheEnvironment(),
    })
    worker.unref()
    const thread: Thread = { worker, bodies: new Map() }
    worker.on('message', (answer: BodyAnswer) => thread.bodies.get(answer.body)?.onAnswer(answer))
    let cause: unknown
    worker.on('error', (error) => (cause = error))
    worker.on('exit', () => {
      const at = this.#threads.indexOf(thread)
      if (at >= 0) this.#threads.splice(at, 1)
      for (const body of thread.bodies.values()) body.onFailure(new Error('a body thread ended', { cause }))
    })
    this.#threads.push(thread)
    return thread
  }
}

function newBuffers({ frames }: BufferClass): Uint8Array[] {
  return Array.from({ length: BUFFERS_PER_BODY }, () => new Uint8Array(frames * SEALED_FRAME_BYTES))
}

type RequestOfBody = BodyRequest extends infer R ? (R extends BodyRequest ? Omit<R, 'body'> : never) : never

interface InWork {
  readonly buffer: number
  readonly done: PromiseWithResolvers<number>
}

/** One body with a thread. Its buffers are worked on in the order in which they are given. */
export class ThreadBody {
  /** Of a buffer: sealed, it is full; plain, it has room for the tags. */
  readonly bufferBytes: number
  readonly #buffers: Uint8Array[]
  readonly #send: (request: RequestOfBody, handed: ArrayBuffer[]) => void
  readonly #over: (isClean: boolean) => void
  readonly #waiting: InWork[] = []
  readonly #digests = Promise.withResolvers<SealedDigests>()
  #isOver = false
  #failure: Error | undefined

  constructor(
    buffers: Uint8Array[],
    send: (request: RequestOfBody, handed: ArrayBuffer[]) => void,
    over: (isClean: boolean) => void,
  ) {
    this.bufferBytes = buffers[0]?.length ?? 0
    this.#buffers = buffers
    this.#send = send
    this.#over = over
    // Whoever gave up does not wait for it.
    this.#digests.promise.catch(() => {})
  }

  /** A buffer by its number, of BUFFERS_PER_BODY that take turns. Not to be asked for while the thread has it. */
  buffer(number: number): Uint8Array {
    const buffer = this.#buffers[number % BUFFERS_PER_BODY]
    invariant(buffer && buffer.length > 0, `a body thread has buffer ${number}`)
    return buffer
  }

  /**
   * Has the first `bytes` of a buffer worked on, which is the thread's meanwhile; resolves to how many bytes came out. Rejects with
   * SealBrokenError, or with an error that says why the file cannot be read.
   */
  work(number: number, bytes: number): Promise<number> {
    const done = Promise.withResolvers<number>()
    // A failure shows when it is awaited; until then it must not count as unhandled.
    done.promise.catch(() => {})
    if (this.#failure) done.reject(this.#failure)
    else {
      const memory = this.buffer(number).buffer as ArrayBuffer
      this.#waiting.push({ buffer: number % BUFFERS_PER_BODY, done })
      this.#send({ kind: 'work', memory, bytes }, [memory])
    }
    return done.promise
  }

  /** The digests of what was sealed. */
  end(): Promise<SealedDigests> {
    if (!this.#failure) this.#send({ kind: 'end' }, [])
    return this.#digests.promise
  }

  /** Gives the buffers back. `isClean`: all is done, and nobody reads or writes them any more. */
  close(isClean: boolean): void {
    if (this.#isOver) return
    if (!this.#failure) this.#send({ kind: 'drop' }, [])
    this.#finish(isClean && this.#waiting.length === 0)
  }

  onAnswer(answer: BodyAnswer): void {
    switch (answer.kind) {
      case 'done': {
        const inWork = this.#waiting.shift()
        invariant(inWork, 'a thread answered what it was not asked')
        this.#buffers[inWork.buffer] = new Uint8Array(answer.memory)
        return inWork.done.resolve(answer.bytes)
      }
      case 'broken':
        return this.onFailure(new SealBrokenError(answer.message))
      case 'failed':
        return this.onFailure(new Error(`the file of a body cannot be read: ${answer.message}`))
      case 'ended':
        return this.#digests.resolve(answer)
    }
  }

  onFailure(error: Error): void {
    this.#failure = error
    for (const { done } of this.#waiting.splice(0)) done.reject(error)
    this.#digests.reject(error)
    this.#finish(false)
  }

  #finish(isClean: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#over(isClean)
  }
}
