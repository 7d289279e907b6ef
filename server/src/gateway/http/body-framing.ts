// Where the body of an HTTP/1 request ends (RFC 9112, 6 and 7): by its length, or chunk by chunk.
import { CHUNK_EXTENSION_BYTES_MAX, CHUNK_LINE_BYTES_MAX, TRAILER_BYTES_MAX } from '../limits.ts'
import { FIELD_NAME, FIELD_VALUE } from './grammar.ts'
import { UnreadableHead, type Http1Head } from './head-reader.ts'

export type Framing =
  | { readonly kind: 'length'; bytesLeft: number }
  | { readonly kind: 'chunked'; readonly chunks: ChunkReader }

const LENGTH = /^\d{1,15}$/

/** From the headers. Throws UnreadableHead where they leave a doubt. */
export function framingOf({ headers, minor }: Http1Head): Framing {
  const length = headers['content-length']
  const coding = headers['transfer-encoding']
  if (coding !== undefined) {
    if (length !== undefined || minor === 0) throw new UnreadableHead('a length and an encoding of the transfer')
    if (coding.toLowerCase() !== 'chunked') throw new UnreadableHead('a transfer encoding other than chunked')
    return { kind: 'chunked', chunks: new ChunkReader() }
  }
  if (length === undefined) return { kind: 'length', bytesLeft: 0 }
  if (!LENGTH.test(length)) throw new UnreadableHead('a length that is no number')
  return { kind: 'length', bytesLeft: Number(length) }
}

/** The body cannot be read on: what follows is not known. */
export class BrokenBody extends Error {
  override readonly name = 'BrokenBody'
}

const SIZE_LINE =
  /^([0-9A-Fa-f]{1,12})((?:;[\w!#$%&'*+\-.^`|~]+(?:=(?:[\w!#$%&'*+\-.^`|~]+|"[\t\x20\x21\x23-\x5b\x5d-\x7e]*"))?)*)$/
// What would say where the body ends, had it come before it.
const FRAMING_NAME = /^(?:content-length|transfer-encoding)$/i
const CARRIAGE_RETURN = 13
const LINE_FEED = 10

/** Takes chunks apart. Trailers are checked and dropped: the signed ones of AWS stand inside the body. */
export class ChunkReader {
  #phase: 'size' | 'data' | 'data-end' | 'trailer' | 'done' = 'size'
  #bytesLeft = 0
  /** A line whose end has not come. */
  #line = ''
  #extensionBytes = 0
  #trailerBytes = 0

  get done(): boolean {
    return this.#phase === 'done'
  }

  /** Gives the data in `bytes` to `piece`, and the index behind what belongs to the body. Throws BrokenBody. */
  read(bytes: Buffer, piece: (data: Buffer) => void): number {
    let at = 0
    while (at < bytes.length && this.#phase !== 'done') {
      if (this.#phase === 'data') {
        const end = Math.min(bytes.length, at + this.#bytesLeft)
        this.#bytesLeft -= end - at
        piece(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end))
        at = end
        if (this.#bytesLeft === 0) this.#phase = 'data-end'
      } else {
        const feed = bytes.indexOf(LINE_FEED, at)
        const end = feed === -1 ? bytes.length : feed + 1
        if (this.#line.length + end - at > this.#lineBytesMax) throw new BrokenBody('a line of the framing is too long')
        this.#line += bytes.toString('latin1', at, end)
        at = end
        if (feed === -1) break
        const line = this.#line
        this.#line = ''
        if (line.charCodeAt(line.length - 2) !== CARRIAGE_RETURN) throw new BrokenBody('a line feed alone')
        this.#take(line.slice(0, -2))
      }
    }
    return at
  }

  get #lineBytesMax(): number {
    if (this.#phase === 'data-end') return 2
    return this.#phase === 'size' ? CHUNK_LINE_BYTES_MAX : TRAILER_BYTES_MAX - this.#trailerBytes
  }

  #take(line: string): void {
    if (this.#phase === 'data-end') {
      if (line !== '') throw new BrokenBody('a chunk is longer than its size')
      this.#phase = 'size'
    } else if (this.#phase === 'size') this.#begin(line)
    else if (line === '') this.#phase = 'done'
    else if (isTrailer(line)) this.#trailerBytes += line.length + 2
    else throw new BrokenBody('a trailer that is no header')
  }

  #begin(line: string): void {
    const [, size, extension = ''] = SIZE_LINE.exec(line) ?? []
    if (size === undefined) throw new BrokenBody('a chunk without a size')
    this.#extensionBytes += extension.length
    if (this.#extensionBytes > CHUNK_EXTENSION_BYTES_MAX) throw new BrokenBody('too many extensions of chunks')
    this.#bytesLeft = Number.parseInt(size, 16)
    this.#phase = this.#bytesLeft === 0 ? 'trailer' : 'data'
  }
}

function isTrailer(line: string): boolean {
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(colon, 0))
  return FIELD_NAME.test(name) && !FRAMING_NAME.test(name) && FIELD_VALUE.test(line.slice(colon + 1))
}
