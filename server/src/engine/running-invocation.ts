// One invocation that has begun in an instance: its answer as it comes, its log, its time. It is settled exactly once.
import { ERROR_KIND, FLAG, FRAME, FrameError, PayloadCollector, RESULT_TIME_PER_MS } from '@mayfly/runtime/frames.ts'
import type { Frame } from '@mayfly/runtime/frames.ts'
import { invariant } from '#base/errors.ts'
import { BoundedLog } from './bounded-log.ts'
import type { FunctionVersion, InvocationOutcome, OutputLine } from './engine.ts'
import type { Job } from './job.ts'
import { META_BYTES_MAX, PAYLOAD_BYTES_MAX } from './limits.ts'
import { StreamedAnswer, type Tap } from './streamed-answer.ts'

/** What the cell has answered. `last`: its process ends itself now. */
export type Answer =
  | {
      readonly kind: 'result'
      readonly payload: Buffer
      readonly streamedBytes?: number
      readonly handlerMs: number | undefined
    }
  | { readonly kind: 'error'; readonly payload: Buffer; readonly last: boolean }
  | { readonly kind: 'too-large'; readonly bytes: number; readonly limitBytes: number; readonly last: boolean }
  /** A stream without end: the function must be stopped. */
  | { readonly kind: 'endless'; readonly bytes: number; readonly limitBytes: number }

/** How an invocation ends that the cell has answered. */
export type AnsweredOutcome = Extract<InvocationOutcome, { readonly kind: 'result' | 'error' | 'too-large' }>

const NOTHING = Buffer.alloc(0)
const DROPPED: Answer = { kind: 'result', payload: NOTHING, handlerMs: undefined }

export class RunningInvocation {
  readonly id: number
  readonly startedMs: number
  /** When it times out, monotonic ms; Infinity when it cannot any more. */
  dueMs = Number.POSITIVE_INFINITY
  readonly #instance: string
  readonly #version: FunctionVersion
  /** Until it is settled: a map that held this one may keep it for long, in a table that it has outgrown. */
  #job: Job | undefined
  /** Made with the first line: most invocations print none. */
  #log: BoundedLog | undefined
  /** Made with the first part of an answer that has several. */
  #collected: PayloadCollector | undefined
  /** The first frame of an answer whose BODY frames are coming. */
  #head: Frame | undefined
  /** Set when the answer comes while it is made. */
  #streamed: StreamedAnswer | undefined
  #settled = false
  #answer: AnsweredOutcome | undefined

  constructor(job: Job, id: number, startedMs: number, instance: string, version: FunctionVersion) {
    this.#job = job
    this.id = id
    this.startedMs = startedMs
    this.#instance = instance
    this.#version = version
  }

