// The aws-chunked framing of S3 uploads (AWS: "Transferring payload in multiple chunks" and "... trailing headers"):
//
//   signed     <hex size>;chunk-signature=<hex>\r\n <bytes>\r\n ... 0;chunk-signature=<hex>\r\n \r\n
//   + trailer  ... 0;chunk-signature=<hex>\r\n name:value\r\n x-amz-trailer-signature:<hex>\r\n \r\n
//   unsigned   <hex size>\r\n <bytes>\r\n ... 0\r\n name:value\r\n \r\n
//
// Each chunk signature covers the chunk's hash and the signature before it, beginning with the one of the headers. Pure:
// bytes are pushed in pieces of any size. States: size -> data -> data-end -> size ... -> trailer -> done; every throw
// is a BodyRefused. Bytes are handed on before their chunk's signature was checked: whoever keeps them must not commit
// before `end()` returned.
import { createHash, type Hash } from 'node:crypto'
import { equalInConstantTime, sha256Hex } from './hmac.ts'
import { CHUNK_BYTES_MIN, CHUNK_LINE_BYTES_MAX, TRAILER_BYTES_MAX } from './limits.ts'
import { BodyRefused, type Refusal } from './refusal.ts'
import type { ChunkSeed } from './sigv4.ts'

export interface ChunkedOptions {
  /** x-amz-decoded-content-length. */
  readonly decodedBytes: number
  /** Present when every chunk must be signed. */
  readonly seed: ChunkSeed | undefined
  /** Names announced in x-amz-trailer, lower case; undefined when no trailer may come. */
  readonly trailer: readonly string[] | undefined
  /** False where signatures are not looked at (lenient mode): the framing is checked all the same. */
  readonly verify: boolean
}

type State = 'size' | 'data' | 'data-end' | 'trailer' | 'last-line' | 'done'

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const SIGNED_SIZE = /^([0-9a-fA-F]{1,12});chunk-signature=([0-9a-f]{64})$/
const PLAIN_SIZE = /^([0-9a-fA-F]{1,12})$/
const LINE_END = 0x0a

export class ChunkedDecoder {
  readonly trailers = new Map<string, string>()
  readonly #options: ChunkedOptions
  readonly #signed: boolean
  #state: State = 'size'
  /** Bytes of an unfinished line. */
  #line: Buffer = Buffer.alloc(0)
  #lineBytes = 0
  #decoded = 0
  #chunkBytes = 0
  #chunkLeft = 0
  #chunkSignature = ''
  #chunkHash: Hash | undefined
  #previousSignature: string
  #trailerBytes = 0

  constructor(options: ChunkedOptions, signed: boolean) {
    this.#options = options
    this.#signed = signed
    this.#previousSignature = options.seed?.signature ?? ''
  }

