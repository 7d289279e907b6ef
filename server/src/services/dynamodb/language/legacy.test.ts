import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Item } from './attribute-value.ts'
import { checkParameters, compile, type ExpressionInput, type ExpressionOperation } from './expressions.ts'

const ITEM: Item = { id: { S: 'abc' }, n: { N: '5' }, ss: { SS: ['a', 'b'] } }

function answer(operation: ExpressionOperation, input: ExpressionInput): string {
  try {
    checkParameters(operation, input)
    compile(operation, input)
    return 'fine'
  } catch (error) {
    if (error instanceof Error && error.name === 'AwsError') return error.message
    throw error
  }
}

const holds = (Expected: ExpressionInput['Expected'], ConditionalOperator?: string): boolean | undefined =>
  compile('PutItem', { Expected, ConditionalOperator }).condition?.holds(ITEM)

test('Expected: existence, values and comparison operators', () => {
  assert.equal(holds({ id: { Value: { S: 'abc' } } }), true)
  assert.equal(holds({ id: { Exists: true, Value: { S: 'x' } } }), false)
  assert.equal(holds({ q: { Exists: false } }), true)
  assert.equal(holds({ q: { Exists: false }, n: { Exists: false } }), false)
  assert.equal(holds({ q: { Exists: false }, n: { Exists: false } }, 'OR'), true)
  const cases: [string, string, object[], boolean][] = [
    ['n', 'EQ', [{ N: '5.0' }], true],
    ['n', 'NE', [{ N: '5' }], false],
    ['q', 'NE', [{ N: '5' }], true],
    ['n', 'LE', [{ N: '5' }], true],
    ['n', 'LT', [{ N: '5' }], false],
    ['n', 'GE', [{ N: '10' }], false],
    ['n', 'GT', [{ N: '-1' }], true],
    ['n', 'IN', [{ N: '1' }, { N: '5' }], true],
    ['n', 'BETWEEN', [{ N: '1' }, { N: '5' }], true],
    ['id', 'BEGINS_WITH', [{ S: 'ab' }], true],
    ['id', 'CONTAINS', [{ S: 'bc' }], true],
    ['ss', 'CONTAINS', [{ S: 'a' }], true],
    ['ss', 'NOT_CONTAINS', [{ S: 'a' }], false],
    ['q', 'NULL', [], true],
    ['q', 'NOT_NULL', [], false],
  ]
  for (const [name, ComparisonOperator, AttributeValueList, wanted] of cases)
    assert.equal(holds({ [name]: { ComparisonOperator, AttributeValueList } }), wanted, `${name} ${ComparisonOperator}`)
})

