// The windows against a search that tries everything on the times themselves.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type Windows, IdleTimes } from './idle-times.ts'

const COSTS = { coldWorthMs: 600_000, firstMsMin: 60_000, loadMs: 5_000 }

/** What a window would have cost. */
function costOf({ firstMs, again }: Windows, gapsMs: readonly number[]): number {
  let cost = 0
  for (const gap of gapsMs) {
    if (gap < firstMs) cost += gap
    else if (!again) cost += firstMs + COSTS.coldWorthMs
    else if (gap < again.fromMs) cost += firstMs + COSTS.coldWorthMs
    else if (gap < again.untilMs) cost += firstMs + COSTS.loadMs + gap - again.fromMs
    else cost += firstMs + COSTS.loadMs + again.untilMs - again.fromMs + COSTS.coldWorthMs
  }
  return cost
}

function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

test('the windows cost hardly more than the best of a thousand tried on the same times', (t) => {
  const seed = randomBytes(4).readUInt32LE()
  t.diagnostic(`seed ${seed}`)
  const random = randomOf(seed)
  for (let round = 0; round < 40; round++) {
    const shape = random()
    const gaps = Array.from({ length: 200 }, () => {
      if (shape < 0.3) return 1_000 + random() ** 6 * 3 * 3_600_000
      if (shape < 0.6) return (0.2 + shape * 3) * 1_800_000 * (0.95 + random() * 0.1)
      return random() < 0.7 ? 120_000 * random() + 1_000 : 7_000_000 * (0.9 + random() * 0.2)
    })
    const times = new IdleTimes()
    for (const gap of gaps) times.record(gap)
    const chosen = costOf(times.windows(COSTS), gaps)
    let best = costOf({ firstMs: 600_000, again: undefined }, gaps)
    for (let attempt = 0; attempt < 1_000; attempt++) {
      const firstMs = 60_000 * 240 ** random()
      const once = costOf({ firstMs, again: undefined }, gaps)
      const fromMs = 60_000 * 240 ** random()
      const untilMs = fromMs * (1 + random())
      best = Math.min(best, once, costOf({ firstMs: 60_000, again: { fromMs, untilMs } }, gaps))
    }
    // What lies in one bin is not told apart: a window may begin and end a bin too early and too late.
    const binsMs = gaps.reduce((sum, gap) => sum + gap * (2 ** (1 / 16) - 1), 0)
    assert.ok(chosen <= best * 1.02 + binsMs, `round ${round}: ${chosen} above ${best}`)
  }
})
