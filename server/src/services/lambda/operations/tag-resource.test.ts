import assert from 'node:assert/strict'
import { test } from 'node:test'
import { harness, refusal } from '../../../../test/lambda/harness.ts'

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:hello'

test('TagResource, UntagResource and ListTags', async () => {
  const { make, call, engine } = harness()
  await make('hello', { Tags: { team: 'a' } })
  await call('TagResource', { Resource: ARN, Tags: { stage: 'test', team: 'b' } })
  assert.deepEqual((await call('ListTags', { Resource: ARN })).Tags, { team: 'b', stage: 'test' })
  assert.deepEqual((await call('GetFunction', { FunctionName: 'hello' })).Tags, { team: 'b', stage: 'test' })
  await call('UntagResource', { Resource: ARN, TagKeys: ['team', 'unknown'] })
  assert.deepEqual((await call('ListTags', { Resource: ARN })).Tags, { stage: 'test' })
  assert.deepEqual(engine.retired, [], 'tags do not touch what runs')
})

test('tags have limits, and hang on functions only', async () => {
  const { make, call } = harness()
  await make('hello', { Publish: true })
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v']))
  await assert.rejects(
    call('TagResource', { Resource: ARN, Tags: many }),
    refusal('InvalidParameterValueException', 'Number of tags exceeds resource tag limit.'),
  )
  await assert.rejects(
    call('TagResource', { Resource: ARN, Tags: { ['x'.repeat(129)]: 'v' } }),
    refusal('InvalidParameterValueException', /tag key/),
  )
  await assert.rejects(
    call('ListTags', { Resource: `${ARN}:1` }),
    refusal(
      'InvalidParameterValueException',
      'Tags on function aliases and versions are not supported. Please specify a function ARN.',
    ),
  )
  await assert.rejects(call('ListTags', { Resource: 'hello' }), refusal('ValidationException', /'resource'/))
  await assert.rejects(
    call('ListTags', { Resource: ARN.replace('hello', 'nothing') }),
    refusal('ResourceNotFoundException', /nothing/),
  )
  await assert.rejects(
    call('UntagResource', { Resource: ARN, TagKeys: [] }),
    refusal('ValidationException', /'tagKeys'.*Member must not be null/),
  )
})
