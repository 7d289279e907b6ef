// Replicas at another endpoint: plain requests of the S3 API, signed as any client signs them, the body streamed. Version ids
// are the other side's own.
import { pipeline } from 'node:stream/promises'
import { canonicalRequest, deriveSigningKey } from '#identity/sigv4.ts'
import { sha256Hex } from '#identity/hmac.ts'
import type { OutgoingBody } from '#protocol/operation.ts'
import { REMOTE_TIMEOUT_MS } from '../limits.ts'
import type { RemoteEndpoint } from '../remotes.ts'
import { encodePath } from '../settings/website.ts'

export interface RemoteCall {
  readonly method: 'PUT' | 'DELETE'
  readonly bucket: string
  readonly key: string
  /** Without `?`. */
  readonly query: string
  /** Lower-case names; latin1 values. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: OutgoingBody
  readonly bodyBytes: number
}

export interface RemoteAnswer {
  readonly status: number
  /** The first of it, for messages. */
  readonly text: string
}

const ANSWER_CHARS_MAX = 2000
const UNSIGNED = 'UNSIGNED-PAYLOAD'

/** Sends it. Rejects when there is no answer. */
export async function callRemote(endpoint: RemoteEndpoint, call: RemoteCall, nowMs: number): Promise<RemoteAnswer> {
  const url = new URL(endpoint.origin)
  const path = `/${call.bucket}/${encodePath(call.key)}`
  const headers = signed(endpoint, { ...call, path, host: url.host }, nowMs)
  // Importing node:http asks for all that it exports, and among that is a whole fetch client: 13 MB and 30 ms.
  const send = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http').request
  return new Promise((resolve, reject) => {
    const request = send(
      {
        hostname: url.hostname,
        port: url.port === '' ? undefined : url.port,
        method: call.method,
        path: call.query === '' ? path : `${path}?${call.query}`,
        headers: { ...headers, 'content-length': String(call.bodyBytes) },
        timeout: REMOTE_TIMEOUT_MS,
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += text.length < ANSWER_CHARS_MAX ? chunk : ''))
        response.on('error', reject)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: text.slice(0, ANSWER_CHARS_MAX) }))
      },
    )
    request.on('timeout', () => request.destroy(new Error('the other endpoint does not answer')))
    request.on('error', reject)
    if (call.body instanceof Uint8Array) request.end(call.body)
    else pipeline(call.body, request).catch(reject)
  })
}

interface Signable extends RemoteCall {
  readonly path: string
  readonly host: string
}

function signed(
  { region, accessKeyId, secretAccessKey }: RemoteEndpoint,
  { method, path, query, headers, host }: Signable,
  nowMs: number,
): Record<string, string> {
  const amzDate = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const scopeDate = amzDate.slice(0, 8)
  const all: Record<string, string> = {
    ...headers,
    host,
    'x-amz-date': amzDate,
    'x-amz-content-sha256': UNSIGNED,
  }
  const signedHeaders = Object.keys(all).toSorted()
  const signedNames = signedHeaders.join(';')
  const canonical = canonicalRequest(
    { via: 'header', signedHeaders, signedNames },
    { method, path, query, headers: all },
    UNSIGNED,
    true,
  )
  const scope = `${scopeDate}/${region}/s3/aws4_request`
  const toSign = `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${sha256Hex(canonical ?? '')}`
  const signature = deriveSigningKey(secretAccessKey, { scopeDate, region, service: 's3' }).hex(toSign)
  return {
    ...all,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedNames}, Signature=${signature}`,
  }
}
