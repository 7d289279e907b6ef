// The Extensions API: programs beside the function that register for its events. Source: developer guide, "Lambda Extensions
// API". External extensions are the files of /opt/extensions, each started as a process of its own; internal ones are part
// of the runtime's process and register by any other name.
//
//   started --register--> registered --next--> waiting --event--> working --next--> waiting --...
//                                                                     \--(exit, error)--> failed
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { headerOf, type Part, readObject, refuse, reply } from './cell-api.ts'
import { EXTENSION_BODY_BYTES_MAX, EXTENSION_NAME_CHARS_MAX, EXTENSIONS_MAX } from './limits.ts'
import { forEachLine } from './output-lines.ts'
import type { Telemetry } from './telemetry.ts'

const VERSION_PATH = '/2020-01-01/extension'
const EVENTS = ['INVOKE', 'SHUTDOWN'] as const
type EventName = (typeof EVENTS)[number]

/** Variables that extensions do not see ("Configuring extensions", environment variables). */
const HIDDEN_VARIABLES = [
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
  'NODE_PATH',
  '_HANDLER',
]

export interface ExtensionFailure {
  readonly errorType: 'Extension.Crash' | 'Extension.LaunchError' | 'Extension.InitError' | 'Extension.ExitError'
  readonly errorMessage: string
}

export interface ExtensionsListener {
  /** Every external extension has registered. */
  registered(): void
  /** Nothing is under way in any extension any more. */
  quiet(): void
  failed(failure: ExtensionFailure): void
  line(text: string): void
}

interface Extension {
  readonly name: string
  readonly id: string
  readonly process: ChildProcess | undefined
  events: ReadonlySet<EventName>
  state: 'started' | 'registered' | 'waiting' | 'working' | 'ended'
  /** Set while it waits for its next event. */
  waiting: ServerResponse | undefined
}

export class Extensions implements Part {
  readonly #listener: ExtensionsListener
  readonly #telemetry: Telemetry
  readonly #account: string
  readonly #extensions: Extension[] = []
  #closed = false
  #ending = false
  #shutdownEvent: Readonly<Record<string, unknown>> | undefined
  #onAllEnded: (() => void) | undefined

  constructor(telemetry: Telemetry, account: string, listener: ExtensionsListener) {
    this.#telemetry = telemetry
    this.#account = account
    this.#listener = listener
  }

  /** The files to start, in the order of their names; folders are not looked into. */
  static files(layersFolder: string): readonly string[] {
    try {
      return readdirSync(join(layersFolder, 'extensions'), { withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map(({ name }) => name)
        .sort()
    } catch {
      return []
    }
  }

  /** Starts the external extensions. Whatever goes wrong comes as `failed`. */
  start(layersFolder: string, apiAddress: string): void {
    const env: NodeJS.ProcessEnv = { ...process.env, AWS_LAMBDA_RUNTIME_API: apiAddress }
    for (const name of HIDDEN_VARIABLES) delete env[name]
    const files = Extensions.files(layersFolder)
    for (const name of files.slice(0, EXTENSIONS_MAX)) this.#launch(join(layersFolder, 'extensions', name), name, env)
    if (files.length > EXTENSIONS_MAX)
      this.#listener.failed({
        errorType: 'Extension.LaunchError',
        errorMessage: `Error: more than ${EXTENSIONS_MAX} extensions`,
      })
    if (files.length === 0) this.#listener.registered()
  }

  /** No extension can register from here on. */
  close(): void {
    this.#closed = true
  }

  get isQuiet(): boolean {
    return this.#extensions.every(({ state }) => state === 'waiting' || state === 'ended')
  }

  get any(): boolean {
    return this.#extensions.length > 0
  }

