import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCrashes } from './crash.ts'

const KILLS = 50
const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))

test(`no acknowledged message is lost over ${KILLS} kills (seed ${seed})`, async (t) => {
  const { acknowledged, left } = await runCrashes(KILLS, seed)
  t.diagnostic(`${acknowledged} acknowledged sends and deletes, ${left} messages left`)
  assert.ok(acknowledged > KILLS * 20, 'the queues were hardly used')
  assert.ok(left > 0, 'nothing was left to look at')
})
