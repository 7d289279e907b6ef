import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conditionKeysOf } from './condition-keys.ts'
import { compileCondition, isOperator } from './operators.ts'

const holds = (
  operator: string,
  wanted: string | readonly string[],
  found: string | readonly string[] | undefined,
  variables = true,
): boolean =>
  compileCondition(
    operator,
    'K:x',
    typeof wanted === 'string' ? [wanted] : wanted,
    variables,
  )(conditionKeysOf({ 'k:x': found, 'aws:username': 'Ann', 'aws:tags': ['Red', 'Blue'] }))

/** Each row holds for the operator, and does not for its negation; or the other way round. */
function check(
  operator: string,
  negation: string | undefined,
  rows: readonly (readonly [wanted: string, found: string, matches: boolean])[],
): void {
  for (const [wanted, found, matches] of rows) {
    assert.equal(holds(operator, wanted, found), matches, `${operator} ${wanted} on ${found}`)
    if (negation !== undefined)
      assert.equal(holds(negation, wanted, found), !matches, `${negation} ${wanted} on ${found}`)
  }
}

test('texts: equal, with variables and without wildcards', () => {
  check('StringEquals', 'StringNotEquals', [
    ['a', 'a', true],
    ['a', 'A', false],
    ['a*', 'a*', true],
    ['a*', 'ab', false],
    ['a?', 'ab', false],
    ['*', 'ab', false],
    ['', '', true],
    ['${aws:username}', 'Ann', true],
    ['${aws:username}', 'ann', false],
    ['${aws:missing}', '', false],
  ])
  assert.ok(!holds('StringEquals', '${aws:username}', 'Ann', false))
  assert.ok(holds('StringEquals', '${aws:username}', '${aws:username}', false))
})

test('texts in any case: of the policy, of the request, and of variables', () => {
  check('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', [
    ['Abc', 'aBC', true],
    ['Abc', 'abd', false],
    ['a*', 'abc', false],
    ['a*', 'A*', true],
    ['${aws:username}', 'ANN', true],
    ['${aws:username}', 'bob', false],
    ['${aws:tags}', 'red', false],
  ])
  assert.ok(!holds('StringEqualsIgnoreCase', '${aws:username}', 'ann', false))
  assert.ok(holds('StringEqualsIgnoreCase', 'straße', 'STRAßE'))
})

test('texts with wildcards', () => {
  check('StringLike', 'StringNotLike', [
    ['a*', 'abc', true],
    ['a*', 'bc', false],
    ['?', 'a', true],
    ['?', 'ab', false],
    ['${aws:username}*', 'Anna', true],
  ])
})

test('numbers', () => {
  const table = [
    ['NumericEquals', [false, true, false]],
    ['NumericNotEquals', [true, false, true]],
    ['NumericLessThan', [true, false, false]],
    ['NumericLessThanEquals', [true, true, false]],
    ['NumericGreaterThan', [false, false, true]],
    ['NumericGreaterThanEquals', [false, true, true]],
  ] as const
  for (const [operator, wanted] of table)
    assert.deepEqual(
      ['4', '5', '6'].map((found) => holds(operator, '5', found)),
      wanted,
      operator,
    )
  check('NumericEquals', 'NumericNotEquals', [
    ['-5', '-5', true],
    ['5.5', '5.50', true],
    ['5.25', '5.2', false],
    ['12.75', '12.75', true],
  ])
  // What is no number equals none and is above and below none: neither in the policy nor in the request.
  for (const bad of ['', 'a', '5a', 'a5', '5.', '.5', '5.a', '0x5', '1e3', ' 5', '5 ', '--5', 'NaN', 'Infinity'])
    for (const [operator] of table) {
      const negated = operator === 'NumericNotEquals'
      assert.equal(holds(operator, bad, '5'), negated, `${operator} ${bad}`)
      assert.equal(holds(operator, '5', bad), negated, `${operator} on ${bad}`)
      assert.equal(holds(operator, bad, bad), negated, `${operator} ${bad} on ${bad}`)
    }
})

