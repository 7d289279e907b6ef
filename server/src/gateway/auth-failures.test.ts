import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { AuthFailures } from './auth-failures.ts'
import { FAILING_ADDRESSES_MAX } from './limits.ts'

const LIMITS = { authFailuresMax: 10, authFailuresPerSecond: 1 }
const open = (): { readonly clock: ManualClock; readonly failures: AuthFailures } => {
  const clock = new ManualClock()
  return { clock, failures: new AuthFailures(LIMITS, clock) }
}
const fail = (failures: AuthFailures, times: number, address: string | undefined, key: string): void => {
  for (let count = 0; count < times; count++) failures.failed(address, key)
}

test('an address that fails too often is refused, and let in again as its bucket fills', async () => {
  const { clock, failures } = open()
  fail(failures, 9, '10.0.0.1', 'AKIA')
  assert.equal(failures.isRefused('10.0.0.1', 'OTHER'), false)
  fail(failures, 1, '10.0.0.1', 'AKIA')
  assert.equal(failures.isRefused('10.0.0.1', 'OTHER'), true)
  assert.equal(failures.isRefused('10.0.0.1', undefined), true)
  assert.equal(failures.isRefused('10.0.0.2', 'OTHER'), false)
  await clock.advance(999)
  assert.equal(failures.isRefused('10.0.0.1', 'OTHER'), true)
  await clock.advance(1)
  assert.equal(failures.isRefused('10.0.0.1', 'OTHER'), false)
  await clock.advance(3_600_000)
  fail(failures, 9, '10.0.0.1', 'AKIA')
  assert.equal(failures.isRefused('10.0.0.1', 'OTHER'), false, 'no more than the bound is saved up')
  fail(failures, 1, '10.0.0.1', 'AKIA')
  assert.equal(failures.isRefused('10.0.0.1', 'OTHER'), true)
})

test('a key that was believed from there goes on, and nobody elsewhere can lock its owner out', () => {
  const { failures } = open()
  fail(failures, 1, '10.0.0.1', 'BAD')
  failures.succeeded('10.0.0.1', 'GOOD')
  fail(failures, 100, '10.0.0.1', 'BAD')
  assert.equal(failures.isRefused('10.0.0.1', 'GOOD'), false)
  assert.equal(failures.isRefused('10.0.0.1', 'BAD'), true)
  fail(failures, 1000, '10.0.0.3', 'GOOD')
  assert.equal(failures.isRefused('10.0.0.1', 'GOOD'), false)
  assert.equal(failures.isRefused('10.0.0.2', 'GOOD'), false)
})

test('failures of one key are told less, wherever they come from', () => {
  const { failures } = open()
  const told = Array.from({ length: 12 }, (_, index) => failures.failed(`10.0.1.${index}`, 'AKIA'))
  assert.deepEqual(told, [...Array.from({ length: 10 }, () => false), true, true])
  assert.equal(failures.failed('10.0.1.1', 'OTHER'), false)
  assert.equal(failures.failed(undefined, undefined), false)
})

test('the tables are bounded: whoever failed the longest ago goes', () => {
  const { failures } = open()
  fail(failures, 10, 'first', 'AKIA')
  for (let index = 0; index < FAILING_ADDRESSES_MAX; index++) failures.failed(String(index), String(index))
  assert.equal(failures.isRefused('first', 'OTHER'), false)
})
