// Every service, every way of not being believed: by header and by query, each must end with the code of its protocol, and
// only the good ones may reach an operation. The requests are signed by the SDK's own signer.
import { SignatureV4 } from '@smithy/signature-v4'
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { silentLog } from '#base/log.ts'
import { systemClock } from '#base/clock.ts'
import { createGateway } from '#gateway/gateway.ts'
import { AccessKeys } from '#identity/access-keys.ts'
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
const REGION = 'eu-west-3'
const HOUR_MS = 3_600_000

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
  /** Changes the request after it was signed. */
  readonly tamper?: (request: Sent) => Sent
}

interface Sent {
  readonly method: string
  readonly url: string
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
  const signingDate = new Date(Date.now() + offsetMs)
  const unsigned = {
    method: plain.method,
    protocol: 'http:',
    hostname: '127.0.0.1',
    port,
    path: plain.path,
    query: {},
    headers: { ...plain.headers, host: `127.0.0.1:${port}` },
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
  const { host: _host, ...headers } = signed.headers
  const request = tamper({
    method: plain.method,
    url: `http://127.0.0.1:${port}${plain.path}${query.length === 0 ? '' : `?${query.join('&')}`}`,
    headers,
    body: plain.body,
  })
  const answer = await fetch(request.url, {
    method: request.method,
    headers: request.headers,
    ...(request.method === 'POST' && { body: request.body }),
  })
  const text = await answer.text()
  const found = /<Code>([^<]+)|"__type":"(?:[^"#]*#)?([^"]+)/.exec(text)
  return { status: answer.status, code: found?.[1] ?? found?.[2] ?? answer.headers.get('x-amzn-errortype') ?? text }
}

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
const passed = {
  s3: '501 NotImplemented',
  rest: '501 NotImplemented',
  json: '501 NotImplemented',
  query: '501 NotImplemented',
}

interface Case {
  readonly name: string
  readonly condition: Condition
  readonly header: Readonly<Record<Family, string>>
  readonly query: Readonly<Record<Family, string>>
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
      name: 'one header more',
      condition: { tamper: (request) => ({ ...request, headers: { ...request.headers, 'x-amz-extra': '1' } }) },
      ...both({ ...mismatch, s3: '403 AccessDenied' }),
    },
    {
      name: 'one parameter more',
      condition: {
        tamper: (request) => ({ ...request, url: `${request.url}${request.url.includes('?') ? '&' : '?'}extra=1` }),
      },
      ...both(mismatch),
    },
  ]
}

test('every service, every condition, by header and by query', async (t) => {
  const keys = new AccessKeys(rootOnly(ROOT_KEY))
  const gateway = createGateway({
    mode: 'start',
    version: 'test',
    credentials: keys,
    authorize: signedOnly,
    wireOf: serviceWire,
    serviceOf: () => undefined,
    built: [],
    notBuilt: [],
    isOverload: () => false,
    reset: async () => {},
    auditor: { record: () => undefined },
    consoleFolder: '/nonexistent',
    clock: systemClock,
    log: silentLog,
  })
  const { port } = await gateway.listen('127.0.0.1', 0)
  t.after(() => gateway.close(100))
  const wrong: string[] = []
  let cells = 0
  for (const row of SERVICES)
    for (const { name, condition, ...expected } of cases(keys))
      for (const via of ['header', 'query'] as const) {
        const { status, code } = await send(port, row, via, condition)
        const want = expected[via][familyOf(row)]
        cells++
        if (`${status} ${code}` !== want)
          wrong.push(`${row.id}, ${name}, by ${via}: ${status} ${code} instead of ${want}`)
      }
  assert.deepEqual(wrong, [])
  assert.ok(cells > 900, `${cells} cells`)
})