test('mistakes in the legacy parameters', () => {
  const prefix = 'One or more parameter values were invalid: '
  const expected = (condition: object): string => answer('PutItem', { Expected: { a: condition } })
  assert.equal(expected({}), `${prefix}Value must be provided when Exists is null for Attribute: a`)
  assert.equal(expected({ Exists: true }), `${prefix}Value must be provided when Exists is true for Attribute: a`)
  assert.equal(
    expected({ Exists: false, Value: { S: 'a' } }),
    `${prefix}Value cannot be used when Exists is false for Attribute: a`,
  )
  assert.equal(
    expected({ Exists: false, ComparisonOperator: 'EQ' }),
    `${prefix}Exists and ComparisonOperator cannot be used together for Attribute: a`,
  )
  assert.equal(
    expected({ Value: { S: 'a' }, AttributeValueList: [] }),
    `${prefix}Value and AttributeValueList cannot be used together for Attribute: a`,
  )
  assert.equal(
    expected({ ComparisonOperator: 'EQ' }),
    `${prefix}Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a`,
  )
  assert.equal(
    expected({ ComparisonOperator: 'BETWEEN', AttributeValueList: [{ S: 'a' }] }),
    `${prefix}Invalid number of argument(s) for the BETWEEN ComparisonOperator`,
  )
  assert.equal(
    expected({ ComparisonOperator: 'IN', AttributeValueList: [{ S: 'a' }, { N: '1' }] }),
    `${prefix}AttributeValues inside AttributeValueList must be of same type`,
  )
  assert.equal(
    expected({ ComparisonOperator: 'LT', AttributeValueList: [{ BOOL: true }] }),
    `${prefix}ComparisonOperator LT is not valid for BOOL AttributeValue type`,
  )
  assert.equal(
    expected({ ComparisonOperator: 'BETWEEN', AttributeValueList: [{ N: '2' }, { N: '1' }] }),
    'The BETWEEN condition was provided a range where the lower bound is greater than the upper bound',
  )
  assert.equal(
    answer('PutItem', { ConditionalOperator: 'OR' }),
    'ConditionalOperator cannot be used without Filter or Expected',
  )
  assert.equal(answer('GetItem', { AttributesToGet: ['a', 'a'] }), `${prefix}Duplicate value in attribute name: a`)
  const updated = (update: object): string => answer('UpdateItem', { AttributeUpdates: { a: update } })
  assert.equal(
    updated({ Action: 'PUT' }),
    `${prefix}Only DELETE action is allowed when no attribute value is specified`,
  )
  assert.equal(
    updated({ Action: 'DELETE', Value: { S: 'a' } }),
    `${prefix}DELETE action with value is not supported for the type S`,
  )
  assert.equal(
    updated({ Action: 'ADD', Value: { BOOL: true } }),
    `${prefix}ADD action is not supported for the type BOOL`,
  )
  assert.equal(answer('Query', { KeyConditions: {} }), 'Conditions can be of length 1 or 2 only')
})

test('AttributeUpdates put, add and delete', () => {
  const update = (AttributeUpdates: ExpressionInput['AttributeUpdates']): Item | undefined =>
    compile('UpdateItem', { AttributeUpdates }).update?.apply(ITEM)
  assert.deepEqual(
    update({
      id2: { Value: { S: 'x' } },
      n: { Action: 'ADD', Value: { N: '2' } },
      ss: { Action: 'DELETE', Value: { SS: ['a'] } },
      fresh: { Action: 'ADD', Value: { L: [{ N: '1' }] } },
    }),
    { id: { S: 'abc' }, id2: { S: 'x' }, n: { N: '7' }, ss: { SS: ['b'] }, fresh: { L: [{ N: '1' }] } },
  )
  assert.deepEqual(update({ n: { Action: 'DELETE' }, ss: { Action: 'DELETE' } }), { id: { S: 'abc' } })
  assert.throws(
    () => update({ n: { Action: 'ADD', Value: { SS: ['a'] } } }),
    /^AwsError: Type mismatch for attribute to update$/,
  )
})

test('KeyConditions ask the same as a KeyConditionExpression', () => {
  const keys = { hash: { name: 'h', type: 'S' }, range: { name: 'r', type: 'N' } } as const
  const legacy = compile('Query', {
    KeyConditions: {
      h: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'a' }] },
      r: { ComparisonOperator: 'LT', AttributeValueList: [{ N: '1' }] },
    },
  })
  const expression = compile('Query', {
    KeyConditionExpression: 'h = :h AND r < :r',
    ExpressionAttributeValues: { ':h': { S: 'a' }, ':r': { N: '1' } },
  })
  assert.deepEqual(
    legacy.keyConditions?.forKeys(keys.hash, keys.range),
    expression.keyConditions?.forKeys(keys.hash, keys.range),
  )
  const refused = compile('Query', {
    KeyConditions: { h: { ComparisonOperator: 'NE', AttributeValueList: [{ S: 'a' }] } },
  })
  assert.throws(
    () => refused.keyConditions?.forKeys(keys.hash, keys.range),
    /Attempted conditional constraint is not an indexable operation/,
  )
})
