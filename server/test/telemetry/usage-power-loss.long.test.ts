import { test } from 'node:test'
import { powerCutsSkip } from '../storage/power-cuts.ts'
import { runUsagePowerCuts } from './usage-power-cuts.ts'

const CUTS = 2000
const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))
if (powerCutsSkip) console.log(`skipped: power cuts (${powerCutsSkip})`)

test(
  `after each of ${CUTS} power cuts at most a second of usage is missing, and none counts twice (seed ${seed})`,
  {
    skip: powerCutsSkip,
  },
  async (t) => {
    await runUsagePowerCuts(t, CUTS, seed)
  },
)
