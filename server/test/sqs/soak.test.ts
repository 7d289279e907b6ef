import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soak } from './soak.ts'

const MESSAGES = 100_000
const DUPLICATES_MAX = 1e-5

test('100,000 messages through a standard queue: none lost, next to none twice', async (t) => {
  const { lost, duplicates, seconds } = await soak({ messages: MESSAGES, groups: 0 })
  t.diagnostic(`${Math.round(MESSAGES / seconds)} messages a second, ${duplicates} duplicates`)
  assert.equal(lost, 0)
  assert.ok(duplicates <= MESSAGES * DUPLICATES_MAX, `${duplicates} duplicates`)
})

test('100,000 messages through a FIFO queue: none lost, none twice, none out of order', async (t) => {
  const { lost, duplicates, reordered, seconds } = await soak({ messages: MESSAGES, groups: 256 })
  t.diagnostic(`${Math.round(MESSAGES / seconds)} messages a second`)
  assert.deepEqual({ lost, duplicates, reordered }, { lost: 0, duplicates: 0, reordered: 0 })
})
