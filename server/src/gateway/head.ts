// The head of a request in the one form that all later steps read, whatever HTTP version brought it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { HEADERS_MAX } from './limits.ts'

export type AnyRequest = IncomingMessage | Http2ServerRequest
/** HTTP/2 responses have the same methods (Node's compatibility layer); listen.ts is where they become one type. */
export type AnyResponse = ServerResponse

/** Where a request came in. `cell`: from a function, which may use the AWS APIs and nothing else. */
export type Door = 'public' | 'cell'

export type Headers = Record<string, string | undefined>

export interface RequestHead {
  readonly method: string
  /** As received, with the query. */
  readonly url: string
  readonly path: string
  readonly query: string
  readonly headers: Headers
  /** Host without the port, lower case; empty when there is none. */
  readonly host: string
  readonly remoteAddress: string
  /** Came over TLS that ended here. */
  readonly secure: boolean
}

/** A head that no protocol can read: answered with 400 (431 for too many headers) before anything else is looked at. */
export class BadHead extends Error {
  override readonly name = 'BadHead'
  readonly status: 400 | 431

  constructor(status: 400 | 431, message: string) {
    super(message)
    this.status = status
  }
}

// An object without a prototype whose shape stays fast: `__proto__` is a name like any other in it.
const HeaderMap = function HeaderMap() {} as unknown as new () => Headers
HeaderMap.prototype = Object.create(null)

/** These may come once only: two of them would let two readers of the request disagree. */
const ONCE = new Set([
  'host',
  'content-length',
  'authorization',
  'content-type',
  'x-amz-target',
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-security-token',
  'x-amz-decoded-content-length',
  'transfer-encoding',
])

/** What a request says in its headers. `fault`: no protocol can read them. */
interface ReadHeaders {
  readonly headers: Headers
  readonly fault: BadHead | undefined
}

/**
 * Requests of node:http with our headers in place of its own: it looks at them before it hands a request on, and making a
 * second object of them, by other rules, was a thirtieth of all work.
 */
export function requestClass(Base: typeof IncomingMessage): typeof IncomingMessage {
  class Request extends Base {
    readHeaders: ReadHeaders | undefined
  }
  // Base declares a property, which a class may not override by an accessor.
  Object.defineProperty(Request.prototype, 'headers', {
    get(this: Request) {
      return headersOf(this).headers
    },
  })
  return Request
}

function headersOf(request: AnyRequest & { readHeaders?: ReadHeaders | undefined }): ReadHeaders {
  return (request.readHeaders ??= readHeaders(request.rawHeaders))
}

/** Reads the head. Throws BadHead. */
export function readHead(request: AnyRequest): RequestHead {
  const { headers, fault } = headersOf(request)
  if (fault !== undefined) throw fault
  if (headers[':authority'] !== undefined) foldPseudoHeaders(headers)
  const url = request.url ?? '/'
  const target = originForm(url)
  const mark = target.indexOf('?')
  return {
    method: request.method ?? 'GET',
    url: target,
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    headers,
    host: hostOf(headers['host'] ?? ''),
    remoteAddress: addressOf(request.socket.remoteAddress),
    secure: 'encrypted' in request.socket && request.socket.encrypted,
  }
}

const MAPPED_IPV4 = '::ffff:'

/** Callers inside cells come over a Unix socket, which has no address: for them it is this machine's. */
function addressOf(remote: string | undefined): string {
  if (remote === undefined) return '127.0.0.1'
  return remote.startsWith(MAPPED_IPV4) ? remote.slice(MAPPED_IPV4.length) : remote
}

function readHeaders(raw: readonly string[]): ReadHeaders {
  const headers = new HeaderMap()
  if (raw.length > 2 * HEADERS_MAX) return { headers, fault: new BadHead(431, `more than ${HEADERS_MAX} headers`) }
  let fault: BadHead | undefined
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase()
    const value = raw[index + 1] ?? ''
    const before = headers[name]
    if (before === undefined) headers[name] = value
    else if (ONCE.has(name)) fault = new BadHead(400, `header ${name} came twice`)
    else headers[name] = name === 'cookie' ? `${before}; ${value}` : `${before},${value}`
  }
  return { headers, fault }
}

/** HTTP/2: `:authority` is the host, and clients sign it under either name; the rest stands in the request line. */
function foldPseudoHeaders(headers: Headers): void {
  headers['host'] ??= headers[':authority']
  for (const name of [':method', ':path', ':scheme', ':protocol']) delete headers[name]
}

/** `GET http://host/path` (absolute form) means `/path`; anything else that is no path is refused. */
function originForm(url: string): string {
  if (url.startsWith('/')) return url
  const absolute = /^https?:\/\/[^/?#]*/i.exec(url)
  if (absolute === null) throw new BadHead(400, 'request target is no path')
  const rest = url.slice(absolute[0].length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

function hostOf(host: string): string {
  const colon = host.lastIndexOf(':')
  const name = colon > host.lastIndexOf(']') ? host.slice(0, colon) : host
  return name.toLowerCase()
}
