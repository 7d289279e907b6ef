// Requests to S3 signed beforehand, with UNSIGNED-PAYLOAD and no checksum of the client's; `sdk` has the server check
// SHA-256 and CRC32 as the JavaScript SDK asks of it over plain HTTP.
import { createHash, createHmac, hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Child } from './child.ts'
import type { LoadRequest } from './wrk.ts'

const REGION = 'us-east-1'

/** `path` may have a query; its values must be encoded already. */
export type Sign = (method: string, path: string, body: string, sdk?: boolean) => Promise<LoadRequest>

export interface SigningKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** For the server that floors/mayfly-server.ts and its like start. */
export async function signerOfMayfly(mayfly: Child): Promise<Sign> {
  const { endpoint, credentialsFile } = JSON.parse(mayfly.line)
  const file = await readFile(credentialsFile, 'utf8')
  const valueOf = (name: string): string => new RegExp(`${name}\\s*=\\s*(\\S+)`).exec(file)?.[1] ?? ''
  const key = { accessKeyId: valueOf('aws_access_key_id'), secretAccessKey: valueOf('aws_secret_access_key') }
  return signerFor(endpoint, key)
}

/** For any server of S3. */
export function signerFor(endpoint: string, credentials: SigningKey): Sign {
  const signer = new SignatureV4({ service: 's3', region: REGION, credentials, sha256: Sha256, uriEscapePath: false })
  const { hostname, port, host } = new URL(endpoint)
  return async (method, path, body, sdk = false) => {
    const payload = sdk ? hash('sha256', body, 'hex') : 'UNSIGNED-PAYLOAD'
    const headers: Record<string, string> = { host, 'x-amz-content-sha256': payload }
    if (sdk) headers['x-amz-checksum-crc32'] = crc32Of(body)
    const { pathname, searchParams } = new URL(path, endpoint)
    const query = Object.fromEntries(searchParams)
    const request = { method, protocol: 'http:', hostname, port: Number(port), path: pathname, query, headers, body }
    const signed = await signer.sign(request)
    // Clients send the host header by themselves.
    const { host: _host, ...rest } = signed.headers
    return { url: `${endpoint}${path}`, method, headers: rest, body }
  }
}

/** The hash that the signer asks for. */
class Sha256 {
  readonly #hash

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Buffer)
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {}
}

function crc32Of(body: string): string {
  const digest = Buffer.alloc(4)
  digest.writeUInt32BE(crc32(body))
  return digest.toString('base64')
}
