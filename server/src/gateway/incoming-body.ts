// From raw bytes to the body that an operation gets: aws-chunked framing taken off, the declared hash and every chunk
// signature held. Reading to the end means that all of it was true.
import type { DeclaredHash, IncomingBody } from '#protocol/operation.ts'
import { ChunkedDecoder } from '#identity/chunked.ts'
import { checkHash, holdToHash, type PayloadMode } from '#identity/payload.ts'
import { BodyRefused } from '#identity/refusal.ts'
import type { ChunkSeed } from '#identity/sigv4.ts'
import type { Headers } from './http/headers.ts'
import { BodyTooLarge, type RequestBody } from './request-body.ts'

const NO_TRAILERS: ReadonlyMap<string, string> = new Map()

/** How the bytes must be read, from the head of the request. */
export interface BodyRules {
  readonly mode: PayloadMode
  readonly headers: Headers
  /** Present when the header signature was verified. */
  readonly seed: ChunkSeed | undefined
  /** False in lenient mode: framing and hashes count, signatures do not. */
  readonly verify: boolean
  /** For `bytes()` of a streamed body. */
  readonly bytesMax: number
  /** Turns what goes wrong into what the client is told. */
  readonly toAwsError: (thrown: unknown) => unknown
}

/** A body that is there already: verified, decoded. Throws BodyRefused. */
export function decodeWhole(raw: Buffer, rules: BodyRules): { bytes: Buffer; trailers: ReadonlyMap<string, string> } {
  const { mode } = rules
  if (mode.kind === 'chunked') {
    const decoder = openDecoder(rules, mode)
    const pieces = decoder.push(raw)
    decoder.end()
    const [only] = pieces
    return { bytes: pieces.length === 1 && only ? only : Buffer.concat(pieces), trailers: decoder.trailers }
  }
  if (mode.kind === 'declared') checkHash(raw, mode.sha256)
  return { bytes: raw, trailers: NO_TRAILERS }
}

/** A small body, whole. */
export function wholeBody(bytes: Buffer, trailers: ReadonlyMap<string, string> = NO_TRAILERS): IncomingBody {
  return {
    length: bytes.length,
    bytes: async () => bytes,
    stream: async function* () {
      if (bytes.length > 0) yield bytes
    },
    trailers: () => trailers,
  }
}

/** A body that is read while it comes. */
export function streamedBody(raw: RequestBody, rules: BodyRules): IncomingBody {
  const { mode } = rules
  const decoder = mode.kind === 'chunked' ? openDecoder(rules, mode) : undefined
  const length = decoder === undefined ? raw.length : decodedLength(rules.headers)
  const open = (passing: boolean): AsyncGenerator<Buffer> => {
    const pieces = raw.stream({ passing })
    return decoder === undefined ? pieces : unframe(pieces, decoder)
  }
  const stream = (passing: boolean): AsyncGenerator<Buffer> => {
    const pieces = open(passing)
    return translate(mode.kind === 'declared' ? holdToHash(pieces, mode.sha256) : pieces, rules.toAwsError)
  }
  return {
    length,
    stream: () => stream(true),
    ...(mode.kind === 'declared' && {
      declared: declaredHash(mode.sha256, () => translate(open(true), rules.toAwsError), rules.toAwsError),
    }),
    trailers: () => decoder?.trailers ?? NO_TRAILERS,
    async bytes() {
      const pieces: Buffer[] = []
      let bytes = 0
      for await (const piece of stream(false)) {
        bytes += piece.length
        if (bytes > rules.bytesMax) throw rules.toAwsError(new BodyTooLarge(rules.bytesMax))
        pieces.push(piece)
      }
      return Buffer.concat(pieces)
    },
  }
}

function declaredHash(
  declared: string,
  stream: () => AsyncIterable<Buffer>,
  toAwsError: (thrown: unknown) => unknown,
): DeclaredHash {
  return {
    sha256: Buffer.from(declared, 'hex').toString('base64'),
    stream,
    mismatch(base64) {
      const computed = Buffer.from(base64, 'base64').toString('hex')
      return toAwsError(new BodyRefused({ kind: 'content-hash-mismatch', declared, computed }))
    },
  }
}

async function* unframe(source: AsyncIterable<Buffer>, decoder: ChunkedDecoder): AsyncGenerator<Buffer> {
  for await (const piece of source) yield* decoder.push(piece)
  decoder.end()
}

async function* translate(
  source: AsyncIterable<Buffer>,
  toAwsError: (thrown: unknown) => unknown,
): AsyncGenerator<Buffer> {
  try {
    yield* source
  } catch (thrown) {
    throw toAwsError(thrown)
  }
}

function openDecoder(rules: BodyRules, mode: Extract<PayloadMode, { kind: 'chunked' }>): ChunkedDecoder {
  const decodedBytes = decodedLength(rules.headers)
  const announced = rules.headers['x-amz-trailer']
  if (mode.trailer && announced === undefined) throw new BodyRefused({ kind: 'malformed-trailer' })
  const names = announced?.split(',').map((name) => name.trim().toLowerCase())
  const trailer = mode.trailer ? names : undefined
  return new ChunkedDecoder({ decodedBytes, seed: rules.seed, trailer, verify: rules.verify }, mode.signed)
}

function decodedLength(headers: Headers): number {
  const text = headers['x-amz-decoded-content-length']
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new BodyRefused({ kind: 'decoded-length-missing' })
  return Number(text)
}
