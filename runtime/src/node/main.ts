// The bootstrap of a Node.js cell. Booted before anyone needs it, it says READY and waits; ASSIGN makes it one function
// version for the rest of its life: environment, code, init. After that it serves one invocation at a time.
//
// Arguments: task folder, temporary folder, API socket, API port on loopback, "probe" | "serve", egress socket or nothing.
import { existsSync } from 'node:fs'
import Module from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ERROR_KIND, FLAG, FRAME, PayloadCollector, RESULT_TIME_PER_MS } from '../frames.ts'
import type { Frame } from '../frames.ts'
import { forwardSocket } from './socket-forward.ts'
import { encodeFrame, encodePayload, openChannel } from './channel.ts'
import { PROXY_PORT, proxyFetchWhenUsed, proxyVariables } from './egress.ts'
import { RuntimeError, errorDocument, errorLogJson } from './errors.ts'
import { runHandler } from './invocation.ts'
import type { EmptyLoopWatch, Handler, InvocationFacts, Outcome } from './invocation.ts'
import { loadHandler } from './load-handler.ts'
import type { ProgramKind } from './program.ts'
import type { RuntimeApi } from './runtime-api.ts'
import { captureOutput } from './output.ts'
import { isStreaming, offerStreaming, ResponseStream, type StreamingHandler } from './response-stream.ts'
import { probeSurroundings } from './probe.ts'
import { REHEARSALS, forgetRehearsal, rehearsalFrames } from './rehearsal.ts'

interface Assignment {
  readonly handler: string
  /** The function brings a program that speaks the Runtime API, in place of a handler. */
  readonly program?: ProgramKind
  readonly environment: Readonly<Record<string, string>>
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string
  }
  readonly resultBytesMax: number
  readonly payloadBytesMax: number
}

interface Work {
  readonly id: number
  readonly facts: InvocationFacts
  readonly payload: Buffer
}

type State =
  | { readonly kind: 'ready' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'idle'; readonly handler: Handler }
  | { readonly kind: 'running'; readonly handler: Handler; readonly id: number; readonly startedMs: number }
  /** `id`: of the invocation that the program has; 0 for none. */
  | { readonly kind: 'custom'; readonly api: RuntimeApi; id: number; startedMs: number }
  | { readonly kind: 'ending' }

const [givenTaskFolder = '', temporaryFolder = '', apiSocket = '', apiPortText = '0', mode = '', egressSocket = ''] =
  process.argv.slice(2)
process.argv.length = 2
let taskFolder = givenTaskFolder

let state: State = { kind: 'ready' }
let assignment: Assignment | undefined
let callbacks = true
/** Has come and has not begun: runs strictly in order, one at a time. */
const pending: Work[] = []
let collecting: { readonly id: number; readonly facts: InvocationFacts; readonly payload: PayloadCollector } | undefined
const watch: EmptyLoopWatch = { onEmpty: undefined }

const channel = openChannel(onFrame)
const output = captureOutput((line) => channel.log(currentId(), line))
offerStreaming()
const [apiPort] = await Promise.all([
  forwardSocket(apiSocket, Number(apiPortText)),
  ...(egressSocket === '' ? [] : [forwardSocket(egressSocket, PROXY_PORT)]),
])
if (egressSocket !== '') proxyFetchWhenUsed()

process.on('beforeExit', () => {
  const { onEmpty } = watch
  watch.onEmpty = undefined
  onEmpty?.()
})
process.on('uncaughtException', (error) => crash('Uncaught Exception', error, error, 129))
process.on('unhandledRejection', (reason) => {
  const error = new RuntimeError('Runtime.UnhandledPromiseRejection', String(reason))
  if (reason instanceof Error && reason.stack !== undefined) error.stack = `${error.name}: ${reason.stack}`
  crash('Unhandled Promise Rejection', error, { reason }, 128)
})

await rehearse()
const facts = mode === 'probe' ? probeSurroundings() : {}
channel.send(encodeFrame({ type: FRAME.ready, id: 0 }, JSON.stringify({ version: process.version, ...facts })))

/**
 * The first run of any code is its slowest: modules of Node that are loaded late, functions that are compiled when first
 * called. A cell has time before anyone needs it, so it plays an assignment and invocations through, heard by nobody.
 */
