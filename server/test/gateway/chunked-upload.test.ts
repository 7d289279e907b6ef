// Signed chunked uploads, as the Java and older SDKs send them, through the whole server: whole, in odd pieces, and with
// every link of the chain damaged. What is refused must leave nothing behind.
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { after, before, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { closeServers, openServer, type TestServer } from './running-server.ts'

const REGION = 'us-east-1'
const EMPTY = sha256('')
let running: TestServer
let s3: S3Client

before(async () => {
  running = await openServer({ mode: 'start' })
  s3 = new S3Client({ endpoint: running.endpoint, region: REGION, maxAttempts: 1, credentials: running.credentials })
  await s3.send(new CreateBucketCommand({ Bucket: 'chunks' }))
})
after(closeServers)

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

interface Upload {
  readonly key: string
  readonly chunks: readonly Buffer[]
  readonly trailer?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Changes what is sent after everything was signed. */
  readonly tamper?: (body: Buffer) => Buffer
}

/** Signs head, chunks and trailer as AWS describes it, sends them in pieces of 10,000 bytes; status and error code. */
async function upload({ key, chunks, trailer, headers: more = {}, tamper = (body) => body }: Upload): Promise<string> {
  const amzDate = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const date = amzDate.slice(0, 8)
  const scope = `${date}/${REGION}/s3/aws4_request`
  const { accessKeyId, secretAccessKey } = running.credentials
  const signingKey = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, date), REGION), 's3'), 'aws4_request')
  const declared = `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer === undefined ? '' : '-TRAILER'}`
  const headers: Record<string, string> = {
    'content-encoding': 'aws-chunked',
    host: new URL(running.endpoint).host,
    'x-amz-content-sha256': declared,
    'x-amz-date': amzDate,
    'x-amz-decoded-content-length': String(Buffer.concat(chunks).length),
    ...(trailer !== undefined && { 'x-amz-trailer': Object.keys(trailer).join(',') }),
    ...more,
  }
  const names = Object.keys(headers).toSorted()
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('')
  const canonical = `PUT\n/chunks/${key}\n\n${lines}\n${names.join(';')}\n${declared}`
  let signature = hmac(signingKey, `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${sha256(canonical)}`).toString('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  const link = (algorithm: string, hashes: string): string => {
    signature = hmac(signingKey, `${algorithm}\n${amzDate}\n${scope}\n${signature}\n${hashes}`).toString('hex')
    return signature
  }
  const pieces: Buffer[] = []
  for (const chunk of [...chunks, Buffer.alloc(0)]) {
    const signed = link('AWS4-HMAC-SHA256-PAYLOAD', `${EMPTY}\n${sha256(chunk)}`)
    pieces.push(Buffer.from(`${chunk.length.toString(16)};chunk-signature=${signed}\r\n`), chunk)
    if (chunk.length > 0) pieces.push(Buffer.from('\r\n'))
  }
  if (trailer !== undefined) {
    const fields = Object.entries(trailer).map(([name, value]) => `${name}:${value}`)
    const signed = link('AWS4-HMAC-SHA256-TRAILER', sha256(fields.map((field) => `${field}\n`).join('')))
    pieces.push(Buffer.from(`${fields.join('\r\n')}\r\nx-amz-trailer-signature:${signed}\r\n`))
  }
  const body = tamper(Buffer.concat([...pieces, Buffer.from('\r\n')]))
  return send(key, { ...headers, authorization, 'content-length': String(body.length) }, body)
}

function send(key: string, headers: Record<string, string>, body: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(running.endpoint)
    const request = httpRequest({ hostname, port, method: 'PUT', path: `/chunks/${key}`, headers }, (answer) => {
      let text = ''
      answer.on('data', (piece) => (text += String(piece)))
      answer.on('end', () => resolve(`${answer.statusCode} ${/<Code>(\w+)/.exec(text)?.[1] ?? ''}`.trim()))
    })
    request.on('error', reject)
    for (let at = 0; at < body.length; at += 10_000) request.write(body.subarray(at, at + 10_000))
    request.end()
  })
}

