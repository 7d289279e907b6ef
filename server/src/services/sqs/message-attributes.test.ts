import assert from 'node:assert/strict'
import { test } from 'node:test'
import { md5OfAttributes, selectAttributes } from './message-attributes.ts'

test('the MD5 of attributes is what SQS answers', () => {
  // Answers of the real service, as they stand in public examples.
  const vectors = [
    [{ timestamp: { DataType: 'Number', StringValue: '1493147359900' } }, '235c5c510d26fb653d073faed50ae77c'],
    [
      { Hello: { DataType: 'String', StringValue: 'There' }, General: { DataType: 'String', StringValue: 'Kenobi' } },
      'fca026605781cb4126a1e9044df24232',
    ],
  ] as const
  for (const [attributes, digest] of vectors) assert.equal(md5OfAttributes(attributes), digest)
  // The order of the names counts, not that of the object.
  const [a, b] = [
    { DataType: 'String', StringValue: '1' },
    { DataType: 'Binary', BinaryValue: 'AAE=' },
  ]
  assert.equal(md5OfAttributes({ a, b }), md5OfAttributes({ b, a }))
  assert.notEqual(md5OfAttributes({ a, b }), md5OfAttributes({ a: b, b: a }))
})

test('attributes are asked for by name, by prefix, or all', () => {
  const one = { DataType: 'String', StringValue: 'v' }
  const attributes = { 'a.x': one, 'a.y': one, b: one }
  const selected = (...wanted: string[]): string[] => Object.keys(selectAttributes(attributes, wanted) ?? {})
  assert.deepEqual(selected('All'), ['a.x', 'a.y', 'b'])
  assert.deepEqual(selected('.*'), ['a.x', 'a.y', 'b'])
  assert.deepEqual(selected('a.*'), ['a.x', 'a.y'])
  assert.deepEqual(selected('b', 'none'), ['b'])
  assert.equal(selectAttributes(attributes, ['none']), undefined)
  assert.equal(selectAttributes(attributes, undefined), undefined)
})
