// One signed request to the server, over HTTP as any other client sends it. Not the AWS SDK: the command needs a dozen
// JSON operations, and starts in a fraction of the time that loading a client of the SDK takes.
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { clientSettings, type ClientFlags, type Environment } from '../config.ts'
import { CliError } from '../errors.ts'
import { REQUEST_TIMEOUT_MS, RESPONSE_BYTES_MAX } from '../limits.ts'
import { type Credentials, findCredentials } from './credentials.ts'
import { serviceError } from './service-error.ts'
import { sign } from './signature.ts'

export interface Service {
  /** Suffix of its AWS_ENDPOINT_URL variable. */
  readonly variable: string
  readonly signingName: string
}

export interface ClientRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Encoded path and query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
  /** What the request is about, for "not found": `function hello`. */
  readonly about?: string
}

export interface ClientResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export class AwsClient {
  readonly credentials: Credentials
  readonly region: string
  readonly #endpoint: (service: string) => URL

  constructor(flags: ClientFlags, env: Environment) {
    const settings = clientSettings(flags, env)
    this.region = settings.region
    this.#endpoint = settings.endpoint
    this.credentials = findCredentials(settings.profile, env)
  }

  endpoint(service: Service): URL {
    return this.#endpoint(service.variable)
  }

  /** Sends a signed request. Throws CliError when the server is not reached or answers with an error. */
  async send(service: Service, request: ClientRequest): Promise<ClientResponse> {
    const endpoint = this.endpoint(service)
    const url = new URL(endpoint.pathname.replace(/\/$/, '') + request.path, endpoint)
    const body = Buffer.from(request.body ?? '')
    const headers = sign({ method: request.method, url, headers: request.headers ?? {}, body }, this.credentials, {
      service: service.signingName,
      region: this.region,
      at: new Date(),
    })
    const response = await exchange(url, { ...request, headers, body })
    if (response.status >= 200 && response.status < 300) return response
    throw serviceError(response, { endpoint, about: request.about, credentials: this.credentials })
  }
}

/** An unsigned request to one of Mayfly's own routes, below the general endpoint. */
export async function sendPlain(flags: ClientFlags, env: Environment, request: ClientRequest): Promise<ClientResponse> {
  const endpoint = clientSettings(flags, env).endpoint('MAYFLY')
  return exchange(new URL(request.path, endpoint), { ...request, body: Buffer.from(request.body ?? '') })
}

interface Exchange extends ClientRequest {
  readonly body: Buffer
}

async function exchange(url: URL, request: Exchange): Promise<ClientResponse> {
  const timeoutMs = request.timeoutMs ?? REQUEST_TIMEOUT_MS
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal])
  try {
    return await once(url, request, signal)
  } catch (error) {
    if (timeout.aborted) throw timedOut(url, timeoutMs, error)
    if (request.signal?.aborted || error instanceof CliError) throw error
    throw unreachable(url, error)
  }
}

function once(url: URL, request: Exchange, signal: AbortSignal): Promise<ClientResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientResponse>()
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const outgoing = send(url, {
    method: request.method,
    headers: { ...request.headers, 'content-length': request.body.length },
    signal,
  })
  outgoing.on('error', reject)
  outgoing.on('response', (incoming) => {
    const chunks: Buffer[] = []
    let bytes = 0
    incoming.on('error', reject)
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= RESPONSE_BYTES_MAX) chunks.push(chunk)
      else outgoing.destroy(new Error(`the answer is larger than ${RESPONSE_BYTES_MAX} bytes`))
    })
    incoming.on('end', () => {
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) })
    })
  })
  outgoing.end(request.body)
  return promise
}

function unreachable(url: URL, cause: unknown): CliError {
  const reason = cause instanceof Error ? (cause as NodeJS.ErrnoException).code || cause.message : String(cause)
  return new CliError('MF2001', `no server answers at ${url.origin} (${reason})`, {
    why: reason === 'ECONNREFUSED' ? 'Nothing listens there.' : undefined,
    mend: 'Start one with `mayfly start` or `mayfly dev`, or name another with --endpoint or MAYFLY_ENDPOINT.',
    cause,
  })
}

function timedOut(url: URL, timeoutMs: number, cause: unknown): CliError {
  return new CliError('MF2002', `${url.origin} did not answer within ${timeoutMs / 1000} s`, {
    mend: 'Look at the output of the server, or run `mayfly doctor`.',
    cause,
  })
}

/** Waits, and ends early when the signal is aborted. Resolves in both cases. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error
  }
}
