// One cell assigned to one function version, for life.
//
//   loading --ASSIGNED--> idle or running --RESULT | ERROR--> idle --...--> ended
//
// Invariants: at most one invocation at a time; every job given to an instance is settled exactly once, by an answer or
// by the cell's end; the clock of an invocation is the server's, never the cell's.
import { join } from 'node:path'
import type { CancelTimer, Clock } from '#base/clock.ts'
import { invariant } from '#base/errors.ts'
import {
  ERROR_KIND,
  FLAG,
  FRAME,
  FrameError,
  PayloadCollector,
  RESULT_TIME_PER_MS,
  encodeFrame,
  encodePayload,
} from '@mayfly/runtime/frames.ts'
import type { Frame } from '@mayfly/runtime/frames.ts'
import type { Cell, CellEnd } from './cell.ts'
import { type CodeStore, packagesOf } from './code-store.ts'
import { StreamedAnswer } from './streamed-answer.ts'
import type { FunctionVersion, Invocation, InvocationOutcome, Metering, OutputLine } from './engine.ts'
import {
  END_MS_MAX,
  INIT_MS_MAX,
  LOG_BYTES_MAX,
  META_BYTES_MAX,
  METER_EVERY_MS,
  METER_FROM_MS,
  PAYLOAD_BYTES_MAX,
  RECALL_AFTER_MS,
} from './limits.ts'

/** An invocation on its way. */
export interface Job {
  readonly invocation: Invocation
  readonly waitingSinceMs: number
  /** An earlier init of it took too long: now init counts into the invocation's own time, as on AWS. */
  readonly initCounts: boolean
  /** Tells `finished` at once, and the caller soon. */
  resolve(outcome: InvocationOutcome): void
  /** For failures of the engine itself. */
  reject(error: unknown): void
}

export interface InstanceListener {
  idle(instance: Instance): void
  /** It went on with what was sent ahead, and has room for more. */
  advanced(instance: Instance): void
  /** The handler's own time of a result, as the cell says. */
  handled(handlerMs: number): void
  /** The last call. */
  ended(instance: Instance): void
  /** The jobs did not begin: init took too long, or the invocation before them did. In their order. */
  again(jobs: readonly Job[]): void
}

interface Running {
  readonly kind: 'running'
  readonly job: Job
  readonly id: number
  readonly startedMs: number
  readonly answer: PayloadCollector
  /** The kind of the answer whose BODY frames are coming. */
  answerHead: Frame | undefined
  /** Set when the answer comes while it is made. */
  streamed: StreamedAnswer | undefined
}

type Phase =
  | { readonly kind: 'loading'; readonly job: Job | undefined; readonly sinceMs: number }
  | Running
  | { readonly kind: 'idle'; readonly sinceMs: number; frozen: boolean }
  /** Nothing is expected any more but the end. */
  | { readonly kind: 'ending' }

/** What to do with the job when a kill that we ordered is done. */
type Verdict = (end: CellEnd) => void

export class Instance {
  readonly id: string
  readonly version: FunctionVersion
  readonly #cell: Cell
  readonly #clock: Clock
  readonly #store: CodeStore
  readonly #listener: InstanceListener
  #phase: Phase = { kind: 'ending' }
  #verdict: Verdict | undefined
  #cancelTimer: CancelTimer = () => {}
  #nextId = 1
  /** Sent ahead: the cell runs them in this order when the running one is done. */
  #ahead: { readonly job: Job; readonly id: number }[] = []
  #recalling = false
  /** Init time, until the first invocation has reported it. */
  #initMs: number | undefined
  /** Until its first invocation is over; an instance that was prepared has no cold one. */
  #cold = true
  #cpuSeenMs: number | undefined
  #peakMemoryMb = 0
  /** When the meters were read. */
  #meteredMs = Number.NEGATIVE_INFINITY
  /** Log text since the last invocation began, or since init. */
  #logBytes = 0
  #placed = false

  constructor(clock: Clock, store: CodeStore, cell: Cell, version: FunctionVersion, listener: InstanceListener) {
    this.id = cell.id
    this.version = version
    this.#cell = cell
    this.#clock = clock
    this.#store = store
    this.#listener = listener
    cell.assign({
      frame: (frame) => this.#frame(frame),
      line: (text) => this.#log(text),
      ended: (end) => this.#ended(end),
    })
  }

  /** Since when it has been idle, monotonic ms; undefined when it is not. */
  get idleSinceMs(): number | undefined {
    return this.#phase.kind === 'idle' ? this.#phase.sinceMs : undefined
  }

