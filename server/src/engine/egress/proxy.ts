// The HTTP proxy through which a cell reaches other machines: CONNECT for TLS and everything else, requests with a whole
// URL for plain HTTP (and for clients that leave TLS to the proxy). One for each cell: the socket by which a request
// comes is the cell's own, so no header is trusted to say whose it is.
import type { Clock } from '#base/clock.ts'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Duplex } from 'node:stream'
import { EGRESS_BYTES_MAX, EGRESS_CONNECTIONS_MAX, EGRESS_HEAD_BYTES_MAX, EGRESS_IDLE_MS_MAX } from '../limits.ts'
import { Dialer, type Dialled, type DialerOptions } from './dial.ts'
import type { Goal, NetworkRule } from './network-rule.ts'

export interface EgressOwner {
  /** Asked for every connection, so it may change while the function runs. */
  rule(): Promise<NetworkRule>
  /** A connection was not allowed. */
  refused(goal: string, reason: string): void
}

/** Headers that are between two neighbours only (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export class EgressProxy {
  readonly #clock: Clock
  readonly #dialer: Dialer
  readonly #owner: EgressOwner
  readonly #http: Server
  /** Connections to other machines. */
  readonly #outside = new Set<Socket>()
  /** Connections that are being made. */
  #dialling = 0
  /** Bytes of connections that are over. */
  #sent = 0
  #received = 0

  constructor(options: DialerOptions, owner: EgressOwner) {
    this.#clock = options.clock
    this.#dialer = new Dialer(options)
    this.#owner = owner
    // Importing node:http asks for all that it exports, and among that is a whole fetch client: 13 MB and 30 ms.
    this.#http = process.getBuiltinModule('node:http').createServer({
      maxHeaderSize: EGRESS_HEAD_BYTES_MAX,
      // A body may take as long as its function.
      requestTimeout: 0,
    })
    this.#http.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#tunnel(request, socket, head)
    })
    this.#http.on('request', (request, response) => void this.#forward(request, response))
    this.#http.on('clientError', (_error, socket) => socket.destroy())
  }

  /** Takes a connection of the cell. */
  accept(socket: Socket): void {
    this.#http.emit('connection', socket)
  }

  /** Bytes that the cell has sent to and received from other machines. */
  traffic(): { readonly sentBytes: number; readonly receivedBytes: number } {
    let [sentBytes, receivedBytes] = [this.#sent, this.#received]
    for (const socket of this.#outside) {
      sentBytes += socket.bytesWritten
      receivedBytes += socket.bytesRead
    }
    return { sentBytes, receivedBytes }
  }

  /** Ends every connection outside. */
  close(): void {
    this.#http.close()
    for (const socket of this.#outside) socket.destroy()
  }

  async #tunnel(request: IncomingMessage, near: Duplex, head: Buffer): Promise<void> {
    near.on('error', () => near.destroy())
    const goal = goalOf(request.url ?? '')
    if (goal === undefined) return void near.end(refusalText(400, 'the target is not host:port'))
    const dialled = await this.#dial(goal)
    if (dialled.kind !== 'connected') return void near.end(refusalText(statusOf(dialled), reasonOf(goal, dialled)))
    const { socket: far } = dialled
    if (near.destroyed) return void far.destroy()
    near.write('HTTP/1.1 200 Connection established\r\n\r\n')
    if (head.length > 0) far.write(head)
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? '')
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
      return answerRefusal(response, 400, 'this is a proxy: it wants a whole URL, or CONNECT')
    const isTls = url.protocol === 'https:'
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
    const goal = { host, port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port) }
    const dialled = await this.#dial(goal)
    if (dialled.kind !== 'connected') return answerRefusal(response, statusOf(dialled), reasonOf(goal, dialled))
    const far = dialled.socket
    if (response.destroyed) return void far.destroy()
    const onward = process.getBuiltinModule('node:http').request({
      createConnection: () => (isTls ? overTls(far, host) : far),
      method: request.method,
      path: url.pathname + url.search,
      headers: { ...endToEnd(request.headers), host: url.host, connection: 'close' },
    })
    onward.on('error', (error) => {
      if (response.headersSent) response.destroy()
      else answerRefusal(response, 502, `${goal.host}: ${error.message}`)
    })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.headers))
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    response.on('close', () => far.destroy())
    request.pipe(onward)
  }

  async #dial(goal: Goal): Promise<Dialled> {
    if (this.#outside.size + this.#dialling >= EGRESS_CONNECTIONS_MAX) {
      const reason = `more than ${EGRESS_CONNECTIONS_MAX} connections at once`
      this.#owner.refused(nameOf(goal), reason)
      return { kind: 'failed', reason, timedOut: false }
    }
    this.#dialling++
    const dialled = await this.#owner
      .rule()
      .then((rule) => this.#dialer.dial(rule, goal))
      .finally(() => this.#dialling--)
    if (dialled.kind === 'refused') this.#owner.refused(nameOf(goal), dialled.reason)
    if (dialled.kind === 'connected') this.#watch(dialled.socket)
    return dialled
  }

  /** Counts a connection, and ends it when nothing moves or too much did. */
  #watch(socket: Socket): void {
    this.#outside.add(socket)
    let seenBytes = 0
    let cancel = (): void => {}
    const look = (): void => {
      const bytes = socket.bytesRead + socket.bytesWritten
      if (bytes === seenBytes || bytes > EGRESS_BYTES_MAX) return void socket.destroy()
      seenBytes = bytes
      cancel = this.#clock.after(EGRESS_IDLE_MS_MAX, look)
    }
    cancel = this.#clock.after(EGRESS_IDLE_MS_MAX, look)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      cancel()
      this.#outside.delete(socket)
      this.#sent += socket.bytesWritten
      this.#received += socket.bytesRead
    })
  }
}

/** `host:port` of CONNECT. */
function goalOf(target: string): Goal | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(target) ?? []
  const host = bracketed ?? plain
  return host === undefined || Number(port) < 1 || Number(port) > 65_535 ? undefined : { host, port: Number(port) }
}

function nameOf({ host, port }: Goal): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

type NotConnected = Exclude<Dialled, { readonly kind: 'connected' }>

function statusOf(dialled: NotConnected): number {
  if (dialled.kind === 'refused') return 403
  return dialled.timedOut ? 504 : 502
}

function reasonOf(goal: Goal, { kind, reason }: NotConnected): string {
  return kind === 'refused' ? `connection to ${nameOf(goal)} refused: ${reason}` : `${nameOf(goal)}: ${reason}`
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  502: 'Bad Gateway',
  504: 'Gateway Timeout',
}

function refusalText(status: number, reason: string): string {
  const body = `Mayfly: ${reason}\n`
  const head = `HTTP/1.1 ${status} ${REASONS[status]}\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`
  return head + body
}

function answerRefusal(response: ServerResponse, status: number, reason: string): void {
  const body = `Mayfly: ${reason}\n`
  response.writeHead(status, {
    'content-type': 'text/plain',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  })
  response.end(body)
}

/** node:tls is loaded by whoever has something to say over it: 5 ms that a start need not take. */
function overTls(socket: Socket, servername: string): TLSSocket {
  return process.getBuiltinModule('node:tls').connect({ socket, servername })
}

function endToEnd(headers: IncomingMessage['headers']): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !HOP_BY_HOP.has(name)) kept[name] = value
  return kept
}
