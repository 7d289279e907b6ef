// One request and its answer on a connection, whatever HTTP version carries them (HTTP/2 calls it a stream). Everything
// behind the sockets reads and writes through this.
import type { BadHead } from './bad-head.ts'
import type { Headers } from './headers.ts'

/** Where a request came in. `cell`: from a function, which may use the AWS APIs and nothing else. */
export type Door = 'public' | 'cell'

export interface TlsSession {
  /** As in `TLSv1.3`. */
  readonly version: string
  /** Its IANA name. */
  readonly cipherSuite: string
}

/** Takes a body as it comes. After `ended` or `lost` nothing follows. */
export interface BodyReader {
  piece(bytes: Buffer): void
  ended(): void
  /** The client went away, or broke the framing, before the end. */
  lost(): void
}

export interface HttpStream {
  readonly version: 1 | 2
  readonly method: string
  /** The request target as it came. */
  readonly target: string
  readonly headers: Headers
  /** Why no protocol can read the headers; then nothing else of the request counts. */
  readonly fault: BadHead | undefined
  /** Undefined for callers inside cells: a Unix socket has no address. */
  readonly remoteAddress: string | undefined
  /** Where it came over TLS that ended here. */
  readonly tls: TlsSession | undefined
  /** The client waits for `100 Continue` before it sends the body. */
  readonly awaitsContinue: boolean
  /** In bytes; 0 without a body, undefined when the end will tell. */
  readonly bodyLength: number | undefined

  /** The whole body has come. */
  readonly bodyCame: boolean
  /** The body without a wait, where it has come whole; once, in place of `readBody`. */
  takeBody(): Buffer | undefined
  /** From now on the body goes to `reader`, what has come at once, and to nobody else. */
  readBody(reader: BodyReader): void
  /** Let the client wait with the rest of the body. Pieces that came already may still follow. */
  pauseBody(): void
  resumeBody(): void
  /** Tells the client that the rest of the body is not wanted, where its HTTP has a word for that. */
  stopBody(): void

  sendContinue(): void
  /** The head of the answer; it leaves with the first piece, be it empty. Throws TypeError for what is no header. */
  writeHead(status: number, headers: Readonly<Record<string, string>>, cookies: readonly string[] | undefined): void
  /** Calls `done` once, when the system has taken the piece or the client is gone. */
  write(piece: string | Uint8Array, done: () => void): void
  /** The end of the answer; a string is latin1. */
  end(last?: string | Uint8Array): void
  /** Bytes that the system took from the connection so far. */
  readonly bytesWritten: number
  /** Nothing can be sent any more: the answer has ended, or the client is gone. */
  readonly closed: boolean
  /** Calls `listener` when the client goes away before the end of the answer, until the returned function is called. */
  onLost(listener: () => void): () => void
  /** Breaks off: the client sees that the answer is not whole. */
  abort(): void
}
