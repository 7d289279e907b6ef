// Sockets. One port speaks HTTP/1.1 and HTTP/2 with prior knowledge (h2c), told apart by the first bytes: `PRI` opens an
// HTTP/2 connection, everything else is HTTP/1.1. With certificates the port speaks TLS and nothing else; inside it the two
// are told apart in the same way. The same servers serve connections that the engine hands over from inside the cells, which
// come through a door of their own.
import type { CancelTimer, Clock } from '#base/clock.ts'
import { OperatorError } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import type { Server as HttpServer } from 'node:http'
import type { Http2Server, Http2ServerResponse, ServerHttp2Session } from 'node:http2'
import { type AddressInfo, createServer as createNetServer, type Server as NetServer, Socket } from 'node:net'
import type { Server as TlsServer } from 'node:tls'
import type { Duplex } from 'node:stream'
import { type AnyRequest, type AnyResponse, type Door, requestClass } from './head.ts'
import { CONNECTIONS_MAX, type GatewayLimits, H2_STREAMS_MAX, HEADER_BYTES_MAX, SWEEP_INTERVAL_MS } from './limits.ts'
import type { Certificates } from './tls/certificates.ts'
import { TLS_VERSION_MIN } from './tls/limits.ts'

export type OnRequest = (request: AnyRequest, response: AnyResponse, door: Door, awaitsContinue: boolean) => void

export interface ListenerOptions {
  readonly onRequest: OnRequest
  readonly limits: GatewayLimits
  readonly clock: Clock
  readonly log: Log
  /** With them the public door speaks TLS only. */
  readonly certificates?: Certificates | undefined
}

const PREFACE = 'PRI'
/** The first byte of a TLS handshake (RFC 8446, 5.1); no method of HTTP begins with it. */
const TLS_HANDSHAKE = 0x16

/** What the first bytes of a connection say. */
type Speech = 'http1' | 'http2' | 'tls'