  /** Tells those that registered for it; they are at work until each asks for its next event. */
  invoke(event: Readonly<Record<string, unknown>>): void {
    for (const extension of this.#extensions)
      if (extension.events.has('INVOKE') && extension.state === 'waiting')
        give(extension, { eventType: 'INVOKE', ...event })
  }

  /** Tells those that registered for it, and resolves when all processes of extensions are gone, or the time is over. */
  async shutdown(shutdownReason: string, graceMs: number): Promise<void> {
    if (this.#ending) return
    this.#ending = true
    this.#closed = true
    this.#shutdownEvent = { eventType: 'SHUTDOWN', shutdownReason, deadlineMs: Date.now() + graceMs }
    for (const extension of this.#extensions) {
      if (extension.state === 'ended' || extension.process === undefined) continue
      // Who did not ask to be told is not waited for.
      if (!extension.events.has('SHUTDOWN')) extension.process.kill('SIGKILL')
      else if (extension.waiting) give(extension, this.#shutdownEvent)
    }
    if (this.#allEnded) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs)
      this.#onAllEnded = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    for (const { process: left } of this.#extensions) left?.kill('SIGKILL')
  }

  /** The name of a registered extension. */
  nameOf(id: string | undefined): string | undefined {
    return this.#extensions.find((extension) => extension.id === id && extension.state !== 'started')?.name
  }

  answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> | undefined {
    if (!path.startsWith(`${VERSION_PATH}/`)) return undefined
    return this.#answer(request, response, `${request.method} ${path.slice(VERSION_PATH.length)}`)
  }

  async #answer(request: IncomingMessage, response: ServerResponse, call: string): Promise<void> {
    if (call === 'POST /register') return this.#register(request, response)
    const kind = /^POST \/(init|exit)\/error$/.exec(call)?.[1]
    if (call !== 'GET /event/next' && kind === undefined)
      return refuse(response, 404, 'InvalidRequest', 'no such resource')
    const id = headerOf(request, 'lambda-extension-identifier')
    if (id === undefined)
      return refuse(response, 403, 'Extension.MissingExtensionIdentifier', 'Missing Lambda-Extension-Identifier header')
    const extension = this.#extensions.find((one) => one.id === id)
    if (!extension || extension.state === 'started')
      return refuse(response, 403, 'Extension.UnknownExtensionIdentifier', 'Unknown extension identifier')
    if (kind === undefined) return this.#next(extension, response)
    await this.#report(extension, kind === 'init' ? 'init' : 'exit', request, response)
  }

  async #register(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = headerOf(request, 'lambda-extension-name')
    const body = await readObject(request, EXTENSION_BODY_BYTES_MAX)
    if (name === undefined || name.length > EXTENSION_NAME_CHARS_MAX)
      return refuse(response, 403, 'Extension.InvalidExtensionName', 'Empty or too long extension name')
    if (this.#closed)
      return refuse(response, 403, 'Extension.RegistrationClosed', 'Extension registration closed already')
    const started = this.#extensions.find((one) => one.name === name)
    if (started && started.state !== 'started')
      return refuse(response, 403, 'Extension.AlreadyRegistered', `Extension ${name} is registered already`)
    const events = eventsIn(body)
    if (typeof events === 'string') return refuse(response, 400, 'InvalidRequestFormat', events)
    if (!started && events.has('SHUTDOWN'))
      return refuse(
        response,
        403,
        'Extension.InvalidEventType',
        'ShutdownEventNotSupportedForInternalExtension: only extensions of /opt/extensions hear of the shutdown',
      )
    const extension = started ?? this.#add(name, undefined)
    if (!extension) return refuse(response, 403, 'Extension.TooManyExtensions', 'Extension limit reached')
    extension.events = events
    extension.state = 'registered'
    const features = headerOf(request, 'lambda-extension-accept-feature')
      ?.split(',')
      .map((feature) => feature.trim())
    const document = {
      functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'],
      functionVersion: process.env['AWS_LAMBDA_FUNCTION_VERSION'],
      handler: process.env['_HANDLER'],
      ...(features?.includes('accountId') === true && { accountId: this.#account }),
    }
    reply(response, 200, document, { 'lambda-extension-identifier': extension.id })
    this.#tellState(extension, 'Registered', undefined)
    if (started && this.#extensions.every(({ state }) => state !== 'started')) this.#listener.registered()
  }

  #next(extension: Extension, response: ServerResponse): void {
    if (extension.state === 'ended')
      return refuse(response, 403, 'Extension.InvalidExtensionState', 'The extension reported its end')
    const first = extension.state === 'registered'
    extension.state = 'waiting'
    extension.waiting = response
    if (first) this.#tellReady(extension)
    if (this.#shutdownEvent && extension.events.has('SHUTDOWN')) return give(extension, this.#shutdownEvent)
    if (this.isQuiet) this.#listener.quiet()
  }

  async #report(
    extension: Extension,
    kind: 'init' | 'exit',
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const type = headerOf(request, 'lambda-extension-function-error-type')
    const body = await readObject(request, EXTENSION_BODY_BYTES_MAX)
    if (type === undefined)
      return refuse(response, 403, 'Extension.MissingHeader', 'Lambda-Extension-Function-Error-Type not found')
    if (extension.state === 'ended' || (kind === 'init' && extension.state !== 'registered'))
      return refuse(response, 403, 'Extension.InvalidExtensionState', `No ${kind} error is possible now`)
    reply(response, 202)
    extension.state = 'ended'
    this.#tellState(extension, kind === 'init' ? 'InitError' : 'ExitError', type)
    const message = typeof body?.['errorMessage'] === 'string' ? `: ${body['errorMessage']}` : ''
    this.#fail({
      errorType: kind === 'init' ? 'Extension.InitError' : 'Extension.ExitError',
      errorMessage: `Error: extension ${extension.name} reported ${type}${message}`,
    })
  }

  #add(name: string, process: ChildProcess | undefined): Extension | undefined {
    if (this.#extensions.length >= EXTENSIONS_MAX) return undefined
    const extension: Extension = {
      name,
      id: randomUUID(),
      process,
      events: new Set(),
      state: 'started',
      waiting: undefined,
    }
    this.#extensions.push(extension)
    return extension
  }

  #launch(file: string, name: string, env: NodeJS.ProcessEnv): void {
    const child = spawn(file, [], { stdio: ['ignore', 'pipe', 'pipe'], env, cwd: '/' })
    const extension = this.#add(name, child)
    if (!extension) return
    for (const stream of [child.stdout, child.stderr])
      forEachLine(stream, (line) => {
        this.#telemetry.add('extension', line)
        this.#listener.line(line)
      })
    child.once('error', (error) => {
      this.#tellState(extension, 'LaunchError', error.message)
      this.#end(extension)
      this.#fail({
        errorType: 'Extension.LaunchError',
        errorMessage: `Error: ${error.message.replace('spawn', 'fork/exec')}`,
      })
    })
    child.once('close', (code, signal) => {
      const reported = extension.state === 'ended'
      this.#end(extension)
      const how = signal === null ? `exit status ${code}` : `signal: ${signal}`
      if (!reported) this.#fail({ errorType: 'Extension.Crash', errorMessage: `Error: ${how} (extension ${name})` })
    })
  }

