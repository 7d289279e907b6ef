// One cell assigned to one function version, for life.
//
//   loading --ASSIGNED--> idle or busy --RESULT | ERROR--> idle --...--> ended
//
// Where extensions run beside the function (the cell said that it carries) an invocation is over with DONE, later than its
// answer: RESULT | ERROR lets the caller go on, DONE ends the bill. Such a cell is told of its end, and ends by itself.
//
// Invariants: at most as many invocations at a time as the version allows, which is mostly one; every job given to an
// instance is settled exactly once, by an answer or by the cell's end; the clock of an invocation is the server's, never the
// cell's. An instance in which an invocation went wrong while others run takes no new ones and ends with the last of them.
import { hash } from 'node:crypto'
import { join } from 'node:path'
import type { CancelTimer, Clock } from '#base/clock.ts'
import { invariant } from '#base/errors.ts'
import { ERROR_KIND, FLAG, FRAME, FrameError, encodeFrame, encodePayload } from '@mayfly/runtime/frames.ts'
import type { Frame, FrameHead, Report } from '@mayfly/runtime/frames.ts'
import { BoundedLog } from './bounded-log.ts'
import type { Cell, CellEnd } from './cell.ts'
import { type CodeStore, packagesOf } from './code-store.ts'
import { Deadlines } from './deadlines.ts'
import { endOutcome } from './end-outcome.ts'
import type { FunctionVersion, Invocation, InvocationOutcome, Metering, Origin } from './engine.ts'
import { InstanceMeters } from './instance-meters.ts'
import type { Job } from './job.ts'
import {
  END_MS_MAX,
  INIT_AHEAD_MS_MAX,
  INIT_MS_MAX,
  META_BYTES_MAX,
  PAYLOAD_BYTES_MAX,
  RECALL_AFTER_MS,
  SHUTDOWN_MS_MAX,
} from './limits.ts'
import { type Answer, type AnsweredOutcome, RunningInvocation } from './running-invocation.ts'

export interface InstanceListener {
  idle(instance: Instance): void
  /** It is still busy, and can take one more. */
  freed(instance: Instance): void
  /** The handler's own time of a result, as the cell says. `nowMs`: monotonic. */
  handled(handlerMs: number, nowMs: number): void
  /** The last call. `crashed`: by its own doing. */
  ended(instance: Instance, crashed: boolean): void
  /** The jobs did not begin: init took too long, or the invocation before them did. In their order. */
  again(jobs: readonly Job[]): void
}

/** How an invocation ends that is ended from outside. */
type StoppedOutcome = Extract<InvocationOutcome, { readonly kind: 'timeout' | 'too-large' }>

type Phase =
  | { readonly kind: 'loading'; readonly job: Job | undefined; readonly sinceMs: number }
  | { readonly kind: 'busy' }
  | { readonly kind: 'idle'; readonly sinceMs: number; frozen: boolean }
  /** Nothing is expected any more but the end. */
  | { readonly kind: 'ending' }

export class Instance {
  readonly id: string
  readonly version: FunctionVersion
  /** Why it was made. */
  readonly origin: Origin
  /** Invocations at once. */
  readonly concurrency: number
  readonly #cell: Cell
  readonly #clock: Clock
  readonly #store: CodeStore
  readonly #listener: InstanceListener
  readonly #meters: InstanceMeters
  readonly #log: BoundedLog
  #phase: Phase = { kind: 'ending' }
  /** By id. Those that are settled already wait for their answer only so that it is known. */
  readonly #running = new Map<number, RunningInvocation>()
  /** The last one that has begun, while it runs. */
  #latest: RunningInvocation | undefined
  readonly #deadlines: Deadlines<RunningInvocation>
  /** Running and not settled. */
  #live = 0
  /** Takes no new invocations: one of them went wrong. */
  #closing = false
  /** What a kill of ours means for whoever waits. */
  #verdict: (() => void) | undefined
  #cancelTimer: CancelTimer = () => {}
  #nextId = 1
  /** Of the last invocation that was sent. */
  #context: Invocation['context'] | undefined
  /** Sent ahead: the cell runs them in this order when the running one is done. */
  #ahead: { readonly job: Job; readonly id: number }[] = []
  #recalling = false
  /** Init time, until the first invocation has reported it. */
  #unreportedInitMs: number | undefined
  #initMs: number | undefined
  #initFault: string | undefined
  /** Until its first invocation is over; an instance that was loaded ahead has no cold one. */
  #cold = true
  #placed = false
  /** Extensions run beside the function. */
  #carries = false

