// Signatures made by the SDK's own signer are accepted; with any part changed they are not. AWS's documented GET example
// pins the form itself.
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { SignatureV4 } from '@smithy/signature-v4'
import { canonicalPath, canonicalPathOfS3, canonicalQuery, type SignedRequest } from './canonical.ts'
import { parseAmzDate, readClaim, type V4Claim } from './claim.ts'
import { isPayloadMode, payloadModeOf, signedPayloadHash } from './payload.ts'
import { checkClaim, SigningKeys, type SigningRules, verifySignature } from './sigv4.ts'

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const KEY_ID = 'AKIAIOSFODNN7EXAMPLE'
const NOW_MS = Date.UTC(2026, 10, 21, 9, 30)
const S3: SigningRules = { s3: true, signingNames: ['s3', 's3express'] }
const SQS: SigningRules = { s3: false, signingNames: ['sqs'] }

class Sha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret))
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(toBytes(data))
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
  reset(): void {}
}

function toBytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data)
  return data instanceof ArrayBuffer ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
}

interface Given {
  readonly method?: string
  readonly path?: string
  readonly query?: Record<string, string | string[]>
  readonly headers?: Record<string, string>
  readonly body?: string
}

function signer(service: string, sessionToken?: string): SignatureV4 {
  return new SignatureV4({
    service,
    region: 'eu-central-1',
    sha256: Sha256,
    uriEscapePath: service !== 's3',
    credentials: { accessKeyId: KEY_ID, secretAccessKey: SECRET, ...(sessionToken !== undefined && { sessionToken }) },
  })
}

function unsigned(given: Given): Parameters<SignatureV4['sign']>[0] {
  return {
    method: given.method ?? 'POST',
    protocol: 'http:',
    hostname: '127.0.0.1',
    port: 4566,
    path: given.path ?? '/',
    query: given.query ?? {},
    headers: { host: '127.0.0.1:4566', ...given.headers },
    body: given.body ?? '',
  }
}

/** The signed request as it would arrive. */
function received(request: Awaited<ReturnType<SignatureV4['sign']>>): SignedRequest {
  const pairs = Object.entries(request.query ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => `${encode(name)}=${encode(one ?? '')}`),
  )
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
  return { method: request.method, path: request.path, query: pairs.join('&'), headers }
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

async function signHeader(service: string, given: Given, token?: string): Promise<SignedRequest> {
  return received(await signer(service, token).sign(unsigned(given), { signingDate: new Date(NOW_MS) }))
}

async function presign(service: string, given: Given, expiresIn = 900): Promise<SignedRequest> {
  // What the SDK's S3 presigner does: the declaration moves into the query.
  const headers = service === 's3' ? { ...given.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } : given.headers
  return received(
    await signer(service).presign(unsigned({ ...given, ...(headers && { headers }) }), {
      signingDate: new Date(NOW_MS),
      expiresIn,
    }),
  )
}

interface Check {
  readonly rules: SigningRules
  readonly nowMs?: number
  readonly body?: string
  readonly secret?: string
  readonly keys?: SigningKeys
}

/** The whole verification: 'verified', or the kind of the refusal. */
function verify(request: SignedRequest, check: Check): string {
  const claim = readClaim(request)
  if (claim.kind === 'malformed') return claim.refusal.kind
  if (claim.kind !== 'v4') return claim.kind
  if (claim.accessKeyId !== KEY_ID) return 'unknown-key'
  const mode = payloadModeOf(claim, request, check.rules.s3)
  const refusal = checkClaim(claim, request, check.rules, check.nowMs ?? NOW_MS)
  if (refusal !== undefined) return refusal.kind
  if (!isPayloadMode(mode)) return mode.kind
  const bodySha256 = createHash('sha256')
    .update(check.body ?? '')
    .digest('hex')
  if (mode.kind === 'declared' && mode.sha256 !== bodySha256) return 'content-hash-mismatch'
  return verifySignature(claim, request, {
    payloadHash: signedPayloadHash(mode, () => bodySha256),
    secret: check.secret ?? SECRET,
    s3: check.rules.s3,
    keys: check.keys ?? new SigningKeys(),
  }).kind
}

