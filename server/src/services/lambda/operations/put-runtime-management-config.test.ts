import assert from 'node:assert/strict'
import { test } from 'node:test'
import { harness, refusal } from '../../../../test/lambda/harness.ts'

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:hello'

test('each version has its own update mode, Auto until one is put', async () => {
  const { make, call } = harness()
  const { RuntimeVersionConfig } = await make('hello', { Publish: true })
  const get = async (Qualifier?: string): Promise<unknown[]> => {
    const config = await call('GetRuntimeManagementConfig', { FunctionName: 'hello', Qualifier })
    return [config.FunctionArn, config.UpdateRuntimeOn, config.RuntimeVersionArn]
  }
  assert.deepEqual(await get(), [`${ARN}:$LATEST`, 'Auto', undefined])
  const RuntimeVersionArn = RuntimeVersionConfig?.RuntimeVersionArn
  await call('PutRuntimeManagementConfig', {
    FunctionName: 'hello',
    Qualifier: '1',
    UpdateRuntimeOn: 'Manual',
    RuntimeVersionArn,
  })
  await call('PutRuntimeManagementConfig', { FunctionName: 'hello', UpdateRuntimeOn: 'FunctionUpdate' })
  assert.deepEqual(await get(), [`${ARN}:$LATEST`, 'FunctionUpdate', undefined])
  assert.deepEqual(await get('1'), [`${ARN}:1`, 'Manual', RuntimeVersionArn])
  await call('DeleteFunction', { FunctionName: 'hello' })
  await make('hello')
  assert.deepEqual(await get(), [`${ARN}:$LATEST`, 'Auto', undefined])
})

test('Manual needs the version that is there, the other modes none', async () => {
  const { make, call } = harness()
  const { RuntimeVersionConfig } = await make('hello')
  const put = (input: object) =>
    call('PutRuntimeManagementConfig', { FunctionName: 'hello', UpdateRuntimeOn: 'Manual', ...input })
  await assert.rejects(put({}), refusal('InvalidParameterValueException', /required/))
  await assert.rejects(
    put({ RuntimeVersionArn: `arn:aws:lambda:us-east-1::runtime:${'0'.repeat(64)}` }),
    refusal('InvalidParameterValueException', /does not exist/),
  )
  await assert.rejects(
    put({ UpdateRuntimeOn: 'Auto', RuntimeVersionArn: RuntimeVersionConfig?.RuntimeVersionArn }),
    refusal('InvalidParameterValueException', /Manual only/),
  )
  await assert.rejects(put({ UpdateRuntimeOn: 'Never' }), refusal('ValidationException', /updateRuntimeOn/))
  await assert.rejects(put({ RuntimeVersionArn: 'x'.repeat(30) }), refusal('ValidationException', /runtimeVersionArn/))
  await assert.rejects(
    call('GetRuntimeManagementConfig', { FunctionName: 'nothing' }),
    refusal('ResourceNotFoundException', /nothing/),
  )
})
