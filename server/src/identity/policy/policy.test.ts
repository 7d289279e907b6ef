import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arnFields, compileArnPattern } from './arn-pattern.ts'
import { compilePolicy } from './compile.ts'
import { conditionKeysOf } from './condition-keys.ts'
import { compileGlob } from './glob.ts'
import { compileCondition, isOperator } from './operators.ts'

const KEYS = conditionKeysOf({ 'aws:username': 'ann', 'aws:Two': ['a', 'b'] })
const glob = (pattern: string, text: string): boolean =>
  compileGlob(pattern, { variables: true, wildcards: true }).matches(text, KEYS)

test('patterns: stars, question marks, variables, and characters that are only themselves', () => {
  for (const [pattern, text, wanted] of [
    ['*', '', true],
    ['a*c', 'abc', true],
    ['a*c', 'ac', true],
    ['a*b*c', 'aXbYbZc', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*a*a', 'a', false],
    ['ab*ba', 'aba', false],
    ['home/${aws:username}/*', 'home/ann/x', true],
    ['home/${aws:username}', 'home/bob', false],
    ['${aws:Two}', 'a', false],
    ['${aws:missing}', '', false],
    ["${aws:missing, 'x'}", 'x', true],
    ['a${*}b', 'a*b', true],
    ['a${*}b', 'axb', false],
    ['${$}{x}', '${x}', true],
  ] as const)
    assert.equal(glob(pattern, text), wanted, `${pattern} on ${text}`)
})

test('a pattern made to be slow is not', () => {
  // CPU time: others may be at work on this machine.
  const began = process.cpuUsage()
  assert.equal(glob(`${'a*'.repeat(500)}b`, 'a'.repeat(20_000)), false)
  assert.equal(glob(`${'?*'.repeat(500)}b`, 'a'.repeat(20_000)), false)
  assert.ok(process.cpuUsage(began).user < 1_000_000)
})

test('a wildcard in an ARN stays in its field', () => {
  const matches = (pattern: string, arn: string): boolean =>
    compileArnPattern(pattern, true).matches(arn, arnFields(arn), KEYS)
  assert.ok(matches('arn:aws:sqs:*:1:q', 'arn:aws:sqs:eu:1:q'))
  assert.ok(!matches('arn:aws:sqs:*:q', 'arn:aws:sqs:eu:1:q'))
  assert.ok(!matches('arn:aws:sqs:*:*:q', 'arn:aws:sqs:eu:1:other:q'))
  assert.ok(matches('arn:aws:sqs:*:*:*:q', 'arn:aws:sqs:eu:1:other:q'))
  assert.ok(matches('arn:aws:s3:::b/*', 'arn:aws:s3:::b/k:with:colons'))
})

test('operators that the random tests do not reach', () => {
  const holds = (operator: string, wanted: string, found: string): boolean =>
    compileCondition(operator, 'k:x', [wanted], true)(conditionKeysOf({ 'k:x': found }))
  assert.ok(holds('BinaryEquals', 'aGk=', 'aGk='))
  assert.ok(!holds('BinaryEquals', 'aGk=', 'aGo='))
  assert.ok(holds('DateLessThanEquals', '1700000000', '2023-11-14T22:13:20Z'))
  assert.ok(holds('DateGreaterThanEquals', '2023-11-14T22:13:20Z', '1700000000'))
  assert.ok(holds('IpAddress', '2001:db8::/32', '2001:db8::1'))
  assert.ok(!holds('IpAddress', '2001:db8::/32', '10.0.0.1'))
  assert.ok(holds('IpAddress', '10.0.0.0/8', '::ffff:10.2.3.4'))
  assert.ok(!holds('IpAddress', 'nonsense', '10.0.0.1'))
  assert.ok(holds('NotIpAddress', '10.0.0.0/8', '192.168.0.1'))
  for (const name of ['StringEqualz', 'ForSome:StringEquals', 'NullIfExists', 'toString', 'ForAllValues:Null'])
    assert.ok(!isOperator(name), name)
})

test('faults name their place', () => {
  const faults = (document: unknown, kind: 'identity' | 'resource' | 'trust'): readonly string[] => {
    const found = compilePolicy(JSON.stringify(document), kind)
    return found.kind === 'faulty' ? found.faults.map(({ place }) => place) : []
  }
  const good = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
  assert.deepEqual(faults({ Statement: [good] }, 'identity'), [])
  assert.deepEqual(faults({ Statement: [good, { ...good, Action: 'get' }] }, 'identity'), ['Statement[1].Action'])
  assert.deepEqual(faults({ Statement: { ...good, NotAction: 's3:*' } }, 'identity'), ['Statement'])
  assert.deepEqual(faults({ Statement: [{ ...good, Condition: { Nope: {} } }] }, 'identity'), [
    'Statement[0].Condition.Nope',
  ])
  assert.deepEqual(faults({ Statement: [good] }, 'resource'), ['Statement[0]'])
  assert.deepEqual(faults({ Statement: [{ ...good, Principal: { AWS: 'me' } }] }, 'resource'), [
    'Statement[0].Principal',
  ])
  assert.deepEqual(faults({ Statement: [{ ...good, Principal: '*' }] }, 'trust'), ['Statement[0].Resource'])
  assert.deepEqual(faults({ Version: '2020-01-01', Statement: [good] }, 'identity'), ['Version'])
  assert.deepEqual(
    faults(
      {
        Statement: [
          { ...good, Sid: 'a' },
          { ...good, Sid: 'a' },
        ],
      },
      'identity',
    ),
    ['Statement[1].Sid'],
  )
  assert.deepEqual(faults([], 'identity'), [''])
})
