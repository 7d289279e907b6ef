// One changed byte in anything that is signed, and the request is not believed: 100,000 times at the verifier, and some
// thousand times through the whole front door. Signed by code of our own, so that every byte is at hand; the JavaScript
// SDK, botocore and the examples of AWS hold the signer to the real thing elsewhere.
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { Agent, request as httpRequest } from 'node:http'
import { type TestContext, test } from 'node:test'
import { systemClock } from '#base/clock.ts'
import { seededRandom } from '#base/ids.ts'
import { authenticate } from '#gateway/authenticate.ts'
import type { RequestHead } from '#gateway/head.ts'
import { decodeWhole } from '#gateway/incoming-body.ts'
import { readClaim } from '#identity/claim.ts'
import type { Credential } from '#identity/credentials.ts'
import { BodyRefused } from '#identity/refusal.ts'
import { SigningKeys, type SigningRules } from '#identity/sigv4.ts'
import { AwsError } from '#protocol/errors.ts'
import { openEcho, ROOT_KEY } from '../gateway/echo-service.ts'

const SEED = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))
const MUTATIONS = Number(process.env['MAYFLY_TEST_CASES'] ?? 100_000)
const AT_THE_DOOR = 3000
const NOW_MS = Math.floor(Date.now() / 1000) * 1000
const AMZ_DATE = new Date(NOW_MS).toISOString().replace(/[-:]|\.\d+/g, '')
const DAY = AMZ_DATE.slice(0, 8)
const REGION = 'eu-central-1'
const SCOPE_END = 'aws4_request'
const { accessKeyId: KEY_ID, secretAccessKey: SECRET } = ROOT_KEY
const SESSION = { accessKeyId: 'ASIASESSION', token: 'FwoGZXIvYXdzEJr//token==' }

interface Signed {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text, 'latin1').digest()

function signingKey(service: string): Buffer {
  return hmac(hmac(hmac(hmac(`AWS4${SECRET}`, DAY), REGION), service), SCOPE_END)
}

