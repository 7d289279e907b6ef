import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCrashes } from './crash.ts'

const KILLS = 50
const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))

test(`every acknowledged write is there after each of ${KILLS} kills (seed ${seed})`, async (t) => {
  const { acknowledged } = await runCrashes(KILLS, seed)
  t.diagnostic(`${acknowledged} acknowledged writes`)
  assert.ok(acknowledged > KILLS * 20, 'the writers hardly wrote')
})