  constructor(
    clock: Clock,
    store: CodeStore,
    cell: Cell,
    version: FunctionVersion,
    origin: Origin,
    listener: InstanceListener,
  ) {
    this.id = cell.id
    this.version = version
    this.origin = origin
    this.concurrency = concurrencyOf(version)
    this.#cell = cell
    this.#clock = clock
    this.#store = store
    this.#listener = listener
    this.#meters = new InstanceMeters(cell, this.concurrency > 1)
    this.#deadlines = new Deadlines(
      clock,
      () => this.#running.values(),
      (running) => this.#timeOut(running),
    )
    this.#log = new BoundedLog((line) => version.output(this.id, line))
    cell.assign({
      frame: (frame) => this.#frame(frame),
      line: (text) => this.#print(this.#only(), text),
      ended: (end) => this.#ended(end),
      ...(version.network && { network: () => version.network?.() ?? Promise.resolve({ kind: 'none' }) }),
    })
  }

  /** Since when it has been idle, monotonic ms; undefined when it is not, or when its cell is being ended. */
  get idleSinceMs(): number | undefined {
    return this.#phase.kind === 'idle' && !this.#cell.ending ? this.#phase.sinceMs : undefined
  }

  /** How long init took; undefined while it has not ended. */
  get initMs(): number | undefined {
    return this.#initMs
  }

  /** Why init failed; undefined when it did not. */
  get initFault(): string | undefined {
    return this.#initFault
  }

  /** Its part of a quota: invocations that run, or one that could. */
  get use(): number {
    return Math.max(1, this.#live)
  }

  /** Whether it can take one more invocation beside those that run. */
  get hasRoom(): boolean {
    // What is carried goes through an interface that knows one at a time.
    const most = this.#carries ? 1 : this.concurrency
    return this.#phase.kind === 'busy' && !this.#closing && this.#running.size < most
  }

  /** Places that it will have when it is loaded. */
  get placesLoading(): number {
    if (this.#phase.kind !== 'loading') return 0
    return this.#phase.job ? this.concurrency - 1 : this.concurrency
  }

  /** Places the code, loads it, and runs the first job if there is one. */
  start(job: Job | undefined): void {
    this.#cold = job !== undefined
    this.#cell.instantiate(this.version.memoryMb, hash('sha256', this.version.id).slice(0, 32))
    this.#phase = { kind: 'loading', job, sinceMs: this.#clock.monotonicMs() }
    let slow: ReturnType<typeof packagesOf>
    try {
      slow = packagesOf(this.version).filter(([folder, code]) => !this.#store.placeNow(code, this.#target(folder)))
      if (slow.length === 0 && !this.version.secretEnvironment) return this.#assign(job, undefined)
    } catch (error) {
      return this.#fail(job, error)
    }
    const placed = slow.map(([folder, code]) => this.#store.place(code, this.#target(folder)))
    Promise.all([this.version.secretEnvironment?.(), ...placed])
      .then(([secrets]) => this.#phase.kind === 'loading' && this.#assign(job, secrets))
      .catch((error: unknown) => this.#fail(job, error))
  }

  /** Runs a job; the instance must be idle or have room. */
  run(job: Job): void {
    if (this.#phase.kind === 'idle') {
      if (this.#phase.frozen) this.#cell.thaw()
      this.#phase = BUSY
    } else invariant(this.hasRoom, `an invocation for an instance that is ${this.#phase.kind}`)
    this.#sendSoon(job)
    this.#begin(job, this.#nextId++, undefined, this.#clock.monotonicMs())
  }

  /** Whether an invocation may be sent ahead of the running one's end. Python reads nothing while it runs. */
  takesAhead(countMax: number, nowMs: number): boolean {
    const running = this.#only()
    return (
      running !== undefined &&
      this.concurrency === 1 &&
      this.#phase.kind === 'busy' &&
      this.#ahead.length < countMax &&
      !this.#recalling &&
      this.version.runtime === 'node' &&
      nowMs - running.startedMs < RECALL_AFTER_MS
    )
  }

  /** Sends a job that runs after those that are there. `takesAhead` must hold. */
  sendAhead(job: Job): void {
    invariant(this.#phase.kind === 'busy', 'an invocation sent ahead of nothing')
    this.#sendSoon(job)
    this.#ahead.push({ job, id: this.#nextId++ })
  }

  /** Asks for what was sent ahead back, when the running invocation keeps it waiting. */
  recallAhead(nowMs: number): void {
    if (this.#ahead.length === 0 || this.#recalling) return
    const running = this.#only()
    if (!running || nowMs - running.startedMs < RECALL_AFTER_MS) return
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
    if (this.#phase.kind !== 'idle') return this.#cell.kill(reason)
    const { frozen } = this.#phase
    this.#phase = ENDING
    if (!this.#carries) return this.#cell.kill(reason)
    if (frozen) this.#cell.thaw()
    this.#shutdown('spindown', reason)
  }

  /** Where the cell sees it as /var/<folder>. */
  #target(folder: string): string {
    return join(this.#cell.varFolder, folder)
  }

  #assign(job: Job | undefined, secrets: Readonly<Record<string, string>> | undefined): void {
    this.#placed = true
    const { version } = this
    const credentials = version.credentials(this.id)
    const assignment = JSON.stringify({
      handler: version.handler,
      account: version.account,
      ...((version.runtime === 'custom' || version.runtime === 'java') && { program: version.runtime }),
      ...(version.root && { root: version.root }),
      ...(this.concurrency > 1 && { concurrency: this.concurrency }),
      environment: { ...version.environment, ...secrets, ...version.instanceEnvironment?.(this.id, this.origin) },
      credentials,
      resultBytesMax: PAYLOAD_BYTES_MAX,
      payloadBytesMax: PAYLOAD_BYTES_MAX,
    })
    this.#meters.begin()
    const parts = encodeFrame({ type: FRAME.assign, id: 0 }, assignment)
    const sinceMs = this.#clock.monotonicMs()
    this.#phase = { kind: 'loading', job, sinceMs }
    if (job?.initCounts === true) {
      job.invocation.started?.(this.id, undefined, sinceMs)
      this.#timer(version.timeoutMs, () => this.#endLoading(job, sinceMs))
    } else this.#timer(this.#initMsMax, () => this.#initTimeOut(job))
    if (job) parts.push(...encodePayload(this.#invokeHead, this.#invokeMeta(job), job.invocation.payload))
    this.#cell.send(parts)
  }

  /** Who loads ahead for long is not waited for by anybody. Source: developer guide, "Init phase". */
  get #initMsMax(): number {
    return this.origin === 'on-demand' ? INIT_MS_MAX : Math.max(INIT_AHEAD_MS_MAX, this.version.timeoutMs)
  }

  get #invokeHead(): FrameHead {
    return { type: FRAME.invoke, id: this.#nextId }
  }

  #invokeMeta(job: Job): string {
    const { id, context } = job.invocation
    const requestId = JSON.stringify(id)
    // Mostly it is the context of the one before, the very same object: the cell has kept it.
    if (context === this.#context) return `{"requestId":${requestId}}`
    this.#context = context
    return `{"requestId":${requestId},"timeoutMs":${this.version.timeoutMs},"context":${JSON.stringify(context)}}`
  }

  #sendSoon(job: Job): void {
    this.#cell.sendSoon(this.#invokeHead, this.#invokeMeta(job), job.invocation.payload)
  }

  /** The invocation's time begins. */
  #begin(job: Job, id: number, initMs: number | undefined, nowMs: number): void {
    this.#enter(job, id, nowMs)
    job.invocation.started?.(this.id, initMs, nowMs)
  }

  #enter(job: Job, id: number, startedMs: number): void {
    const running = new RunningInvocation(job, id, startedMs, this.id, this.version)
    this.#running.set(id, running)
    this.#latest = running
    this.#live++
    this.#phase = BUSY
    running.dueMs = startedMs + this.version.timeoutMs
    this.#deadlines.watch(running.dueMs)
  }

  /** The invocation that runs, where it can only be one. */
  #only(): RunningInvocation | undefined {
    if (this.#running.size !== 1) return undefined
    if (this.#latest) return this.#latest
    for (const running of this.#running.values()) return running
    return undefined
  }

  #frame(frame: Frame): void {
    switch (frame.type) {
      case FRAME.assigned:
        return this.#assigned(frame)
      case FRAME.result:
      case FRAME.error:
      case FRAME.body:
        return this.#answerPart(frame)
      case FRAME.log:
        return this.#logFrame(frame)
      case FRAME.recalled:
        return this.#recalled(frame)
      case FRAME.done:
        return this.#done(frame)
      default:
        throw new FrameError(`frame type ${frame.type}`)
    }
  }

  #assigned(frame: Frame): void {
    if (this.#phase.kind !== 'loading') throw new FrameError('assigned twice')
    const { job, sinceMs } = this.#phase
    this.#carries = carriesIn(frame)
    const nowMs = this.#clock.monotonicMs()
    this.#initMs = nowMs - sinceMs
    this.#cancelTimer()
    this.#cell.ration()
    // The time of an invocation whose init counts runs from before init.
    if (job?.initCounts === true) return this.#enter(job, this.#nextId++, sinceMs)
    this.#unreportedInitMs = this.#initMs
    if (!job) return this.#becomeIdle(nowMs)
    this.#begin(job, this.#nextId++, this.#initMs, nowMs)
    if (this.hasRoom) this.#listener.freed(this)
  }

  #answerPart(frame: Frame): void {
    if (frame.type === FRAME.error && frame.id === 0) return this.#crash(frame)
    const running = this.#running.get(frame.id)
    if (!running) throw new FrameError('an answer that nobody asked for')
    const answer = running.take(frame, this.#cell)
    if (answer) this.#answered(running, answer)
  }

  #answered(running: RunningInvocation, answer: Answer): void {
    if (answer.kind === 'endless')
      return this.#stop(running, (metering) => ({ ...answer, kind: 'too-large', metering }))
    const last = 'last' in answer && answer.last
    const nowMs = this.#clock.monotonicMs()
    if (running.settled) this.#forget(running)
    else {
      const outcome = this.#outcomeOf(running, answer, nowMs)
      if (this.#carries && !last) return running.answered(outcome)
      // Settled before the next one begins: what the two write to their log must not mix.
      this.#settle(running, outcome)
    }
    if (last) return this.#awaitEnd()
    this.#advance(nowMs)
  }

  /** Everything in the cell is done with an answered invocation: what it took since then counts, as on AWS. */
  #done({ id }: Frame): void {
    const running = this.#running.get(id)
    // It may cross the order to end, or the end of its time.
    if (!running?.answer || running.settled) return
    const { answer, job, startedMs } = running
    const { initMs, cold } = answer.metering
    const nowMs = this.#clock.monotonicMs()
    const metering = { ...this.#meter(startedMs, nowMs), initMs, cold }
    this.#tellReport(job, metering, answer.kind === 'result' ? 'success' : 'error')
    this.#settle(running, { ...answer, metering })
    this.#advance(nowMs)
  }

  #tellReport(job: Job, { durationMs, initMs, peakMemoryMb }: Metering, status: Report['status']): void {
    const requestId = job.invocation.id
    const report: Report = { requestId, durationMs, peakMemoryMb, status, ...(initMs !== undefined && { initMs }) }
    this.#cell.send(encodeFrame({ type: FRAME.report, id: 0 }, JSON.stringify(report)))
  }

  /** Tells what is in the cell beside the function that the end is near, and waits for it. */
  #shutdown(why: 'spindown' | 'timeout' | 'failure', reason: string): void {
    this.#cell.send(encodeFrame({ type: FRAME.shutdown, id: 0 }, JSON.stringify({ reason: why })))
    this.#timer(SHUTDOWN_MS_MAX, () => this.#cell.kill(reason))
  }

  #outcomeOf(running: RunningInvocation, answer: Exclude<Answer, { kind: 'endless' }>, nowMs: number): AnsweredOutcome {
    const handlerMs = answer.kind === 'result' ? answer.handlerMs : undefined
    const metering = this.#meter(running.startedMs, nowMs, handlerMs)
    if (answer.kind === 'error') return { kind: 'error', payload: answer.payload, metering }
    if (answer.kind === 'too-large') {
      const { bytes, limitBytes } = answer
      return { kind: 'too-large', bytes, limitBytes, metering }
    }
    const { payload, streamedBytes } = answer
    if (handlerMs !== undefined) this.#listener.handled(handlerMs, nowMs)
    return streamedBytes === undefined
      ? { kind: 'result', payload, metering }
      : { kind: 'result', payload, metering, streamedBytes }
  }

  #settle(running: RunningInvocation, outcome: InvocationOutcome): void {
    this.#forget(running)
    this.#live--
    running.settle(outcome)
  }

  /** Nothing of it is kept: its payload may be large, and the instance idle for long. */
  #forget(running: RunningInvocation): void {
    this.#running.delete(running.id)
    if (this.#latest === running) this.#latest = undefined
  }

  /** The cell reports its own end: a failed init, or an error between invocations. */
  #crash(frame: Frame): void {
    if ((frame.flags & FLAG.more) !== 0) throw new FrameError('an init error in parts')
    const phase = this.#phase
    const payload = Buffer.from(frame.body)
    const running = this.#only()
    if (phase.kind === 'busy' && running) {
      // Something left over from before ended the process as the invocation came in: as on AWS it is the one to fail.
      if (frame.aux !== ERROR_KIND.handler) throw new FrameError('a failed init during an invocation')
      if (!running.settled) this.#settle(running, { kind: 'error', payload, metering: this.#meter(running.startedMs) })
    }
    this.#awaitEnd()
    if (phase.kind !== 'loading') return
    this.#initFault = 'its init failed'
    if (!phase.job) return
    const initMs = this.#clock.monotonicMs() - phase.sinceMs
    const metering = { ...this.#meter(phase.sinceMs), initMs, durationMs: phase.job.initCounts ? initMs : 0 }
    phase.job.resolve({ kind: 'init-error', payload, metering })
  }

  /** The process is about to end by itself; what still runs in it ends with it. */
  #awaitEnd(): void {
    this.#phase = ENDING
    this.#timer(END_MS_MAX, () => this.#cell.kill('did not end itself'))
  }

  /** An invocation is over: the next one begins, or there is room for one. */
  #advance(nowMs: number): void {
    if (this.#phase.kind !== 'busy') return
    const next = this.#ahead.shift()
    if (next) {
      this.#log.reset()
      this.#begin(next.job, next.id, undefined, nowMs)
      return this.#listener.freed(this)
    }
    if (this.#closing && this.#live === 0) return this.kill('an invocation in it went wrong')
    if (this.#running.size === 0) return this.#becomeIdle(nowMs)
    if (this.hasRoom) this.#listener.freed(this)
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

  #becomeIdle(nowMs: number): void {
    this.#phase = { kind: 'idle', sinceMs: nowMs, frozen: false }
    this.#log.reset()
    this.#listener.idle(this)
  }

  #logFrame(frame: Frame): void {
    if (frame.meta.length > 0) throw new FrameError('a log with meta')
    const running = frame.id === 0 ? this.#only() : this.#running.get(frame.id)
    if (frame.id !== 0 && !running) throw new FrameError('a log of nobody')
    this.#print(running, frame.body)
  }

  #print(running: RunningInvocation | undefined, line: string | Buffer): void {
    const log = running?.log ?? this.#log
    log.write(this.#clock.nowMs(), line)
  }

  #timeOut(running: RunningInvocation): void {
    const { timeoutMs } = this.version
    this.#stop(running, (metering) => ({ kind: 'timeout', metering: { ...metering, durationMs: timeoutMs } }))
  }

  /** Ends an invocation from outside: with the instance, unless others run in it; then without, and it ends after them. */
  #stop(running: RunningInvocation, outcome: (metering: Metering) => StoppedOutcome): void {
    if (this.#verdict || running.settled) return
    const known = outcome(this.#meter(running.startedMs))
    this.#closing = true
    if (this.#live > 1) {
      this.#live--
      running.settle(known)
      return
    }
    running.dueMs = Number.POSITIVE_INFINITY
    if (this.#carries) {
      this.#phase = ENDING
      const isTimeout = known.kind === 'timeout'
      this.#tellReport(running.job, known.metering, isTimeout ? 'timeout' : 'failure')
      this.#settle(running, known)
      return this.#shutdown(isTimeout ? 'timeout' : 'failure', known.kind)
    }
    this.#verdict = () => running.settle(known)
    this.#cell.kill(known.kind)
  }

  /** An init that counts took all the time of its invocation. */
  #endLoading(job: Job, sinceMs: number): void {
    const { timeoutMs } = this.version
    const metering = { ...this.#meter(sinceMs), durationMs: timeoutMs }
    this.#verdict = () => job.resolve({ kind: 'timeout', metering })
    this.#cell.kill('timeout')
  }

  #initTimeOut(job: Job | undefined): void {
    this.#initFault = 'its init took too long'
    this.#verdict = () => {
      if (!job) return
      job.initCounts = true
      this.#listener.again([job])
    }
    this.#cell.kill('init timeout')
  }

  #fail(job: Job | undefined, error: unknown): void {
    if (this.#phase.kind !== 'loading') return
    this.#cancelTimer()
    this.#phase = ENDING
    this.#initFault = String(error)
    this.#cell.kill('could not be assigned')
    job?.reject(error)
  }

  #ended(end: CellEnd): void {
    const phase = this.#phase
    this.#phase = ENDING
    this.#cancelTimer()
    this.#deadlines.end()
    if (this.#placed)
      for (const [folder, code] of packagesOf(this.version)) this.#store.giveBack(code, this.#target(folder))
    if (this.#verdict) this.#verdict()
    else if (phase.kind === 'loading') {
      this.#initFault = 'its process ended during init'
      phase.job?.resolve(endOutcome(end, this.#meter(phase.sinceMs), this.version.memoryMb))
    }
    for (const running of this.#running.values())
      if (!running.settled) running.settle(endOutcome(end, this.#meter(running.startedMs), this.version.memoryMb))
    this.#running.clear()
    this.#latest = undefined
    this.#live = 0
    // They never began: another instance takes them.
    this.#listener.again(this.#ahead.splice(0).map(({ job }) => job))
    this.#listener.ended(this, end.crashed)
    if (this.#placed) this.version.ended?.(this.id)
  }

  /** `handlerMs`: the handler's own time, as the cell says. */
  #meter(startedMs: number, nowMs = this.#clock.monotonicMs(), handlerMs?: number): Metering {
    const initMs = this.#unreportedInitMs
    const cold = this.#cold
    this.#cold = false
    this.#unreportedInitMs = undefined
    const tookMs = nowMs - startedMs
    const { peakMemoryMb, cpuMs, sentBytes, receivedBytes } = this.#meters.usage(nowMs, handlerMs ?? tookMs)
    // What was sent ahead may have run before its turn was known here: then the cell knows its time better.
    const durationMs = Math.max(tookMs, handlerMs ?? 0)
    return { instance: this.id, durationMs, initMs, cold, peakMemoryMb, cpuMs, sentBytes, receivedBytes }
  }

  #timer(delayMs: number, fire: () => void): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#clock.after(delayMs, fire)
  }
}

/** Hostile, as all that a cell sends: whether it says that extensions run in it. */
function carriesIn({ meta }: Frame): boolean {
  if (meta.length === 0) return false
  if (meta.length > META_BYTES_MAX) throw new FrameError('a large meta')
  return (JSON.parse(meta.toString()) as { readonly carries?: unknown }).carries === true
}

/** Only handlers of Node.js can run several at once. */
export function concurrencyOf({ runtime, concurrency = 1 }: FunctionVersion): number {
  return runtime === 'node' ? concurrency : 1
}

const BUSY: Phase = { kind: 'busy' }
const ENDING: Phase = { kind: 'ending' }
