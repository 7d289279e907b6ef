// A request of HTTP/2 in the form of all requests, over Node's compatibility layer.
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { HEADERS_MAX } from '../limits.ts'
import { BadHead } from './bad-head.ts'
import { addHeader, HeaderMap, type Headers } from './headers.ts'
import type { BodyReader, HttpStream, TlsSession } from './stream.ts'
import { tlsSessionOf } from './tls-session.ts'

/** HTTP/2 error code CANCEL. */
const CANCEL = 8
const EMPTY = Buffer.alloc(0)

export class Http2Stream implements HttpStream {
  readonly version = 2
  readonly headers: Headers
  readonly fault: BadHead | undefined
  readonly awaitsContinue: boolean
  readonly bodyLength: number | undefined
  readonly #request: Http2ServerRequest
  readonly #response: Http2ServerResponse
  #reader: BodyReader | undefined

  constructor(request: Http2ServerRequest, response: Http2ServerResponse, awaitsContinue: boolean) {
    this.#request = request
    this.#response = response
    this.awaitsContinue = awaitsContinue
    const { headers, fault } = readHeaders(request.rawHeaders)
    this.headers = headers
    this.fault = fault
    const declared = headers['content-length']
    // The stream itself says whether data follows.
    if (request.stream.endAfterHeaders) this.bodyLength = 0
    else this.bodyLength = declared === undefined ? undefined : Number(declared)
    // A client that goes away is no event: the next write notices.
    response.on('error', ignore)
    request.on('error', ignore)
  }

  get method(): string {
    return this.#request.method
  }

  get target(): string {
    return this.#request.url
  }

  get remoteAddress(): string | undefined {
    return this.#request.socket.remoteAddress
  }

  get tls(): TlsSession | undefined {
    return tlsSessionOf(this.#request.socket)
  }

  get bodyCame(): boolean {
    return this.bodyLength === 0 || this.#request.complete
  }

  takeBody(): Buffer | undefined {
    if (this.bodyLength === 0) return EMPTY
    if (this.bodyLength === undefined || this.#request.readableLength !== this.bodyLength) return undefined
    const bytes: unknown = this.#request.read()
    return bytes instanceof Buffer ? bytes : undefined
  }

  readBody(reader: BodyReader): void {
    const begun = this.#reader !== undefined
    this.#reader = reader
    const request = this.#request
    if (request.readableEnded) return reader.ended()
    if (request.destroyed) return reader.lost()
    if (begun) return void request.resume()
    let over = false
    const finish = (): void => {
      if (over) return
      over = true
      if (request.complete && request.readableEnded) this.#reader?.ended()
      else this.#reader?.lost()
    }
    request.on('end', finish)
    request.on('close', finish)
    request.on('data', (piece: Buffer) => this.#reader?.piece(piece))
  }

  pauseBody(): void {
    this.#request.pause()
  }

  resumeBody(): void {
    this.#request.resume()
  }

  stopBody(): void {
    this.#request.stream.close()
  }

  sendContinue(): void {
    this.#response.writeContinue()
  }

  writeHead(status: number, headers: Readonly<Record<string, string>>, cookies: readonly string[] | undefined): void {
    if (cookies !== undefined) this.#response.setHeader('set-cookie', cookies)
    this.#response.writeHead(status, headers)
  }

  write(piece: string | Uint8Array, done: () => void): void {
    const response = this.#response
    if (this.closed) return done()
    let told = false
    const tell = (): void => {
      if (told) return
      told = true
      response.off('close', tell)
      done()
    }
    response.on('close', tell)
    if (typeof piece === 'string') response.write(piece, 'latin1', tell)
    else response.write(piece, tell)
  }

  end(last?: string | Uint8Array): void {
    if (last === undefined) this.#response.end()
    else if (typeof last === 'string') this.#response.end(last, 'latin1')
    else this.#response.end(last)
  }

  get bytesWritten(): number {
    return this.#request.socket.bytesWritten
  }

  get closed(): boolean {
    return this.#response.destroyed || this.#response.writableEnded
  }

  onLost(listener: () => void): () => void {
    const onClose = (): void => {
      if (!this.#response.writableEnded) listener()
    }
    this.#response.once('close', onClose)
    return () => this.#response.off('close', onClose)
  }

  abort(): void {
    this.#request.stream.close(CANCEL)
  }
}

function ignore(): void {}

/** The pseudo headers of the request line are left out; `:authority` is the host, and clients sign it under either name. */
function readHeaders(raw: readonly string[]): { readonly headers: Headers; readonly fault: BadHead | undefined } {
  const headers = new HeaderMap()
  if (raw.length > 2 * HEADERS_MAX) return { headers, fault: new BadHead(431, `more than ${HEADERS_MAX} headers`) }
  let fault: BadHead | undefined
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase()
    const value = raw[index + 1] ?? ''
    if (name === ':authority' || !name.startsWith(':')) fault = addHeader(headers, name, value) ?? fault
  }
  headers['host'] ??= headers[':authority']
  return { headers, fault }
}
