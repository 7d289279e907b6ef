import assert from 'node:assert/strict'
import { test } from 'node:test'
import { harness, refusal } from '../../../../test/lambda/harness.ts'

const S3 = {
  FunctionName: 'hello',
  StatementId: 's3',
  Action: 'lambda:InvokeFunction',
  Principal: 's3.amazonaws.com',
  SourceArn: 'arn:aws:s3:::photos',
  SourceAccount: '000000000000',
}

test('AddPermission, GetPolicy and RemovePermission keep a policy as AWS renders it', async () => {
  const { make, call } = harness()
  await make('hello')
  const added = await call('AddPermission', S3)
  assert.equal(added.status, 201)
  const statement = {
    Sid: 's3',
    Effect: 'Allow',
    Principal: { Service: 's3.amazonaws.com' },
    Action: 'lambda:InvokeFunction',
    Resource: 'arn:aws:lambda:us-east-1:000000000000:function:hello',
    Condition: {
      StringEquals: { 'AWS:SourceAccount': '000000000000' },
      ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::photos' },
    },
  }
  assert.deepEqual(JSON.parse(added.Statement ?? ''), statement)
  await call('AddPermission', {
    ...S3,
    StatementId: 'account',
    Principal: '111111111111',
    SourceArn: undefined,
    SourceAccount: undefined,
  })
  const { Policy, RevisionId } = await call('GetPolicy', { FunctionName: 'hello' })
  const policy = JSON.parse(Policy ?? '')
  assert.deepEqual([policy.Version, policy.Id, policy.Statement.length], ['2012-10-17', 'default', 2])
  assert.deepEqual(policy.Statement[1].Principal, { AWS: 'arn:aws:iam::111111111111:root' })
  await call('RemovePermission', { FunctionName: 'hello', StatementId: 's3', RevisionId })
  await call('RemovePermission', { FunctionName: 'hello', StatementId: 'account' })
  await assert.rejects(
    call('GetPolicy', { FunctionName: 'hello' }),
    refusal('ResourceNotFoundException', 'The resource you requested does not exist.'),
  )
})

test('statements are refused that are there already, belong to nothing, or are malformed', async () => {
  const { make, call } = harness()
  await make('hello', { Publish: true })
  await assert.rejects(
    call('RemovePermission', { FunctionName: 'hello', StatementId: 'x' }),
    refusal('ResourceNotFoundException', 'No policy is associated with the given resource.'),
  )
  await call('AddPermission', S3)
  await assert.rejects(
    call('AddPermission', S3),
    refusal(
      'ResourceConflictException',
      'The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement.',
    ),
  )
  await assert.rejects(
    call('RemovePermission', { FunctionName: 'hello', StatementId: 'x' }),
    refusal('ResourceNotFoundException', 'Statement x is not found in resource policy.'),
  )
  await assert.rejects(
    call('AddPermission', { ...S3, StatementId: 'b', RevisionId: 'old' }),
    refusal('PreconditionFailedException', /GetPolicy API/),
  )
  await assert.rejects(
    call('AddPermission', { ...S3, StatementId: 'b', Principal: 'nobody' }),
    refusal(
      'InvalidParameterValueException',
      'The provided principal was invalid. Please check the principal and try again.',
    ),
  )
  await assert.rejects(
    call('AddPermission', { ...S3, StatementId: 'bad id' }),
    refusal('ValidationException', /statementId/),
  )
  await assert.rejects(
    call('AddPermission', { ...S3, FunctionName: 'nothing' }),
    refusal('ResourceNotFoundException', /nothing/),
  )
})

test('a version has a policy of its own', async () => {
  const { make, call } = harness()
  await make('hello', { Publish: true })
  const { Statement } = await call('AddPermission', { ...S3, Qualifier: '1' })
  assert.match(Statement ?? '', /function:hello:1"/)
  await assert.rejects(call('GetPolicy', { FunctionName: 'hello' }), refusal('ResourceNotFoundException', /./))
  assert.match((await call('GetPolicy', { FunctionName: 'hello', Qualifier: '1' })).Policy ?? '', /photos/)
})

test('a policy has a bounded size', async () => {
  const { make, call } = harness()
  await make('hello')
  const SourceArn = `arn:aws:s3:::${'x'.repeat(1800)}`
  const add = async (): Promise<void> => {
    for (let index = 0; index < 20; index++) await call('AddPermission', { ...S3, SourceArn, StatementId: `s${index}` })
  }
  await assert.rejects(add(), refusal('PolicyLengthExceededException', /20480/))
})
