// The canonical forms that signatures are made over (AWS: "Create a signed AWS API request"). Everything works on the
// bytes as received: a percent escape is decoded to its byte and encoded again, never through a text encoding.

/** A request as a signature sees it. Header names are lower case, values latin1; repeated headers joined by a comma. */
export interface SignedRequest {
  readonly method: string
  /** Raw, without the query. */
  readonly path: string
  /** Raw, without `?`. */
  readonly query: string
  readonly headers: Readonly<Record<string, string | undefined>>
}

const HEX = '0123456789ABCDEF'
const SAFE_PATH = /^[A-Za-z0-9\-._~/]*$/
const SAFE_TOKEN = /^[A-Za-z0-9\-._~]*$/

/** The path as S3 signs it: decoded and encoded once, nothing normalised. Undefined for a broken escape. */
export function canonicalPathOfS3(path: string): string | undefined {
  return SAFE_PATH.test(path) ? path || '/' : reencode(path, true, false)
}

/** The path as all other services sign it: dot segments and empty segments removed, each segment encoded again. */
export function canonicalPath(path: string): string {
  if (path === '/' || path === '') return '/'
  const normal = path.includes('//') || path.includes('/.') ? normalise(path) : path
  return SAFE_PATH.test(normal) ? normal : encodeAgain(normal)
}

/** The sorted, re-encoded query without the parameter `leftOut`. Undefined for a broken escape. */
export function canonicalQuery(query: string, leftOut?: string): string | undefined {
  if (query === '') return ''
  const pairs: [string, string][] = []
  for (const part of query.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = canonicalToken(equals === -1 ? part : part.slice(0, equals))
    const value = equals === -1 ? '' : canonicalToken(part.slice(equals + 1))
    if (name === undefined || value === undefined) return undefined
    if (name !== leftOut) pairs.push([name, value])
  }
  if (pairs.length > 1) pairs.sort(comparePairs)
  return pairs.map(([name, value]) => `${name}=${value}`).join('&')
}

/** `name:value` lines of the signed headers, in the order given. A signed header that is absent counts as empty. */
export function canonicalHeaders(names: readonly string[], headers: SignedRequest['headers']): string {
  let lines = ''
  for (const name of names) lines += `${name}:${canonicalValue(headers[name] ?? '')}\n`
  return lines
}

/** Trimmed, inner runs of spaces made one. */
function canonicalValue(value: string): string {
  return (value.includes('  ') ? value.replace(/ +/g, ' ') : value).trim()
}

function canonicalToken(token: string): string | undefined {
  return SAFE_TOKEN.test(token) ? token : reencode(token, false, true)
}

function comparePairs(left: readonly [string, string], right: readonly [string, string]): number {
  if (left[0] !== right[0]) return left[0] < right[0] ? -1 : 1
  if (left[1] !== right[1]) return left[1] < right[1] ? -1 : 1
  return 0
}

/** Decodes escapes to bytes and encodes all but unreserved bytes; `+` means a space in a query and itself in a path. */
function reencode(text: string, keepSlash: boolean, plusIsSpace: boolean): string | undefined {
  let out = ''
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index)
    if (char === 0x25) {
      const byte = escapedByte(text, index)
      if (byte === undefined) return undefined
      out += encodeByte(byte, keepSlash)
      index += 2
    } else if (char === 0x2b && plusIsSpace) out += '%20'
    else out += encodeByte(char & 0xff, keepSlash)
  }
  return out
}

/** Encodes what is there, `%` included: the second encoding of services other than S3. */
function encodeAgain(text: string): string {
  let out = ''
  for (let index = 0; index < text.length; index++) out += encodeByte(text.charCodeAt(index) & 0xff, true)
  return out
}

function encodeByte(byte: number, keepSlash: boolean): string {
  if (isUnreserved(byte) || (keepSlash && byte === 0x2f)) return String.fromCharCode(byte)
  return `%${HEX[byte >> 4] ?? ''}${HEX[byte & 15] ?? ''}`
}

function isUnreserved(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) || // a-z
    (byte >= 0x41 && byte <= 0x5a) || // A-Z
    (byte >= 0x30 && byte <= 0x39) || // 0-9
    byte === 0x2d || // -
    byte === 0x2e || // .
    byte === 0x5f || // _
    byte === 0x7e // ~
  )
}

function escapedByte(text: string, at: number): number | undefined {
  const high = hexDigit(text.charCodeAt(at + 1))
  const low = hexDigit(text.charCodeAt(at + 2))
  return high === -1 || low === -1 ? undefined : high * 16 + low
}

function hexDigit(char: number): number {
  if (char >= 0x30 && char <= 0x39) return char - 0x30
  if (char >= 0x41 && char <= 0x46) return char - 0x37
  if (char >= 0x61 && char <= 0x66) return char - 0x57
  return -1
}

/** Removes `.`, `..` and empty segments (RFC 3986, as the signers do); a trailing slash stays. */
function normalise(path: string): string {
  const out: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') out.pop()
    else if (segment !== '' && segment !== '.') out.push(segment)
  }
  const slash = path.endsWith('/') && out.length > 0 ? '/' : ''
  return `/${out.join('/')}${slash}`
}

/** Percent-decodes a query value to text; undefined for a broken escape or invalid UTF-8. */
export function decodeQueryValue(value: string): string | undefined {
  try {
    return decodeURIComponent(value.includes('+') ? value.replaceAll('+', ' ') : value)
  } catch {
    return undefined
  }
}
