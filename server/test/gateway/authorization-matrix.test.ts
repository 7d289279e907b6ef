// Every service, every way of not being believed: by header and by query, each must end with the code of its protocol, and
// only the good ones may reach an operation. The requests are signed by the SDK's own signer.
import { SignatureV4 } from '@smithy/signature-v4'
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { Agent, request as httpRequest } from 'node:http'
import { after, test, type TestContext } from 'node:test'
import { silentLog } from '#base/log.ts'
import { systemClock } from '#base/clock.ts'
import { createGateway } from '#gateway/gateway.ts'
import { AccessKeys } from '#identity/access-keys.ts'
import type { StoredKeys } from '#identity/directory/stored-keys.ts'
import { serviceWire } from '#protocol/service-wire.ts'
import { SERVICES, type ServiceId, type ServiceRow } from '#protocol/services.ts'
import { ROOT_KEY, rootOnly, signedOnly } from './echo-service.ts'

/** A request of each REST service that needs no body and no particular resource. */
const REST_PATHS: Partial<Readonly<Record<ServiceId, string>>> = {
  lambda: '/2015-03-31/functions',
  s3: '/',
  scheduler: '/schedules',
  pipes: '/v1/pipes',
  schemas: '/v1/registries',
  xray: '/GetSamplingRules',
  'api-gateway': '/restapis',
  apigatewayv2: '/v2/apis',
  apigatewaymanagementapi: '/@connections/abc',
  serverlessapplicationrepository: '/applications',
  iot: '/things',
  'iot-data-plane': '/retainedMessage',
}
const POST_PATHS = new Set(['/GetSamplingRules'])
/** Nothing but the credential tells these from S3 where the host says nothing. */
const BY_CREDENTIAL_ALONE = new Set<ServiceId>([
  'scheduler',
  'pipes',
  'schemas',
  'serverlessapplicationrepository',
  'iot',
  'iot-data-plane',
])
const REGION = 'eu-west-3'
const HOUR_MS = 3_600_000
const SKEW_MS = 15 * 60_000
/** When the requests arrive: the clock of the server stands still. */
const NOW_MS = Math.floor(Date.now() / 1000) * 1000

interface Plain {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: string
}

/** One operation of a service, as its oldest clients would send it. */
function plainRequest(row: ServiceRow): Plain {
  const [operation = ''] = serviceWire(row.id).operations
  if (row.rest !== undefined) {
    const path = REST_PATHS[row.id] ?? assert.fail(`no path for ${row.id}`)
    return { method: POST_PATHS.has(path) ? 'POST' : 'GET', path, headers: {}, body: '' }
  }
  if (row.json !== undefined) {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${row.targetPrefix}.${operation}` }
    return { method: 'POST', path: '/', headers, body: '{}' }
  }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return { method: 'POST', path: '/', headers, body: `Action=${operation}&Version=${row.queryVersion}` }
}

class Sha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array)
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
  reset(): void {}
}

interface Condition {
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  readonly sessionToken?: string
  readonly service?: string
  readonly offsetMs?: number
  /** Undefined: by the address. */
  readonly host?: string
  /** Changes the request after it was signed. */
  readonly tamper?: (request: Sent) => Sent
}

interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: string
}

type Via = 'header' | 'query'

async function send(
  port: number,
  row: ServiceRow,
  via: Via,
  condition: Condition,
): Promise<{ status: number; code: string }> {
  const plain = plainRequest(row)
  const { offsetMs = 0, service = row.signingNames[0] ?? '', tamper = (request) => request } = condition
  const { accessKeyId = ROOT_KEY.accessKeyId, secretAccessKey = ROOT_KEY.secretAccessKey, sessionToken } = condition
  const signer = new SignatureV4({
    service,
    region: REGION,
    sha256: Sha256,
    uriEscapePath: row.id !== 's3',
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
  })
  const signingDate = new Date(NOW_MS + offsetMs)
  const unsigned = {
    method: plain.method,
    protocol: 'http:',
    hostname: '127.0.0.1',
    port,
    path: plain.path,
    query: {},
    headers: { ...plain.headers, host: condition.host ?? `127.0.0.1:${port}` },
    body: plain.body,
  }
  const signed =
    via === 'header'
      ? await signer.sign(unsigned, { signingDate })
      : await signer.presign(
          row.id === 's3'
            ? { ...unsigned, headers: { ...unsigned.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }
            : unsigned,
          // What names the operation stays in the headers.
          { signingDate, expiresIn: 600, unhoistableHeaders: new Set(['x-amz-target']) },
        )
  const query = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${name}=${encodeURIComponent(String(value))}`,
  )
  const request = tamper({
    method: plain.method,
    path: `${plain.path}${query.length === 0 ? '' : `?${query.join('&')}`}`,
    headers: signed.headers,
    body: plain.body,
  })
  const { status, text, errorType } = await exchange(port, request)
  const found = /<Code>([^<]+)|"__type":"(?:[^"#]*#)?([^"]+)/.exec(text)
  return { status, code: found?.[1] ?? found?.[2] ?? errorType ?? text }
}