const CHUNKS = [Buffer.alloc(65_536, 'a'), Buffer.alloc(65_536, 'b'), Buffer.alloc(1000, 'c')]
const WHOLE = Buffer.concat(CHUNKS)

function crcOf(bytes: Buffer): string {
  const digest = Buffer.alloc(4)
  digest.writeUInt32BE(crc32(bytes))
  return digest.toString('base64')
}

test('small and large signed uploads, with and without trailers, arrive as they were', async () => {
  const small = [Buffer.from('small enough to be read at once')]
  assert.equal(await upload({ key: 'small', chunks: small }), '200')
  assert.equal(await upload({ key: 'empty', chunks: [] }), '200')
  assert.equal(await upload({ key: 'large', chunks: CHUNKS }), '200')
  const trailer = { 'x-amz-checksum-crc32': crcOf(WHOLE) }
  assert.equal(await upload({ key: 'trailer', chunks: CHUNKS, trailer }), '200')
  for (const [key, expected] of [
    ['small', small[0]],
    ['large', WHOLE],
    ['trailer', WHOLE],
  ] as const) {
    const { Body, ContentEncoding } = await s3.send(new GetObjectCommand({ Bucket: 'chunks', Key: key }))
    assert.deepEqual(Buffer.from((await Body?.transformToByteArray()) ?? []), expected, key)
    assert.notEqual(ContentEncoding, 'aws-chunked')
  }
})

test('damage anywhere in the chain is refused, and nothing is stored', async () => {
  const flip = (at: number) => (body: Buffer) => {
    const damaged = Buffer.from(body)
    const index = at < 0 ? body.length + at : at
    damaged[index] = (damaged[index] ?? 0) ^ 1
    return damaged
  }
  /** Another hexadecimal digit: the signature stays one in form. */
  const otherDigit = (at: number) => (body: Buffer) => {
    const damaged = Buffer.from(body)
    const index = at < 0 ? body.length + at : at
    const digit = Number.parseInt(String.fromCharCode(damaged[index] ?? 0), 16)
    damaged.write((digit ^ 1).toString(16), index)
    return damaged
  }
  const trailer = { 'x-amz-checksum-crc32': crcOf(WHOLE) }
  const damaged = (tamper: Upload['tamper'], extra: Partial<Upload> = {}): Promise<string> =>
    upload({ key: 'bad/object', chunks: CHUNKS, ...extra, ...(tamper && { tamper }) })
  assert.equal(await damaged(otherDigit(30)), '403 SignatureDoesNotMatch', 'signature of the first chunk')
  assert.equal(await damaged(flip(1000)), '403 SignatureDoesNotMatch', 'data of the first chunk')
  assert.equal(await damaged(flip(70_000)), '403 SignatureDoesNotMatch', 'data of the second chunk')
  assert.equal(await damaged(otherDigit(-10)), '403 SignatureDoesNotMatch', 'signature of the last chunk')
  assert.equal(await damaged(otherDigit(-30), { trailer }), '403 SignatureDoesNotMatch', 'signature of the trailer')
  assert.equal(await damaged(flip(-100), { trailer }), '403 SignatureDoesNotMatch', 'trailer')
  assert.equal(await damaged((body) => body.subarray(0, -86)), '400 IncompleteBody', 'no last chunk')
  assert.equal(await damaged((body) => body.subarray(0, 70_000)), '400 IncompleteBody', 'cut')
  assert.equal(await damaged(undefined, { trailer: { 'x-amz-checksum-crc32': 'AAAAAA==' } }), '400 BadDigest')
  const length = { 'x-amz-decoded-content-length': String(WHOLE.length - 1) }
  assert.equal(await damaged(undefined, { headers: length }), '400 IncompleteBody')
  const small = Array.from({ length: 3 }, () => Buffer.alloc(100, 'x'))
  assert.equal(await damaged(undefined, { chunks: small }), '403 InvalidChunkSizeError')
  const list = await s3.send(new ListObjectsV2Command({ Bucket: 'chunks', Prefix: 'bad/' }))
  assert.equal(list.KeyCount, 0)
})
