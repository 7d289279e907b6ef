import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCrashes } from './crash.ts'

// In runs of 50, so that each begins with a small file and the file of each grows.
const RUNS = 20
const KILLS_EACH = 50
const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))

test(`every acknowledged write is there after each of ${RUNS * KILLS_EACH} kills (seed ${seed})`, async (t) => {
  let acknowledged = 0
  for (let run = 0; run < RUNS; run++) acknowledged += (await runCrashes(KILLS_EACH, seed + run)).acknowledged
  t.diagnostic(`${acknowledged} acknowledged writes`)
  assert.ok(acknowledged > RUNS * KILLS_EACH * 20, 'the writers hardly wrote')
})
