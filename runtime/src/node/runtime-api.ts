// Functions that bring their own runtime: the Lambda Runtime API, and the program that speaks it. Source: developer guide,
// "Using the Lambda runtime API for custom runtimes" (version 2018-06-01) and "Response streaming" for custom runtimes. A
// program that asks for the next invocation waits here; what it posts becomes the answer.
//
//   init --next--> waiting --work--> running --response--> between --next--> waiting
//                                       \--streamed response--> streaming --/
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  ERROR_KIND,
  FLAG,
  FRAME,
  FRAME_BODY_BYTES_MAX,
  RESULT_TIME_PER_MS,
  encodeFrame,
  encodePayload,
} from '../frames.ts'
import { headerOf, type Part, readBody, refuse, reply } from './cell-api.ts'
import type { Program } from './program.ts'
import { RuntimeProcess } from './runtime-process.ts'
import type { Runtime, RuntimeListener, Work } from './runtime.ts'

const VERSION_PATH = '/2018-06-01/runtime'
const ERROR_TYPE_HEADER = 'lambda-runtime-function-error-type'
/** Trailers of a streamed answer that failed on its way; the body is base64. */
const ERROR_BODY_TRAILER = 'lambda-runtime-function-error-body'

interface Started {
  readonly work: Work
  readonly startedMs: number
}

type State =
  | { readonly kind: 'init' }
  /** The program waits for work. */
  | { readonly kind: 'waiting'; readonly response: ServerResponse }
  | { readonly kind: 'running'; readonly started: Started }
  | { readonly kind: 'streaming' }
  /** Answered, and not asked for more yet. */
  | { readonly kind: 'between' }

export class RuntimeApi implements Runtime, Part {
  readonly #program: () => Program
  readonly #resultBytesMax: number
  readonly #listener: RuntimeListener
  #state: State = { kind: 'init' }
  #process: RuntimeProcess | undefined
  /** Came before the program asked. */
  #next: Work | undefined

  constructor(program: () => Program, resultBytesMax: number, listener: RuntimeListener) {
    this.#program = program
    this.#resultBytesMax = resultBytesMax
    this.#listener = listener
  }

  start(apiAddress: string): void {
    const { file, args, cwd } = this.#program()
    const env = { ...process.env, AWS_LAMBDA_RUNTIME_API: apiAddress }
    const command = { file, args, env, channel: false, ...(cwd !== undefined && { cwd }) }
    this.#process = new RuntimeProcess(command, this.#listener)
  }

  async stop(): Promise<void> {
    await this.#process?.stop()
  }

  run(work: Work): void {
    if (this.#state.kind !== 'waiting') {
      this.#next = work
      return
    }
    const { response } = this.#state
    this.#state = { kind: 'running', started: { work, startedMs: performance.now() } }
    response.writeHead(200, invocationHeaders(work))
    response.end(work.payload)
  }

  answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> | undefined {
    if (!path.startsWith(`${VERSION_PATH}/`)) return undefined
    return this.#answer(request, response, path)
  }

  async #answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.method === 'GET' && path === `${VERSION_PATH}/invocation/next`) return this.#giveNext(response)
    if (request.method !== 'POST') return refuse(response, 404, 'InvalidRequest', 'no such resource')
    if (path === `${VERSION_PATH}/init/error`) return this.#initError(request, response)
    const [, id, kind] = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? []
    if (id === undefined) return refuse(response, 404, 'InvalidRequest', 'no such resource')
    const streams = headerOf(request, 'lambda-runtime-function-response-mode')?.toLowerCase() === 'streaming'
    if (kind === 'response' && streams && this.#isRunning(id)) return this.#stream(request, response)
    await this.#settle(id, kind === 'error', request, response)
  }

