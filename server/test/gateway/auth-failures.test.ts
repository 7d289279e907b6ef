// Failed signatures through the front door: slowed down with the exact error of each protocol, never for good requests that
// come from elsewhere, and not at all in `dev`.
import { SignatureV4 } from '@smithy/signature-v4'
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'
import { test } from 'node:test'
import { openEcho, ROOT_KEY } from './echo-service.ts'

class Sha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array)
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
  reset(): void {}
}

interface Asked {
  readonly service?: string
  readonly secretAccessKey?: string
  readonly accessKeyId?: string
  /** Where the client sits. */
  readonly from?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
  readonly body?: string
}

async function ask(port: number, asked: Asked = {}): Promise<{ readonly status: number; readonly text: string }> {
  const { service = 's3', path = '/b/k', method = 'GET', body = '', from = '127.0.0.1' } = asked
  const { accessKeyId = ROOT_KEY.accessKeyId, secretAccessKey = ROOT_KEY.secretAccessKey } = asked
  const signer = new SignatureV4({
    service,
    region: 'us-east-1',
    sha256: Sha256,
    uriEscapePath: service !== 's3',
    credentials: { accessKeyId, secretAccessKey },
  })
  const host = `127.0.0.1:${port}`
  const unsigned = { method, protocol: 'http:', hostname: '127.0.0.1', port, path, query: {}, body }
  const signed = await signer.sign({ ...unsigned, headers: { host, ...asked.headers } })
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, localAddress: from, method, path, headers: signed.headers })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming: IncomingMessage) => {
      let text = ''
      incoming.on('data', (piece) => (text += String(piece)))
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text }))
    })
    outgoing.end(body)
  })
}

const BAD = { secretAccessKey: 'wrong' }
const LIMITS = { authFailuresMax: 5, authFailuresPerSecond: 0 }
const FAMILIES = [
  { asked: {}, told: /SlowDown/, status: 503 },
  {
    asked: {
      service: 'sts',
      path: '/',
      method: 'POST',
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    told: /"code":"Throttling"/,
    status: 400,
  },
  {
    asked: {
      service: 'kms',
      path: '/',
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.ListKeys' },
    },
    told: /ThrottlingException/,
    status: 400,
  },
  { asked: { service: 'lambda', path: '/2015-03-31/functions' }, told: /Rate exceeded/, status: 429 },
] as const

test('too many failures: the error of the protocol, and nothing more about what was wrong', async (t) => {
  const opened = await openEcho(t, { limits: LIMITS })
  for (let count = 0; count < 5; count++)
    assert.match((await ask(opened.port, { ...BAD, from: '127.0.0.2' })).text, /SignatureDoesNotMatch/)
  for (const { asked, told, status } of FAMILIES) {
    const answer = await ask(opened.port, { ...asked, ...BAD, from: '127.0.0.2' })
    assert.equal(answer.status, status, answer.text)
    assert.match(answer.text, told)
    assert.doesNotMatch(answer.text, /StringToSign|SignatureDoesNotMatch|InvalidSignature/)
  }
})

test('whoever signs well elsewhere is not hindered; at the same address, keys that were good before', async (t) => {
  const opened = await openEcho(t, { limits: LIMITS })
  const good = async (from: string): Promise<number> => (await ask(opened.port, { from })).status
  await ask(opened.port, { ...BAD, from: '127.0.0.2' })
  const before = await good('127.0.0.2')
  for (let count = 0; count < 30; count++) await ask(opened.port, { ...BAD, from: '127.0.0.2' })
  for (let count = 0; count < 30; count++) await ask(opened.port, { ...BAD, from: '127.0.0.3' })
  assert.deepEqual([await good('127.0.0.1'), await good('127.0.0.2')], [before, before])
  // Never believed from there before the trouble began.
  assert.equal(await good('127.0.0.3'), 503)
})

test('a body is not read for whoever is refused', async (t) => {
  const opened = await openEcho(t, { limits: LIMITS })
  for (let count = 0; count < 5; count++) await ask(opened.port, { accessKeyId: 'AKIAUNKNOWN', from: '127.0.0.2' })
  // The rest of this body never comes: only an early refusal can answer.
  const status = await new Promise<number>((resolve, reject) => {
    const headers = {
      'x-amz-target': 'TrentService.ListKeys',
      'content-type': 'application/x-amz-json-1.1',
      'content-length': '500000',
      'x-amz-date': new Date().toISOString().replace(/[-:]|\.\d+/g, ''),
    }
    const scope = `${headers['x-amz-date'].slice(0, 8)}/us-east-1/kms/aws4_request`
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIAUNKNOWN/${scope}, SignedHeaders=host;x-amz-date;x-amz-target, Signature=${'0'.repeat(64)}`
    const outgoing = request({
      host: '127.0.0.1',
      port: opened.port,
      localAddress: '127.0.0.2',
      method: 'POST',
      path: '/',
      headers: { ...headers, authorization },
    })
    outgoing.on('response', (incoming) => {
      resolve(incoming.statusCode ?? 0)
      outgoing.destroy()
    })
    outgoing.on('error', reject)
    outgoing.write('{')
  })
  assert.equal(status, 400)
})

test('dev believes everybody and counts nothing', async (t) => {
  const opened = await openEcho(t, { mode: 'dev', limits: LIMITS })
  for (let count = 0; count < 20; count++) assert.ok((await ask(opened.port, BAD)).status < 300)
})
