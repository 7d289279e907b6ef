// What a cell does when the function does not run in the bootstrap's own process: a program that speaks the Runtime API, or a
// function that has extensions or a wrapper script. This process then only carries: it starts the extensions and the
// function's runtime, serves their API, gives them their work, and tells the engine when all of them are done.
//
//   extensions start --all registered--> runtime starts --ready, extensions wait--> idle --work--> running
//     --answered--> (extensions at work) --all wait--> idle --...--> ending
//
// Who answers the engine is the runtime; what an invocation took is over when everything in the cell waits again.
import { FRAME, encodePayload, FLAG, ERROR_KIND, type Report } from '../frames.ts'
import { encodeFrame } from './channel.ts'
import type { Channel } from './channel.ts'
import { openCellApi, RUNTIME_API_PORT } from './cell-api.ts'
import { errorDocument } from './errors.ts'
import { type ExtensionFailure, Extensions } from './extensions.ts'
import { type Bootstrap, FramedRuntime } from './framed-runtime.ts'
import { SHUTDOWN_MS_MAX } from './limits.ts'
import type { Program } from './program.ts'
import { RuntimeApi } from './runtime-api.ts'
import type { AnswerEnd, Runtime, RuntimeListener, Work } from './runtime.ts'
import { Telemetry } from './telemetry.ts'

export interface CarrierOptions {
  readonly channel: Channel
  readonly layersFolder: string
  readonly account: string
  readonly resultBytesMax: number
  /** 0: any free one. */
  readonly port: number
  /** What runs the function. Called when the extensions have registered; throws a RuntimeError when there is nothing. */
  readonly runs:
    | { readonly kind: 'program'; readonly find: () => Program }
    | { readonly kind: 'bootstrap'; readonly bootstrap: Bootstrap }
}

/** `answered`: the engine has the answer; extensions are still at work. */
type State =
  | { readonly kind: 'init'; readonly sinceMs: number }
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly work: Work; readonly startedMs: number; firstAnswerMs: number | undefined }
  | { readonly kind: 'answered'; readonly work: Work; readonly answeredMs: number }
  | { readonly kind: 'ending' }

export class Carrier {
  readonly #options: CarrierOptions
  readonly #extensions: Extensions
  readonly #telemetry: Telemetry
  readonly #runtime: Runtime
  readonly #pending: Work[] = []
  #state: State = { kind: 'init', sinceMs: performance.now() }
  /** Of the last invocation: what extensions took after its answer, and its trace, for the report that follows. */
  #after: { readonly work: Work; readonly spans: readonly Span[] } | undefined
  #apiAddress = ''
  #runtimeReady = false