  /** Places the code, loads it, and runs the first job if there is one. */
  start(job: Job | undefined): void {
    this.#cold = job !== undefined
    this.#cell.limit(this.version.memoryMb)
    this.#phase = { kind: 'loading', job, sinceMs: this.#clock.monotonicMs() }
    let slow: ReturnType<typeof packagesOf>
    try {
      slow = packagesOf(this.version).filter(([folder, code]) => !this.#store.placeNow(code, this.#target(folder)))
      if (slow.length === 0) return this.#assign(job)
    } catch (error) {
      return this.#fail(job, error)
    }
    Promise.all(slow.map(([folder, code]) => this.#store.place(code, this.#target(folder))))
      .then(() => this.#phase.kind === 'loading' && this.#assign(job))
      .catch((error: unknown) => this.#fail(job, error))
  }

  /** Runs a job; the instance must be idle. */
  run(job: Job): void {
    invariant(this.#phase.kind === 'idle', `an invocation for an instance that is ${this.#phase.kind}`)
    if (this.#phase.frozen) this.#cell.thaw()
    this.#cell.sendSoon(this.#begin(job, undefined))
  }

  /** Whether an invocation may be sent ahead of the running one's end. Python reads nothing while it runs. */
  takesAhead(countMax: number): boolean {
    return (
      this.#phase.kind === 'running' &&
      this.#ahead.length < countMax &&
      !this.#recalling &&
      this.version.runtime === 'node' &&
      this.#clock.monotonicMs() - this.#phase.startedMs < RECALL_AFTER_MS
    )
  }

  /** Sends a job that runs after those that are there. `takesAhead` must hold. */
  sendAhead(job: Job): void {
    invariant(this.#phase.kind === 'running', 'an invocation sent ahead of nothing')
    this.#cell.sendSoon(this.#invokeFrames(job))
    this.#ahead.push({ job, id: this.#nextId++ })
  }

  /** Asks for what was sent ahead back, when the running invocation keeps it waiting. */
  recallAhead(nowMs: number): void {
    if (this.#phase.kind !== 'running' || this.#ahead.length === 0 || this.#recalling) return
    if (nowMs - this.#phase.startedMs < RECALL_AFTER_MS) return
    this.#recalling = true
    this.#cell.send(encodeFrame({ type: FRAME.recall, id: 0 }, ''))
  }

  /** Stops an idle instance's processes until the next `run`. */
  freeze(): void {
    if (this.#phase.kind !== 'idle' || this.#phase.frozen) return
    this.#phase.frozen = true
    this.#cell.freeze()
  }

  /** Ends the instance; a job under way ends with it, as an exit. */
  kill(reason: string): void {
    if (this.#phase.kind === 'idle') this.#phase = { kind: 'ending' }
    this.#cell.kill(reason)
  }

  /** Where the cell sees it as /var/<folder>. */
  #target(folder: string): string {
    return join(this.#cell.varFolder, folder)
  }

  #assign(job: Job | undefined): void {
    this.#placed = true
    const { version } = this
    const credentials = version.credentials(this.id)
    const assignment = JSON.stringify({
      handler: version.handler,
      ...((version.runtime === 'custom' || version.runtime === 'java') && { program: version.runtime }),
      environment: { ...version.environment, ...version.instanceEnvironment?.(this.id) },
      credentials,
      resultBytesMax: PAYLOAD_BYTES_MAX,
      payloadBytesMax: PAYLOAD_BYTES_MAX,
    })
    this.#cpuSeenMs = this.#cell.cpuMs()
    const parts = encodeFrame({ type: FRAME.assign, id: 0 }, assignment)
    if (job?.initCounts === true) {
      this.#phase = { kind: 'loading', job, sinceMs: this.#clock.monotonicMs() }
      job.invocation.started?.(this.id, undefined)
      this.#timer(this.version.timeoutMs, () => this.#timeOut(job, this.version.timeoutMs))
    } else {
      this.#phase = { kind: 'loading', job, sinceMs: this.#clock.monotonicMs() }
      this.#timer(INIT_MS_MAX, () => this.#initTimeOut(job))
    }
    if (job) parts.push(...this.#invokeFrames(job))
    this.#cell.send(parts)
  }

  #invokeFrames(job: Job): Uint8Array[] {
    const { id, context, payload } = job.invocation
    const meta = JSON.stringify({ requestId: id, timeoutMs: this.version.timeoutMs, context })
    return encodePayload({ type: FRAME.invoke, id: this.#nextId }, meta, payload)
  }

  /** The invocation's time begins. Returns what to send. */
  #begin(job: Job, initMs: number | undefined): Uint8Array[] {
    const parts = this.#invokeFrames(job)
    this.#enterRunning(job, this.#nextId++, initMs)
    return parts
  }

  #enterRunning(job: Job, id: number, initMs: number | undefined): void {
    this.#phase = {
      kind: 'running',
      job,
      id,
      startedMs: this.#clock.monotonicMs(),
      answer: new PayloadCollector(PAYLOAD_BYTES_MAX),
      answerHead: undefined,
      streamed: undefined,
    }
    this.#logBytes = 0
    job.invocation.started?.(this.id, initMs)
    const { timeoutMs } = this.version
    this.#timer(timeoutMs, () => this.#timeOut(job, timeoutMs))
  }

  #frame(frame: Frame): void {
    switch (frame.type) {
      case FRAME.assigned:
        return this.#assigned()
      case FRAME.result:
      case FRAME.error:
      case FRAME.body:
        return this.#answerPart(frame)
      case FRAME.log:
        return this.#logFrame(frame)
      case FRAME.recalled:
        return this.#recalled(frame)
      default:
        throw new FrameError(`frame type ${frame.type}`)
    }
  }

  #assigned(): void {
    if (this.#phase.kind !== 'loading') throw new FrameError('assigned twice')
    const { job, sinceMs } = this.#phase
    this.#initMs = this.#clock.monotonicMs() - sinceMs
    if (!job) return this.#becomeIdle()
    if (!job.initCounts) return this.#enterRunning(job, this.#nextId++, this.#initMs)
    // The time already runs, from before init.
    this.#initMs = undefined
    this.#phase = {
      kind: 'running',
      job,
      id: this.#nextId++,
      startedMs: sinceMs,
      answer: new PayloadCollector(PAYLOAD_BYTES_MAX),
      answerHead: undefined,
      streamed: undefined,
    }
  }

  #answerPart(frame: Frame): void {
    if (frame.type === FRAME.error && frame.id === 0) return this.#crash(frame)
    const running = this.#phase
    if (running.kind !== 'running' || frame.id !== running.id) throw new FrameError('an answer that nobody asked for')
    if (running.streamed || (frame.flags & FLAG.stream) !== 0) return this.#streamPart(running, frame)
    if ((frame.type === FRAME.body) !== (running.answerHead !== undefined)) throw new FrameError('parts out of order')
    running.answerHead ??= frame
    const payload = running.answer.add(frame.body, (frame.flags & FLAG.more) !== 0)
    if (payload) this.#answer(running, running.answerHead, payload)
  }

  /** RESULT with its first part, BODY with the next, or ERROR when the function fails on the way. */
  #streamPart(running: Running, frame: Frame): void {
    if (frame.type === FRAME.error && running.streamed) return this.#failStream(running, frame)
    if ((frame.type === FRAME.body) !== (running.streamed !== undefined)) throw new FrameError('parts out of order')
    running.streamed ??= new StreamedAnswer(running.job.invocation.stream, contentTypeIn(frame), this.#cell)
    const { streamed } = running
    streamed.add(frame.body)
    if ((frame.flags & FLAG.more) !== 0) {
      const limitBytes = streamed.limitPassed
      if (limitBytes !== undefined && running.job.invocation.stream) this.#cutStream(running, streamed, limitBytes)
      return
    }
    const metering = this.#meter(running.startedMs)
    const limitBytes = streamed.limitPassed
    if (limitBytes === undefined) running.job.resolve({ kind: 'result', payload: streamed.collected(), metering })
    else running.job.resolve({ kind: 'too-large', bytes: streamed.bytes, limitBytes, metering })
    this.#advance()
  }

  /** What was collected is small; what is handed on has no end: the function is stopped. */
  #cutStream(running: Running, streamed: StreamedAnswer, limitBytes: number): void {
    const metering = this.#meter(running.startedMs)
    this.#phase = { kind: 'ending' }
    this.#verdict = () => running.job.resolve({ kind: 'too-large', bytes: streamed.bytes, limitBytes, metering })
    this.#cell.kill('a streamed answer too large')
  }

  #failStream(running: Running, frame: Frame): void {
    const payload = running.answer.add(frame.body, (frame.flags & FLAG.more) !== 0)
    if (!payload) throw new FrameError('a late error in parts')
    running.job.resolve({ kind: 'error', payload, metering: this.#meter(running.startedMs) })
    if ((frame.flags & FLAG.last) !== 0) this.#awaitEnd()
    else this.#advance()
  }

  #answer(running: Running, head: Frame, payload: Buffer): void {
    const measured = this.#meter(running.startedMs)
    const { job } = running
    const last = (head.flags & FLAG.last) !== 0
    // Settled before the next one begins: what the two write to their log must not mix.
    if (head.type === FRAME.result) {
      // What was sent ahead may have run before its turn was known here: then the cell knows its time better.
      const handlerMs = head.aux / RESULT_TIME_PER_MS
      this.#listener.handled(handlerMs)
      const metering = { ...measured, durationMs: Math.max(measured.durationMs, handlerMs) }
      job.resolve({ kind: 'result', payload, metering })
    } else if (head.aux === ERROR_KIND.handler) job.resolve({ kind: 'error', payload, metering: measured })
    else if (head.aux === ERROR_KIND.tooLarge) {
      const bytes = bytesOf(head)
      job.resolve({ kind: 'too-large', bytes, limitBytes: PAYLOAD_BYTES_MAX, metering: measured })
    } else throw new FrameError(`error kind ${head.aux}`)
    if (last) this.#awaitEnd()
    else this.#advance()
  }

  /** The cell reports its own end: a failed init, or an error between invocations. */
  #crash(frame: Frame): void {
    if ((frame.flags & FLAG.more) !== 0) throw new FrameError('an init error in parts')
    const phase = this.#phase
    if (phase.kind === 'running') {
      // Something left over from before ended the process as the invocation came in: as on AWS it is the one to fail.
      if (frame.aux !== ERROR_KIND.handler) throw new FrameError('a failed init during an invocation')
      phase.job.resolve({ kind: 'error', payload: Buffer.from(frame.body), metering: this.#meter(phase.startedMs) })
    }
    this.#awaitEnd()
    if (phase.kind !== 'loading' || !phase.job) return
    const initMs = this.#clock.monotonicMs() - phase.sinceMs
    const metering = { ...this.#meter(phase.sinceMs), initMs, durationMs: phase.job.initCounts ? initMs : 0 }
    phase.job.resolve({ kind: 'init-error', payload: Buffer.from(frame.body), metering })
  }

  #awaitEnd(): void {
    this.#phase = { kind: 'ending' }
    this.#timer(END_MS_MAX, () => this.#cell.kill('did not end itself'))
  }

  /** The running invocation is over: the next begins, or there is none. */
  #advance(): void {
    const next = this.#ahead.shift()
    if (!next) return this.#becomeIdle()
    this.#enterRunning(next.job, next.id, undefined)
    this.#listener.advanced(this)
  }

  /** The cell gives back what it has not begun. */
  #recalled(frame: Frame): void {
    if (!this.#recalling || frame.meta.length > META_BYTES_MAX) throw new FrameError('recalled by nobody')
    this.#recalling = false
    const ids: unknown = JSON.parse(frame.meta.toString())
    const kept = this.#ahead.length - (Array.isArray(ids) ? ids.length : Number.NaN)
    const back = this.#ahead.splice(kept >= 0 ? kept : 0)
    if (!Array.isArray(ids) || back.length !== ids.length || back.some(({ id }, index) => id !== ids[index])) {
      this.#ahead.push(...back)
      throw new FrameError('recalled what is not there')
    }
    this.#listener.again(back.map(({ job }) => job))
  }

  #becomeIdle(): void {
    this.#cancelTimer()
    this.#phase = { kind: 'idle', sinceMs: this.#clock.monotonicMs(), frozen: false }
    this.#listener.idle(this)
  }

  #logFrame(frame: Frame): void {
    if (frame.meta.length > 0) throw new FrameError('a log with meta')
    if (frame.id !== 0 && (this.#phase.kind !== 'running' || frame.id !== this.#phase.id))
      throw new FrameError('a log of nobody')
    this.#log(frame.body.toString())
  }

  #log(text: string): void {
    const line = { timestampMs: this.#clock.nowMs(), text }
    const before = this.#logBytes
    this.#logBytes += text.length
    if (this.#logBytes <= LOG_BYTES_MAX) return this.#deliver(line)
    if (before > LOG_BYTES_MAX) return
    this.#deliver({ ...line, text: `More than ${LOG_BYTES_MAX} bytes of log in one invocation: the rest is dropped.` })
  }

  #deliver(line: OutputLine): void {
    const invocation = this.#phase.kind === 'running' ? this.#phase.job.invocation : undefined
    if (invocation?.output) invocation.output(this.id, line)
    else this.version.output(this.id, line)
  }

  #timeOut(job: Job, limitMs: number): void {
    const phase = this.#phase
    if (phase.kind !== 'running' && phase.kind !== 'loading') return
    const metering = { ...this.#meter(phase.kind === 'running' ? phase.startedMs : phase.sinceMs), durationMs: limitMs }
    this.#verdict = () => job.resolve({ kind: 'timeout', metering })
    this.#cell.kill('timeout')
  }

  #initTimeOut(job: Job | undefined): void {
    this.#verdict = () => job && this.#listener.again([{ ...job, initCounts: true }])
    this.#cell.kill('init timeout')
  }

  #fail(job: Job | undefined, error: unknown): void {
    if (this.#phase.kind !== 'loading') return
    this.#cancelTimer()
    this.#phase = { kind: 'ending' }
    this.#cell.kill('could not be assigned')
    job?.reject(error)
  }

  #ended(end: CellEnd): void {
    const phase = this.#phase
    this.#phase = { kind: 'ending' }
    this.#cancelTimer()
    if (this.#placed)
      for (const [folder, code] of packagesOf(this.version)) this.#store.giveBack(code, this.#target(folder))
    if (this.#verdict) this.#verdict(end)
    else if (phase.kind === 'running') phase.job.resolve(this.#endOutcome(end, phase.startedMs))
    else if (phase.kind === 'loading') phase.job?.resolve(this.#endOutcome(end, phase.sinceMs))
    // They never began: another instance takes them.
    this.#listener.again(this.#ahead.splice(0).map(({ job }) => job))
    this.#listener.ended(this)
    if (this.#placed) this.version.ended?.(this.id)
  }

  #endOutcome(end: CellEnd, startedMs: number): InvocationOutcome {
    const metering = this.#meter(startedMs)
    const peakMemoryMb = Math.max(metering.peakMemoryMb, (end.memoryPeakBytes ?? 0) / (1024 * 1024))
    const killed = end.code === 137 || end.signal === 'SIGKILL'
    if (end.memoryKills > 0 && killed)
      return { kind: 'out-of-memory', metering: { ...metering, peakMemoryMb: this.version.memoryMb } }
    const signal = end.signal ?? SIGNAL_OF_CODE[end.code ?? 0] ?? null
    return { kind: 'exit', code: signal === null ? end.code : null, signal, metering: { ...metering, peakMemoryMb } }
  }

  #meter(startedMs: number): Metering {
    const nowMs = this.#clock.monotonicMs()
    const durationMs = nowMs - startedMs
    const initMs = this.#initMs
    const cold = this.#cold
    this.#cold = false
    this.#initMs = undefined
    // Reading the kernel's files costs more than a quick invocation is worth: there the last figures stand.
    const fresh = durationMs >= METER_FROM_MS || nowMs - this.#meteredMs >= METER_EVERY_MS
    const cpuMs = fresh ? this.#readMeters(nowMs) : undefined
    return { instance: this.id, durationMs, initMs, peakMemoryMb: this.#peakMemoryMb, cpuMs, cold }
  }

  /** CPU time since the last reading. */
  #readMeters(nowMs: number): number | undefined {
    const cpuMs = this.#cell.cpuMs()
    const usedMs = cpuMs === undefined || this.#cpuSeenMs === undefined ? undefined : cpuMs - this.#cpuSeenMs
    this.#cpuSeenMs = cpuMs
    this.#peakMemoryMb = this.#cell.peakMemoryMb()
    this.#meteredMs = nowMs
    return usedMs
  }

  #timer(delayMs: number, fire: () => void): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#clock.after(delayMs, fire)
  }
}

/** How the sandbox tells that its process was ended by a signal. Only signals that a process does not get by its own exit code. */
const SIGNAL_OF_CODE: Readonly<Record<number, string>> = {
  132: 'SIGILL',
  133: 'SIGTRAP',
  134: 'SIGABRT',
  135: 'SIGBUS',
  136: 'SIGFPE',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
}

/** Hostile, as all that a cell sends: at most a text. */
function contentTypeIn({ meta }: Frame): string | undefined {
  if (meta.length > META_BYTES_MAX) throw new FrameError('a large meta')
  if (meta.length === 0) return undefined
  const { contentType } = JSON.parse(meta.toString()) as { readonly contentType?: unknown }
  return typeof contentType === 'string' ? contentType : undefined
}

function bytesOf(head: Frame): number {
  if (head.meta.length > META_BYTES_MAX) throw new FrameError('a large meta')
  const { bytes } = JSON.parse(head.meta.toString()) as { readonly bytes?: unknown }
  return typeof bytes === 'number' && Number.isSafeInteger(bytes) ? bytes : 0
}
