// The head of a request in the one form that all later steps read, whatever HTTP version brought it.
import { BadHead } from './http/bad-head.ts'
import type { Headers } from './http/headers.ts'
import type { HttpStream } from './http/stream.ts'

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

/** Reads the head. Throws BadHead. */
export function readHead(stream: HttpStream): RequestHead {
  const { headers, fault } = stream
  if (fault !== undefined) throw fault
  const target = originForm(stream.target)
  const mark = target.indexOf('?')
  return {
    method: stream.method,
    url: target,
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    headers,
    host: hostOf(headers['host'] ?? ''),
    remoteAddress: addressOf(stream.remoteAddress),
    secure: stream.tls !== undefined,
  }
}

const MAPPED_IPV4 = '::ffff:'

/** Callers inside cells come over a Unix socket, which has no address: for them it is this machine's. */
function addressOf(remote: string | undefined): string {
  if (remote === undefined) return '127.0.0.1'
  return remote.startsWith(MAPPED_IPV4) ? remote.slice(MAPPED_IPV4.length) : remote
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
