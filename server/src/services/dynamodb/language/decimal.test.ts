import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addNumbers, canonicalNumber, compareNumbers, subtractNumbers } from './decimal.ts'

const message = (text: string): string => {
  try {
    return canonicalNumber(text)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

test('numbers are answered in canonical form', () => {
  const forms: Record<string, string> = {
    '0': '0',
    '-0': '0',
    '0e125': '0',
    '0.000': '0',
    '007': '7',
    '1.0': '1',
    '+5': '5',
    '.5': '0.5',
    '5.': '5',
    '1e3': '1000',
    '1E-3': '0.001',
    '-12.50e1': '-125',
    '123456789012345678901234567890.12345678': '123456789012345678901234567890.12345678',
    '1e125': `1${'0'.repeat(125)}`,
    '1e-130': `0.${'0'.repeat(129)}1`,
    '9.9999999999999999999999999999999999999E+125': `${'9'.repeat(38)}${'0'.repeat(88)}`,
  }
  for (const [given, wanted] of Object.entries(forms)) assert.equal(canonicalNumber(given), wanted, given)
})

test('what is no number, too large, too small or too precise is told in the words of the service', () => {
  for (const text of [
    'abc',
    '1e',
    '--1',
    '1 ',
    '0x1',
    'NaN',
    'Infinity',
    '.',
    '1.2.3',
    '\u0661',
    '1e9223372036854775808',
    ' 1',
  ])
    assert.equal(message(text), `The parameter cannot be converted to a numeric value: ${text}`)
  const overflow = 'Number overflow. Attempting to store a number with magnitude larger than supported range'
  const underflow = 'Number underflow. Attempting to store a number with magnitude smaller than supported range'
  for (const text of ['0e126', '1e2147483648', '1e126', '-1e126', '1e999999999', `1${'0'.repeat(126)}`])
    assert.equal(message(text), overflow)
  for (const text of ['0e-131', '1e-131', '-1e-131', '1e-999999999']) assert.equal(message(text), underflow)
  assert.equal(message(`1${'2'.repeat(38)}`), 'Attempting to store more than 38 significant digits in a Number')
  assert.equal(canonicalNumber(`1${'2'.repeat(37)}${'0'.repeat(20)}`), `1${'2'.repeat(37)}${'0'.repeat(20)}`)
  assert.match(message('9'.repeat(100_000)), /cannot be converted/)
})

/** Integers of up to 38 digits with an exponent that keeps them in range: value = digits * 10^exponent. */
const scaled = fc.tuple(fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n }), fc.integer({ min: -9, max: 9 }))
const textOf = ([digits, exponent]: readonly [bigint, number]): string => canonicalNumber(`${digits}e${exponent}`)
/** The same as an integer count of 10^-20. */
const unitsOf = ([digits, exponent]: readonly [bigint, number]): bigint => digits * 10n ** BigInt(exponent + 20)
const fromUnits = (units: bigint): string => canonicalNumber(`${units}e-20`)

test('sums and differences are exact; order is that of the values', () => {
  fc.assert(
    fc.property(scaled, scaled, (left, right) => {
      assert.equal(addNumbers(textOf(left), textOf(right)), fromUnits(unitsOf(left) + unitsOf(right)))
      assert.equal(subtractNumbers(textOf(left), textOf(right)), fromUnits(unitsOf(left) - unitsOf(right)))
      const difference = unitsOf(left) - unitsOf(right)
      const order = compareNumbers(textOf(left), textOf(right))
      assert.equal(Math.sign(order) + 0, difference < 0n ? -1 : difference > 0n ? 1 : 0)
    }),
    { numRuns: 2000 },
  )
})

test('canonical numbers stay what they are', () => {
  fc.assert(
    fc.property(scaled, (value) => {
      assert.equal(canonicalNumber(textOf(value)), textOf(value))
    }),
  )
})

test('a sum out of range or with more than 38 digits is refused', () => {
  assert.throws(
    () => addNumbers('9e125'.replace('9e125', canonicalNumber('9e125')), canonicalNumber('9e125')),
    /overflow/,
  )
  assert.throws(() => addNumbers(canonicalNumber('1e125'), '1'), /more than 38 significant digits/)
  assert.equal(addNumbers('0.1', '0.2'), '0.3')
  assert.equal(subtractNumbers('1', '1'), '0')
  assert.equal(addNumbers('999999999999999', '1'), '1000000000000000')
})