test("AWS's documented GET example", () => {
  const request: SignedRequest = {
    method: 'GET',
    path: '/test.txt',
    query: '',
    headers: {
      host: 'examplebucket.s3.amazonaws.com',
      range: 'bytes=0-9',
      'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'x-amz-date': '20130524T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    },
  }
  assert.equal(verify(request, { rules: S3, nowMs: Date.UTC(2013, 4, 24) }), 'verified')
})

test('the SDK signer and this verifier agree, by header and presigned', async () => {
  const keys = new SigningKeys()
  const queries: Given['query'][] = [
    {},
    { 'list-type': '2', prefix: 'ä b/+&=', 'x-id': 'ListObjectsV2' },
    { uploads: '' },
    { a: ['2', '1'], b: "!'()*" },
  ]
  for (const query of queries)
    for (const path of [
      '/',
      '/bucket/key',
      '/b/a%20b%2Bc/%C3%A4',
      '/b/a//b/./c/../d',
      '/b/%21%27%28%29%2A~-._',
      '/b/a+b$c@d:e',
    ]) {
      const given: Given = { method: 'GET', path, ...(query && { query }) }
      assert.equal(verify(await signHeader('sqs', given), { rules: SQS, keys }), 'verified', `sqs ${path}`)
      assert.equal(verify(await presign('sqs', given), { rules: SQS, keys }), 'verified', `presigned sqs ${path}`)
      // S3 clients encode keys themselves before they sign.
      if (path.includes('$')) continue
      assert.equal(verify(await signHeader('s3', given), { rules: S3, keys }), 'verified', `s3 ${path}`)
      assert.equal(verify(await presign('s3', given), { rules: S3, keys }), 'verified', `presigned s3 ${path}`)
    }
})

test('bodies and odd header values are under the signature', async () => {
  const given: Given = {
    body: 'Action=X',
    headers: { 'x-amz-meta-a': '  two   spaces  ', 'content-type': 'text/plain' },
  }
  const request = await signHeader('sqs', given)
  assert.equal(verify(request, { rules: SQS, body: 'Action=X' }), 'verified')
  assert.equal(verify(request, { rules: SQS, body: 'Action=Y' }), 'content-hash-mismatch')
  const { 'x-amz-content-sha256': _declared, ...headers } = request.headers
  assert.equal(verify({ ...request, headers }, { rules: SQS, body: 'Action=X' }), 'signature-mismatch')
})

test('a presigned POST of STS covers its body', async () => {
  const sts: SigningRules = { s3: false, signingNames: ['sts'] }
  const given: Given = { body: 'Action=GetCallerIdentity&Version=2011-06-15' }
  const request = await presign('sts', given)
  assert.equal(verify(request, { rules: sts, body: given.body ?? '' }), 'verified')
  assert.equal(verify(request, { rules: sts, body: 'Action=AssumeRole&Version=2011-06-15' }), 'signature-mismatch')
})

test('no signed byte can be changed', async () => {
  const given: Given = {
    method: 'PUT',
    path: '/bucket/some%20key',
    query: { partNumber: '1', uploadId: 'abc' },
    headers: { 'x-amz-meta-colour': 'blue', 'content-type': 'text/plain' },
  }
  const header = await signHeader('s3', given, 'the-session-token')
  const presigned = await presign('s3', given)
  for (const request of [header, presigned]) {
    assert.equal(verify(request, { rules: S3 }), 'verified')
    for (const [at, changed] of mutations(request)) assert.notEqual(verify(changed, { rules: S3 }), 'verified', at)
  }
})

/** Every byte of method, path, query and headers changed in turn. */
function* mutations(request: SignedRequest): Generator<[string, SignedRequest]> {
  for (const part of ['method', 'path', 'query'] as const)
    for (const [index, text] of flips(request[part])) yield [`${part} ${index}`, { ...request, [part]: text }]
  for (const [name, value] of Object.entries(request.headers)) {
    for (const [index, text] of flips(value ?? '')) {
      if (name === 'authorization' && isWordOfScheme(value ?? '', index)) continue
      yield [`${name} ${index}`, { ...request, headers: { ...request.headers, [name]: text } }]
    }
    if (name === 'authorization') continue
    const { [name]: _gone, ...rest } = request.headers
    yield [`without ${name}`, { ...request, headers: rest }]
  }
  yield ['one more header', { ...request, headers: { ...request.headers, 'x-amz-acl': 'public-read' } }]
  yield ['one more parameter', { ...request, query: `${request.query}&acl` }]
}

