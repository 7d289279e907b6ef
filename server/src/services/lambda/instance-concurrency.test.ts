import assert from 'node:assert/strict'
import { test } from 'node:test'
import { harness, refusal } from '../../../test/lambda/harness.ts'

const variables = (concurrency: string) => ({ Environment: { Variables: { MAYFLY_CONCURRENCY: concurrency } } })

test('the variable says how many invocations an instance runs, and AWS’s libraries are told', async () => {
  const { make, call, engine } = harness()
  await make('shared', variables('16'))
  await call('Invoke', { FunctionName: 'shared' })
  const [first] = engine.invocations
  assert.equal(first?.version.concurrency, 16)
  assert.equal(first?.version.environment['AWS_LAMBDA_MAX_CONCURRENCY'], '16')

  await make('alone')
  await call('Invoke', { FunctionName: 'alone' })
  assert.equal(engine.invocations[1]?.version.concurrency, 1)
  assert.equal(engine.invocations[1]?.version.environment['AWS_LAMBDA_MAX_CONCURRENCY'], undefined)
})

test('what is no number, too many, and runtimes that run one at a time are refused', async () => {
  const { make, call } = harness()
  for (const wrong of ['0', '1601', 'many', '1.5', '-1', ''])
    await assert.rejects(
      make('wrong', variables(wrong)),
      refusal('InvalidParameterValueException', /MAYFLY_CONCURRENCY says .* a whole number from 1 to 1600/),
    )
  await assert.rejects(
    make('python', { ...variables('2'), Runtime: 'python3.13' }),
    refusal('InvalidParameterValueException', /python3\.13 cannot run: leave it out/),
  )
  await make('python', { ...variables('1'), Runtime: 'python3.13' })
  await make('moves', variables('4'))
  await assert.rejects(
    call('UpdateFunctionConfiguration', { FunctionName: 'moves', Runtime: 'python3.13' }),
    refusal('InvalidParameterValueException', /cannot run/),
  )
})