function exchange(port: number, sent: Sent): Promise<{ status: number; text: string; errorType: string | undefined }> {
  const { method, path, headers, body } = sent
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: AGENT })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      let text = ''
      incoming.on('data', (piece) => (text += String(piece)))
      const { 'x-amzn-errortype': errorType } = incoming.headers
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          text,
          errorType: errorType === undefined ? undefined : String(errorType),
        }),
      )
    })
    outgoing.end(method === 'POST' ? body : undefined)
  })
}

const AGENT = new Agent({ keepAlive: true, maxSockets: 8 })

type Family = 's3' | 'rest' | 'json' | 'query'

function familyOf(row: ServiceRow): Family {
  if (row.id === 's3') return 's3'
  if (row.rest !== undefined) return 'rest'
  return row.json === undefined ? 'query' : 'json'
}

const mismatch = {
  s3: '403 SignatureDoesNotMatch',
  rest: '403 InvalidSignatureException',
  json: '400 InvalidSignatureException',
  query: '403 SignatureDoesNotMatch',
}
const unknown = {
  s3: '403 InvalidAccessKeyId',
  rest: '403 UnrecognizedClientException',
  json: '400 UnrecognizedClientException',
  query: '403 InvalidClientTokenId',
}
const missing = {
  s3: '403 AccessDenied',
  rest: '403 MissingAuthenticationTokenException',
  json: '400 MissingAuthenticationTokenException',
  query: '403 MissingAuthenticationToken',
}
const expired = {
  s3: '400 ExpiredToken',
  rest: '403 ExpiredTokenException',
  json: '400 ExpiredTokenException',
  query: '403 ExpiredToken',
}
const incomplete = {
  s3: '400 AuthorizationHeaderMalformed',
  rest: '400 IncompleteSignatureException',
  json: '400 IncompleteSignatureException',
  query: '400 IncompleteSignature',
}
const passed = {
  s3: '501 NotImplemented',
  rest: '501 NotImplemented',
  json: '501 NotImplemented',
  query: '501 NotImplemented',
}

interface Case {
  readonly name: string
  /** The request has lost the name of its service, which stood in its credential alone. */
  readonly unnamed?: true
  readonly condition: Condition
  readonly header: Readonly<Record<Family, string>>
  readonly query: Readonly<Record<Family, string>>
}

/** Another hexadecimal digit. */
function turned(_all: string, name: string, digit: string): string {
  return `${name}${digit === '0' ? '1' : '0'}`
}

function without(headers: Readonly<Record<string, string>>, names: RegExp): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.test(name.toLowerCase())))
}

const ENDED = { accessKeyId: 'ASIAENDED', secretAccessKey: 'secret', sessionToken: 'token' }

/** What the store of keys says: the root key, a session that has ended, and nothing for a key that is switched off. */
const STORED: Pick<StoredKeys, 'lookup'> = {
  lookup: async (id) =>
    id === ENDED.accessKeyId
      ? { ...ENDED, expiresMs: NOW_MS, principal: { kind: 'root', account: ROOT_KEY.account, accessKeyId: id } }
      : rootOnly(ROOT_KEY).lookup(id),
}

