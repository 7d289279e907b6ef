import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkRule, uplinkOf } from './network-tags.ts'

test('without tags the server’s default holds', () => {
  assert.deepEqual(networkRule({}, 'internet'), { kind: 'internet' })
  assert.deepEqual(networkRule({ other: 'x' }, 'none'), { kind: 'none' })
})

test('a tag wins over the default, and a list means that nothing else is reached', () => {
  assert.deepEqual(networkRule({ 'mayfly:network': 'none' }, 'internet'), { kind: 'none' })
  assert.deepEqual(networkRule({ 'mayfly:network': 'internet' }, 'none'), { kind: 'internet' })
  const rule = networkRule({ 'mayfly:egress': 'a.test', 'mayfly:egress:2': 'b.test, c.test:443' }, 'internet')
  assert.ok(typeof rule === 'object' && rule.kind === 'allow-list' && rule.destinations.length === 3)
})

test('a network of its own: public addresses, and private ones that are listed', () => {
  assert.deepEqual(uplinkOf(networkRule({ 'mayfly:network': 'direct' }, 'none')), [])
  const tags = { 'mayfly:network': 'direct', 'mayfly:egress': '10.0.0.7:5432 192.168.0.0/16' }
  assert.deepEqual(uplinkOf(networkRule(tags, 'internet')), [
    { address: '10.0.0.7', bits: 32, port: 5432 },
    { address: '192.168.0.0', bits: 16 },
  ])
  assert.equal(uplinkOf(networkRule({}, 'internet')), undefined)
})

for (const [tags, reason] of [
  [{ 'mayfly:network': 'open' }, /must be one of/],
  [{ 'mayfly:network': 'direct', 'mayfly:egress': 'api.test' }, /opens private ones/],
  [{ 'mayfly:network': 'direct', 'mayfly:egress': '8.0.0.0/5' }, /opens private ones/],
  [{ 'mayfly:network': 'direct', 'mayfly:egress': 'fd12::/64' }, /opens private ones/],
  [{ 'mayfly:network': 'direct', 'mayfly:egress': '169.254.169.254' }, /never reachable/],
  [{ 'mayfly:network': 'allow-list' }, /empty/],
  [{ 'mayfly:egress': 'http://a.test/' }, /neither a host name nor an address/],
  [{ 'mayfly:egress': '127.0.0.1' }, /never reachable/],
] as const)
  test(`refused: ${JSON.stringify(tags)}`, () => {
    const rule = networkRule(tags, 'internet')
    assert.match(typeof rule === 'string' ? rule : rule.kind, reason)
  })
