// The bootstrap of a Node.js cell. Booted before anyone needs it, it says READY and waits; ASSIGN makes it one function
// version for the rest of its life: environment, code, init. After that it serves one invocation at a time, or as many at
// once as the assignment says.
//
// Where a program, extensions or a wrapper script have a say, the function runs in a process of its own and this one carries
// (carrier.ts). Then the same file may be that other process: "carried".
//
// Arguments: task folder, temporary folder, API socket, API port on loopback, mode, egress socket or nothing. Modes: "probe" |
// "serve"; "hurry" where somebody waits for the cell already; "carried" behind a carrier; "carry" in place of a cell of
// another language, with the assignment in MAYFLY_ASSIGNMENT.
import { existsSync } from 'node:fs'
import Module from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DOOR, ERROR_KIND, FLAG, FRAME, PayloadCollector, RESULT_TIME_PER_MS } from '../frames.ts'
import type { Frame, Report } from '../frames.ts'
import { forwardSocket } from './socket-forward.ts'
import { encodeFrame, encodePayload, openChannel } from './channel.ts'
import { PROXY_PORT, proxyFetchWhenUsed, proxyVariables } from './egress.ts'
import { RuntimeError, errorDocument } from './errors.ts'
import { functionFacts, runHandler } from './invocation.ts'
import type { EmptyLoopWatch, Handler, InvocationFacts, InvocationStyle, Outcome } from './invocation.ts'
import { loadHandler } from './load-handler.ts'
import type { Carrier, CarrierOptions } from './carrier.ts'
import type { Bootstrap } from './framed-runtime.ts'
import type { Program, ProgramKind, RootProgram } from './program.ts'
import type { Work } from './runtime.ts'
import { captureOutput } from './output.ts'
import { isStreaming, offerStreaming, ResponseStream, type StreamingHandler } from './response-stream.ts'
import { type InSources, inSourcesOf, traceInSources } from './source-traces.ts'
import { Invocations } from './under-way.ts'

interface Assignment {
  readonly handler: string
  readonly account: string
  /** The function brings a program that speaks the Runtime API, in place of a handler. */
  readonly program?: ProgramKind
  /** The cell's root is a container image, and this the program in it. */
  readonly root?: RootProgram
  /** In mode "carry": the command line of the bootstrap that runs the handler. */
  readonly bootstrap?: { readonly file: string; readonly args: readonly string[] }
  readonly environment: Readonly<Record<string, string>>
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string
  }
  readonly resultBytesMax: number
  readonly payloadBytesMax: number
  /** Invocations at once; 1 when left out. */
  readonly concurrency?: number
}

type State =
  | { readonly kind: 'ready' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'serving'; readonly handler: Handler }
  | { readonly kind: 'carrying'; readonly carrier: Carrier }
  | { readonly kind: 'ending' }

const [givenTaskFolder = '', temporaryFolder = '', apiSocket = '', apiPortText = '0', mode = '', egressSocket = ''] =
  process.argv.slice(2)
process.argv.length = 2
let taskFolder = givenTaskFolder

/** Where a sandbox has the task; without one it lies somewhere else. */
const SANDBOXED_TASK = '/var/task'

/** Kept from the beginning: a function may put a clock of its own in its place. */
const { hrtime } = process

let state: State = { kind: 'ready' }
let assignment: Assignment | undefined
let style: InvocationStyle = { callbacks: true, function: functionFacts({}) }
let invocations = new Invocations(1)
/** Has come and has not begun: runs strictly in order. */
const pending: Work[] = []
/** Of the last INVOKE. */
let lastFacts: InvocationFacts = { requestId: '', timeoutMs: 0, context: {} }
let collecting: { readonly id: number; readonly facts: InvocationFacts; readonly payload: PayloadCollector } | undefined

const channel = openChannel(onFrame)
let inSources: InSources | undefined
const output = captureOutput(
  (line) => channel.log(currentId(), inSources?.(line) ?? line),
  () => invocations.current,
)
offerStreaming()
// A carried process uses what its carrier opened, and has its environment from it.
const carried = mode === 'carried'
/** Where functions find the API; nowhere until it is open. */
let apiPort = 0

void begin()

