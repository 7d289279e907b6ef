// Requests that no SDK would send, signed as one would sign them, so that they get past the door.
import { createHash, createHmac } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Keys } from './server-kit.ts'

export interface RawRequest {
  readonly service: string
  readonly method?: string
  /** Percent-encoded; sent and signed as it is. */
  readonly path?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Without x-amz-content-sha256: the signature alone covers the body. */
  readonly withoutHash?: boolean
  /** Sent in place of the body that was signed. */
  readonly sentBody?: string
  /** When it claims to have been signed. */
  readonly signedAt?: Date
  readonly keys?: Keys
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text: string
}

type SourceData = string | ArrayBuffer | ArrayBufferView

function bytesOf(data: SourceData): Buffer {
  if (typeof data === 'string') return Buffer.from(data)
  if (data instanceof ArrayBuffer) return Buffer.from(data)
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
}

/** What SignatureV4 wants of a hash: HMAC with a secret, SHA-256 without. */
export class Sha256 {
  readonly #hash
  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }
  update(data: SourceData): void {
    this.#hash.update(bytesOf(data))
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
  reset(): void {}
}

/** Signs and sends. The path goes over the wire byte for byte, which fetch would not do. */
export async function signedRequest(
  target: { readonly endpoint: string; readonly keys: Keys },
  request: RawRequest,
  region: string,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(target.endpoint)
  const { service, method = 'POST', path = '/', query = {}, headers = {}, body = '' } = request
  const signer = new SignatureV4({
    service,
    region,
    credentials: request.keys ?? target.keys,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
    applyChecksum: request.withoutHash !== true,
  })
  const signed = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname,
      port: Number(port),
      path,
      query: { ...query },
      headers: { host: `${hostname}:${port}`, ...headers },
      body,
    },
    request.signedAt === undefined ? {} : { signingDate: request.signedAt },
  )
  const search = new URLSearchParams(query).toString()
  return send(
    { hostname, port, method, path: search === '' ? path : `${path}?${search}`, headers: signed.headers },
    request.sentBody ?? body,
  )
}

interface Sendable {
  readonly hostname: string
  readonly port: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

function send(options: Sendable, body: string | Buffer): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ ...options, headers: { ...options.headers }, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(parts).toString(),
        }),
      )
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