  /** Takes the next piece and returns the decoded bytes in it (views into `piece`). */
  push(piece: Buffer): readonly Buffer[] {
    const out: Buffer[] = []
    let at = 0
    while (at < piece.length) {
      if (this.#state === 'data') {
        const data = piece.subarray(at, at + this.#chunkLeft)
        at += data.length
        this.#takeData(data)
        out.push(data)
      } else at = this.#readLine(piece, at)
    }
    return out
  }

  /** Must be called after the last piece: everything announced has arrived and every signature held. */
  end(): void {
    if (this.#state !== 'done') refuse('incomplete-body')
  }

  #takeData(data: Buffer): void {
    this.#chunkLeft -= data.length
    this.#decoded += data.length
    if (this.#signed && this.#options.verify) this.#hash(data)
    if (this.#chunkLeft === 0) this.#state = 'data-end'
  }

  #hash(data: Buffer): void {
    if (this.#chunkHash === undefined && data.length === this.#chunkBytes) {
      // The usual case: the whole chunk is here.
      this.#checkChunk(sha256Hex(data))
      return
    }
    this.#chunkHash ??= createHash('sha256')
    this.#chunkHash.update(data)
    if (this.#chunkLeft > 0) return
    const digest = this.#chunkHash.digest('hex')
    this.#chunkHash = undefined
    this.#checkChunk(digest)
  }

  /** Collects up to a line feed; returns where the line ended in `piece`. */
  #readLine(piece: Buffer, from: number): number {
    const end = piece.indexOf(LINE_END, from)
    const part = piece.subarray(from, end === -1 ? piece.length : end)
    if (this.#lineBytes + part.length > CHUNK_LINE_BYTES_MAX)
      refuse(this.#state === 'trailer' ? 'malformed-trailer' : 'malformed-chunk')
    if (end === -1) {
      this.#keepPart(part)
      return piece.length
    }
    const whole = this.#lineBytes === 0 ? part : Buffer.concat([this.#line.subarray(0, this.#lineBytes), part])
    this.#lineBytes = 0
    const text = whole.toString('latin1')
    if (!text.endsWith('\r')) refuse(this.#state === 'trailer' ? 'malformed-trailer' : 'malformed-chunk')
    this.#takeLine(text.slice(0, -1))
    return end + 1
  }

  #keepPart(part: Buffer): void {
    if (this.#line.length === 0) this.#line = Buffer.allocUnsafe(CHUNK_LINE_BYTES_MAX)
    part.copy(this.#line, this.#lineBytes)
    this.#lineBytes += part.length
  }

  #takeLine(line: string): void {
    switch (this.#state) {
      case 'size':
        return this.#takeSize(line)
      case 'data-end':
      case 'last-line':
        if (line !== '') refuse('malformed-chunk')
        this.#state = this.#state === 'data-end' ? 'size' : 'done'
        return
      case 'trailer':
        return line === '' ? this.#endTrailer() : this.#takeTrailer(line)
      case 'data':
      case 'done':
        return refuse('malformed-chunk')
    }
  }

  #takeSize(line: string): void {
    const match = (this.#signed ? SIGNED_SIZE : PLAIN_SIZE).exec(line)
    if (match === null) return refuse('malformed-chunk')
    const bytes = Number.parseInt(match[1] ?? '', 16)
    this.#chunkSignature = match[2] ?? ''
    if (bytes === 0) return this.#endData()
    if (this.#chunkBytes > 0 && this.#chunkBytes < CHUNK_BYTES_MIN) refuse('chunk-too-small')
    if (this.#decoded + bytes > this.#options.decodedBytes) refuse('incomplete-body')
    this.#chunkBytes = bytes
    this.#chunkLeft = bytes
    this.#state = 'data'
  }

  #endData(): void {
    if (this.#decoded !== this.#options.decodedBytes) refuse('incomplete-body')
    if (this.#signed && this.#options.verify) this.#checkChunk(EMPTY_SHA256)
    this.#state = this.#options.trailer === undefined ? 'last-line' : 'trailer'
  }

  #checkChunk(sha256: string): void {
    this.#check(this.#chunkSignature, 'AWS4-HMAC-SHA256-PAYLOAD', `${EMPTY_SHA256}\n${sha256}`)
  }

  #check(signature: string, algorithm: string, hashes: string): void {
    const { seed } = this.#options
    if (seed === undefined) return refuse('missing')
    const stringToSign = `${algorithm}\n${seed.amzDate}\n${seed.scope}\n${this.#previousSignature}\n${hashes}`
    if (!equalInConstantTime(seed.key.hex(stringToSign), signature))
      throw new BodyRefused({
        kind: 'signature-mismatch',
        accessKeyId: '',
        stringToSign,
        canonicalRequest: undefined,
        signature,
      })
    this.#previousSignature = signature
  }

  #takeTrailer(line: string): void {
    this.#trailerBytes += line.length
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim().toLowerCase()
    if (colon <= 0 || this.#trailerBytes > TRAILER_BYTES_MAX || this.trailers.has(name)) refuse('malformed-trailer')
    const allowed = name === TRAILER_SIGNATURE ? this.#signed : this.#options.trailer?.includes(name) === true
    if (!allowed) refuse('malformed-trailer')
    this.trailers.set(name, line.slice(colon + 1).trim())
  }

  #endTrailer(): void {
    for (const name of this.#options.trailer ?? []) if (!this.trailers.has(name)) refuse('malformed-trailer')
    const signature = this.trailers.get(TRAILER_SIGNATURE)
    this.trailers.delete(TRAILER_SIGNATURE)
    if (this.#signed && this.#options.verify) {
      if (signature === undefined) return refuse('malformed-trailer')
      const lines = [...this.trailers].toSorted(([left], [right]) => (left < right ? -1 : 1))
      const text = lines.map(([name, value]) => `${name}:${value}\n`).join('')
      this.#check(signature, 'AWS4-HMAC-SHA256-TRAILER', sha256Hex(text))
    }
    this.#state = 'done'
  }
}

const TRAILER_SIGNATURE = 'x-amz-trailer-signature'

function refuse(
  kind: Extract<
    Refusal['kind'],
    'incomplete-body' | 'malformed-chunk' | 'chunk-too-small' | 'malformed-trailer' | 'missing'
  >,
): never {
  throw new BodyRefused({ kind })
}
