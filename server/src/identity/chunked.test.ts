// AWS's documented examples of chunked uploads, fed in pieces of several sizes, and every kind of damage to them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHUNK_BYTES_MIN } from './limits.ts'
import { ChunkedDecoder, type ChunkedOptions } from './chunked.ts'
import { readClaim } from './claim.ts'
import { BodyRefused } from './refusal.ts'
import { type ChunkSeed, checkClaim, SigningKeys, verifySignature } from './sigv4.ts'
import type { SignedRequest } from './canonical.ts'

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const NOW_MS = Date.UTC(2013, 4, 24)
const RULES = { s3: true, signingNames: ['s3'] }

/** "Example: PUT Object" of the chunked upload page: 66,560 letters in chunks of 64 KiB, 1 KiB and nothing. */
const SIGNED: SignedRequest = {
  method: 'PUT',
  path: '/examplebucket/chunkObject.txt',
  query: '',
  headers: {
    host: 's3.amazonaws.com',
    'x-amz-date': '20130524T000000Z',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '66560',
    'content-length': '66824',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  },
}

/** The same object with a trailing CRC32C. */
const TRAILER: SignedRequest = {
  ...SIGNED,
  headers: {
    host: 's3.amazonaws.com',
    'x-amz-date': '20130524T000000Z',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '66560',
    'x-amz-trailer': 'x-amz-checksum-crc32c',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer,Signature=106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
  },
}

function seedOf(request: SignedRequest): ChunkSeed {
  const claim = readClaim(request)
  assert.equal(claim.kind, 'v4')
  if (claim.kind !== 'v4') throw new Error('no claim')
  assert.equal(checkClaim(claim, request, RULES, NOW_MS), undefined)
  const payloadHash = request.headers['x-amz-content-sha256'] ?? ''
  const verified = verifySignature(claim, request, { payloadHash, secret: SECRET, s3: true, keys: new SigningKeys() })
  assert.equal(verified.kind, 'verified')
  if (verified.kind !== 'verified') throw new Error('not verified')
  return verified.seed
}

function signedBody(signatures: readonly [string, string, string], tail: string): Buffer {
  const line = (size: string, signature: string): string => `${size};chunk-signature=${signature}\r\n`
  return Buffer.concat([
    Buffer.from(line('10000', signatures[0])),
    Buffer.alloc(65536, 'a'),
    Buffer.from(`\r\n${line('400', signatures[1])}`),
    Buffer.alloc(1024, 'a'),
    Buffer.from(`\r\n${line('0', signatures[2])}${tail}`),
  ])
}

const SIGNED_BODY = signedBody(
  [
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ],
  '\r\n',
)
const TRAILER_SIGNATURE = 'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n'
const TRAILER_BODY = signedBody(
  [
    'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
    '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
    '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
  ],
  `x-amz-checksum-crc32c:sOO8/Q==\r\n${TRAILER_SIGNATURE}\r\n`,
)

function decode(
  body: Buffer,
  options: ChunkedOptions,
  pieceBytes: number,
  signed = true,
): { bytes: Buffer; trailers: object } {
  const decoder = new ChunkedDecoder(options, signed)
  const out: Buffer[] = []
  for (let at = 0; at < body.length; at += pieceBytes) out.push(...decoder.push(body.subarray(at, at + pieceBytes)))
  decoder.end()
  return { bytes: Buffer.concat(out), trailers: Object.fromEntries(decoder.trailers) }
}

function refusalOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof BodyRefused, String(error))
    return error.refusal.kind
  }
  return 'accepted'
}

const signedOptions = (): ChunkedOptions => ({
  decodedBytes: 66560,
  seed: seedOf(SIGNED),
  trailer: undefined,
  verify: true,
})
const trailerOptions = (): ChunkedOptions => ({
  decodedBytes: 66560,
  seed: seedOf(TRAILER),
  trailer: ['x-amz-checksum-crc32c'],
  verify: true,
})

test('the documented signed upload, in pieces of 1, 777 and all bytes', () => {
  assert.equal(SIGNED_BODY.length, 66824)
  for (const pieceBytes of [1, 777, SIGNED_BODY.length])
    assert.deepEqual(decode(SIGNED_BODY, signedOptions(), pieceBytes).bytes, Buffer.alloc(66560, 'a'))
})

