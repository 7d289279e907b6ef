// 2,000 histories of 16 clients: see linearizability.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulateHistories } from './simulated-history.ts'

const HISTORIES = 2000

test(`${HISTORIES} histories of 16 clients are linearizable`, { timeout: 60 * 60_000 }, async () => {
  const first = Math.floor(Math.random() * 1_000_000)
  console.log(`linearizability.long.test.ts seed ${first}`)
  for (const { seed, violation } of await simulateHistories(first, HISTORIES))
    assert.equal(violation, undefined, `seed ${seed}`)
})
