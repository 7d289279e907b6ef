import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeKey } from '#storage/key.ts'
import type { KeyPart } from '#storage/store.ts'
import { compareValues } from './attribute-value.ts'
import { canonicalNumber } from './decimal.ts'
import { keyDigest, keyPart, keyValue, partAfterPrefix, type KeyValue } from './key-encoding.ts'

const encoded = (value: KeyValue): Uint8Array => encodeKey(['table', keyPart(value)])

/** Any number of the service: 1 to 38 digits, all magnitudes. */
const numbers = fc
  .tuple(
    fc.boolean(),
    fc.bigInt({ min: 0n, max: 10n ** 38n - 1n }),
    fc.integer({ min: -130, max: 125 }),
    fc.integer({ min: 1, max: 38 }),
  )
  .map(([negative, digits, exponent, length]): KeyValue => {
    const text = digits.toString().slice(0, length)
    const scientific = `${negative ? '-' : ''}${text.charAt(0)}.${text.slice(1) || '0'}e${exponent}`
    return { N: canonicalNumber(scientific) }
  })
const strings = fc.string({ unit: 'binary', maxLength: 20 }).map((S): KeyValue => ({ S }))
const binaries = fc.uint8Array({ maxLength: 20 }).map((B): KeyValue => ({ B }))

for (const [type, values] of [
  ['S', strings],
  ['N', numbers],
  ['B', binaries],
] as const) {
  test(`${type}: order of encoded keys is order of values`, () => {
    fc.assert(
      fc.property(values, values, (left, right) => {
        const order = Math.sign(compareValues(left, right) ?? Number.NaN)
        assert.equal(Math.sign(Buffer.compare(encoded(left), encoded(right))), order)
        assert.equal(Buffer.compare(keyDigest(left), keyDigest(right)) === 0, order === 0)
      }),
      { numRuns: 3000 },
    )
  })

  test(`${type}: a key part gives its value back`, () => {
    fc.assert(
      fc.property(values, (value) => {
        assert.deepEqual(keyValue(keyPart(value), type), value)
      }),
      { numRuns: 1000 },
    )
  })
}

test('numbers near each other, around zero and at the ends of the range', () => {
  const rising = [
    '-9.9999999999999999999999999999999999999e125',
    '-1e125',
    '-100.5',
    '-100',
    '-99.99',
    '-10',
    '-1.01',
    '-1.001',
    '-1',
    '-0.999',
    '-0.5',
    '-1e-130',
    '0',
    '1e-130',
    '1.1e-130',
    '0.01',
    '0.1',
    '0.11',
    '0.111',
    '0.5',
    '0.999',
    '1',
    '1.001',
    '1.01',
    '1.1',
    '9',
    '10',
    '11',
    '99.99',
    '100',
    '100.5',
    '1e125',
    '9.9999999999999999999999999999999999999e125',
  ].map((text) => encoded({ N: canonicalNumber(text) }))
  for (const [index, key] of rising.entries())
    for (const [other, otherKey] of rising.entries())
      assert.equal(Math.sign(Buffer.compare(key, otherKey)), Math.sign(index - other), `${index} ${other}`)
})

test('a prefix range holds exactly what begins with the prefix', () => {
  const inRange = (prefix: KeyValue, value: KeyValue): boolean => {
    const after = partAfterPrefix(prefix)
    const compare = (left: KeyPart, right: KeyPart): number => Buffer.compare(encodeKey([left]), encodeKey([right]))
    return compare(keyPart(value), keyPart(prefix)) >= 0 && (after === undefined || compare(keyPart(value), after) < 0)
  }
  const tails = fc.string({ unit: 'binary', maxLength: 4 })
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 4 }), tails, (prefix, other) => {
      assert.equal(inRange({ S: prefix }, { S: prefix + other }), true)
      assert.equal(inRange({ S: prefix }, { S: other }), other.startsWith(prefix))
    }),
    { numRuns: 2000 },
  )
  const bytes = fc.uint8Array({ maxLength: 3 }).map((found) => found.map((byte) => (byte > 200 ? 255 : byte)))
  fc.assert(
    fc.property(bytes, bytes, (prefix, other) => {
      assert.equal(inRange({ B: prefix }, { B: Buffer.concat([prefix, other]) }), true)
      assert.equal(inRange({ B: prefix }, { B: other }), Buffer.from(other).subarray(0, prefix.length).equals(prefix))
    }),
    { numRuns: 2000 },
  )
  assert.equal(partAfterPrefix({ S: '\ud7ff' }), '\ue000')
  assert.equal(partAfterPrefix({ S: '\u{10ffff}' }), undefined)
})