/** Sockets, servers and their end. Requests go to `onRequest`. */
export class Listener {
  readonly #options: ListenerOptions
  readonly #net: NetServer
  readonly #http1: Readonly<Record<Door, HttpServer>>
  readonly #http2 = new Map<Door, Promise<Http2Server>>()
  #tls: Promise<TlsServer> | undefined
  /** What clients without a server name are shown now. */
  #shown: Certificates['standard'] | undefined
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #sockets = new Set<Duplex>()

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#http1 = { public: this.#createHttp1('public'), cell: this.#createHttp1('cell') }
    // pauseOnConnect is off: the sniffing below reads at once.
    const enter = (socket: Socket): void =>
      options.certificates === undefined
        ? this.#accept(socket, 'public')
        : this.#acceptTls(socket, options.certificates)
    this.#net = createNetServer({ noDelay: true }, enter)
    this.#net.maxConnections = CONNECTIONS_MAX
  }

  /** Resolves with the address once connections are taken. Throws OperatorError when the port cannot be had. */
  async listen(host: string, port: number): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#net.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(host, port, cause)))
      this.#net.listen({ host, port, backlog: 1024 }, resolve)
    })
    const address = this.#net.address()
    if (address === null || typeof address === 'string')
      throw new OperatorError('the port has no address', 'Choose another port.')
    this.#net.on('error', (error) => this.#options.log.error('listener failed', { error }))
    return address
  }

  /** Serves a connection that came another way: from inside a cell. */
  acceptSocket(socket: Duplex): void {
    this.#accept(socket, 'cell')
  }

  /** Ends connections that carry no request; the others end with their next answer. */
  closeIdle(): void {
    for (const server of Object.values(this.#http1)) server.closeIdleConnections()
    for (const session of this.#sessions) session.close()
  }

  /** Takes no more connections and ends those that are open, whatever they carry. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#net.close(() => resolve()))
    for (const session of this.#sessions) session.destroy()
    for (const socket of this.#sockets) socket.destroy()
    for (const server of Object.values(this.#http1)) server.close()
    await closed
  }

  #accept(socket: Duplex, door: Door): void {
    this.#keep(socket)
    this.#sniff(socket, (speech) => {
      if (speech === 'http2') {
        // Reads what was put back itself, once it is loaded; until then nothing may flow.
        void this.#toHttp2(socket, door)
        return
      }
      this.#http1[door].emit('connection', socket)
      // The server listens by now; the bytes that were put back flow again.
      process.nextTick(() => socket.resume())
    })
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    // A reset connection is the client's business; without a listener it would end the process.
    socket.on('error', () => socket.destroy())
  }

  #acceptTls(socket: Socket, certificates: Certificates): void {
    this.#keep(socket)
    this.#sniff(socket, (speech) => {
      if (speech !== 'tls') return endWithStatus(socket, '400 Bad Request', 'This port speaks TLS: use https://.\n')
      this.#tls ??= this.#createTls(certificates)
      void this.#tls.then((server) => {
        if (this.#shown !== certificates.standard) {
          this.#shown = certificates.standard
          server.setSecureContext({ ...this.#shown, minVersion: TLS_VERSION_MIN })
        }
        if (!socket.destroyed) server.emit('connection', socket)
      })
    })
  }

  /** Loaded with the first handshake, as node:http2 is. */
  async #createTls(certificates: Certificates): Promise<TlsServer> {
    const { createServer } = await import('node:tls')
    const server = createServer({
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: this.#options.limits.headersTimeoutMs,
      SNICallback: (name, answer) => {
        // Without a name this is not called, and the server's own context is taken.
        Promise.resolve(certificates.contextFor(name)).then(
          (context) => answer(null, context),
          (error: unknown) => {
            this.#options.log.error('no certificate for a name', { name, error })
            answer(error instanceof Error ? error : new Error(String(error)))
          },
        )
      },
    })
    server.on('secureConnection', (socket) => this.#accept(socket, 'public'))
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return server
  }

  /** Waits for as many bytes as it takes to tell the protocols apart, puts them back and hands the socket on. */
  #sniff(socket: Duplex, handOn: (speech: Speech) => void): void {
    let seen: Buffer | undefined
    const cancelTimer = this.#options.clock.after(this.#options.limits.headersTimeoutMs, () => socket.destroy())
    const onData = (piece: Buffer): void => {
      seen = seen === undefined ? piece : Buffer.concat([seen, piece])
      const start = seen.toString('latin1', 0, PREFACE.length)
      if (start.length < PREFACE.length && PREFACE.startsWith(start)) return
      stop()
      socket.pause()
      socket.unshift(seen)
      handOn(seen[0] === TLS_HANDSHAKE ? 'tls' : start === PREFACE ? 'http2' : 'http1')
    }
    const stop = (): void => {
      cancelTimer()
      socket.off('data', onData)
      socket.off('end', onGone)
      socket.off('close', onGone)
    }
    const onGone = (): void => {
      stop()
      socket.destroy()
    }
    socket.on('data', onData)
    socket.on('end', onGone)
    socket.on('close', onGone)
  }

  #createHttp1(door: Door): HttpServer {
    const { limits, onRequest } = this.#options
    // Importing node:http asks for all that it exports, and among that is a whole fetch client: 13 MB and 35 ms.
    const { createServer, IncomingMessage } = process.getBuiltinModule('node:http')
    const server = createServer({
      IncomingMessage: requestClass(IncomingMessage),
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: limits.headersTimeoutMs,
      // Long polls and large uploads are whole requests too: bodies have their own watch (stalls.ts).
      requestTimeout: 0,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(SWEEP_INTERVAL_MS, limits.headersTimeoutMs),
      requireHostHeader: true,
      insecureHTTPParser: false,
      noDelay: true,
      // What brings no body is not made a stream to read.
      optimizeEmptyRequests: true,
    })
    // Node would drop headers beyond its count silently; HEADER_BYTES_MAX bounds them, and head.ts counts them.
    server.maxHeadersCount = 0
    // Node starts its watch over slow heads when a server begins to listen. This one never does: it is handed its sockets.
    server.emit('listening')
    server.on('request', (request, response) => onRequest(request, response, door, false))
    server.on('checkContinue', (request, response) => onRequest(request, response, door, true))
    server.on('checkExpectation', (_request, response) => response.writeHead(417, { 'content-length': '0' }).end())
    server.on('upgrade', (_request, socket) => endWithStatus(socket, '501 Not Implemented'))
    server.on('connect', (_request, socket) => endWithStatus(socket, '501 Not Implemented'))
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => onClientError(error, socket))
    return server
  }

  async #toHttp2(socket: Duplex, door: Door): Promise<void> {
    let server = this.#http2.get(door)
    if (server === undefined) {
      server = this.#createHttp2(door)
      this.#http2.set(door, server)
    }
    const ready = await server
    if (!socket.destroyed) ready.emit('connection', socket)
  }

  /** Made for the first client that needs it: loading node:http2 costs every start some milliseconds. */
  async #createHttp2(door: Door): Promise<Http2Server> {
    const { createServer } = await import('node:http2')
    const { limits, onRequest } = this.#options
    const server = createServer({
      settings: { maxConcurrentStreams: H2_STREAMS_MAX, maxHeaderListSize: HEADER_BYTES_MAX },
      maxSendHeaderBlockLength: HEADER_BYTES_MAX * 4,
    })
    server.on('session', (session) => this.#keepSession(session, limits.keepAliveTimeoutMs))
    server.on('request', (request, response) => onRequest(request, alike(response), door, false))
    server.on('checkContinue', (request, response) => onRequest(request, alike(response), door, true))
    server.on('sessionError', (_error, session) => session.destroy())
    return server
  }

  #keepSession(session: ServerHttp2Session, idleMs: number): void {
    let streams = 0
    // A long poll moves no bytes: only a connection without any request is idle.
    const whenIdle = (): CancelTimer => this.#options.clock.after(idleMs, () => session.close())
    let cancel = whenIdle()
    this.#sessions.add(session)
    session.once('close', () => {
      cancel()
      this.#sessions.delete(session)
    })
    session.on('stream', (stream) => {
      streams++
      cancel()
      stream.on('error', () => stream.close())
      stream.once('close', () => {
        if (--streams === 0 && !session.closed) cancel = whenIdle()
      })
    })
  }
}