function* flips(text: string): Generator<[number, string]> {
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index) ^ 1
    yield [index, text.slice(0, index) + String.fromCharCode(char) + text.slice(index + 1)]
  }
}

/** A comma or space between the fields of the header may differ without harm. */
function isWordOfScheme(header: string, index: number): boolean {
  return header[index] === ' ' || header[index] === ','
}

test('clock, life and scope', async () => {
  const minuteMs = 60_000
  const header = await signHeader('sqs', {})
  const at = (request: SignedRequest, rules: SigningRules, offsetMs: number): string =>
    verify(request, { rules, nowMs: NOW_MS + offsetMs })
  assert.equal(at(header, SQS, 15 * minuteMs), 'verified')
  assert.equal(at(header, SQS, 15 * minuteMs + 1000), 'skewed')
  assert.equal(at(header, SQS, -15 * minuteMs - 1000), 'skewed')
  const url = await presign('s3', { method: 'GET', path: '/b/k' }, 60)
  assert.equal(at(url, S3, 60_000), 'verified')
  assert.equal(at(url, S3, 61_000), 'url-expired')
  assert.equal(at(url, S3, -16 * minuteMs), 'url-not-yet-valid')
  for (const [expires, kind] of [
    ['604801', 'malformed-query'],
    ['-1', 'malformed-query'],
    ['abc', 'malformed-query'],
    ['', 'malformed-query'],
  ])
    assert.equal(at({ ...url, query: url.query.replace('X-Amz-Expires=60', `X-Amz-Expires=${expires}`) }, S3, 0), kind)
  assert.equal(
    at({ ...url, query: url.query.replace('&X-Amz-Expires=60', '').replace('X-Amz-Expires=60&', '') }, S3, 0),
    'malformed-query',
  )
  assert.equal(at(header, S3, 0), 'wrong-service')
  const otherDay = { ...header, headers: { ...header.headers, 'x-amz-date': '20261122T093000Z' } }
  assert.equal(verify(otherDay, { rules: SQS, nowMs: NOW_MS + 24 * 60 * minuteMs }), 'wrong-date')
  assert.equal(verify(header, { rules: SQS, secret: 'other' }), 'signature-mismatch')
})

test('a kept signing key does not outlive its secret', async () => {
  const keys = new SigningKeys()
  const request = await signHeader('sqs', {})
  assert.equal(verify(request, { rules: SQS, keys }), 'verified')
  assert.equal(verify(request, { rules: SQS, keys, secret: 'new secret' }), 'signature-mismatch')
  assert.equal(verify(request, { rules: SQS, keys }), 'verified')
})