  /** Not of one that is settled. */
  get job(): Job {
    invariant(this.#job, 'the job of an invocation that is over')
    return this.#job
  }

  get log(): BoundedLog {
    return (this.#log ??= new BoundedLog((line) => this.#print(line)))
  }

  /** Its outcome is known; what still comes of it is thrown away. */
  get settled(): boolean {
    return this.#settled
  }

  /** How it was answered, while extensions are still at work on it. */
  get answer(): AnsweredOutcome | undefined {
    return this.#answer
  }

  /** The caller may go on; it is settled when extensions are done as well. */
  answered(outcome: AnsweredOutcome): void {
    this.#answer = outcome
    this.job.answer(outcome)
  }

  /** The first outcome counts. */
  settle(outcome: InvocationOutcome): void {
    if (this.#settled) return
    this.dueMs = Number.POSITIVE_INFINITY
    this.job.resolve(outcome)
    this.#settled = true
    this.#job = undefined
  }

  /** Takes RESULT, ERROR or BODY; an answer when it is whole. Throws `FrameError`. */
  take(frame: Frame, tap: Tap): Answer | undefined {
    if (this.#answer) throw new FrameError('answered twice')
    // Nobody waits for it any more; only its end matters.
    if (this.#settled) return (frame.flags & FLAG.more) === 0 ? DROPPED : undefined
    if (this.#streamed || (frame.flags & FLAG.stream) !== 0) return this.#takeStreamed(frame, tap)
    if ((frame.type === FRAME.body) !== (this.#head !== undefined)) throw new FrameError('parts out of order')
    this.#head ??= (frame.flags & FLAG.more) === 0 ? frame : kept(frame)
    const payload = this.#collect(frame)
    return payload && wholeAnswer(this.#head, payload)
  }

  /** RESULT with its first part, BODY with the next, or ERROR when the function fails on the way. */
  #takeStreamed(frame: Frame, tap: Tap): Answer | undefined {
    if (frame.type === FRAME.error && this.#streamed) return this.#failedStream(frame)
    if ((frame.type === FRAME.body) !== (this.#streamed !== undefined)) throw new FrameError('parts out of order')
    const { stream } = this.job.invocation
    this.#streamed ??= new StreamedAnswer(stream, contentTypeIn(frame), tap)
    const streamed = this.#streamed
    streamed.add(frame.body)
    const limitBytes = streamed.limitPassed
    const { bytes } = streamed
    if ((frame.flags & FLAG.more) !== 0) {
      // What is only collected is small, and waits for its end.
      return limitBytes !== undefined && stream ? { kind: 'endless', bytes, limitBytes } : undefined
    }
    if (limitBytes !== undefined) return { kind: 'too-large', bytes, limitBytes, last: false }
    return { kind: 'result', payload: streamed.collected(), streamedBytes: bytes, handlerMs: undefined }
  }

  /** The whole payload, when this was its last part. Copied: the next read overwrites the frame. */
  #collect({ body, flags }: Frame): Buffer | undefined {
    const more = (flags & FLAG.more) !== 0
    if (!more && !this.#collected) return Buffer.from(body)
    this.#collected ??= new PayloadCollector(PAYLOAD_BYTES_MAX)
    return this.#collected.add(more ? Buffer.from(body) : body, more)
  }

  #print(line: OutputLine): void {
    const invocation = this.#job?.invocation
    if (invocation?.output && !this.#settled) invocation.output(this.#instance, line)
    else this.#version.output(this.#instance, line)
  }

  #failedStream(frame: Frame): Answer {
    const payload = this.#collect(frame)
    if (!payload) throw new FrameError('a late error in parts')
    return { kind: 'error', payload, last: (frame.flags & FLAG.last) !== 0 }
  }
}

/** What is needed of a frame once its body is collected. */
function kept(frame: Frame): Frame {
  return { ...frame, meta: Buffer.from(frame.meta), body: NOTHING }
}

function wholeAnswer(head: Frame, payload: Buffer): Answer {
  if (head.type === FRAME.result) return { kind: 'result', payload, handlerMs: head.aux / RESULT_TIME_PER_MS }
  const last = (head.flags & FLAG.last) !== 0
  if (head.aux === ERROR_KIND.handler) return { kind: 'error', payload, last }
  if (head.aux === ERROR_KIND.tooLarge)
    return { kind: 'too-large', bytes: bytesIn(head), limitBytes: PAYLOAD_BYTES_MAX, last }
  throw new FrameError(`error kind ${head.aux}`)
}

/** Hostile, as all that a cell sends: at most a text. */
function contentTypeIn({ meta }: Frame): string | undefined {
  if (meta.length > META_BYTES_MAX) throw new FrameError('a large meta')
  if (meta.length === 0) return undefined
  const { contentType } = JSON.parse(meta.toString()) as { readonly contentType?: unknown }
  return typeof contentType === 'string' ? contentType : undefined
}

function bytesIn(head: Frame): number {
  if (head.meta.length > META_BYTES_MAX) throw new FrameError('a large meta')
  const { bytes } = JSON.parse(head.meta.toString()) as { readonly bytes?: unknown }
  return typeof bytes === 'number' && Number.isSafeInteger(bytes) ? bytes : 0
}
