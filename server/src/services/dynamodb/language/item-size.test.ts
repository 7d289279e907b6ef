import assert from 'node:assert/strict'
import { test } from 'node:test'
import { itemBytes, numberBytes, valueBytes } from './item-size.ts'

test('numbers take about a byte for two digits', () => {
  const sizes: Record<string, number> = {
    '0': 1,
    '1': 2,
    '10': 2,
    '99': 2,
    '100': 2,
    '123': 3,
    '-1': 3,
    '1.5': 3,
    '10.5': 3,
    '1000': 2,
    '0.1': 2,
    '0.012': 2,
    '3.14159': 5,
    '123456': 4,
  }
  for (const [text, wanted] of Object.entries(sizes)) assert.equal(numberBytes(text), wanted, text)
  assert.equal(numberBytes('9'.repeat(38)), 20)
})

test('sizes of all kinds of values, with their names', () => {
  assert.equal(valueBytes({ S: 'aé' }), 3)
  assert.equal(valueBytes({ BOOL: true }), 1)
  assert.equal(valueBytes({ NULL: true }), 1)
  assert.equal(valueBytes({ B: Buffer.alloc(5) }), 5)
  assert.equal(valueBytes({ SS: ['ab', 'c'] }), 3)
  assert.equal(valueBytes({ L: [] }), 3)
  assert.equal(valueBytes({ L: [{ S: 'ab' }, { NULL: true }] }), 3 + 1 + 2 + 1 + 1)
  assert.equal(valueBytes({ M: { key: { S: 'ab' } } }), 3 + 1 + 3 + 2)
  assert.equal(itemBytes({ id: { S: 'abc' }, n: { N: '1' } }), 2 + 3 + 1 + 2)
})