function cases(keys: AccessKeys): readonly Case[] {
  const session = { account: '000000000000', roleArn: 'arn:aws:iam::000000000000:role/r', sessionName: 'f' }
  const live = keys.issue({ ...session, instance: 'live' })
  const revoked = keys.issue({ ...session, instance: 'revoked' })
  keys.revokeInstance('revoked')
  const both = (expected: Readonly<Record<Family, string>>): Pick<Case, 'header' | 'query'> => ({
    header: expected,
    query: expected,
  })
  const { sessionToken: _token, ...withoutToken } = live
  return [
    { name: 'the root key', condition: {}, ...both(passed) },
    { name: 'an instance session', condition: live, ...both(passed) },
    {
      name: 'clock 14 minutes late',
      condition: { offsetMs: -14 * 60_000 },
      header: passed,
      query: { ...mismatch, s3: '403 AccessDenied' },
    },
    { name: 'wrong secret', condition: { secretAccessKey: 'wrong' }, ...both(mismatch) },
    { name: 'unknown key', condition: { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }, ...both(unknown) },
    { name: 'endless key', condition: { accessKeyId: 'A'.repeat(200) }, ...both(unknown) },
    { name: 'revoked session', condition: revoked, ...both(unknown) },
    { name: 'session without its token', condition: withoutToken, ...both({ ...unknown, s3: '400 InvalidToken' }) },
    {
      name: 'session with another token',
      condition: { ...live, sessionToken: 'x' },
      ...both({ ...unknown, s3: '400 InvalidToken' }),
    },
    {
      name: 'root key with a token',
      condition: { sessionToken: 'x' },
      ...both({ ...unknown, s3: '400 InvalidToken' }),
    },
    {
      name: 'clock an hour late',
      condition: { offsetMs: -HOUR_MS },
      header: { ...mismatch, s3: '403 RequestTimeTooSkewed' },
      query: { ...mismatch, s3: '403 AccessDenied' },
    },
    {
      name: 'clock an hour early',
      condition: { offsetMs: HOUR_MS },
      header: { ...mismatch, s3: '403 RequestTimeTooSkewed' },
      query: { ...mismatch, s3: '403 AccessDenied' },
    },
    {
      name: 'clock late by the whole window',
      condition: { offsetMs: -SKEW_MS },
      header: passed,
      query: { ...mismatch, s3: '403 AccessDenied' },
    },
    {
      name: 'clock late by the window and a second',
      condition: { offsetMs: -SKEW_MS - 1000 },
      header: { ...mismatch, s3: '403 RequestTimeTooSkewed' },
      query: { ...mismatch, s3: '403 AccessDenied' },
    },
    { name: 'clock early by the whole window', condition: { offsetMs: SKEW_MS }, ...both(passed) },
    {
      name: 'clock early by the window and a second',
      condition: { offsetMs: SKEW_MS + 1000 },
      header: { ...mismatch, s3: '403 RequestTimeTooSkewed' },
      query: { ...mismatch, s3: '403 AccessDenied' },
    },
    { name: 'a session that has ended', condition: ENDED, ...both(expired) },
    { name: 'a key that is switched off', condition: { accessKeyId: 'AKIASWITCHEDOFF' }, ...both(unknown) },
    {
      name: 'nobody',
      condition: {
        tamper: ({ headers, path, ...rest }) => ({
          ...rest,
          path: path.replace(/\?.*/, ''),
          headers: without(headers, /^(?:authorization|x-amz-(?:date|security-token|content-sha256))$/),
        }),
      },
      ...both(missing),
      unnamed: true,
    },
    {
      name: 'one digit of the signature changed',
      condition: {
        tamper: ({ headers, path, ...rest }) => ({
          ...rest,
          path: path.replace(/(X-Amz-Signature=)(.)/, turned),
          headers: {
            ...headers,
            ...(headers['authorization'] && {
              authorization: headers['authorization'].replace(/(Signature=)(.)/, turned),
            }),
          },
        }),
      },
      ...both(mismatch),
    },
    {
      name: 'an authorization without its credential',
      condition: {
        tamper: ({ headers, path, ...rest }) => ({
          ...rest,
          path: path.replace(/X-Amz-Credential=[^&]*&/, ''),
          headers: {
            ...headers,
            ...(headers['authorization'] && {
              authorization: headers['authorization'].replace(/Credential=[^,]*, /, ''),
            }),
          },
        }),
      },
      header: incomplete,
      query: { ...incomplete, s3: '400 AuthorizationQueryParametersError' },
      unnamed: true,
    },
    {
      name: 'a scope of another day',
      condition: {
        tamper: ({ headers, path, ...rest }) => ({
          ...rest,
          path: path.replace(/(%2F)\d{8}(%2F)/, '$120200101$2'),
          headers: {
            ...headers,
            ...(headers['authorization'] && {
              authorization: headers['authorization'].replace(/\/\d{8}\//, '/20200101/'),
            }),
          },
        }),
      },
      ...both({ ...mismatch, s3: '400 AuthorizationHeaderMalformed' }),
    },
    {
      name: 'a scope of another region',
      condition: {
        tamper: ({ headers, path, ...rest }) => ({
          ...rest,
          path: path.replace(REGION, 'us-west-1'),
          headers: {
            ...headers,
            ...(headers['authorization'] && { authorization: headers['authorization'].replace(REGION, 'us-west-1') }),
          },
        }),
      },
      ...both(mismatch),
    },
    {
      name: 'one header more',
      condition: { tamper: (request) => ({ ...request, headers: { ...request.headers, 'x-amz-extra': '1' } }) },
      ...both({ ...mismatch, s3: '403 AccessDenied' }),
    },
    {
      name: 'one parameter more',
      condition: {
        tamper: (request) => ({ ...request, path: `${request.path}${request.path.includes('?') ? '&' : '?'}extra=1` }),
      },
      ...both(mismatch),
    },
  ]
}

/** A server that has every service and no operation: whoever is believed is told that it is not built. */
async function openDoor(t: TestContext): Promise<{ readonly port: number; readonly keys: AccessKeys }> {
  const keys = new AccessKeys(STORED)
  const gateway = createGateway({
    mode: 'start',
    version: 'test',
    credentials: keys,
    authorize: signedOnly,
    wireOf: serviceWire,
    serviceOf: () => undefined,
    built: [],
    notBuilt: [],
    storageFault: () => undefined,
    reset: async () => {},
    auditor: { record: () => undefined },
    admit: () => undefined,
    consoleFolder: '/nonexistent',
    clock: { ...systemClock, nowMs: () => NOW_MS },
    // Nearly all of these fail, on purpose.
    limits: { authFailuresMax: Number.POSITIVE_INFINITY },
    log: silentLog,
  })
  const { port } = await gateway.listen('127.0.0.1', 0)
  t.after(() => gateway.close(100))
  return { port, keys }
}

after(() => AGENT.destroy())

test('every service, every condition, by header and by query', async (t) => {
  const { port, keys } = await openDoor(t)
  const wrong: string[] = []
  let cells = 0
  for (const row of SERVICES)
    for (const { name, condition, unnamed, ...expected } of cases(keys))
      for (const via of ['header', 'query'] as const) {
        const { status, code } = await send(port, row, via, condition)
        const want = expected[via][unnamed === true && BY_CREDENTIAL_ALONE.has(row.id) ? 's3' : familyOf(row)]
        cells++
        if (`${status} ${code}` !== want)
          wrong.push(`${row.id}, ${name}, by ${via}: ${status} ${code} instead of ${want}`)
      }
  assert.deepEqual(wrong, [])
  assert.ok(cells > 1500, `${cells} cells`)
})

test('S3 by any host: every condition, path style and virtual host; a region in the host must be the one of the scope', async (t) => {
  const { port, keys } = await openDoor(t)
  const row = SERVICES.find(({ id }) => id === 's3') ?? assert.fail()
  const wrong: string[] = []
  const hosts = [
    's3.amazonaws.com',
    `s3.${REGION}.localhost`,
    'photos.s3.mayfly.localhost',
    `photos.s3.${REGION}.mayfly.localhost`,
  ]
  for (const host of hosts)
    for (const { name, condition, ...expected } of cases(keys))
      for (const via of ['header', 'query'] as const) {
        const { status, code } = await send(port, row, via, { ...condition, host })
        const namesRegion = host.includes(REGION) && name === 'a scope of another region'
        const malformed =
          via === 'header' ? '400 AuthorizationHeaderMalformed' : '400 AuthorizationQueryParametersError'
        const want = namesRegion ? malformed : expected[via].s3
        if (`${status} ${code}` !== want)
          wrong.push(`${host}, ${name}, by ${via}: ${status} ${code} instead of ${want}`)
      }
  for (const host of ['s3.us-west-2.localhost', 'photos.s3.us-west-2.mayfly.localhost'])
    for (const via of ['header', 'query'] as const) {
      const { status, code } = await send(port, row, via, { host })
      if (status !== 400 || !code.startsWith('Authorization')) wrong.push(`${host}, by ${via}: ${status} ${code}`)
    }
  assert.deepEqual(wrong, [])
})