async function rehearse(): Promise<void> {
  taskFolder = import.meta.dirname
  const rehearsal = channel.rehearse(rehearsalFrames())
  for (let turn = 0; turn < REHEARSALS * 2; turn++) await new Promise((resolve) => setImmediate(resolve))
  rehearsal.end()
  forgetRehearsal()
  taskFolder = givenTaskFolder
  assignment = undefined
  state = { kind: 'ready' }
}

function currentId(): number {
  return state.kind === 'running' || state.kind === 'custom' ? state.id : 0
}

function onFrame(frame: Frame): void {
  const more = (frame.flags & FLAG.more) !== 0
  switch (frame.type) {
    case FRAME.assign:
      void assign(JSON.parse(frame.meta.toString()) as Assignment)
      return
    case FRAME.invoke: {
      const payload = new PayloadCollector(assignment?.payloadBytesMax ?? 0)
      collecting = { id: frame.id, facts: JSON.parse(frame.meta.toString()) as InvocationFacts, payload }
      collect(frame.body, more)
      return
    }
    case FRAME.body:
      collect(frame.body, more)
      return
    case FRAME.recall: {
      const ids = pending.splice(0).map(({ id }) => id)
      channel.send(encodeFrame({ type: FRAME.recalled, id: 0 }, JSON.stringify(ids)))
      return
    }
    default:
      throw new Error(`unknown frame ${frame.type}`)
  }
}

function collect(part: Buffer, more: boolean): void {
  // A copy: the bytes are overwritten by the next read.
  const payload = collecting?.payload.add(Buffer.from(part), more)
  if (!collecting || !payload) return
  const work = { id: collecting.id, facts: collecting.facts, payload }
  collecting = undefined
  if (state.kind === 'idle') run(state.handler, work)
  else if (state.kind === 'custom' && state.id === 0) runCustom(state, work)
  else pending.push(work)
}

async function assign(given: Assignment): Promise<void> {
  assignment = given
  const loading: State = { kind: 'loading' }
  state = loading
  try {
    setEnvironment(given)
    process.chdir(taskFolder)
    if (given.program !== undefined) return await startCustom(given, given.program)
    const handler = await loadHandler(taskFolder, given.handler)
    if (state !== loading) return
    output.flush()
    channel.send(encodeFrame({ type: FRAME.assigned, id: 0 }, ''))
    state = { kind: 'idle', handler }
    runNext(handler)
  } catch (error) {
    failInit(error)
  }
}

