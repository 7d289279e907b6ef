// Real SDK clients against our codec: an HTTP/1.1 and an h2c server that hand every request to a service's wire, and
// clients pointed at them. One exchange at a time.
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createHttp2Server, type Http2ServerRequest } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { createRequire } from 'node:module'
import { bufferedBody } from '#protocol/buffered-body.ts'
import { AwsError } from '#protocol/errors.ts'
import type { IncomingBody } from '#protocol/operation.ts'
import { serviceWire } from '#protocol/service-wire.ts'
import type { ServiceId } from '#protocol/services.ts'
import type { ProtocolId, WireRequest, WireResponse } from '#protocol/wire.ts'

const require = createRequire(import.meta.url)

/** What the next request must be and what it is answered. */
export interface Expectation {
  readonly service: ServiceId
  readonly protocol: ProtocolId
  /** The answer: a result, or an AwsError. */
  readonly answer: unknown
}

/** What the server saw of the request. */
export interface Seen {
  operation: string
  input: Record<string, unknown>
  /** Content of a streaming payload, under its member's name. */
  request: WireRequest
}

/** What both kinds of server response can do. */
interface Answering {
  writeHead(status: number, headers?: Record<string, string>): unknown
  write(chunk: Uint8Array): boolean
  end(chunk?: Uint8Array | string): unknown
}

interface Client {
  send(command: unknown): Promise<Record<string, unknown>>
  destroy(): void
}
type Constructor<T> = new (settings: unknown) => T
type SdkModule = Readonly<Record<string, unknown>>

export class SdkExchange {
  readonly #http1 = createServer((request, response) => void this.#serve(request, response))
  readonly #http2 = createHttp2Server((request, response) => void this.#serve(request, response))
  readonly #clients = new Map<string, Client>()
  #expected: Expectation | undefined
  #seen: Seen | undefined
  #failure: unknown

  async start(): Promise<void> {
    for (const server of [this.#http1, this.#http2])
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve)
      })
  }

  async stop(): Promise<void> {
    for (const client of this.#clients.values()) client.destroy()
    this.#http1.closeAllConnections()
    for (const server of [this.#http1, this.#http2])
      await new Promise((resolve) => {
        server.close(resolve)
      })
  }

  /** Sends a command and answers what the server saw and what the client got (a result or an error). */
  async exchange(
    expected: Expectation,
    operation: string,
    input: unknown,
  ): Promise<{ readonly seen: Seen; readonly result: Record<string, unknown> | Error }> {
    this.#expected = expected
    this.#seen = undefined
    this.#failure = undefined
    const module = moduleOf(expected.service)
    const Command = module[`${operation}Command`] as Constructor<unknown>
    let result: Record<string, unknown> | Error
    try {
      result = await this.#client(expected.service, expected.protocol).send(new Command(input))
    } catch (error) {
      result = error instanceof Error ? error : new Error(String(error))
    }
    if (this.#failure !== undefined) throw this.#failure
    if (this.#seen === undefined) throw result instanceof Error ? result : new Error('no request arrived')
    return { seen: this.#seen, result }
  }

  #client(service: ServiceId, protocol: ProtocolId): Client {
    const key = `${service} ${protocol}`
    let client = this.#clients.get(key)
    if (client === undefined) {
      client = newClient(service, protocol, (server) => urlOf(server === 'http2' ? this.#http2 : this.#http1))
      this.#clients.set(key, client)
    }
    return client
  }

  async #serve(request: IncomingMessage | Http2ServerRequest, response: Answering): Promise<void> {
    try {
      const body: Buffer[] = []
      for await (const chunk of request) body.push(chunk as Buffer)
      const answer = await this.#answer(wireRequest(request), Buffer.concat(body))
      response.writeHead(answer.status, answer.headers)
      if (answer.body instanceof Uint8Array) response.end(answer.body)
      else {
        for await (const chunk of answer.body) response.write(chunk)
        response.end()
      }
    } catch (error) {
      this.#failure = error
      response.writeHead(599)
      response.end()
    }
  }

  async #answer(request: WireRequest, body: Buffer): Promise<WireResponse> {
    const expected = this.#expected
    if (expected === undefined) throw new Error('a request that nobody sent')
    const wire = serviceWire(expected.service)
    const { protocol } = expected
    const match = wire.route(protocol, request, body)
    const plain = unchunked(request, body)
    const streams = wire.bodyKind(match.operation) === 'stream'
    const input = wire.read(protocol, match, request, streams ? bufferedBody(plain) : plain) as Record<string, unknown>
    this.#seen = { operation: match.operation, input: await withStreamRead(input), request }
    if (expected.answer instanceof AwsError)
      return wire.writeError(protocol, match.operation, expected.answer, 'request-id', request)
    return wire.write(protocol, match.operation, expected.answer, 'request-id')
  }
}

/** The exports of a service's SDK package. */
export function moduleOf(service: ServiceId): SdkModule {
  return require(`@aws-sdk/client-${service}`) as SdkModule
}

const SDK_PROTOCOLS: Readonly<Partial<Record<ProtocolId, string>>> = {
  awsQuery: 'AwsQueryProtocol',
  rpcv2Cbor: 'AwsSmithyRpcV2CborProtocol',
  awsJson1_1: 'AwsJson1_1Protocol',
  awsJson1_0: 'AwsJson1_0Protocol',
}
const XMLNS: Readonly<Partial<Record<ServiceId, string>>> = { sqs: 'http://queue.amazonaws.com/doc/2012-11-05/' }

function newClient(service: ServiceId, protocol: ProtocolId, url: (server: 'http1' | 'http2') => string): Client {
  const module = moduleOf(service)
  const name = Object.keys(module).find(
    (key) => /^[A-Za-z0-9]+Client$/.test(key) && key !== 'Client' && !key.startsWith('__'),
  )
  const ClientClass = module[name ?? ''] as Constructor<Client & { config: { protocolSettings?: object } }>
  const settings = {
    endpoint: url(service === 'kinesis' ? 'http2' : 'http1'),
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    forcePathStyle: true,
    disableHostPrefix: true,
    md5: service === 'sqs' ? false : undefined,
    disableRequestCompression: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  }
  const plain = new ClientClass(settings)
  const sdkProtocol = SDK_PROTOCOLS[protocol]
  if (sdkProtocol === undefined || plain.config.protocolSettings === undefined) return plain
  const protocols = require('@aws-sdk/core/protocols') as Readonly<Record<string, unknown>>
  const xmlNamespace = XMLNS[service]
  return new ClientClass({
    ...settings,
    protocol: protocols[sdkProtocol],
    protocolSettings: { ...plain.config.protocolSettings, ...(xmlNamespace === undefined ? {} : { xmlNamespace }) },
  })
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function wireRequest(request: IncomingMessage | Http2ServerRequest): WireRequest {
  const url = request.url ?? '/'
  const mark = url.indexOf('?')
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    headers,
  }
}

/** The gateway decodes aws-chunked bodies; here one loop over the chunks is enough. */
function unchunked(request: WireRequest, body: Buffer): Buffer {
  if (request.headers['x-amz-decoded-content-length'] === undefined) return body
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.subarray(at, lineEnd).toString(), 16)
    if (size === 0) return Buffer.concat(parts)
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
}

async function withStreamRead(input: Record<string, unknown>): Promise<Record<string, unknown>> {
  const read: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(input)) read[name] = isIncomingBody(value) ? await value.bytes() : value
  return read
}

function isIncomingBody(value: unknown): value is IncomingBody {
  return typeof value === 'object' && value !== null && 'trailers' in value && 'stream' in value
}
