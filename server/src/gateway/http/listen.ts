// Sockets. One port speaks HTTP/1.1 and HTTP/2 with prior knowledge (h2c), told apart by the first bytes: `PRI` opens an
// HTTP/2 connection, everything else is HTTP/1.1. With certificates the port speaks TLS and nothing else; inside it the two
// are told apart in the same way. The same servers serve connections that the engine hands over from inside the cells, which
// come through a door of their own.
import type { CancelTimer, Clock } from '#base/clock.ts'
import { OperatorError } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import type { Http2Server, ServerHttp2Session } from 'node:http2'
import { type AddressInfo, createServer as createNetServer, type Server as NetServer, Socket } from 'node:net'
import type { Server as TlsServer } from 'node:tls'
import type { Duplex } from 'node:stream'
import { CONNECTIONS_MAX, type GatewayLimits, H2_STREAMS_MAX, HEADER_BYTES_MAX, SWEEP_INTERVAL_MS } from '../limits.ts'
import type { Certificates } from '../tls/certificates.ts'
import { TLS_VERSION_MIN } from '../tls/limits.ts'
import { Http1Connection } from './http1-connection.ts'
import { Http2Stream } from './http2-stream.ts'
import type { Door, HttpStream } from './stream.ts'

export interface ListenerOptions {
  readonly onStream: (stream: HttpStream, door: Door) => void
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

/** Sockets, servers and their end. Requests go to `onStream`. */
export class Listener {
  readonly #options: ListenerOptions
  readonly #net: NetServer
  readonly #http1 = new Set<Http1Connection>()
  readonly #http2 = new Map<Door, Promise<Http2Server>>()
  #tls: Promise<TlsServer> | undefined
  /** What clients without a server name are shown now. */
  #shown: Certificates['standard'] | undefined
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #sockets = new Set<Duplex>()
  #sweeping = false

  constructor(options: ListenerOptions) {
    this.#options = options
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
    for (const connection of this.#http1) connection.closeIdle()
    for (const session of this.#sessions) session.close()
  }

  /** Takes no more connections and ends those that are open, whatever they carry. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#net.close(() => resolve()))
    for (const session of this.#sessions) session.destroy()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #accept(socket: Duplex, door: Door): void {
    this.#keep(socket)
    this.#sniff(socket, (speech, seen) => {
      if (speech !== 'http2') return this.#toHttp1(socket, door, seen)
      // Reads what was put back itself, once it is loaded; until then nothing may flow.
      putBack(socket, seen)
      void this.#toHttp2(socket, door)
    })
  }

  #toHttp1(socket: Duplex, door: Door, seen: Buffer): void {
    const { limits, clock, onStream } = this.#options
    const connection = new Http1Connection(socket, { limits, clock, onStream: (stream) => onStream(stream, door) })
    this.#http1.add(connection)
    socket.once('close', () => this.#http1.delete(connection))
    if (this.#http1.size === 1) this.#sweepLater()
    connection.push(seen)
  }

  /** Looks for slow clients as long as there are any: no connection needs a timer of its own. */
  #sweepLater(): void {
    const { clock, limits } = this.#options
    if (this.#sweeping) return
    this.#sweeping = true
    clock.after(Math.min(SWEEP_INTERVAL_MS, limits.headersTimeoutMs), () => {
      this.#sweeping = false
      const nowMs = clock.monotonicMs()
      for (const connection of this.#http1) connection.sweep(nowMs)
      if (this.#http1.size > 0) this.#sweepLater()
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
    this.#sniff(socket, (speech, seen) => {
      if (speech !== 'tls') return endWithStatus(socket, '400 Bad Request', 'This port speaks TLS: use https://.\n')
      putBack(socket, seen)
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

  /** Waits for as many bytes as it takes to tell the protocols apart, and hands them on with the socket. */
  #sniff(socket: Duplex, handOn: (speech: Speech, seen: Buffer) => void): void {
    let seen: Buffer | undefined
    const cancelTimer = this.#options.clock.after(this.#options.limits.headersTimeoutMs, () => socket.destroy())
    const onData = (piece: Buffer): void => {
      seen = seen === undefined ? piece : Buffer.concat([seen, piece])
      const start = seen.toString('latin1', 0, PREFACE.length)
      if (start.length < PREFACE.length && PREFACE.startsWith(start)) return
      stop()
      handOn(seen[0] === TLS_HANDSHAKE ? 'tls' : start === PREFACE ? 'http2' : 'http1', seen)
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
    const { limits, onStream } = this.#options
    const server = createServer({
      settings: { maxConcurrentStreams: H2_STREAMS_MAX, maxHeaderListSize: HEADER_BYTES_MAX },
      maxSendHeaderBlockLength: HEADER_BYTES_MAX * 4,
    })
    server.on('session', (session) => this.#keepSession(session, limits.keepAliveTimeoutMs))
    server.on('request', (request, response) => onStream(new Http2Stream(request, response, false), door))
    server.on('checkContinue', (request, response) => onStream(new Http2Stream(request, response, true), door))
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

/** Whoever gets the socket next reads the bytes again. */
function putBack(socket: Duplex, seen: Buffer): void {
  socket.pause()
  socket.unshift(seen)
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