  private constructor(options: CarrierOptions) {
    this.#options = options
    this.#telemetry = new Telemetry((id) => this.#extensions.nameOf(id))
    this.#extensions = new Extensions(this.#telemetry, options.account, {
      registered: () => this.#startRuntime(),
      quiet: () => this.#settle(),
      failed: (failure) => this.#extensionFailed(failure),
      line: (text) => this.#log(text),
    })
    const listener: RuntimeListener = {
      ready: () => this.#ready(),
      answer: (frames, end, sent) => this.#answer(frames, end, sent),
      initFailed: (document) => this.#initFailed(document),
      ended: (code, signal) => void this.#runtimeEnded(code, signal),
      line: (text) => {
        this.#telemetry.add('function', text)
        this.#log(text)
      },
    }
    const { runs, resultBytesMax } = options
    this.#runtime =
      runs.kind === 'program'
        ? new RuntimeApi(runs.find, resultBytesMax, listener)
        : new FramedRuntime(runs.bootstrap, listener)
  }

  /** Opens the API and starts the extensions, then the runtime. */
  static async open(options: CarrierOptions): Promise<Carrier> {
    const carrier = new Carrier(options)
    const parts = [carrier.#extensions, carrier.#telemetry]
    const runtime = carrier.#runtime
    const port = await openCellApi(options.port, runtime instanceof RuntimeApi ? [runtime, ...parts] : parts)
    carrier.#apiAddress = `127.0.0.1:${port}`
    carrier.#telemetry.add('platform.initStart', {
      ...initFacts(),
      functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'],
      functionVersion: process.env['AWS_LAMBDA_FUNCTION_VERSION'],
      instanceMaxMemory: memorySizeMb(),
    })
    carrier.#extensions.start(options.layersFolder, carrier.#apiAddress)
    return carrier
  }

  /** The id of the invocation under way; 0 for none. */
  get currentId(): number {
    return this.#state.kind === 'running' || this.#state.kind === 'answered' ? this.#state.work.id : 0
  }

  take(work: Work): void {
    if (this.#state.kind === 'idle') this.#run(work)
    else this.#pending.push(work)
  }

  /** Gives back what has not begun. */
  recall(): readonly number[] {
    return this.#pending.splice(0).map(({ id }) => id)
  }

  /** What the engine measured of an invocation. */
  report({ requestId, durationMs, initMs, peakMemoryMb, status }: Report): void {
    const after = this.#after?.work.facts.requestId === requestId ? this.#after : undefined
    this.#telemetry.add('platform.report', {
      requestId,
      status,
      ...(after && { tenantId: after.work.facts.context['tenantId'], ...tracingOf(after.work) }),
      ...withSpans(after?.spans ?? []),
      metrics: {
        durationMs,
        billedDurationMs: Math.max(1, Math.ceil(durationMs + (initMs ?? 0))),
        memorySizeMB: memorySizeMb(),
        maxMemoryUsedMB: Math.ceil(peakMemoryMb),
        ...(initMs !== undefined && { initDurationMs: initMs }),
      },
    })
  }

  /** The end of the cell: the runtime first, then the extensions. */
  async shutdown(reason: string): Promise<void> {
    if (this.#state.kind === 'ending') return
    const state = this.#state
    if (state.kind === 'running') this.#tellDone(state, { status: 'timeout', producedBytes: 0, errorType: undefined })
    if (reason === 'timeout' && 'work' in state) {
      const { requestId, timeoutMs } = state.work.facts
      this.#telemetry.add(
        'platform.fault',
        `RequestId: ${requestId} Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`,
      )
    }
    this.#state = { kind: 'ending' }
    await this.#runtime.stop()
    await this.#leave(reason, 0)
  }

  #startRuntime(): void {
    if (this.#state.kind !== 'init') return
    try {
      this.#runtime.start(this.#apiAddress)
    } catch (thrown) {
      this.#initFailed(Buffer.from(JSON.stringify(errorDocument(thrown))))
    }
  }

  #ready(): void {
    if (this.#state.kind !== 'init') return
    this.#runtimeReady = true
    this.#telemetry.add('platform.initRuntimeDone', { ...initFacts(), status: 'success' })
    this.#settle()
  }

  /** Everything may be waiting now: the end of the init, or of an invocation. */
  #settle(): void {
    const state = this.#state
    if (!this.#runtimeReady || !this.#extensions.isQuiet) return
    if (state.kind === 'init') this.#endInit(performance.now() - state.sinceMs)
    else if (state.kind === 'answered') {
      this.#rememberAfter(state.work, [spanOf('extensionOverhead', state.answeredMs, performance.now())])
      this.#state = { kind: 'idle' }
      if (this.#carries) this.#options.channel.send(encodeFrame({ type: FRAME.done, id: state.work.id }, ''))
    } else return
    const next = this.#pending.shift()
    if (next) this.#run(next)
  }

  #endInit(durationMs: number): void {
    this.#telemetry.add('platform.initReport', { ...initFacts(), status: 'success', metrics: { durationMs } })
    this.#extensions.close()
    this.#telemetry.close()
    this.#state = { kind: 'idle' }
    const meta = this.#carries ? JSON.stringify({ carries: true }) : ''
    this.#options.channel.send(encodeFrame({ type: FRAME.assigned, id: 0 }, meta))
  }

  /** Without extensions an answer is the end of its invocation. */
  get #carries(): boolean {
    return this.#extensions.any
  }

  #run(work: Work): void {
    this.#state = { kind: 'running', work, startedMs: performance.now(), firstAnswerMs: undefined }
    const { requestId, timeoutMs, context } = work.facts
    const tracing = tracingOf(work)
    const version = process.env['AWS_LAMBDA_FUNCTION_VERSION']
    this.#telemetry.add('platform.start', { requestId, version, tenantId: context['tenantId'], ...tracing })
    this.#extensions.invoke({
      deadlineMs: Date.now() + timeoutMs,
      requestId,
      invokedFunctionArn: context['invokedFunctionArn'],
      tracing: tracing.tracing ?? { type: 'X-Amzn-Trace-Id', value: '' },
    })
    this.#runtime.run(work)
  }

  #answer(frames: readonly Uint8Array[], end: AnswerEnd | undefined, sent: (() => void) | undefined): void {
    const { channel } = this.#options
    const state = this.#state
    if (state.kind !== 'running') return sent?.()
    state.firstAnswerMs ??= performance.now()
    // Before the answer: the engine closes the log of an invocation when it has that.
    if (end) this.#tellDone(state, end)
    if (sent) channel.sendThen(frames, sent)
    else channel.send(frames)
    if (!end) return
    this.#state = { kind: 'answered', work: state.work, answeredMs: performance.now() }
    this.#settle()
  }

  #tellDone(
    { work, startedMs, firstAnswerMs }: Extract<State, { kind: 'running' }>,
    { status, producedBytes, errorType }: Omit<AnswerEnd, 'status'> & { readonly status: EndStatus },
  ): void {
    const { requestId } = work.facts
    const nowMs = performance.now()
    const spans =
      firstAnswerMs === undefined
        ? []
        : [spanOf('responseLatency', startedMs, firstAnswerMs), spanOf('responseDuration', firstAnswerMs, nowMs)]
    const metrics = { durationMs: nowMs - startedMs, producedBytes }
    const error = errorType === undefined ? {} : { errorType }
    this.#rememberAfter(work, [])
    this.#telemetry.add('platform.runtimeDone', {
      requestId,
      status,
      ...error,
      ...tracingOf(work),
      ...withSpans(spans),
      metrics,
    })
    this.#telemetry.add('platform.end', { requestId })
  }

  #rememberAfter(work: Work, spans: readonly Span[]): void {
    this.#after = { work, spans }
  }

  #initFailed(document: Buffer): void {
    if (this.#state.kind !== 'init') return
    this.#tellInitFailed(document, this.#state.sinceMs)
    this.#fail(ERROR_KIND.init, document)
  }

  #tellInitFailed(document: Buffer, sinceMs: number): void {
    const { errorType } = JSON.parse(document.toString()) as { readonly errorType?: unknown }
    const told = { ...initFacts(), status: 'error', errorType }
    this.#telemetry.add('platform.initRuntimeDone', told)
    this.#telemetry.add('platform.initReport', { ...told, metrics: { durationMs: performance.now() - sinceMs } })
  }

  #extensionFailed({ errorType, errorMessage }: ExtensionFailure): void {
    const state = this.#state
    if (state.kind === 'ending') return
    const requestId = 'work' in state ? `RequestId: ${state.work.facts.requestId} ` : ''
    this.#telemetry.add('platform.fault', `${requestId}${errorMessage}\n${errorType}`)
    this.#fail(
      state.kind === 'init' ? ERROR_KIND.init : ERROR_KIND.handler,
      Buffer.from(JSON.stringify({ errorType, errorMessage: `${requestId}${errorMessage}` })),
    )
  }

  /** The cell is of no more use: says so, and ends with everything in it. */
  #fail(aux: number, document: Buffer): void {
    const state = this.#state
    const id = state.kind === 'running' ? state.work.id : 0
    this.#state = { kind: 'ending' }
    // Whoever has got the answer already hears nothing of this.
    if (state.kind !== 'answered')
      this.#options.channel.send(encodePayload({ type: FRAME.error, id, aux, flags: FLAG.last }, '', document))
    void this.#runtime.stop().then(() => this.#leave('failure', 1))
  }

  /** Ends this process as the runtime ended: the engine tells the rest from that. */
  async #runtimeEnded(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    const state = this.#state
    if (state.kind === 'ending') return
    const errorType = 'Runtime.ExitError'
    if (state.kind === 'running') this.#tellDone(state, { status: 'failure', producedBytes: 0, errorType })
    const requestId = 'work' in state ? `RequestId: ${state.work.facts.requestId} ` : ''
    const how = signal === null ? `exit status ${code}` : `signal: ${signal}`
    this.#telemetry.add('platform.fault', `${requestId}Error: Runtime exited with error: ${how}\n${errorType}`)
    this.#state = { kind: 'ending' }
    // The kernel may have done it, for lack of memory: then there is none to say goodbye with.
    if (signal !== null && signal !== 'SIGKILL') await this.#goodbye('failure')
    if (signal !== null) process.kill(process.pid, signal)
    await this.#leave('failure', code ?? 1)
  }

  async #leave(reason: string, code: number): Promise<void> {
    await this.#goodbye(reason)
    this.#options.channel.sendAndExit([], code)
  }

  async #goodbye(reason: string): Promise<void> {
    await this.#telemetry.flush()
    await this.#extensions.shutdown(reason, SHUTDOWN_MS_MAX)
  }

  #log(text: string): void {
    this.#options.channel.log(this.currentId, text)
  }
}

