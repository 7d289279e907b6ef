import { test } from 'node:test'
import { powerCutsSkip, runPowerCuts } from './power-cuts.ts'

const CUTS = 60
const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))
if (powerCutsSkip) console.log(`skipped: power cuts (${powerCutsSkip})`)

test(`what was acknowledged survives each of ${CUTS} power cuts (seed ${seed})`, { skip: powerCutsSkip }, async (t) => {
  await runPowerCuts(t, CUTS, seed)
})