/** The environment of the function, and nothing of the cell's own. */
function setEnvironment(given: Assignment): void {
  const { credentials, environment } = given
  const major = /nodejs(\d+)/.exec(environment['AWS_EXECUTION_ENV'] ?? '')?.[1]
  const layersFolder = layersFolderOf(taskFolder)
  const withLayers = existsSync(layersFolder)
  const wanted: Record<string, string> = {
    PATH: withLayers ? `${process.env['PATH'] ?? ''}:${layersFolder}/bin` : (process.env['PATH'] ?? ''),
    HOME: temporaryFolder,
    LANG: process.env['LANG'] ?? '',
    TZ: process.env['TZ'] ?? '',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${apiPort}`,
    ...(egressSocket !== '' && proxyVariables(PROXY_PORT)),
    ...(withLayers && layerPaths(layersFolder, major)),
    ...environment,
    LAMBDA_TASK_ROOT: taskFolder,
    LAMBDA_RUNTIME_DIR: dirname(fileURLToPath(import.meta.url)),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  }
  for (const name of Object.keys(process.env)) if (!(name in wanted)) delete process.env[name]
  // A change of TZ is dear, so what is already right stays.
  for (const [name, value] of Object.entries(wanted)) if (process.env[name] !== value) process.env[name] = value
  if (withLayers) readNodePath()
  callbacks = major === undefined || Number(major) < 24
  if (environment['NODE_OPTIONS']?.includes('--enable-source-maps') === true) process.setSourceMapsEnabled(true)
}

/** `/opt`; without a sandbox the folder beside the task's. */
function layersFolderOf(task: string): string {
  return task === '/var/task' ? '/opt' : join(dirname(task), 'opt')
}

/** Where AWS's runtimes look in layers (developer guide, "Layer paths for each Lambda runtime"). */
function layerPaths(layersFolder: string, major: string | undefined): Readonly<Record<string, string>> {
  const modules = [`${layersFolder}/nodejs/node${major}/node_modules`, `${layersFolder}/nodejs/node_modules`]
  // The process itself has read its library path long ago: this one is for what it starts.
  return { NODE_PATH: modules.join(':'), LD_LIBRARY_PATH: `/var/task:/var/task/lib:${layersFolder}/lib` }
}

/** Node reads the variable only when it starts. */
function readNodePath(): void {
  const { _initPaths: read } = Module as unknown as { readonly _initPaths: () => void }
  read()
}

function failInit(error: unknown): void {
  if (state.kind === 'ending') return
  output.log('ERROR', `Uncaught Exception \t${errorLogJson(error)}`)
  end(0, ERROR_KIND.init, error, 1)
}

/** The program's own process decides from here on; this one only carries. */
async function startCustom(given: Assignment, kind: ProgramKind): Promise<void> {
  const [{ RuntimeApi, RUNTIME_API_PORT }, { findProgram }] = await Promise.all([
    import('./runtime-api.ts'),
    import('./program.ts'),
  ])
  const ready = Promise.withResolvers<void>()
  const api = await RuntimeApi.start({
    program: findProgram(kind, taskFolder, layersFolderOf(taskFolder), given.handler),
    // Without a network of its own, or with the API at that port, any free one will do.
    port: [0, RUNTIME_API_PORT].includes(Number(apiPortText)) ? 0 : RUNTIME_API_PORT,
    resultBytesMax: given.resultBytesMax,
    ready: ready.resolve,
    succeeded: (payload) =>
      finishCustom((id, tenths) => encodePayload({ type: FRAME.result, id, aux: tenths }, '', payload)),
    tooLarge: (bytes) => finishCustom((id) => tooLargeFrames(id, bytes)),
    failed: (document) =>
      finishCustom((id) => encodePayload({ type: FRAME.error, id, aux: ERROR_KIND.handler }, '', document)),
    initFailed: (document) => endWith(0, ERROR_KIND.init, document, 1),
    ended: exitAs,
  })
  await ready.promise
  output.flush()
  state = { kind: 'custom', api, id: 0, startedMs: 0 }
  channel.send(encodeFrame({ type: FRAME.assigned, id: 0 }, ''))
  const next = pending.shift()
  if (next) runCustom(state, next)
}

function runCustom(custom: Extract<State, { readonly kind: 'custom' }>, work: Work): void {
  custom.id = work.id
  custom.startedMs = performance.now()
  custom.api.run(work)
}

function finishCustom(framesOf: (id: number, tenths: number) => Uint8Array[]): void {
  if (state.kind !== 'custom' || state.id === 0) return
  const { id, startedMs } = state
  output.flush()
  state.id = 0
  channel.send(framesOf(id, tenthsSince(startedMs)))
  const next = pending.shift()
  if (next) runCustom(state, next)
}

/** Ends this process as the program ended: the engine tells the rest from that. */
function exitAs(code: number | null, signal: NodeJS.Signals | null): void {
  if (state.kind === 'ending') return
  output.flush()
  state = { kind: 'ending' }
  if (signal !== null) process.kill(process.pid, signal)
  channel.sendAndExit([], code ?? 1)
}

function runNext(handler: Handler): void {
  const next = pending.shift()
  if (next) run(handler, next)
}

function run(handler: Handler, work: Work): void {
  state = { kind: 'running', handler, id: work.id, startedMs: performance.now() }
  output.requestId = work.facts.requestId
  const trace = work.facts.context['traceId']
  if (trace !== undefined) process.env['_X_AMZN_TRACE_ID'] = trace
  let event: unknown
  try {
    event = JSON.parse(work.payload.toString())
  } catch (error) {
    finish(handler, work.id, { kind: 'error', thrown: error })
    return
  }
  channel.hold(false)
  if (isStreaming(handler)) return runStreaming(handler, work, event)
  runHandler(handler, event, work.facts, { callbacks }, watch, (outcome) => finish(handler, work.id, outcome))
}

/** The answer leaves while the handler makes it; its end is the end of the invocation. */
function runStreaming(handler: Handler, work: Work, event: unknown): void {
  const stream = new ResponseStream(work.id, (parts, done) => channel.sendThen(parts, done))
  const fail = (thrown: unknown): void => {
    stream.destroy()
    finish(handler, work.id, { kind: 'error', thrown })
  }
  stream.once('error', fail)
  stream.once('finish', () => endStreaming(handler, work.id))
  // The stream takes the callback's place.
  const streaming = handler as unknown as StreamingHandler
  const takesStream = (_event: unknown, context: unknown): unknown => streaming(event, stream, context)
  const watch: EmptyLoopWatch = { onEmpty: undefined }
  runHandler(takesStream, event, work.facts, { callbacks: false }, watch, (outcome) => {
    if (outcome.kind === 'error') fail(outcome.thrown)
    // A handler that is done writes no more.
    else if (!stream.writableEnded) stream.end()
  })
}

function endStreaming(handler: Handler, id: number): void {
  if (state.kind !== 'running' || state.id !== id) return
  channel.hold(true)
  output.flush()
  output.requestId = undefined
  state = { kind: 'idle', handler }
  runNext(handler)
}

function finish(handler: Handler, id: number, outcome: Outcome): void {
  if (state.kind !== 'running' || state.id !== id) return
  channel.hold(true)
  const tenths = tenthsSince(state.startedMs)
  const parts =
    outcome.kind === 'result' ? resultFrames(id, outcome.value, tenths) : handlerErrorFrames(id, outcome.thrown)
  output.flush()
  output.requestId = undefined
  state = { kind: 'idle', handler }
  // Before the next one begins: it may compute for long.
  channel.send(parts)
  runNext(handler)
}

function tenthsSince(startedMs: number): number {
  return Math.min(0xffff, Math.round((performance.now() - startedMs) * RESULT_TIME_PER_MS))
}

function resultFrames(id: number, value: unknown, tenths: number): Uint8Array[] {
  let text: string | undefined
  try {
    text = JSON.stringify(value === undefined ? null : value)
  } catch {
    return handlerErrorFrames(id, new Error('Unable to stringify response body'))
  }
  const payload = Buffer.from(text ?? 'null')
  const limit = assignment?.resultBytesMax ?? 0
  if (payload.length <= limit) return encodePayload({ type: FRAME.result, id, aux: tenths }, '', payload)
  return tooLargeFrames(id, payload.length)
}

function tooLargeFrames(id: number, bytes: number): Uint8Array[] {
  return encodeFrame({ type: FRAME.error, id, aux: ERROR_KIND.tooLarge }, JSON.stringify({ bytes }))
}

function handlerErrorFrames(id: number, thrown: unknown): Uint8Array[] {
  output.log('ERROR', `Invoke Error \t${errorLogJson(thrown)}`)
  return encodePayload({ type: FRAME.error, id, aux: ERROR_KIND.handler }, '', documentBytes(thrown))
}

/** An error that nobody caught ends the process, as on AWS, after the caller has been told. */
function crash(title: string, error: unknown, logged: unknown, code: number): void {
  if (state.kind === 'ending') return
  output.log('ERROR', `${title} \t${errorLogJson(title === 'Uncaught Exception' ? logged : error)}`)
  const kind = state.kind === 'loading' ? ERROR_KIND.init : ERROR_KIND.handler
  end(currentId(), kind, error, code)
}

function end(id: number, kind: number, error: unknown, code: number): void {
  endWith(id, kind, documentBytes(error), code)
}

function endWith(id: number, kind: number, document: Buffer, code: number): void {
  output.flush()
  state = { kind: 'ending' }
  const head = { type: FRAME.error, id, aux: kind, flags: FLAG.last }
  channel.sendAndExit(encodePayload(head, '', document), code)
}

/** Bounded: an error may carry a message of any length. */
function documentBytes(thrown: unknown): Buffer {
  const document = errorDocument(thrown)
  const bytes = Buffer.from(JSON.stringify(document))
  if (bytes.length <= (assignment?.resultBytesMax ?? 0)) return bytes
  return Buffer.from(JSON.stringify({ ...document, errorMessage: document.errorMessage.slice(0, 1024), trace: [] }))
}