interface Shape {
  readonly name: string
  readonly service: 's3' | 'sqs' | 'lambda'
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly payload: 'declared' | 'hashed' | 'unsigned' | 'chunked' | 'chunked-trailer' | 'unsigned-trailer'
  readonly via: 'header' | 'query'
  readonly session: boolean
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

function declaredOf({ payload, body }: Shape): string {
  switch (payload) {
    case 'declared':
    case 'hashed':
      return sha256(body)
    case 'unsigned':
      return 'UNSIGNED-PAYLOAD'
    case 'chunked':
      return 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
    case 'chunked-trailer':
      return 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'
    case 'unsigned-trailer':
      return 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
  }
}

/** AWS: "Create a signed AWS API request", "Authenticating requests: using query parameters". */
function sign(shape: Shape): Signed {
  const { service, method, via, session, payload, body } = shape
  const declared = declaredOf(shape)
  const isFramed = payload.startsWith('chunked') || payload === 'unsigned-trailer'
  const keyId = session ? SESSION.accessKeyId : KEY_ID
  const scope = `${DAY}/${REGION}/${service}/${SCOPE_END}`
  const headers: Record<string, string> = { ...shape.headers }
  if (via === 'header') {
    headers['x-amz-date'] = AMZ_DATE
    if (session) headers['x-amz-security-token'] = SESSION.token
    if (service === 's3' || payload === 'declared') headers['x-amz-content-sha256'] = declared
    if (isFramed) {
      headers['content-encoding'] = 'aws-chunked'
      headers['x-amz-decoded-content-length'] = String(body.length)
      if (payload.endsWith('trailer')) headers['x-amz-trailer'] = 'x-amz-checksum-crc32'
    }
  }
  const names = Object.keys(headers).toSorted()
  const parameters = shape.query === '' ? [] : shape.query.split('&')
  if (via === 'query')
    parameters.push(
      'X-Amz-Algorithm=AWS4-HMAC-SHA256',
      `X-Amz-Credential=${encode(`${keyId}/${scope}`)}`,
      `X-Amz-Date=${AMZ_DATE}`,
      'X-Amz-Expires=600',
      `X-Amz-SignedHeaders=${encode(names.join(';'))}`,
      ...(session ? [`X-Amz-Security-Token=${encode(SESSION.token)}`] : []),
    )
  const path = service === 's3' ? shape.path : shape.path.split('/').map(encodeURIComponent).join('/')
  const canonical = [
    method,
    path,
    parameters
      .map((one) => (one.includes('=') ? one : `${one}=`))
      .toSorted()
      .join('&'),
    names.map((name) => `${name}:${headers[name] ?? ''}\n`).join(''),
    names.join(';'),
    declared,
  ].join('\n')
  const key = signingKey(service)
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${AMZ_DATE}\n${scope}\n${sha256(canonical)}`).toString('hex')
  if (via === 'header')
    headers['authorization'] =
      `AWS4-HMAC-SHA256 Credential=${keyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  else parameters.push(`X-Amz-Signature=${signature}`)
  const framed = isFramed ? frame(body, payload, { key, scope, signature }) : body
  return { method, path: shape.path, query: parameters.join('&'), headers, body: framed }
}

const CHUNK_BYTES = 8192
const CHECKSUM = 'x-amz-checksum-crc32:NhCmhg=='

/** AWS: "Transferring payload in multiple chunks", with and without trailers. */
function frame(
  body: string,
  payload: Shape['payload'],
  seed: { key: Buffer; scope: string; signature: string },
): string {
  let previous = seed.signature
  const link = (algorithm: string, hashes: string): string =>
    (previous = hmac(seed.key, `${algorithm}\n${AMZ_DATE}\n${seed.scope}\n${previous}\n${hashes}`).toString('hex'))
  let text = ''
  for (let at = 0; ; at += CHUNK_BYTES) {
    const chunk = body.slice(at, at + CHUNK_BYTES)
    const signed = `;chunk-signature=${link('AWS4-HMAC-SHA256-PAYLOAD', `${sha256('')}\n${sha256(chunk)}`)}`
    text += `${chunk.length.toString(16)}${payload === 'unsigned-trailer' ? '' : signed}\r\n`
    if (chunk === '') break
    text += `${chunk}\r\n`
  }
  if (payload.endsWith('trailer')) text += `${CHECKSUM}\r\n`
  if (payload === 'chunked-trailer')
    text += `x-amz-trailer-signature:${link('AWS4-HMAC-SHA256-TRAILER', sha256(`${CHECKSUM}\n`))}\r\n`
  return `${text}\r\n`
}

const HOST = { host: '127.0.0.1:4566' }
const JSON_HEADERS = { ...HOST, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ListQueues' }
const LONG = 'mayfly '.repeat(1300)

function shapes(): readonly Shape[] {
  const s3 = {
    service: 's3',
    method: 'PUT',
    path: '/bucket/a%20key/b.txt',
    query: '',
    headers: { ...HOST, 'x-amz-meta-a': 'some text' },
  } as const
  const found: Shape[] = []
  for (const session of [false, true]) {
    const named = (name: string, shape: Omit<Shape, 'name' | 'session'>): void =>
      void found.push({ ...shape, session, name: `${name}${session ? ', session' : ''}` })
    for (const payload of ['declared', 'unsigned'] as const)
      named(`s3 ${payload}`, { ...s3, body: 'hello', payload, via: 'header' })
    for (const payload of ['chunked', 'chunked-trailer', 'unsigned-trailer'] as const)
      named(`s3 ${payload}`, { ...s3, body: LONG, payload, via: 'header' })
    named('s3 list', {
      ...s3,
      method: 'GET',
      path: '/bucket',
      query: 'list-type=2&prefix=a%2Fb&uploads',
      headers: HOST,
      body: '',
      payload: 'declared',
      via: 'header',
    })
    named('s3 presigned', { ...s3, method: 'GET', query: 'versionId=abc', body: '', payload: 'unsigned', via: 'query' })
    named('sqs declared', {
      service: 'sqs',
      method: 'POST',
      path: '/',
      query: '',
      headers: JSON_HEADERS,
      body: '{"MaxResults":7}',
      payload: 'declared',
      via: 'header',
    })
    named('sqs', {
      service: 'sqs',
      method: 'POST',
      path: '/',
      query: '',
      headers: JSON_HEADERS,
      body: '{"MaxResults":7}',
      payload: 'hashed',
      via: 'header',
    })
    named('sqs presigned', {
      service: 'sqs',
      method: 'GET',
      path: '/',
      query: 'Action=ListQueues&Version=2012-11-05',
      headers: HOST,
      body: '',
      payload: 'hashed',
      via: 'query',
    })
    named('lambda', {
      service: 'lambda',
      method: 'POST',
      path: '/2015-03-31/functions/a%3Ab/invocations',
      query: 'Qualifier=1',
      headers: { ...HOST, 'x-amz-invocation-type': 'Event' },
      body: '[1]',
      payload: 'hashed',
      via: 'header',
    })
  }
  return found
}

const RULES: Readonly<Record<Shape['service'], SigningRules>> = {
  s3: { s3: true, signingNames: ['s3'] },
  sqs: { s3: false, signingNames: ['sqs'] },
  lambda: { s3: false, signingNames: ['lambda'] },
}

const principal = { kind: 'root', account: '000000000000', accessKeyId: KEY_ID } as const
const CREDENTIALS: ReadonlyMap<string, Credential> = new Map([
  [KEY_ID, { accessKeyId: KEY_ID, secretAccessKey: SECRET, principal }],
  [
    SESSION.accessKeyId,
    {
      accessKeyId: SESSION.accessKeyId,
      secretAccessKey: SECRET,
      sessionToken: SESSION.token,
      expiresMs: NOW_MS + 3_600_000,
      principal,
    },
  ],
])
const OPTIONS = {
  mode: 'start',
  clock: { ...systemClock, nowMs: () => NOW_MS },
  keys: new SigningKeys(),
  credentials: {
    lookup: async (id: string) => CREDENTIALS.get(id),
    issue: () => assert.fail(),
    revokeInstance: () => assert.fail(),
  },
} as const

/** Whether the verifier believes head and body, as the pipeline asks it. */
async function isBelieved(signed: Signed, service: Shape['service']): Promise<boolean> {
  const { method, path, query, body } = signed
  // What Node makes of the head.
  const headers = Object.fromEntries(
    Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value.trim()]),
  )
  const head: RequestHead = {
    method,
    path,
    query,
    headers,
    url: query === '' ? path : `${path}?${query}`,
    host: '127.0.0.1',
    remoteAddress: '127.0.0.1',
    secure: false,
  }
  const bytes = Buffer.from(body, 'latin1')
  try {
    const caller = await authenticate(
      {
        head,
        pathWithBucket: path,
        claim: readClaim(head),
        rules: RULES[service],
        hostRegion: undefined,
        readBody: async () => bytes,
      },
      OPTIONS,
    )
    if (caller.principal.kind === 'anonymous') return false
    decodeWhole(bytes, {
      mode: caller.mode,
      headers,
      seed: caller.seed,
      verify: true,
      bytesMax: 1e6,
      toAwsError: (thrown) => thrown,
    })
    return true
  } catch (error) {
    if (error instanceof BodyRefused || error instanceof AwsError) return false
    throw error
  }
}

type Part = 'method' | 'path' | 'query' | 'body' | `name ${string}` | `value ${string}`

/** Everything that a signature covers. The bytes of an unsigned payload are not; its framing says so itself. */
function partsOf(shape: Shape, signed: Signed): readonly Part[] {
  const parts: Part[] = ['method', 'path']
  if (signed.query !== '') parts.push('query', 'query')
  for (const name of Object.keys(signed.headers)) {
    parts.push(`value ${name}`)
    if (name !== 'authorization') parts.push(`name ${name}`)
  }
  // The claim itself, more often than its share.
  if (shape.via === 'header') parts.push('value authorization', 'value authorization', 'value authorization')
  if (signed.body !== '' && !shape.payload.startsWith('unsigned')) parts.push('body', 'body', 'body')
  return parts
}

const FIRST_CHAR = 0x21
const CHARS = 0x7e - FIRST_CHAR + 1

interface Mutation {
  readonly signed: Signed
  readonly what: string
}

/** The request with one byte changed; undefined where the change means nothing (the case of a hexadecimal digit). */
function mutate(shape: Shape, signed: Signed, random: () => number): Mutation | undefined {
  const pick = (below: number): number => Math.floor(random() * below)
  const parts = partsOf(shape, signed)
  const part = parts[pick(parts.length)] ?? 'path'
  const change = (text: string): string => {
    const at = pick(text.length)
    const char = String.fromCharCode(FIRST_CHAR + pick(CHARS))
    return text.slice(0, at) + char + text.slice(at + 1)
  }
  const [kind, name = ''] = part.split(' ')
  let mutated: Signed
  if (kind === 'name') {
    const { [name]: value = '', ...rest } = signed.headers
    const other = change(name)
    // A name may only come once more where that is another header.
    if (other.toLowerCase() === name || Object.hasOwn(rest, other.toLowerCase())) return undefined
    mutated = { ...signed, headers: { ...rest, [other]: value } }
  } else if (kind === 'value') {
    const value = signed.headers[name] ?? ''
    const other = change(value)
    if (other === value || (name === 'authorization' && listed(other) === listed(value))) return undefined
    mutated = { ...signed, headers: { ...signed.headers, [name]: other } }
  } else {
    const field = kind as 'method' | 'path' | 'query' | 'body'
    const other = change(signed[field])
    if (other === signed[field] || meansTheSame(field, signed[field], other)) return undefined
    mutated = { ...signed, [field]: other }
  }
  return { signed: mutated, what: `${shape.name}, ${part}: ${JSON.stringify(mutated)}` }
}

/** Between the fields of an authorization stands a list's separator, whichever way it is written. */
function listed(authorization: string): string {
  return authorization.replace(/,[ ,]*/g, ',')
}

function meansTheSame(field: string, one: string, other: string): boolean {
  if (field === 'body') {
    // The sizes of chunks are hexadecimal in either case, and so are names of trailer fields.
    const lower = (text: string): string =>
      text.replace(/(?<=^|\r\n)(?:[0-9a-fA-F]+(?=;chunk-signature=)|[\w-]+(?=:))/g, (word) => word.toLowerCase())
    return lower(one) === lower(other)
  }
  const plain = (text: string): string => text.replace(/%[0-9a-fA-F]{2}/g, (escape) => escape.toLowerCase())
  if (field === 'query') return sortedQuery(plain(one)) === sortedQuery(plain(other))
  return plain(one) === plain(other)
}

function sortedQuery(query: string): string {
  return query
    .split('&')
    .filter((one) => one !== '')
    .map((one) => (one.includes('=') ? one : `${one}=`))
    .toSorted()
    .join('&')
}

test(`of ${MUTATIONS} mutations none is accepted, seed ${SEED}`, async () => {
  const random = seededRandom(SEED)
  const signed = shapes().map((shape) => ({ shape, request: sign(shape) }))
  for (const { shape, request } of signed)
    assert.ok(await isBelieved(request, shape.service), `${shape.name} is not believed as it is`)
  const accepted: string[] = []
  let tried = 0
  while (tried < MUTATIONS) {
    const { shape, request } = signed[tried % signed.length] ?? assert.fail()
    const mutation = mutate(shape, request, random)
    if (mutation === undefined) continue
    tried++
    if (await isBelieved(mutation.signed, shape.service)) accepted.push(mutation.what.slice(0, 1500))
  }
  assert.deepEqual(accepted.slice(0, 5), [])
  // The good ones are good still: nothing that was kept on the way broke them.
  for (const { shape, request } of signed) assert.ok(await isBelieved(request, shape.service), shape.name)
})

/** Sends the bytes; the status. Undefined where Node's own client refuses to send them. */
function send(port: number, agent: Agent, { method, path, query, headers, body }: Signed): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, agent, method, path: query === '' ? path : `${path}?${query}`, headers }
    const outgoing = (() => {
      try {
        return httpRequest(options)
      } catch {
        return undefined
      }
    })()
    if (outgoing === undefined) return resolve(undefined)
    // A name such as `connection` makes the server end the connection: that is no acceptance either.
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      error.code === undefined ? reject(error) : resolve(undefined),
    )
    outgoing.on('response', (incoming) => {
      incoming.resume()
      incoming.on('end', () => resolve(incoming.statusCode))
      incoming.on('error', () => resolve(incoming.statusCode))
    })
    outgoing.end(Buffer.from(body, 'latin1'))
  })
}

