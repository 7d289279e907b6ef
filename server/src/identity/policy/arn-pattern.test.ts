import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arnFields, compileArnPattern } from './arn-pattern.ts'
import { conditionKeysOf } from './condition-keys.ts'

const KEYS = conditionKeysOf({ 'aws:username': 'ann', 'aws:PrincipalTag/a:b': 'odd' })
const matches = (pattern: string, arn: string, variables = true): boolean =>
  compileArnPattern(pattern, variables).matches(arn, arnFields(arn), KEYS)

test('an ARN has six fields, the last with all further colons', () => {
  assert.deepEqual(arnFields('arn:aws:sqs:eu:1:q'), ['arn', 'aws', 'sqs', 'eu', '1', 'q'])
  assert.deepEqual(arnFields('arn:aws:logs:eu:1:log-group:g:*'), ['arn', 'aws', 'logs', 'eu', '1', 'log-group:g:*'])
  assert.deepEqual(arnFields('arn:aws:s3:::b'), ['arn', 'aws', 's3', '', '', 'b'])
  assert.deepEqual(arnFields('*'), ['*'])
  assert.deepEqual(arnFields(''), [''])
  assert.deepEqual(arnFields(':a'), ['', 'a'])
  assert.deepEqual(arnFields('a:'), ['a', ''])
})

test('every field must match, from the first to the last', () => {
  const arn = 'arn:aws:sqs:eu:1:q'
  assert.ok(matches(arn, arn))
  for (const other of [
    'xrn:aws:sqs:eu:1:q',
    'arn:awx:sqs:eu:1:q',
    'arn:aws:sqx:eu:1:q',
    'arn:aws:sqs:ex:1:q',
    'arn:aws:sqs:eu:2:q',
    'arn:aws:sqs:eu:1:x',
    'arn:aws:sqs::1:q',
    'arn:aws:sqs:eu:1:',
  ])
    assert.ok(!matches(other, arn), other)
})

test('a star alone is every resource, whatever it is called', () => {
  for (const arn of ['*', 'arn:aws:s3:::b', 'arn:aws:sqs:eu:1:q:r', '', 'nonsense']) assert.ok(matches('*', arn), arn)
  assert.ok(!matches('', 'arn:aws:s3:::b'))
  assert.ok(matches('', ''))
})

test('the last field of a short pattern stands for all that are left, colons and all', () => {
  assert.ok(matches('arn:aws:s3*', 'arn:aws:s3:::b/k'))
  assert.ok(matches('arn:*', 'arn:aws:s3:::b/k'))
  assert.ok(matches('arn:aws:*:q', 'arn:aws:sqs:q'))
  assert.ok(!matches('arn:aws:*:q', 'arn:aws:sqs:eu:1:x'))
  assert.ok(matches('arn:aws:s3:::b', 'arn:aws:s3:::b'))
  assert.ok(matches('arn:aws:sqs:eu:1', 'arn:aws:sqs:eu:1'))
  assert.ok(!matches('arn:aws:sqs:eu:1', 'arn:aws:sqs:eu1'))
  assert.ok(!matches('arn:aws:sqs:eu1', 'arn:aws:sqs:eu:1'))
})

test('a resource of fewer fields matches no longer pattern', () => {
  assert.ok(!matches('arn:aws:s3:::*', '*'))
  assert.ok(!matches('arn:aws:s3:::*', 'arn:aws:s3'))
  assert.ok(!matches('*:*', '*'))
  assert.ok(!matches('*:*:*:*:*:*', 'a:b'))
  assert.ok(matches('*:*:*:*:*:*', 'a:b:c:d:e:f'))
  // A field that is not there is not an empty one.
  assert.ok(!matches('*:*:*:*:*:', 'a:b:c:d:e'))
})

test('the colon of a variable does not cut; outside of one it does, whatever stands before', () => {
  assert.ok(matches('arn:aws:s3:::b/${aws:username}', 'arn:aws:s3:::b/ann'))
  assert.ok(matches('arn:aws:sqs:eu:${aws:username}:q', 'arn:aws:sqs:eu:ann:q'))
  assert.ok(matches('${aws:username}:aws:sqs:eu:1:q', 'ann:aws:sqs:eu:1:q'))
  assert.ok(matches('arn:${aws:username}:sqs:${aws:username}:1:q', 'arn:ann:sqs:ann:1:q'))
  assert.ok(matches('arn:aws:sqs:${aws:PrincipalTag/a:b}:1:q', 'arn:aws:sqs:odd:1:q'))
  assert.ok(matches('arn:a$s:sqs:eu:1:q', 'arn:a$s:sqs:eu:1:q'))
  assert.ok(matches('arn:a{s:sqs:eu:1:q', 'arn:a{s:sqs:eu:1:q'))
  assert.ok(matches('arn:a}s:sqs:eu:1:q', 'arn:a}s:sqs:eu:1:q'))
  assert.ok(matches('arn:a}}s:s*s:eu:1:q', 'arn:a}}s:sqs:eu:1:q'))
  assert.ok(!matches('arn:a}s:s*:q', 'arn:a}s:sqs:eu:q1'))
  assert.ok(matches('arn:aws:s*:${aws:username}:1:*', 'arn:aws:sqs:ann:1:x:y'))
  assert.ok(!matches('arn:aws:s*:${aws:username}:1:x', 'arn:aws:sqs:eu:ann:1:x'))
  assert.ok(!matches('arn:a{w}s:*:q', 'arn:a{w}s:sqs:eu:1:q:r'))
  // Where a colon did not cut, a wildcard would reach over fields.
  for (const start of ['a$s', 'a{s', 'a}s', '$', '{', '}', '${aws:username}'])
    assert.ok(!matches(`arn:${start}:*:1:q`, `arn:${start === '${aws:username}' ? 'ann' : start}:sqs:eu:1:q`), start)
})

test('before there were variables, they were text', () => {
  assert.ok(!matches('arn:aws:s3:::b/${aws:username}', 'arn:aws:s3:::b/ann', false))
})
