import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkRule } from './network-tags.ts'

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

for (const [tags, reason] of [
  [{ 'mayfly:network': 'open' }, /must be one of/],
  [{ 'mayfly:network': 'direct' }, /direct is not there: it needs .*slirp4netns/],
  [{ 'mayfly:network': 'allow-list' }, /empty/],
  [{ 'mayfly:egress': 'http://a.test/' }, /neither a host name nor an address/],
  [{ 'mayfly:egress': '127.0.0.1' }, /never reachable/],
] as const)
  test(`refused: ${JSON.stringify(tags)}`, () => {
    const rule = networkRule(tags, 'internet')
    assert.match(typeof rule === 'string' ? rule : rule.kind, reason)
  })
