// Mayfly's own routes for whoever runs the server hold a body to what its signature says about it, whether they read it
// whole or as it comes; a body that is too large is refused before anything is done with it.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { OPERATOR_BODY_BYTES_MAX } from '#gateway/limits.ts'
import { DOCUMENT_BYTES_MAX } from '#services/lambda/images/limits.ts'
import { type RawAnswer, type RawRequest, signedRequest } from '../conformance/signed-request.ts'
import { closeServers, openServer, type TestServer } from './running-server.ts'

let server: TestServer
before(async () => {
  server = await openServer({ mode: 'start' })
})
after(closeServers)

function ask(request: Omit<RawRequest, 'service'>): Promise<RawAnswer> {
  const target = { endpoint: server.endpoint, keys: server.credentials }
  return signedRequest(target, { service: 'mayfly', ...request }, 'us-east-1')
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const BODY = '{"name":"a tenant"}'

/** Each route with a request that it takes, by whether the server reads the body whole. */
const ROUTES = {
  'a whole body': (body: string) => ({ method: 'POST', path: '/_mayfly/accounts', body }),
  'a streamed body': (body: string) => ({ method: 'PUT', path: `/_mayfly/image-bytes/${sha256(body)}`, body }),
} as const

const accounts = async (): Promise<number> =>
  JSON.parse((await ask({ method: 'GET', path: '/_mayfly/accounts' })).text).accounts.length

for (const [name, request] of Object.entries(ROUTES)) {
  test(`${name} is taken with its hash declared, and with none`, async () => {
    assert.equal((await ask(request(BODY))).status, 201)
    const { status, text } = await ask({ ...request(BODY), withoutHash: true })
    assert.equal(status, 201, text)
  })

  test(`${name} that has another hash than the declared one is refused, and nothing is done`, async () => {
    const before = await accounts()
    const headers = { 'x-amz-content-sha256': sha256('{"name":"another"}') }
    const { status, text } = await ask({ ...request(BODY), headers })
    assert.equal(status, 400, text)
    assert.match(text, /SHA256|sha256/)
    assert.equal(await accounts(), before)
  })

  test(`${name} that was changed under a signature without a declared hash is refused`, async () => {
    const sent = request(BODY)
    const { status, text } = await ask({ ...sent, withoutHash: true, sentBody: BODY.replace('tenant', 'tyrant') })
    assert.equal(status, 403, text)
    assert.match(text, /signature-mismatch/)
  })
}

test('what does not look like a hash is no declaration', async () => {
  for (const value of ['UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'abc']) {
    const { status, text } = await ask({ ...ROUTES['a whole body'](BODY), headers: { 'x-amz-content-sha256': value } })
    assert.deepEqual([status, /content-hash-not-allowed/.test(text)], [403, true], text)
  }
})

test('a body above the bound of its route is refused, declared or not', async () => {
  const before = await accounts()
  const account = { method: 'POST', path: '/_mayfly/accounts', body: `{"name":"a"${' '.repeat(4096)}}` }
  const document = { method: 'PUT', path: '/_mayfly/images/a-b:v1' }
  const refused = [
    account,
    { ...account, withoutHash: true },
    { ...document, body: ' '.repeat(DOCUMENT_BYTES_MAX + 1) },
    // Its signature can only be checked with all of it in memory.
    { ...document, body: ' '.repeat(OPERATOR_BODY_BYTES_MAX + 1), withoutHash: true },
  ]
  for (const request of refused) {
    const { status, text } = await ask(request)
    assert.deepEqual([status, text.trim()], [400, 'MaxMessageLengthExceeded: Your request was too large.'])
  }
  assert.equal(await accounts(), before)
})