test('dates: ISO 8601 and seconds since 1970', () => {
  const table = [
    ['DateEquals', [false, true, false]],
    ['DateNotEquals', [true, false, true]],
    ['DateLessThan', [true, false, false]],
    ['DateLessThanEquals', [true, true, false]],
    ['DateGreaterThan', [false, false, true]],
    ['DateGreaterThanEquals', [false, true, true]],
  ] as const
  const around = ['2023-11-14T22:13:19Z', '2023-11-14T22:13:20Z', '2023-11-14T22:13:21Z']
  for (const [operator, wanted] of table) {
    for (const given of ['2023-11-14T22:13:20Z', '1700000000', '1700000000.0'])
      assert.deepEqual(
        around.map((found) => holds(operator, given, found)),
        wanted,
        `${operator} ${given}`,
      )
    assert.deepEqual(
      ['1699999999', '1700000000', '1700000001'].map((found) => holds(operator, '2023-11-14T22:13:20Z', found)),
      wanted,
    )
  }
  check('DateEquals', 'DateNotEquals', [
    ['1700000000.5', '2023-11-14T22:13:20.500Z', true],
    ['1700000000.25', '2023-11-14T22:13:20.250Z', true],
    // Four digits are a year, five are seconds.
    ['2023', '2023-01-01T00:00:00Z', true],
    ['10000', '1970-01-01T02:46:40Z', true],
    ['2023-11-14', '2023-11-14T00:00:00Z', true],
  ])
  for (const bad of ['', 'yesterday', '2023-13-45', 'x1700000000', '1700000000x', '17000.x'])
    for (const [operator] of table) {
      const negated = operator === 'DateNotEquals'
      assert.equal(holds(operator, bad, '2023-11-14T22:13:20Z'), negated, `${operator} ${bad}`)
      assert.equal(holds(operator, '2023-11-14T22:13:20Z', bad), negated, `${operator} on ${bad}`)
      assert.equal(holds(operator, bad, bad), negated, `${operator} ${bad} on ${bad}`)
    }
})

test('yes and no, in any case', () => {
  check('Bool', undefined, [
    ['true', 'true', true],
    ['True', 'true', true],
    ['true', 'TRUE', true],
    ['false', 'true', false],
    ['true', 'false', false],
    ['false', 'False', true],
  ])
})

test('bytes', () => {
  check('BinaryEquals', undefined, [
    ['aGk=', 'aGk', true],
    ['aGk=', 'aGo=', false],
    ['aGk=', 'aGkh', false],
  ])
})