async function atTheDoor(t: TestContext): Promise<{ port: number; agent: Agent }> {
  const credentials = { ...OPTIONS.credentials, lookup: OPTIONS.credentials.lookup }
  const limits = { authFailuresMax: Number.POSITIVE_INFINITY, stallWindowMs: 500, headersTimeoutMs: 2000 }
  const { port } = await openEcho(t, { credentials, limits, clock: OPTIONS.clock })
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  t.after(() => agent.destroy())
  return { port, agent }
}

test(`of ${AT_THE_DOOR} mutations none comes in through the front door, seed ${SEED}`, async (t) => {
  const random = seededRandom(SEED + 1)
  const { port, agent } = await atTheDoor(t)
  const signed = shapes()
    .filter(({ service }) => service !== 'lambda')
    .map((shape) => ({ shape, request: sign(shape) }))
  for (const { shape, request } of signed) assert.equal(await send(port, agent, request), 200, shape.name)
  const accepted: string[] = []
  let tried = 0
  while (tried < AT_THE_DOOR) {
    const batch: Promise<void>[] = []
    while (batch.length < 8) {
      const { shape, request } = signed[tried++ % signed.length] ?? assert.fail()
      const mutation = mutate(shape, request, random)
      // Other methods have other meanings for Node's client.
      if (mutation === undefined || mutation.signed.method !== request.method) continue
      batch.push(
        send(port, agent, mutation.signed).then((status) => {
          if (status !== undefined && status < 300) accepted.push(`${status} ${mutation.what.slice(0, 1500)}`)
        }),
      )
    }
    await Promise.all(batch)
  }
  assert.deepEqual(accepted.slice(0, 5), [])
})