type EndStatus = 'success' | 'error' | 'failure' | 'timeout'

/** A part of an invocation, as telemetry tells it. */
interface Span {
  readonly name: 'responseLatency' | 'responseDuration' | 'extensionOverhead'
  readonly start: string
  readonly durationMs: number
}

/** Of two times of the process's own clock. */
function spanOf(name: Span['name'], fromMs: number, untilMs: number): Span {
  const start = new Date(performance.timeOrigin + fromMs).toISOString()
  return { name, start, durationMs: Math.round((untilMs - fromMs) * 1_000) / 1_000 }
}

function withSpans(spans: readonly Span[]): { readonly spans?: readonly Span[] } {
  return spans.length === 0 ? {} : { spans }
}

function tracingOf({ facts }: Work): { readonly tracing?: { readonly type: string; readonly value: string } } {
  const value = facts.context['traceId']
  return value === undefined ? {} : { tracing: { type: 'X-Amzn-Trace-Id', value } }
}

function memorySizeMb(): number {
  return Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? 0)
}

/** What every event of the init says. */
function initFacts(): object {
  return { initializationType: process.env['AWS_LAMBDA_INITIALIZATION_TYPE'] ?? 'on-demand', phase: 'init' }
}

/** AWS's port, unless the API of Mayfly has it, or the cell has no network of its own. */
export function runtimeApiPort(apiPort: number): number {
  return [0, RUNTIME_API_PORT].includes(apiPort) ? 0 : RUNTIME_API_PORT
}