async function begin(): Promise<void> {
  if (!carried)
    [apiPort = 0] = await Promise.all([
      forwardSocket({ path: apiSocket, knock: () => knock(DOOR.api) }, Number(apiPortText)),
      ...(egressSocket === ''
        ? []
        : [forwardSocket({ path: egressSocket, knock: () => knock(DOOR.egress) }, PROXY_PORT)]),
    ])
  if (carried && process.env['HTTP_PROXY'] !== undefined) process.env['NODE_USE_ENV_PROXY'] = '1'
  if (egressSocket !== '' || process.env['NODE_USE_ENV_PROXY'] !== undefined) proxyFetchWhenUsed()
  process.on('beforeExit', () => invocations.emptyLoop())
  process.on('uncaughtException', (error) => crash('Uncaught Exception', error, error, 129))
  process.on('unhandledRejection', (reason) => {
    const error = new RuntimeError('Runtime.UnhandledPromiseRejection', String(reason))
    if (reason instanceof Error && reason.stack !== undefined) error.stack = `${error.name}: ${reason.stack}`
    crash('Unhandled Promise Rejection', error, { reason }, 128)
  })
  if (mode === 'carry') return assign(JSON.parse(process.env['MAYFLY_ASSIGNMENT'] ?? '') as Assignment)
  if (carried) return
  // Somebody waits: the first run of his code is the rehearsal.
  if (mode !== 'hurry') await rehearse()
  const facts = mode === 'probe' ? (await import('./probe.ts')).probeSurroundings() : {}
  channel.send(encodeFrame({ type: FRAME.ready, id: 0 }, JSON.stringify({ version: process.version, ...facts })))
}

function knock(door: number): void {
  channel.send(encodeFrame({ type: FRAME.knock, id: 0, aux: door }, ''))
}

/**
 * The first run of any code is its slowest: modules of Node that are loaded late, functions that are compiled when first
 * called. A cell has time before anyone needs it, so it plays an assignment and invocations through, heard by nobody.
 */
async function rehearse(): Promise<void> {
  const { REHEARSALS, forgetRehearsal, rehearsalFrames, rehearseModules } = await import('./rehearsal.ts')
  taskFolder = import.meta.dirname
  const rehearsal = channel.rehearse(rehearsalFrames())
  for (let turn = 0; turn < REHEARSALS * 2; turn++) await new Promise((resolve) => setImmediate(resolve))
  rehearsal.end()
  await rehearseModules()
  forgetRehearsal()
  taskFolder = givenTaskFolder
  assignment = undefined
  state = { kind: 'ready' }
}

function currentId(): number {
  return state.kind === 'carrying' ? state.carrier.currentId : (invocations.current?.id ?? 0)
}

function onFrame(frame: Frame): void {
  const more = (frame.flags & FLAG.more) !== 0
  switch (frame.type) {
    case FRAME.assign:
      void assign(JSON.parse(frame.meta.toString()) as Assignment)
      return
    case FRAME.invoke: {
      const payload = new PayloadCollector(assignment?.payloadBytesMax ?? 0)
      collecting = { id: frame.id, facts: factsIn(frame), payload }
      collect(frame.body, more)
      return
    }
    case FRAME.body:
      collect(frame.body, more)
      return
    case FRAME.recall: {
      const ids = state.kind === 'carrying' ? state.carrier.recall() : pending.splice(0).map(({ id }) => id)
      channel.send(encodeFrame({ type: FRAME.recalled, id: 0 }, JSON.stringify(ids)))
      return
    }
    case FRAME.shutdown: {
      const { reason } = JSON.parse(frame.meta.toString()) as { readonly reason: string }
      if (state.kind === 'carrying') void state.carrier.shutdown(reason)
      return
    }
    case FRAME.report:
      if (state.kind === 'carrying') state.carrier.report(JSON.parse(frame.meta.toString()) as Report)
      return
    default:
      throw new Error(`unknown frame ${frame.type}`)
  }
}

/** What an INVOKE leaves out is as it was in the one before. */
function factsIn({ meta }: Frame): InvocationFacts {
  const told = JSON.parse(meta.toString()) as Partial<InvocationFacts>
  const { requestId = '', timeoutMs = lastFacts.timeoutMs, context = lastFacts.context } = told
  lastFacts = { requestId, timeoutMs, context }
  return lastFacts
}

function collect(part: Buffer, more: boolean): void {
  // A copy of what must wait: the bytes are overwritten by the next read.
  const payload = collecting?.payload.add(more ? Buffer.from(part) : part, more)
  if (!collecting || !payload) return
  const { id, facts } = collecting
  collecting = undefined
  if (state.kind === 'serving' && invocations.count < invocations.max) return run(state.handler, { id, facts, payload })
  const work = { id, facts, payload: payload === part ? Buffer.from(part) : payload }
  if (state.kind === 'carrying') state.carrier.take(work)
  else pending.push(work)
}