  #isRunning(requestId: string): boolean {
    return this.#state.kind === 'running' && this.#state.started.work.facts.requestId === requestId
  }

  #giveNext(response: ServerResponse): void {
    const { kind } = this.#state
    if (kind === 'running' || kind === 'streaming')
      return refuse(response, 403, 'InvalidStateTransition', 'the invocation goes on')
    this.#state = { kind: 'waiting', response }
    if (kind === 'init') this.#listener.ready()
    const next = this.#next
    this.#next = undefined
    if (next) this.run(next)
  }

  async #settle(id: string, isError: boolean, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytesMax = this.#resultBytesMax
    const body = await readBody(request, bytesMax)
    if (this.#state.kind !== 'running' || !this.#isRunning(id))
      return refuse(response, 400, 'InvalidRequestID', 'Invalid request ID')
    const { started } = this.#state
    this.#state = { kind: 'between' }
    if (body.kind === 'too-large') {
      const message = `Exceeded maximum allowed payload size (${bytesMax} bytes).`
      refuse(response, 413, 'RequestEntityTooLarge', message)
    } else reply(response, 202)
    // What the program printed before it answered comes by a pipe, which is read once more before the end is told.
    await turns()
    const head = { id: started.work.id, aux: tenthsSince(started) }
    if (body.kind === 'too-large') {
      const frames = encodeFrame(
        { ...head, type: FRAME.error, aux: ERROR_KIND.tooLarge },
        JSON.stringify({ bytes: body.bytes }),
      )
      return this.#end(frames, 'Function.ResponseSizeTooLarge', body.bytes)
    }
    if (!isError)
      return this.#end(encodePayload({ ...head, type: FRAME.result }, '', body.bytes), undefined, body.bytes.length)
    this.#fail(started.work.id, body.bytes, headerOf(request, ERROR_TYPE_HEADER))
  }

  #end(frames: readonly Uint8Array[], errorType: string | undefined, producedBytes: number): void {
    const status = errorType === undefined ? 'success' : 'error'
    this.#listener.answer(frames, { status, errorType, producedBytes })
  }

  #fail(id: number, body: Buffer, type: string | undefined): void {
    const { document, errorType } = errorDocumentOf(body, type)
    const frames = encodePayload({ type: FRAME.error, id, aux: ERROR_KIND.handler }, '', document)
    this.#end(frames, errorType, document.length)
  }

  /** The answer goes on while it comes; the program waits when the engine does. */
  async #stream(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#state.kind !== 'running') return
    const { id } = this.#state.started.work
    this.#state = { kind: 'streaming' }
    const contentType = headerOf(request, 'content-type')
    const head = { type: FRAME.result, id, flags: FLAG.stream | FLAG.more }
    this.#listener.answer(
      encodeFrame(head, contentType === undefined ? '' : JSON.stringify({ contentType })),
      undefined,
    )
    let bytes = 0
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        bytes += chunk.length
        for (let at = 0; at < chunk.length; at += FRAME_BODY_BYTES_MAX)
          await this.#part(id, chunk.subarray(at, at + FRAME_BODY_BYTES_MAX))
      }
    } catch {
      // The program let go of the connection in the middle.
      this.#state = { kind: 'between' }
      const document = { errorType: 'Runtime.TruncatedResponse', errorMessage: 'Response body was truncated' }
      return this.#fail(id, Buffer.from(JSON.stringify(document)), undefined)
    }
    this.#state = { kind: 'between' }
    reply(response, 202)
    await turns()
    const errorType = request.trailers[ERROR_TYPE_HEADER]
    if (errorType !== undefined) {
      const body = Buffer.from(request.trailers[ERROR_BODY_TRAILER] ?? '', 'base64')
      return this.#fail(id, body, errorType)
    }
    this.#end(encodeFrame({ type: FRAME.body, id }, ''), undefined, bytes)
  }

  #part(id: number, bytes: Buffer): Promise<void> {
    return new Promise((resolve) =>
      this.#listener.answer(encodeFrame({ type: FRAME.body, id, flags: FLAG.more }, '', bytes), undefined, resolve),
    )
  }

  async #initError(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, this.#resultBytesMax)
    if (this.#state.kind !== 'init') return refuse(response, 403, 'InvalidStateTransition', 'the init is over')
    reply(response, 202)
    await turns()
    const bytes = body.kind === 'whole' ? body.bytes : Buffer.from('{}')
    this.#listener.initFailed(errorDocumentOf(bytes, headerOf(request, ERROR_TYPE_HEADER)).document)
  }
}

function tenthsSince({ startedMs }: Started): number {
  return Math.min(0xffff, Math.round((performance.now() - startedMs) * RESULT_TIME_PER_MS))
}

function invocationHeaders({ facts, payload }: Work): Record<string, string> {
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
    ...(context['tenantId'] !== undefined && { 'lambda-runtime-aws-tenant-id': context['tenantId'] }),
  }
}

interface ErrorReport {
  readonly document: Buffer
  readonly errorType: string
}

/** The program's own document. One without a type gets that of the header, as on AWS. */
function errorDocumentOf(body: Buffer, type: string | undefined): ErrorReport {
  try {
    const document: unknown = JSON.parse(body.toString())
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
      if ('errorType' in document) return { document: body, errorType: String(document.errorType) }
      const errorType = type ?? 'Runtime.Unknown'
      if (type === undefined) return { document: body, errorType }
      return { document: Buffer.from(JSON.stringify({ errorType, ...document })), errorType }
    }
  } catch {
    // Not JSON: it is told as a message.
  }
  const errorType = type ?? 'Runtime.Unknown'
  return { document: Buffer.from(JSON.stringify({ errorType, errorMessage: body.toString() })), errorType }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
}
