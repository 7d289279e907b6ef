import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestHead } from './head.ts'
import { isForeignHost, isForeignPage, isLocalCaller } from './local-callers.ts'

function head(headers: Record<string, string>, remoteAddress = '127.0.0.1'): RequestHead {
  const host = (headers['host'] ?? '').replace(/:\d+$/, '')
  return { method: 'POST', path: '/', query: '', url: '/', host, headers, remoteAddress, secure: false }
}

test('control routes answer local hosts without a foreign origin', () => {
  for (const host of [
    '127.0.0.1:4566',
    'localhost',
    'localhost:4566',
    '[::1]:4566',
    'mayfly.localhost:4566',
    '127.1.2.3',
  ])
    assert.ok(isLocalCaller(head({ host })), host)
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', '', 'xlocalhost'])
    assert.ok(!isLocalCaller(head({ host })), host)
  const host = '127.0.0.1:4566'
  assert.ok(isLocalCaller(head({ host, origin: 'http://127.0.0.1:4566' })))
  for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:3000', 'https://127.0.0.1:4566', ''])
    assert.ok(!isLocalCaller(head({ host, origin })), origin)
  assert.ok(!isLocalCaller(head({ host, 'sec-fetch-site': 'cross-site' })))
  assert.ok(isLocalCaller(head({ host }, '::1')))
  // A Host is what the caller says; where the bytes come from is not.
  for (const remote of ['10.0.0.7', '192.168.1.2', '2001:db8::1', '128.0.0.1', ''])
    assert.ok(!isLocalCaller(head({ host }, remote)), remote)
})

test('pages of other sites are told from local ones', () => {
  for (const origin of ['http://localhost:3000', 'https://127.0.0.1', 'http://[::1]:8080', 'http://app.localhost'])
    assert.ok(!isForeignPage(head({ origin }), false), origin)
  assert.ok(!isForeignPage(head({}), false))
  for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example', 'file://', ''])
    for (const reads of [true, false]) assert.ok(isForeignPage(head({ origin }), reads), origin)
  // Images, links and forms of GET bring no Origin: they may read, and change nothing.
  assert.ok(isForeignPage(head({ 'sec-fetch-site': 'cross-site' }), false))
  assert.ok(!isForeignPage(head({ 'sec-fetch-site': 'cross-site' }), true))
  for (const site of ['same-origin', 'same-site', 'none'])
    assert.ok(!isForeignPage(head({ 'sec-fetch-site': site }), false), site)
})

test('hosts that a stranger could point here are foreign', () => {
  const own = ['127.0.0.1', '10.1.2.3', '[::1]', 'localhost', 'mayfly', 'b.s3.eu-west-1.mayfly.localhost', '']
  const known = ['sqs.us-east-1.amazonaws.com', 'host.docker.internal', 's3.localhost.localstack.cloud', 'nas.local']
  for (const host of [...own, ...known]) assert.ok(!isForeignHost(host), host)
  for (const host of ['evil.example', 'amazonaws.com.evil.example', 'xamazonaws.com', '127.0.0.1.evil.example', 'a.b'])
    assert.ok(isForeignHost(host), host)
})