/** Node's compatibility layer gives HTTP/2 responses the methods of HTTP/1 ones, as far as answer.ts uses them. */
function alike(response: Http2ServerResponse): AnyResponse {
  return response as unknown as AnyResponse
}

/** What cannot be parsed as HTTP gets one line and the end of the connection. */
function onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const answering = (socket as Duplex & { _httpMessage?: { headersSent: boolean } })._httpMessage?.headersSent === true
  if (error.code === 'ECONNRESET' || !socket.writable || answering) {
    socket.destroy()
    return
  }
  if (error.code === 'HPE_HEADER_OVERFLOW') endWithStatus(socket, '431 Request Header Fields Too Large')
  else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') endWithStatus(socket, '408 Request Timeout')
  else endWithStatus(socket, '400 Bad Request')
}

function endWithStatus(socket: Duplex, status: string, text = ''): void {
  const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: ${text.length}`
  socket.end(`${head}\r\n\r\n${text}`, () => socket.destroy())
  if (socket instanceof Socket) socket.unref()
}

function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): OperatorError {
  if (cause.code === 'EADDRINUSE')
    return new OperatorError(
      `${host}:${port} is in use`,
      'Stop the other program or choose another port with --port.',
      { cause },
    )
  if (cause.code === 'EACCES')
    return new OperatorError(`${host}:${port} may not be opened`, 'Choose a port above 1023 with --port.', { cause })
  return new OperatorError(`cannot listen on ${host}:${port}: ${cause.message}`, 'Check --host and --port.', { cause })
}