test('claims that are no claims', () => {
  const claim = (headers: Record<string, string>, query = ''): string => {
    const found = readClaim({ method: 'GET', path: '/', query, headers })
    return found.kind === 'malformed' ? found.refusal.kind : found.kind
  }
  const date = { 'x-amz-date': '20261121T093000Z' }
  const good = 'Credential=A/20261121/r/s3/aws4_request, SignedHeaders=host, Signature=00'
  assert.equal(claim({}), 'none')
  assert.equal(claim({ ...date, authorization: `AWS4-HMAC-SHA256 ${good}` }), 'v4')
  assert.equal(claim({ authorization: `AWS4-HMAC-SHA256 ${good}`, date: 'Sat, 21 Nov 2026 09:30:00 GMT' }), 'v4')
  assert.equal(claim({ authorization: `AWS4-HMAC-SHA256 ${good}` }), 'malformed-header')
  assert.equal(claim({ ...date, authorization: `AWS4-HMAC-SHA512 ${good}` }), 'malformed-header')
  assert.equal(claim({ ...date, authorization: `AWS4-ECDSA-P256-SHA256 ${good}` }), 'unsupported-mechanism')
  assert.equal(claim({ ...date, authorization: 'AWS AKID:sig' }), 'unsupported-mechanism')
  assert.equal(claim({ ...date, authorization: 'Bearer x' }), 'malformed-header')
  assert.equal(claim({ ...date, authorization: 'AWS4-HMAC-SHA256 ' }), 'malformed-header')
  for (const bad of [
    'A/B/20261121/r/s3/aws4_request',
    'A/2026112/r/s3/aws4_request',
    'A/20261121/r/s3/aws5',
    '/20261121/r/s3/aws4_request',
  ])
    assert.equal(
      claim({ ...date, authorization: `AWS4-HMAC-SHA256 Credential=${bad}, SignedHeaders=host, Signature=00` }),
      'malformed-header',
      bad,
    )
  assert.equal(
    claim({ ...date, authorization: `AWS4-HMAC-SHA256 ${good}` }, 'X-Amz-Algorithm=AWS4-HMAC-SHA256'),
    'two-mechanisms',
  )
  assert.equal(claim({}, 'X-Amz-Algorithm=AWS4-HMAC-SHA256'), 'malformed-query')
  assert.equal(claim({}, 'AWSAccessKeyId=A'), 'malformed-query')
  assert.equal(claim({}, 'AWSAccessKeyId=A&Signature=s&Expires=1'), 'v2')
})

test('dates of the calendar only', () => {
  assert.equal(parseAmzDate('20261121T093000Z'), NOW_MS)
  for (const bad of ['20261321T093000Z', '20261121T243000Z', '20261121T096000Z', '2026-11-21T09:30:00Z', '', undefined])
    assert.equal(parseAmzDate(bad), undefined, bad)
})

test('canonical forms', () => {
  assert.equal(canonicalPath('/a//b/../c/./d/'), '/a/c/d/')
  assert.equal(canonicalPath('/a%20b'), '/a%2520b')
  assert.equal(canonicalPathOfS3('/a//b/../c'), '/a//b/../c')
  assert.equal(canonicalPathOfS3('/a b%2fc%7E'), '/a%20b/c~')
  assert.equal(canonicalPathOfS3('/a%2'), undefined)
  assert.equal(canonicalPathOfS3('/a%zz'), undefined)
  assert.equal(canonicalQuery('b=2&a=1&a=0&c'), 'a=0&a=1&b=2&c=')
  assert.equal(canonicalQuery('a=%zz'), undefined)
  assert.equal(canonicalQuery('a=x+y&X-Amz-Signature=1', 'X-Amz-Signature'), 'a=x%20y')
})

test('which payload declarations a service accepts', () => {
  const header = (value?: string): V4Claim | undefined => {
    const claim = readClaim({
      method: 'PUT',
      path: '/',
      query: '',
      headers: {
        'x-amz-date': '20261121T093000Z',
        authorization: 'AWS4-HMAC-SHA256 Credential=A/20261121/r/s3/aws4_request, SignedHeaders=host, Signature=00',
        ...(value !== undefined && { 'x-amz-content-sha256': value }),
      },
    })
    return claim.kind === 'v4' ? claim : undefined
  }
  const mode = (s3: boolean, value?: string): string => {
    const claim = header(value)
    if (claim === undefined) return 'no claim'
    const headers: Record<string, string> = value === undefined ? {} : { 'x-amz-content-sha256': value }
    return payloadModeOf(claim, { method: 'PUT', path: '/', query: '', headers }, s3).kind
  }
  assert.equal(mode(true), 'content-hash-missing')
  assert.equal(mode(false), 'hash-first')
  assert.equal(mode(true, 'UNSIGNED-PAYLOAD'), 'unsigned')
  assert.equal(mode(false, 'UNSIGNED-PAYLOAD'), 'content-hash-not-allowed')
  assert.equal(mode(false, 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'), 'content-hash-not-allowed')
  assert.equal(mode(true, 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'), 'chunked')
  assert.equal(mode(true, 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD'), 'content-hash-invalid')
  assert.equal(mode(true, 'toString'), 'content-hash-invalid')
  assert.equal(mode(true, 'A'.repeat(64)), 'content-hash-invalid')
  assert.equal(mode(true, 'a'.repeat(64)), 'declared')
})
