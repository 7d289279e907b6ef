// Functions that bring their own runtime: the Lambda Runtime API on the cell's loopback, and the program that speaks it. Source: developer guide, "Using the Lambda runtime API for custom runtimes" (version 2018-06-01). A program
// that asks for the next invocation waits here; what it posts becomes the answer.
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { InvocationFacts } from './invocation.ts'
import type { Program } from './program.ts'

/** AWS's own port. Without a network of its own the cell takes any free one. */
export const RUNTIME_API_PORT = 9001

const VERSION_PATH = '/2018-06-01/runtime'
const ERROR_TYPE_HEADER = 'lambda-runtime-function-error-type'

/** An invocation that the program has not answered yet. */
export interface CustomWork {
  readonly facts: InvocationFacts
  readonly payload: Buffer
}

export interface RuntimeApiOptions {
  readonly program: Program
  readonly port: number
  readonly resultBytesMax: number
  /** The program asks for its first invocation: its init is over. */
  readonly ready: () => void
  readonly succeeded: (payload: Buffer) => void
  /** The answer is above the limit. */
  readonly tooLarge: (bytes: number) => void
  /** The program reports that its handler failed; the document is passed on as it came. */
  readonly failed: (document: Buffer) => void
  /** The program reports that its init failed, and will end. */
  readonly initFailed: (document: Buffer) => void
  /** The program ended. Exactly one of the two is set. */
  readonly ended: (code: number | null, signal: NodeJS.Signals | null) => void
}

type State =
  | { readonly kind: 'init' }
  /** The program waits for work. */
  | { readonly kind: 'waiting'; readonly response: ServerResponse }
  | { readonly kind: 'running'; readonly work: CustomWork }
  /** Answered, and not asked for more yet. */
  | { readonly kind: 'between' }

export class RuntimeApi {
  readonly #options: RuntimeApiOptions
  #state: State = { kind: 'init' }
  /** Came before the program asked. */
  #next: CustomWork | undefined

  private constructor(options: RuntimeApiOptions) {
    this.#options = options
  }

  /** Listens and starts the program. */
  static async start(options: RuntimeApiOptions): Promise<RuntimeApi> {
    const api = new RuntimeApi(options)
    const port = await api.#listen()
    const child = spawn(options.program.file, options.program.args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` },
    })
    child.stdout.pipe(process.stdout, { end: false })
    child.stderr.pipe(process.stderr, { end: false })
    // After its last output.
    child.once('close', (code, signal) => options.ended(code, signal))
    child.once('error', () => options.ended(126, null))
    return api
  }

  /** Gives the program its next invocation; at most one is under way. */
  run(work: CustomWork): void {
    if (this.#state.kind !== 'waiting') {
      this.#next = work
      return
    }
    const { response } = this.#state
    this.#state = { kind: 'running', work }
    response.writeHead(200, invocationHeaders(work))
    response.end(work.payload)
  }

  #listen(): Promise<number> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
    // A program may wait for its next invocation as long as it is frozen or idle.
    server.requestTimeout = 0
    server.keepAliveTimeout = 0
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#options.port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0] ?? ''
    if (request.method === 'GET' && path === `${VERSION_PATH}/invocation/next`) return this.#giveNext(response)
    if (request.method !== 'POST') return reply(response, 404, 'InvalidRequest', 'no such resource')
    if (path === `${VERSION_PATH}/init/error`) return this.#initError(request, response)
    const [, id, kind] = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? []
    if (id === undefined) return reply(response, 404, 'InvalidRequest', 'no such resource')
    await this.#settle(id, kind === 'error', request, response)
  }

  #giveNext(response: ServerResponse): void {
    if (this.#state.kind === 'running') return reply(response, 403, 'InvalidStateTransition', 'the invocation goes on')
    const first = this.#state.kind === 'init'
    this.#state = { kind: 'waiting', response }
    if (first) this.#options.ready()
    const next = this.#next
    this.#next = undefined
    if (next) this.run(next)
  }

  async #settle(id: string, isError: boolean, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { resultBytesMax, tooLarge, succeeded, failed } = this.#options
    const body = await readBody(request, resultBytesMax)
    if (this.#state.kind !== 'running' || this.#state.work.facts.requestId !== id)
      return reply(response, 400, 'InvalidRequestID', 'Invalid request ID')
    this.#state = { kind: 'between' }
    if (body.kind === 'too-large') {
      reply(response, 413, 'RequestEntityTooLarge', `Exceeded maximum allowed payload size (${resultBytesMax} bytes).`)
      tooLarge(body.bytes)
      return
    }
    reply(response, 202)
    // What the program printed before it answered comes by a pipe, which is read once more before the end is told.
    await turns()
    if (isError) failed(errorDocumentOf(body.bytes, request))
    else succeeded(body.bytes)
  }

  async #initError(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, this.#options.resultBytesMax)
    if (this.#state.kind !== 'init') return reply(response, 403, 'InvalidStateTransition', 'the init is over')
    reply(response, 202)
    await turns()
    this.#options.initFailed(errorDocumentOf(body.kind === 'whole' ? body.bytes : Buffer.from('{}'), request))
  }
}

function invocationHeaders({ facts, payload }: CustomWork): Record<string, string> {
  const { requestId, timeoutMs, context } = facts
  return {
    'content-type': 'application/json',
    'content-length': String(payload.length),
    'lambda-runtime-aws-request-id': requestId,
    'lambda-runtime-deadline-ms': String(Date.now() + timeoutMs),
    'lambda-runtime-invoked-function-arn': context['invokedFunctionArn'] ?? '',
    ...(context['traceId'] !== undefined && { 'lambda-runtime-trace-id': context['traceId'] }),
    ...(context['clientContext'] !== undefined && { 'lambda-runtime-client-context': context['clientContext'] }),
    ...(context['identity'] !== undefined && { 'lambda-runtime-cognito-identity': context['identity'] }),
  }
}

type Body = { readonly kind: 'whole'; readonly bytes: Buffer } | { readonly kind: 'too-large'; readonly bytes: number }

/** Reads to the end, so that the program can read the answer; keeps no more than the bound. */
async function readBody(request: IncomingMessage, bytesMax: number): Promise<Body> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= bytesMax) chunks.push(chunk)
    else chunks.length = 0
  }
  return bytes > bytesMax ? { kind: 'too-large', bytes } : { kind: 'whole', bytes: Buffer.concat(chunks) }
}

/** The program's own document. One without a type gets that of the header, as on AWS. */
function errorDocumentOf(body: Buffer, request: IncomingMessage): Buffer {
  const type = request.headers[ERROR_TYPE_HEADER]
  try {
    const document: unknown = JSON.parse(body.toString())
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
      if ('errorType' in document || typeof type !== 'string') return body
      return Buffer.from(JSON.stringify({ errorType: type, ...document }))
    }
  } catch {
    // Not JSON: it is told as a message.
  }
  const errorType = typeof type === 'string' ? type : 'Runtime.Unknown'
  return Buffer.from(JSON.stringify({ errorType, errorMessage: body.toString() }))
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Without a fault: accepted. */
function reply(response: ServerResponse, status: number, errorType?: string, errorMessage?: string): void {
  const document = errorType === undefined ? { status: 'OK' } : { errorType, errorMessage }
  const text = JSON.stringify(document)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) })
  response.end(text)
}
