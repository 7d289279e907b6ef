import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Throttle } from './throttle.ts'

test('deliveries of a subscription start at its pace, others do not wait', () => {
  const throttle = new Throttle()
  assert.deepEqual(
    [throttle.take('a', 4, 1000), throttle.take('a', 4, 1000), throttle.take('a', 4, 1000)],
    [0, 250, 500],
  )
  assert.equal(throttle.take('b', 4, 1000), 0)
  assert.equal(throttle.take('a', 4, 2000), 0)
})

test('a long row is no place to wait in', () => {
  const throttle = new Throttle()
  const waits = Array.from({ length: 20 }, () => throttle.take('a', 1, 0))
  assert.deepEqual(waits.slice(0, 7), [0, 1000, 2000, 3000, 4000, 5000, undefined])
  assert.equal(throttle.take('a', 1, 3500), 2500)
})
