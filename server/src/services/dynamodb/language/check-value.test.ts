import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkItem, checkValue, type WireValue } from './check-value.ts'

const refusal = (value: WireValue): string => {
  try {
    checkValue(value)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return 'accepted'
}

const nested = (levels: number, wrap: (inner: WireValue) => WireValue): WireValue => {
  let value: WireValue = { S: 'leaf' }
  for (let level = 0; level < levels; level++) value = wrap(value)
  return value
}

test('values that the service refuses, in its words', () => {
  const prefix = 'One or more parameter values were invalid: '
  const cases: [WireValue, string][] = [
    [{}, 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'],
    [
      { S: 'a', N: '1' },
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    ],
    [{ NULL: false }, `${prefix}Null attribute value types must have the value of true`],
    [{ SS: [] }, `${prefix}An string set  may not be empty`],
    [{ NS: [] }, `${prefix}An number set  may not be empty`],
    [{ BS: [] }, `${prefix}Binary sets should not be empty`],
    [{ SS: ['a', 'b', 'a'] }, `${prefix}Input collection ["a", "b", "a"] contains duplicates.`],
    [{ NS: ['1', '1.0'] }, `${prefix}Input collection contains duplicates.`],
    [
      { BS: [Buffer.from('a'), Buffer.from('a')] },
      `${prefix}Input collection ["YQ==","YQ=="]of type BS contains duplicates.`,
    ],
    [{ SS: ['b', 'a', 'b'] }, `${prefix}Input collection ["a", "b", "b"] contains duplicates.`],
    [
      { BS: [Buffer.from([255]), Buffer.from([0]), Buffer.from([0])] },
      `${prefix}Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.`,
    ],
    [{ N: 'x' }, 'The parameter cannot be converted to a numeric value: x'],
    [{ N: '' }, 'The parameter cannot be converted to a numeric value: '],
    [
      { L: [{ M: { a: { N: '1e200' } } }] },
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    ],
  ]
  for (const [value, wanted] of cases) assert.equal(refusal(value), wanted)
})

test('values may be empty where they are no keys, and lie 32 levels deep', () => {
  for (const value of [{ S: '' }, { B: Buffer.alloc(0) }, { M: {} }, { L: [] }] as const)
    assert.deepEqual(checkValue(value), value)
  for (const wrap of [(inner: WireValue) => ({ M: { m: inner } }), (inner: WireValue) => ({ L: [inner] })]) {
    assert.equal(refusal(nested(31, wrap)), 'accepted')
    assert.equal(
      refusal(nested(32, wrap)),
      'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
    )
    assert.match(refusal(nested(5000, wrap)), /Nesting Levels/)
  }
})

test('sets are kept in the order of their members, empty ones too', () => {
  assert.deepEqual(checkValue({ SS: ['b', '', '\uffff', '\u{1f600}', 'a'] }), {
    SS: ['', 'a', 'b', '\uffff', '\u{1f600}'],
  })
  assert.deepEqual(checkValue({ NS: ['10', '9', '-1', '0.5'] }), { NS: ['-1', '0.5', '9', '10'] })
  const [high, none] = [Buffer.from([255]), Buffer.alloc(0)]
  assert.deepEqual(checkValue({ BS: [high, none] }), { BS: [none, high] })
})

test('numbers become canonical wherever they lie; other values are kept as they are', () => {
  const item = checkItem({ a: { N: '01' }, b: { L: [{ NS: ['1.50', '2'] }] }, __proto__: { S: 'inherited' } })
  assert.deepEqual(item, { a: { N: '1' }, b: { L: [{ NS: ['1.5', '2'] }] } })
  const named = checkItem(
    JSON.parse('{"__proto__": {"S": "own"}, "constructor": {"S": "too"}}') as Record<string, WireValue>,
  )
  assert.deepEqual(Object.keys(named), ['__proto__', 'constructor'])
  assert.deepEqual(Object.getOwnPropertyDescriptor(named, '__proto__')?.value, { S: 'own' })
})