test('the documented signed upload with a trailer, in pieces of 1, 777 and all bytes', () => {
  assert.equal(TRAILER_BODY.length, 66946)
  for (const pieceBytes of [1, 777, TRAILER_BODY.length]) {
    const { bytes, trailers } = decode(TRAILER_BODY, trailerOptions(), pieceBytes)
    assert.equal(bytes.length, 66560)
    assert.deepEqual(trailers, { 'x-amz-checksum-crc32c': 'sOO8/Q==' })
  }
})

test('no byte of a signed upload can be changed: every byte outside the data, every 97th byte of it', () => {
  for (const [body, options] of [
    [SIGNED_BODY, signedOptions()],
    [TRAILER_BODY, trailerOptions()],
  ] as const) {
    const dataStart = 88
    const dataEnd = dataStart + 65536
    for (let at = 0; at < body.length; at += at > dataStart && at < dataEnd - 97 ? 97 : 1) {
      const damaged = Buffer.from(body)
      damaged[at] = (damaged[at] ?? 0) ^ 1
      assert.notEqual(
        refusalOf(() => decode(damaged, options, body.length)),
        'accepted',
        `byte ${at}`,
      )
    }
  }
})

test('no upload can be cut, at any of its last 1,400 bytes', () => {
  for (const [body, options] of [
    [SIGNED_BODY, signedOptions()],
    [TRAILER_BODY, trailerOptions()],
  ] as const)
    for (let cut = 1; cut < 1400; cut++)
      assert.notEqual(
        refusalOf(() => decode(body.subarray(0, -cut), options, 65536)),
        'accepted',
        `cut ${cut}`,
      )
})

test('a trailer upload without its trailer, or without the trailer signature, is refused', () => {
  const text = TRAILER_BODY.toString('latin1')
  const without = (part: string): Buffer => Buffer.from(text.replace(part, ''), 'latin1')
  assert.equal(
    refusalOf(() => decode(without(TRAILER_SIGNATURE), trailerOptions(), 777)),
    'malformed-trailer',
  )
  assert.equal(
    refusalOf(() => decode(without('x-amz-checksum-crc32c:sOO8/Q==\r\n'), trailerOptions(), 777)),
    'malformed-trailer',
  )
  const more = Buffer.from(text.replace(TRAILER_SIGNATURE, `x-amz-more:1\r\n${TRAILER_SIGNATURE}`), 'latin1')
  assert.equal(
    refusalOf(() => decode(more, trailerOptions(), 777)),
    'malformed-trailer',
  )
})

test('a signed upload is refused when no header signature was verified', () => {
  assert.equal(
    refusalOf(() => decode(SIGNED_BODY, { ...signedOptions(), seed: undefined }, 777)),
    'missing',
  )
})

const plain = (decodedBytes: number): ChunkedOptions => ({
  decodedBytes,
  seed: undefined,
  trailer: ['x-amz-checksum-crc32'],
  verify: true,
})

test('unsigned chunks with a trailer', () => {
  const body = Buffer.from('5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n')
  for (const pieceBytes of [1, 7, body.length])
    assert.deepEqual(decode(body, plain(5), pieceBytes, false), {
      bytes: Buffer.from('hello'),
      trailers: { 'x-amz-checksum-crc32': 'NhCmhg==' },
    })
  const refused = (text: string, decodedBytes: number): string =>
    refusalOf(() => decode(Buffer.from(text), plain(decodedBytes), 3, false))
  assert.equal(refused('5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n', 6), 'incomplete-body')
  assert.equal(refused('5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n', 4), 'incomplete-body')
  assert.equal(refused('5\r\nhello\r\n0\r\n\r\n', 5), 'malformed-trailer')
  assert.equal(refused('5\nhello\r\n0\r\n\r\n', 5), 'malformed-chunk')
  assert.equal(refused('-5\r\nhello\r\n', 5), 'malformed-chunk')
  assert.equal(refused('5;chunk-signature=00\r\nhello\r\n', 5), 'malformed-chunk')
  assert.equal(refused('fffffffffffff\r\nhello\r\n', 5), 'malformed-chunk')
  assert.equal(refused(`${'0'.repeat(5000)}\r\n`, 5), 'malformed-chunk')
  assert.equal(refused(`0\r\nx-amz-checksum-crc32:${'a'.repeat(5000)}\r\n\r\n`, 0), 'malformed-trailer')
})

test('only the last chunk may be smaller than 8 KiB', () => {
  const small = CHUNK_BYTES_MIN - 1
  const body = `${small.toString(16)}\r\n${'x'.repeat(small)}\r\n1\r\nx\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n`
  assert.equal(
    refusalOf(() => decode(Buffer.from(body), plain(small + 1), 4096, false)),
    'chunk-too-small',
  )
})
