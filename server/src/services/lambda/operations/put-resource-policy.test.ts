import assert from 'node:assert/strict'
import { test } from 'node:test'
import { functionPolicies } from '../resource-policy.ts'
import { harness, refusal } from '../../../../test/lambda/harness.ts'

const ResourceArn = 'arn:aws:lambda:us-east-1:000000000000:function:hello'
const STATEMENT = {
  Sid: 'all',
  Effect: 'Deny',
  Principal: { AWS: ['111111111111', '222222222222'] },
  Action: ['lambda:InvokeFunction'],
  Resource: ResourceArn,
}

test('a policy is put whole over what AddPermission made, read, grown and deleted', async () => {
  const { make, call, store } = harness()
  await make('hello')
  await call('AddPermission', {
    FunctionName: 'hello',
    StatementId: 'old',
    Action: 'lambda:InvokeFunction',
    Principal: 's3.amazonaws.com',
  })
  const document = { Version: '2008-10-17', Id: 'mine', Statement: STATEMENT }
  const put = await call('PutResourcePolicy', { ResourceArn, Policy: JSON.stringify(document) })
  const got = await call('GetResourcePolicy', { ResourceArn })
  assert.deepEqual(JSON.parse(got.Policy ?? ''), { ...document, Statement: [STATEMENT] })
  assert.deepEqual([got.Policy, got.RevisionId], [put.Policy, put.RevisionId])
  assert.deepEqual((await functionPolicies(store, ResourceArn))?.documents, [got.Policy])
  await assert.rejects(
    call('PutResourcePolicy', { ResourceArn, Policy: JSON.stringify(document), RevisionId: 'old' }),
    refusal('PreconditionFailedException', /GetResourcePolicy API/),
  )
  await call('AddPermission', {
    FunctionName: 'hello',
    StatementId: 'new',
    Action: 'lambda:InvokeFunction',
    Principal: 's3.amazonaws.com',
  })
  const grown = JSON.parse((await call('GetPolicy', { FunctionName: 'hello' })).Policy ?? '')
  assert.deepEqual(
    [grown.Version, grown.Id, grown.Statement.map(({ Sid }: { Sid: string }) => Sid)],
    ['2008-10-17', 'mine', ['all', 'new']],
  )
  const { RevisionId } = await call('GetResourcePolicy', { ResourceArn })
  assert.equal((await call('DeleteResourcePolicy', { ResourceArn, RevisionId })).status, 204)
  const gone = refusal('ResourceNotFoundException', 'The resource you requested does not exist.')
  await assert.rejects(call('GetResourcePolicy', { ResourceArn }), gone)
  await assert.rejects(call('DeleteResourcePolicy', { ResourceArn }), gone)
})

test('what is no policy, too long, or hangs on nothing is refused', async () => {
  const { make, call } = harness()
  await make('hello')
  const put = (policy: unknown, arn = ResourceArn) =>
    call('PutResourcePolicy', {
      ResourceArn: arn,
      Policy: typeof policy === 'string' ? policy : JSON.stringify(policy),
    })
  const fine = { Version: '2012-10-17', Statement: [STATEMENT] }
  await assert.rejects(put('nothing'), refusal('InvalidParameterValueException', /policy is not valid/))
  await assert.rejects(put({ ...fine, Statement: [] }), refusal('InvalidParameterValueException', /Statement/))
  await assert.rejects(put(' '.repeat(20_481)), refusal('PolicyLengthExceededException', /20480/))
  await assert.rejects(put(fine, 'hello'), refusal('InvalidParameterValueException', /not the ARN/))
  await assert.rejects(put(fine, `${ResourceArn}s`), refusal('ResourceNotFoundException', /hellos/))
  await assert.rejects(put(fine, `${ResourceArn}:$LATEST`), refusal('InvalidParameterValueException', /LATEST/))
  await assert.rejects(
    put(fine, ResourceArn.replace('000000000000', '111111111111')),
    refusal('ResourceNotFoundException', /Function not found/),
  )
})
