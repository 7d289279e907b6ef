// PutFunctionConcurrency, GetFunctionConcurrency, DeleteFunctionConcurrency, and what they mean to the engine.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Harness, harness, refusal } from '../../../../test/lambda/harness.ts'

/** The quota that the engine would ask for at the next invocation. */
async function quotaOf({ call, engine }: Harness, FunctionName: string): Promise<readonly [string, number]> {
  await call('Invoke', { FunctionName })
  const quota = engine.invocations.at(-1)?.version.quota()
  assert.ok(quota)
  return [quota.id, quota.instancesMax]
}

test('a reservation is a quota of its own and leaves the others less', async () => {
  const world = harness()
  const { call, make } = world
  await make('one')
  await make('two')
  const [shared, max] = await quotaOf(world, 'one')
  assert.equal(max, 1000)
  assert.deepEqual(await quotaOf(world, 'two'), [shared, 1000])
  const put = await call('PutFunctionConcurrency', { FunctionName: 'one', ReservedConcurrentExecutions: 300 })
  assert.equal(put.ReservedConcurrentExecutions, 300)
  const [own, reserved] = await quotaOf(world, 'one')
  assert.notEqual(own, shared)
  assert.equal(reserved, 300)
  assert.deepEqual(await quotaOf(world, 'two'), [shared, 700])
  const settings = await call('GetAccountSettings', {})
  assert.equal(settings.AccountLimit?.UnreservedConcurrentExecutions, 700)
  assert.deepEqual((await call('GetFunction', { FunctionName: 'one' })).Concurrency, {
    ReservedConcurrentExecutions: 300,
  })
  await call('DeleteFunctionConcurrency', { FunctionName: 'one' })
  assert.deepEqual(await quotaOf(world, 'one'), [shared, 1000])
})

test('GetFunctionConcurrency answers nothing until something is reserved; 0 stops the function', async () => {
  const world = harness()
  const { call, make } = world
  await make('hello')
  const nothing = await call('GetFunctionConcurrency', { FunctionName: 'hello' })
  assert.equal(nothing.ReservedConcurrentExecutions, undefined)
  await call('PutFunctionConcurrency', { FunctionName: 'hello', ReservedConcurrentExecutions: 0 })
  assert.equal((await call('GetFunctionConcurrency', { FunctionName: 'hello' })).ReservedConcurrentExecutions, 0)
  assert.equal((await quotaOf(world, 'hello'))[1], 0)
})

test('100 must stay for functions without a reservation, in each region', async () => {
  const { call, make } = harness()
  await make('one')
  await make('two')
  const put = (FunctionName: string, ReservedConcurrentExecutions: number): Promise<unknown> =>
    call('PutFunctionConcurrency', { FunctionName, ReservedConcurrentExecutions })
  const tooMuch = refusal(
    'InvalidParameterValueException',
    "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
  )
  await assert.rejects(put('one', 901), tooMuch)
  await put('one', 500)
  await assert.rejects(put('two', 401), tooMuch)
  await put('two', 400)
  await put('one', 400)
  await assert.rejects(put('one', -1), refusal('ValidationException', /reservedConcurrentExecutions/))
  await assert.rejects(put('nobody', 1), refusal('ResourceNotFoundException', /nobody/))
})