async function assign(given: Assignment): Promise<void> {
  assignment = given
  invocations = new Invocations(given.concurrency ?? 1)
  const loading: State = { kind: 'loading' }
  state = loading
  try {
    setEnvironment(given)
    process.chdir(given.root ? '/' : taskFolder)
    if (!carried && carries(given)) return await startCarrying(given)
    // A wrapper script may put a handler of its own before the function's.
    const name = carried ? (process.env['_HANDLER'] ?? '') : given.handler
    const handler = await loadHandler(taskFolder, name, tellSources)
    if (state !== loading) return
    output.flush()
    channel.send(encodeFrame({ type: FRAME.assigned, id: 0 }, ''))
    state = { kind: 'serving', handler }
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
  // In an image everything is where the image says.
  const withLayers = given.root === undefined && existsSync(layersFolder)
  const wanted: Record<string, string> = {
    PATH: withLayers ? `${process.env['PATH'] ?? ''}:${layersFolder}/bin` : (process.env['PATH'] ?? ''),
    HOME: temporaryFolder,
    LANG: process.env['LANG'] ?? '',
    TZ: process.env['TZ'] ?? '',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${apiPort}`,
    ...(egressSocket !== '' && proxyVariables(PROXY_PORT)),
    ...(withLayers && layerPaths(layersFolder, major)),
    ...(given.root && IMAGE_VARIABLES),
    ...environment,
    ...(given.root === undefined && {
      LAMBDA_TASK_ROOT: taskFolder,
      LAMBDA_RUNTIME_DIR: dirname(fileURLToPath(import.meta.url)),
    }),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  }
  if (!carried) {
    for (const name of Object.keys(process.env)) if (!(name in wanted)) delete process.env[name]
    // A change of TZ is dear, so what is already right stays.
    for (const [name, value] of Object.entries(wanted)) if (process.env[name] !== value) process.env[name] = value
  }
  if (withLayers) readNodePath()
  if (process.env['AWS_LAMBDA_LOG_FORMAT'] === 'JSON') output.useJson(process.env['AWS_LAMBDA_LOG_LEVEL'])
  style = { callbacks: major === undefined || Number(major) < 24, function: functionFacts(process.env) }
  if (wantsNodesSourceMaps(given)) process.setSourceMapsEnabled(true)
}

function wantsNodesSourceMaps({ environment }: Assignment): boolean {
  return environment['NODE_OPTIONS']?.includes('--enable-source-maps') === true
}

function tellSources(file: string): void {
  // Node's own reader does it when asked, for the function's own eyes, too.
  if (!assignment || !wantsNodesSourceMaps(assignment)) inSources = inSourcesOf(file, taskFolder)
}

/** Where an image does not say it otherwise. */
const IMAGE_VARIABLES = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LAMBDA_TASK_ROOT: '/var/task',
  LAMBDA_RUNTIME_DIR: '/var/runtime',
}

/** `/opt`; without a sandbox the folder beside the task's. */
function layersFolderOf(task: string): string {
  return task === SANDBOXED_TASK ? '/opt' : join(dirname(task), 'opt')
}

/** Where AWS's runtimes look in layers (developer guide, "Layer paths for each Lambda runtime"). */
function layerPaths(layersFolder: string, major: string | undefined): Readonly<Record<string, string>> {
  const modules = [`${layersFolder}/nodejs/node${major}/node_modules`, `${layersFolder}/nodejs/node_modules`]
  // The process itself has read its library path long ago: this one is for what it starts.
  return {
    ...(major !== undefined && { NODE_PATH: modules.join(':') }),
    LD_LIBRARY_PATH: `/var/task:/var/task/lib:${layersFolder}/lib`,
  }
}

/** Node reads the variable only when it starts. */
function readNodePath(): void {
  const { _initPaths: read } = Module as unknown as { readonly _initPaths: () => void }
  read()
}

function failInit(error: unknown): void {
  if (state.kind === 'ending') return
  output.logError('Uncaught Exception', error)
  end(0, ERROR_KIND.init, error, 1)
}

/** Whether something beside the handler has its say. Only layers bring extensions. */
function carries({ program, bootstrap, environment }: Assignment): boolean {
  if (program !== undefined || bootstrap !== undefined || environment['AWS_LAMBDA_EXEC_WRAPPER']) return true
  const layersFolder = layersFolderOf(taskFolder)
  return existsSync(layersFolder) && existsSync(join(layersFolder, 'extensions'))
}

/** The function's own process decides from here on; this one only carries. */
async function startCarrying(given: Assignment): Promise<void> {
  if (givenTaskFolder !== SANDBOXED_TASK)
    throw new RuntimeError(
      'Runtime.SandboxMissing',
      'Extensions, wrapper scripts and programs need a sandbox, and this server has none (tier C): `mayfly doctor` says what is missing',
    )
  const [{ Carrier, runtimeApiPort }, { findProgram, imageProgram }] = await Promise.all([
    import('./carrier.ts'),
    import('./program.ts'),
  ])
  const layersFolder = layersFolderOf(taskFolder)
  const { program, root, account, resultBytesMax } = given
  const find = (kind: ProgramKind): Program =>
    root === undefined
      ? findProgram(kind, taskFolder, layersFolder, given.handler)
      : imageProgram(root, (line) => channel.log(currentId(), line))
  const runs: CarrierOptions['runs'] =
    program === undefined
      ? { kind: 'bootstrap', bootstrap: bootstrapOf(given) }
      : { kind: 'program', find: () => find(program) }
  const port = runtimeApiPort(Number(apiPortText))
  const carrier = await Carrier.open({ channel, layersFolder, account, resultBytesMax, port, runs })
  state = { kind: 'carrying', carrier }
  for (const work of pending.splice(0)) carrier.take(work)
}

function bootstrapOf({ bootstrap, program: _program, ...given }: Assignment): Bootstrap {
  const wrapper = given.environment['AWS_LAMBDA_EXEC_WRAPPER'] || undefined
  const own = { file: process.execPath, args: [...process.execArgv, fileURLToPath(import.meta.url)] }
  const { file, args } = bootstrap ?? own
  const places = [taskFolder, temporaryFolder, '', '0', 'carried', '']
  return { file, args: [...args, ...places], wrapper, assignment: JSON.stringify(given) }
}

function runNext(handler: Handler): void {
  while (invocations.count < invocations.max) {
    const next = pending.shift()
    if (!next) return
    run(handler, next)
  }
}

function run(handler: Handler, work: Work): void {
  const { id, facts } = work
  const watch: EmptyLoopWatch = { onEmpty: undefined }
  const { requestId, context } = facts
  const underWay = { id, requestId, tenantId: context['tenantId'], startedMs: monotonicMs(), watch }
  invocations.begin(underWay, () => call(handler, work, watch))
}

function call(handler: Handler, work: Work, watch: EmptyLoopWatch): void {
  const trace = work.facts.context['traceId']
  // A variable of the process can only tell of one invocation.
  if (trace !== undefined && invocations.max === 1) process.env['_X_AMZN_TRACE_ID'] = trace
  let event: unknown
  try {
    event = JSON.parse(work.payload.toString())
  } catch (error) {
    finish(handler, work.id, { kind: 'error', thrown: error })
    return
  }
  channel.hold(false)
  if (isStreaming(handler)) return runStreaming(handler, work, event)
  runHandler(handler, event, work.facts, style, watch, (outcome) => finish(handler, work.id, outcome))
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
  // Its end is the stream's, not an empty loop.
  const watch: EmptyLoopWatch = { onEmpty: undefined }
  runHandler(takesStream, event, work.facts, { ...style, callbacks: false }, watch, (outcome) => {
    if (outcome.kind === 'error') fail(outcome.thrown)
    // A handler that is done writes no more.
    else if (!stream.writableEnded) stream.end()
  })
}

function endStreaming(handler: Handler, id: number): void {
  if (state.kind !== 'serving' || !invocations.find(id)) return
  output.flush()
  invocations.end(id)
  goOn(handler)
}

/** Waiting for work keeps the process alive; an invocation ends when nothing else does. */
function goOn(handler: Handler): void {
  if (invocations.count === 0) channel.hold(true)
  runNext(handler)
}

function finish(handler: Handler, id: number, outcome: Outcome): void {
  const underWay = state.kind === 'serving' ? invocations.find(id) : undefined
  if (!underWay) return
  const tenths = tenthsSince(underWay.startedMs)
  const parts =
    outcome.kind === 'result' ? resultFrames(id, outcome.value, tenths) : handlerErrorFrames(id, outcome.thrown)
  output.flush()
  invocations.end(id)
  // Before the next one begins: it may compute for long.
  channel.send(parts)
  goOn(handler)
}

/** Not performance.now(): what Node.js loads for it would take 1 ms of a first invocation. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = hrtime()
  return seconds * 1_000 + nanoseconds / 1_000_000
}

function tenthsSince(startedMs: number): number {
  return Math.min(0xffff, Math.round((monotonicMs() - startedMs) * RESULT_TIME_PER_MS))
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
  output.logError('Invoke Error', thrown)
  return encodePayload({ type: FRAME.error, id, aux: ERROR_KIND.handler }, '', documentBytes(thrown))
}

/** An error that nobody caught ends the process, as on AWS, after the caller has been told. */
function crash(title: string, error: unknown, logged: unknown, code: number): void {
  if (state.kind === 'ending') return
  output.logError(title, title === 'Uncaught Exception' ? logged : error)
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
  const document = traceInSources(errorDocument(thrown), inSources)
  const bytes = Buffer.from(JSON.stringify(document))
  if (bytes.length <= (assignment?.resultBytesMax ?? 0)) return bytes
  return Buffer.from(JSON.stringify({ ...document, errorMessage: document.errorMessage.slice(0, 1024), trace: [] }))
}
