// Configurations that are no configurations: broken XML, bombs, wrong roots, too much of it. S3's own errors, and nothing is
// changed.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openServer, type TestServer } from '../conformance/server-kit.ts'

const BUCKET = 'untouched'
let server: TestServer

before(async () => {
  server = await openServer({ mode: 'dev', readyCells: {} })
  assert.equal((await fetch(`${server.endpoint}/${BUCKET}`, { method: 'PUT' })).status, 200)
})
after(() => server[Symbol.asyncDispose]())

async function put(query: string, body: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${server.endpoint}/${BUCKET}?${query}`, { method: 'PUT', body, headers })
  const code = /<Code>(.*?)<\/Code>/.exec(await response.text())?.[1]
  return `${response.status} ${code ?? ''}`.trim()
}

const BOMB = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>`
const QUERIES = [
  'accelerate',
  'acl',
  'analytics&id=x',
  'cors',
  'encryption',
  'intelligent-tiering&id=x',
  'inventory&id=x',
  'lifecycle',
  'logging',
  'metrics&id=x',
  'ownershipControls',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'tagging',
  'website',
]

test('what is no XML, or another document, is MalformedXML for every configuration', async () => {
  for (const query of QUERIES)
    for (const body of ['no xml', '<a', '<a></b>', `${BOMB}<a>&b;</a>`, '<Other/>', '<a>\u0000</a>']) {
      const found = await put(query, body)
      assert.match(
        found,
        /^400 (MalformedXML|MalformedACLError|InvalidArgument|MissingSecurityHeader)$/,
        `${query} ${body.slice(0, 20)}`,
      )
    }
  for (const query of ['cors', 'lifecycle', 'tagging', 'website', 'replication', 'policy']) {
    const response = await fetch(`${server.endpoint}/${BUCKET}?${query}`)
    assert.equal(response.status, 404, query)
  }
})

test('a digest that does not hold, a body that is too long, a name that cannot be', async () => {
  const cors =
    '<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>'
  assert.equal(await put('cors', cors, { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' }), '400 BadDigest')
  assert.equal(await put('cors', cors, { 'x-amz-checksum-crc32': 'AAAAAA==' }), '400 BadDigest')
  const long = cors.replace('</CORSRule>', `<ExposeHeader>${'x'.repeat(4 * 1024 * 1024)}</ExposeHeader></CORSRule>`)
  assert.match(await put('cors', long), /^400 (MaxMessageLengthExceeded|MalformedXML)$/)
  assert.equal(await put('cors', cors.replace('GET', 'TRACE')), '400 InvalidRequest')
  assert.equal(await put('cors', cors), '200')
  const nowhere = await fetch(`${server.endpoint}/no_such-bucket-here?cors`, { method: 'PUT', body: cors })
  assert.equal(nowhere.status, 404)
  assert.equal(await put('policy', ''), '400 MissingRequestBodyError')
  assert.equal(await put('policy', '[]'), '400 MalformedPolicy')
  assert.equal(await put('policy', `{"Version":"2012-10-17","Statement":${'['.repeat(5000)}`), '400 MalformedPolicy')
})
