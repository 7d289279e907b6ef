import assert from 'node:assert/strict'
import { test } from 'node:test'
import { harness, refusal } from '../../../../test/lambda/harness.ts'

test('DeleteFunction removes the function with all that hangs on it', async () => {
  const { make, call, engine, store } = harness()
  await make('hello', { Publish: true })
  await call('AddPermission', {
    FunctionName: 'hello',
    StatementId: 's',
    Action: 'lambda:InvokeFunction',
    Principal: 's3.amazonaws.com',
  })
  await call('Invoke', { FunctionName: 'hello' })
  assert.equal((await call('DeleteFunction', { FunctionName: 'hello' })).status, 204)
  assert.ok(engine.retired.includes(engine.invocations[0]?.version.id ?? ''))
  await assert.rejects(call('Invoke', { FunctionName: 'hello' }), refusal('ResourceNotFoundException', /hello/))
  assert.deepEqual(await store.list({ prefix: [] }), [])
})

test('a new function of the same name has nothing of the old one', async () => {
  const { make, call } = harness()
  await make('hello', { Publish: true })
  await call('DeleteFunction', { FunctionName: 'hello' })
  await make('hello')
  await assert.rejects(
    call('GetFunction', { FunctionName: 'hello', Qualifier: '1' }),
    refusal('ResourceNotFoundException', /hello:1/),
  )
})

test('a version is deleted alone; $LATEST is not; what is not there is not found', async () => {
  const { make, call } = harness()
  await make('hello', { Publish: true })
  await call('DeleteFunction', { FunctionName: 'hello:1' })
  assert.equal((await call('ListVersionsByFunction', { FunctionName: 'hello' })).Versions?.length, 1)
  await assert.rejects(
    call('DeleteFunction', { FunctionName: 'hello', Qualifier: '$LATEST' }),
    refusal('InvalidParameterValueException', '$LATEST version cannot be deleted without deleting the function.'),
  )
  await assert.rejects(
    call('DeleteFunction', { FunctionName: 'nothing' }),
    refusal('ResourceNotFoundException', /Function not found/),
  )
})