test('addresses and networks of both families', () => {
  check('IpAddress', 'NotIpAddress', [
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['10.0.0.1/32', '10.0.0.1', true],
    ['10.0.0.1/32', '10.0.0.0', false],
    ['10.0.0.0/8', '10.255.1.2', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/31', '10.0.0.1', true],
    ['10.0.0.0/31', '10.0.0.2', false],
    ['0.0.0.0/0', '1.2.3.4', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '1.2.3.4', false],
    ['2001:db8::1', '2001:db8::1', true],
    ['2001:db8::1', '2001:db8::2', false],
    ['2001:db8::1/128', '2001:db8::1', true],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    // IPv4 as IPv6 writes it.
    ['10.0.0.0/8', '::ffff:10.2.3.4', true],
    ['10.0.0.0/8', '::ffff:11.2.3.4', false],
    ['9.0.0.0/8', '::ffff:9.2.3.4', true],
    ['::/0', 'nonsense', false],
    ['10.0.0.0/8', 'xffffff10.2.3.4', false],
    ['::ffff:0:0/96', '::ffff:a02:304', true],
    // No addresses, no networks.
    ['nonsense', '10.0.0.1', false],
    ['10.0.0.0/33', '10.0.0.0', false],
    ['10.0.0.0/x', '10.0.0.0', false],
    ['10.0.0.0/', '10.0.0.0', false],
    ['10.0.0.0/-1', '10.0.0.0', false],
    ['10.0.0.0/8x', '10.0.0.0', false],
    ['10.0.0.0/x8', '10.0.0.0', false],
    ['10.0.0.0/0008', '10.0.0.0', false],
    ['2001:db8::/129', '2001:db8::', false],
    ['10.0.0.0/8', 'nonsense', false],
    ['10.0.0.0/8', '', false],
    ['', '', false],
    ['/8', '', false],
  ])
})

test('ARNs, each field by itself', () => {
  for (const [operator, negation] of [
    ['ArnEquals', 'ArnNotEquals'],
    ['ArnLike', 'ArnNotLike'],
  ] as const)
    check(operator, negation, [
      ['arn:aws:s3:::b*', 'arn:aws:s3:::bucket', true],
      ['arn:aws:sqs:*:q', 'arn:aws:sqs:eu:1:q', false],
      ['arn:aws:iam::1:user/${aws:username}', 'arn:aws:iam::1:user/Ann', true],
    ])
  assert.ok(!holds('ArnLike', 'arn:aws:iam::1:user/${aws:username}', 'arn:aws:iam::1:user/Ann', false))
})

test('whether a key is there', () => {
  for (const [wanted, found, result] of [
    ['true', undefined, true],
    ['True', undefined, true],
    ['false', undefined, false],
    ['true', 'x', false],
    ['false', 'x', true],
    ['other', 'x', true],
  ] as const)
    assert.equal(holds('Null', wanted, found), result, `${wanted} ${found}`)
  assert.ok(holds('Null', ['true', 'false'], 'x'))
  assert.ok(holds('Null', ['true', 'false'], undefined))
  assert.ok(!holds('Null', [], 'x'))
})

test('a key that is not there: with IfExists it holds, a negation holds, a quantifier for all holds', () => {
  for (const [operator, wanted] of [
    ['StringEquals', false],
    ['StringNotEquals', true],
    ['StringEqualsIfExists', true],
    ['StringNotEqualsIfExists', true],
    ['ForAllValues:StringEquals', true],
    ['ForAllValues:StringNotEquals', true],
    ['ForAnyValue:StringEquals', false],
    ['ForAnyValue:StringNotEquals', false],
    ['ForAnyValue:StringEqualsIfExists', true],
    ['BoolIfExists', true],
  ] as const)
    assert.equal(holds(operator, 'a', undefined), wanted, operator)
  assert.ok(!holds('StringEqualsIfExists', 'a', 'b'))
  assert.ok(holds('StringEqualsIfExists', 'a', 'a'))
})

test('several values on either side', () => {
  for (const [operator, wanted, found, result] of [
    ['StringEquals', ['a', 'b'], 'b', true],
    ['StringEquals', ['a', 'b'], 'c', false],
    ['StringNotEquals', ['a', 'b'], 'b', false],
    ['StringNotEquals', ['a', 'b'], 'c', true],
    ['StringEquals', ['a'], ['x', 'a'], true],
    ['StringEquals', ['a'], ['x', 'y'], false],
    ['StringNotEquals', ['a'], ['x', 'a'], false],
    ['StringNotEquals', ['a'], ['x', 'y'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
    ['ForAllValues:StringNotEquals', ['a'], ['b', 'c'], true],
    ['ForAllValues:StringNotEquals', ['a'], ['a', 'c'], false],
    ['ForAnyValue:StringEquals', ['a'], ['b', 'a'], true],
    ['ForAnyValue:StringEquals', ['a'], ['b', 'c'], false],
    ['ForAnyValue:StringNotEquals', ['a'], ['a', 'b'], true],
    ['ForAnyValue:StringNotEquals', ['a'], ['a'], false],
    ['ForAllValues:StringEquals', ['a'], [], true],
    ['ForAnyValue:StringEquals', ['a'], [], false],
    ['StringEquals', [], 'a', false],
    ['StringNotEquals', [], 'a', true],
  ] as const)
    assert.equal(holds(operator, wanted, found), result, `${operator} ${wanted.join()} on ${String(found)}`)
})

test('the names of operators', () => {
  for (const name of [
    'StringEquals',
    'ForAllValues:StringLikeIfExists',
    'ForAnyValue:ArnLike',
    'Null',
    'BoolIfExists',
    'NotIpAddress',
  ])
    assert.ok(isOperator(name), name)
  for (const name of [
    '',
    'StringEqualz',
    'stringequals',
    'IfExists',
    'StringEqualsIfExistsIfExists',
    'ForSome:StringEquals',
    'ForAllValues:',
    'xForAllValues:StringEquals',
    'ForAllValues:ForAnyValue:StringEquals',
    'NullIfExists',
    'ForAllValues:Null',
    'ForAnyValue:Null',
    'toString',
    'StringEquals\nx',
    '__proto__',
  ])
    assert.ok(!isOperator(name), name)
  // Whoever compiles one all the same gets a condition that never holds.
  assert.equal(holds('StringEqualz', 'a', 'a'), false)
})
