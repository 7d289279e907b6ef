import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readItemText, textOfItem } from './item-text.ts'
import { type AttributeValue, type Item, setAttribute, valuesEqual } from './language/attribute-value.ts'
import { itemBytes } from './language/item-size.ts'
import { StoredItem, storeItem } from './stored-item.ts'

const bytes = fc.uint8Array({ maxLength: 6 }).map((array) => Buffer.from(array))
const text = fc.string({ unit: 'binary', maxLength: 8 }).filter((value) => value.isWellFormed())
/** Names that look like members of values, and one that objects treat in their own way. */
const name = fc.oneof(text, fc.constantFrom('B', 'BS', 'S', 'M', '__proto__', 'constructor', '"B":"'))

function mapOf(pairs: readonly (readonly [string, AttributeValue])[]): Record<string, AttributeValue> {
  const map: Record<string, AttributeValue> = {}
  for (const [key, value] of pairs) setAttribute(map, key, value)
  return map
}

const { value } = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.record({ S: text }),
    fc.record({ N: fc.constantFrom('0', '-1.5', '12345678901234567890') }),
    fc.record({ B: bytes }),
    fc.record({ BS: fc.array(bytes, { minLength: 1, maxLength: 3 }) }),
    fc.record({ SS: fc.array(text, { minLength: 1, maxLength: 3 }) }),
    fc.record({ NS: fc.constant<string[]>(['1', '2']) }),
    fc.record({ BOOL: fc.boolean() }),
    fc.constant({ NULL: true }),
    fc.record({ L: fc.array(tie('value'), { maxLength: 3 }) }),
    fc.record({ M: fc.array(fc.tuple(name, tie('value')), { maxLength: 3 }).map(mapOf) }),
  ),
}))
const item: fc.Arbitrary<Item> = fc.array(fc.tuple(name, value), { maxLength: 5 }).map(mapOf)

test('an item comes back from its text as it was, binary values included', () => {
  fc.assert(
    fc.property(item, (given) => {
      const read = readItemText(textOfItem(given))
      assert.ok(valuesEqual({ M: { ...given } }, { M: { ...read } }))
      assert.deepEqual(Object.keys(read), Object.keys(given))
    }),
  )
})

test('a stored item knows its size and its text without being parsed', () => {
  fc.assert(
    fc.property(item, (given) => {
      const stored = new StoredItem(storeItem(given))
      assert.equal(stored.sizeBytes, itemBytes(given))
      assert.equal(stored.text, textOfItem(given))
    }),
  )
})

test('what is long is kept compressed', () => {
  const long: Item = { l: { L: Array.from({ length: 100_000 }, () => ({ NULL: true })) }, t: { S: 'é'.repeat(1000) } }
  const bytesKept = storeItem(long)
  assert.ok(bytesKept.length < 100_000)
  assert.deepEqual(new StoredItem(bytesKept).item, long)
})
