import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InvariantError } from '#base/errors.ts'
import { decodeKey, encodeKey } from './key.ts'
import { compareKeys, compareParts } from './store.model.ts'
import { KEY_BYTES_MAX, StoreLimitError, type Key, type KeyPart } from './store.ts'

const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))
console.log(`key.test.ts seed ${seed}`)
const RUNS = { seed, numRuns: 2000 }

const aNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -0, 1, -1, 0.5, -0.5, 2 ** 53, -(2 ** 53), 2 ** 64, 2 ** 64 - 2 ** 11, 5e-324, -5e-324),
  fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** -1022, 2 ** -1022 - 5e-324),
)
const aBigint = fc.oneof(
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.bigInt({ min: -(2n ** 400n), max: 2n ** 400n }),
  fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 64n + 1n, -(2n ** 64n), 2n ** 1030n),
)
const aString = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom('\0', '\x01', '\x02', 'a', 'é', '\uffff', '😀', '\ufffd'), maxLength: 6 }),
)
const someBytes = fc.uint8Array({ maxLength: 6 }).chain((bytes) =>
  fc.constantFrom(
    bytes,
    Uint8Array.from(bytes, (byte) => byte % 3),
  ),
)
const aPart: fc.Arbitrary<KeyPart> = fc.oneof(aNumber, aBigint, aString, someBytes, fc.boolean())
const aKey = fc.array(aPart, { maxLength: 4 })

/** What a part comes back as. */
function canonical(part: KeyPart): KeyPart {
  if (typeof part === 'number')
    return Number.isInteger(part) && !Number.isSafeInteger(part) ? BigInt(part) : part === 0 ? 0 : part
  if (typeof part === 'bigint') return Number.isSafeInteger(Number(part)) ? Number(part) : part
  return part
}

function beginsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, prefix.length), prefix) === 0
}

test('a key comes back as it went in', () => {
  fc.assert(
    fc.property(aKey, (key) => assert.deepEqual(decodeKey(encodeKey(key)), key.map(canonical))),
    RUNS,
  )
})

test('byte order is tuple order', () => {
  fc.assert(
    fc.property(aKey, aKey, (a, b) => {
      assert.equal(Math.sign(Buffer.compare(encodeKey(a), encodeKey(b))), Math.sign(compareKeys(a, b)))
    }),
    { ...RUNS, numRuns: 5000 },
  )
})

test('parts of one kind keep their order: near numbers, bigints against doubles, strings', () => {
  const close = fc
    .oneof(aNumber, aBigint)
    .chain((value) =>
      fc.constantFrom<[KeyPart, KeyPart]>(
        [value, typeof value === 'bigint' ? value + 1n : value + Math.abs(value) * Number.EPSILON],
        [value, typeof value === 'bigint' ? Number(value % 2n ** 1000n) : value / 3],
        [value, typeof value === 'bigint' ? -value : -value],
      ),
    )
  fc.assert(
    fc.property(fc.oneof(close, fc.tuple(aString, aString)), ([a, b]) => {
      if (typeof b === 'number' && !Number.isFinite(b)) return
      assert.equal(Math.sign(Buffer.compare(encodeKey([a]), encodeKey([b]))), Math.sign(compareParts(a, b)))
    }),
    { ...RUNS, numRuns: 5000 },
  )
})

test('a tuple is a prefix exactly when its bytes are', () => {
  fc.assert(
    fc.property(aKey, aKey, (a, b) => {
      assert.ok(beginsWith(encodeKey([...a, ...b]), encodeKey(a)))
      const isPrefix = a.length <= b.length && compareKeys(a, b.slice(0, a.length)) === 0
      assert.equal(beginsWith(encodeKey(b), encodeKey(a)), isPrefix)
    }),
    RUNS,
  )
})

test('the end of a range is above every key with the prefix and below the next prefix', () => {
  fc.assert(
    fc.property(aKey, aPart, aKey, (prefix, part, other) => {
      const end = Buffer.concat([encodeKey(prefix), Uint8Array.of(0xff)])
      assert.ok(Buffer.compare(encodeKey([...prefix, part]), end) < 0)
      const bytes = encodeKey(other)
      if (!beginsWith(bytes, encodeKey(prefix)))
        assert.equal(Buffer.compare(bytes, end), Buffer.compare(bytes, encodeKey(prefix)))
    }),
    RUNS,
  )
})

test('bytes that no key encodes to are refused', () => {
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.tuple(aKey, fc.nat(), fc.nat(255)).map(([key, at, byte]) => {
      const bytes = Uint8Array.from(encodeKey(key))
      bytes[at % (bytes.length || 1)] = byte
      return bytes
    }),
  )
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      let key: Key
      try {
        key = decodeKey(bytes)
      } catch (error) {
        assert.ok(error instanceof InvariantError)
        return
      }
      assert.deepEqual(Buffer.from(encodeKey(key)), Buffer.from(bytes))
    }),
    { ...RUNS, numRuns: 10_000 },
  )
})

test('ordinary keys are short', () => {
  assert.equal(encodeKey([1]).length, 2)
  assert.equal(encodeKey([999_999]).length, 4)
  assert.equal(encodeKey([1_700_000_000_001]).length, 7)
  assert.equal(encodeKey(['s3.object', 'photos', 'a.jpg']).length, 11 + 8 + 7)
})

test('what has no place in the order, or is too long, is refused', () => {
  for (const key of [
    [Number.NaN],
    [Infinity],
    [-Infinity],
    ['\ud800'],
    ['a'.repeat(KEY_BYTES_MAX)],
    ['é'.repeat(2048)],
  ])
    assert.throws(() => encodeKey(key), StoreLimitError)
  assert.throws(() => encodeKey([new Uint8Array(KEY_BYTES_MAX)]), StoreLimitError)
  assert.throws(() => encodeKey([2n ** 40_000n]), StoreLimitError)
  assert.throws(() => encodeKey(Array.from({ length: 5000 }, () => 0)), StoreLimitError)
  assert.equal(encodeKey(['a'.repeat(KEY_BYTES_MAX - 2)]).length, KEY_BYTES_MAX)
})
