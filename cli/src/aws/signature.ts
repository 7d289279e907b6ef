// Signature Version 4 by header, for the small JSON bodies that the command sends (AWS General Reference, "Signing AWS
// API requests"). Not for S3, whose paths are encoded once instead of twice.
import { createHash, createHmac } from 'node:crypto'
import type { Credentials } from './credentials.ts'

export interface Signable {
  readonly method: string
  readonly url: URL
  /** Lower-case names. `host` is added. */
  readonly headers: Readonly<Record<string, string>>
  /** Or its SHA-256, hexadecimal, where it is not in memory. */
  readonly body: Uint8Array | { readonly sha256: string }
}

export interface SigningScope {
  readonly service: string
  readonly region: string
  readonly at: Date
}

/** The headers to send: those given, the date, the session token and the signature over all of them. */
export function sign(request: Signable, credentials: Credentials, scope: SigningScope): Record<string, string> {
  const timestamp = scope.at.toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = timestamp.slice(0, 8)
  const headers: Record<string, string> = { ...request.headers, host: request.url.host, 'x-amz-date': timestamp }
  if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken
  const names = Object.keys(headers).toSorted()
  const canonical = [
    request.method,
    canonicalPath(request.url),
    canonicalQuery(request.url),
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/\s+/g, ' ')}`),
    '',
    names.join(';'),
    request.body instanceof Uint8Array ? sha256(request.body) : request.body.sha256,
  ].join('\n')
  const scopeText = `${day}/${scope.region}/${scope.service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', timestamp, scopeText, sha256(canonical)].join('\n')
  const key = [day, scope.region, scope.service, 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${credentials.secretAccessKey}`,
  )
  const signature = createHmac('sha256', key).update(toSign).digest('hex')
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scopeText}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return headers
}

/** The URL's path is encoded already; services other than S3 sign it encoded once more. */
function canonicalPath(url: URL): string {
  return url.pathname.split('/').map(encode).join('/')
}

function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join('&')
}

/** RFC 3986: everything but unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
