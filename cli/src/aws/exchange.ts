// One request and its answer over HTTP, within bounds.
import { createReadStream } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { CliError } from '../errors.ts'
import { REQUEST_TIMEOUT_MS, RESPONSE_BYTES_MAX } from '../limits.ts'

/** A body that is read while it is sent. */
export interface FileBody {
  readonly path: string
  readonly bytes: number
  /** Hexadecimal. */
  readonly sha256: string
}

export function isFileBody(body: ClientRequest['body']): body is FileBody {
  return typeof body === 'object' && 'path' in body
}

export interface ClientRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Encoded path and query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | FileBody
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
  /** What the request is about, for "not found": `function hello`. */
  readonly about?: string
}

/** With a body in memory. */
export interface PlainRequest extends ClientRequest {
  readonly body?: string | Uint8Array
}

export interface ClientResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Exchange extends ClientRequest {
  readonly body: Buffer | FileBody
  /** For https: whose certificates are believed, PEM. */
  readonly authorities: () => string[]
}

/** Sends the request and takes the whole answer, whatever its status. Throws CliError when there is none. */
export async function exchange(url: URL, request: Exchange): Promise<ClientResponse> {
  const timeoutMs = request.timeoutMs ?? REQUEST_TIMEOUT_MS
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal])
  try {
    const answer = await once(url, request, signal)
    if (url.protocol === 'http:' && answer.status === 400 && SPEAKS_TLS.test(answer.body.toString('latin1')))
      throw wrongScheme(url)
    return answer
  } catch (error) {
    if (timeout.aborted) throw timedOut(url, timeoutMs, error)
    if (request.signal?.aborted || error instanceof CliError) throw error
    throw unreachable(url, error)
  }
}

function once(url: URL, request: Exchange, signal: AbortSignal): Promise<ClientResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientResponse>()
  const { body } = request
  // Importing node:http asks for all that it exports, and among that is a whole fetch client: 13 MB and 30 ms.
  const send = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http').request
  const outgoing = send(url, {
    method: request.method,
    headers: { ...request.headers, 'content-length': isFileBody(body) ? body.bytes : body.length },
    signal,
    ...(url.protocol === 'https:' && { ca: request.authorities() }),
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
  if (isFileBody(body)) {
    const file = createReadStream(body.path)
    file.on('error', (error) => outgoing.destroy(error))
    file.pipe(outgoing)
    outgoing.on('close', () => file.destroy())
  } else outgoing.end(body)
  return promise
}

/** What a port with TLS answers to a request without. */
const SPEAKS_TLS = /^This port speaks TLS/

function wrongScheme(url: URL): CliError {
  return new CliError('MF2001', `the server at ${url.host} speaks TLS`, {
    why: 'It was asked over plain HTTP.',
    mend: `Set MAYFLY_TLS=1, or give --endpoint https://${url.host}.`,
  })
}

/** The certificate is not believed: by OpenSSL's and Node's names for why. */
const UNTRUSTED = /CERT|UNABLE_TO|SELF_SIGNED/

function unreachable(url: URL, cause: unknown): CliError {
  const reason = cause instanceof Error ? (cause as NodeJS.ErrnoException).code || cause.message : String(cause)
  if (UNTRUSTED.test(reason))
    return new CliError('MF2001', `the certificate of ${url.host} is not trusted (${reason})`, {
      mend: "Name its authority with AWS_CA_BUNDLE. A server's own is <data>/tls/ca.pem.",
      cause,
    })
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