  #end(extension: Extension): void {
    extension.state = 'ended'
    extension.waiting = undefined
    if (this.#allEnded) this.#onAllEnded?.()
  }

  get #allEnded(): boolean {
    return this.#extensions.every(
      ({ process: own }) =>
        own === undefined || own.exitCode !== null || own.signalCode !== null || own.pid === undefined,
    )
  }

  /** At the end of the environment extensions may end as they like. */
  #fail(failure: ExtensionFailure): void {
    if (!this.#ending) this.#listener.failed(failure)
  }

  /** The line that AWS writes into the log, and the event of it. */
  #tellReady(extension: Extension): void {
    this.#tellState(extension, 'Ready', undefined)
  }

  #tellState({ name, events }: Extension, state: string, errorType: string | undefined): void {
    const list = [...events]
    this.#telemetry.add('platform.extension', {
      name,
      state,
      events: list,
      ...(errorType !== undefined && { errorType }),
    })
    if (state === 'Registered') return
    const error = errorType === undefined ? '' : `\tError Type: ${errorType}`
    this.#listener.line(`EXTENSION\tName: ${name}\tState: ${state}\tEvents: [${list.join(', ')}]${error}`)
  }
}

function give(extension: Extension, event: Readonly<Record<string, unknown>>): void {
  const { waiting } = extension
  if (!waiting) return
  extension.waiting = undefined
  extension.state = 'working'
  reply(waiting, 200, event, { 'lambda-extension-event-identifier': randomUUID() })
}

/** The events of a registration, or what is wrong with it. */
function eventsIn(body: Readonly<Record<string, unknown>> | undefined): ReadonlySet<EventName> | string {
  const { events = [] } = body ?? {}
  if (body === undefined || !Array.isArray(events)) return 'The body must be {"events": [...]}'
  const known = EVENTS.filter((name) => events.includes(name))
  const unknown = events.find((name) => !EVENTS.some((event) => event === name)) as unknown
  return unknown === undefined ? new Set(known) : `There is no event ${JSON.stringify(unknown)}`
}
