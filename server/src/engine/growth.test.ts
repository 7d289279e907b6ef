import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Growth } from './growth.ts'
import { CRASHES_MAX, CRASH_PAUSE_MS, CRASH_PAUSE_MS_MAX, SURVIVALS_PER_CRASH } from './limits.ts'

test('without an instance, and as long as the handler’s time is unknown, a version grows at once', () => {
  const growth = new Growth()
  assert.ok(growth.pauseMs(1_000, { count: 1, sinceMs: 1_000 }, 0) <= 0)
  assert.ok(growth.pauseMs(1_000, { count: 1, sinceMs: 1_000 }, 5) <= 0)
  assert.equal(growth.prefetch, 0)
})

test('a slow handler grows at once, and nothing is sent ahead', () => {
  const growth = new Growth()
  growth.record(1_000, 200)
  assert.ok(growth.pauseMs(1_000, { count: 1, sinceMs: 1_000 }, 5) <= 0)
  assert.equal(growth.prefetch, 0)
})

test('a quick handler waits first, longer the more instances there are', () => {
  const growth = new Growth()
  growth.record(1_000, 2)
  const waiting = { count: 20, sinceMs: 1_000 }
  assert.equal(growth.prefetch, 4)
  assert.equal(growth.pauseMs(1_000, waiting, 2), 10)
  assert.equal(growth.pauseMs(1_000, waiting, 100), 100)
  assert.ok(growth.pauseMs(1_010, waiting, 2) <= 0)
  growth.grew(1_010)
  assert.equal(growth.pauseMs(1_010, waiting, 3), 15)
})

test('a burst that the handlers themselves cannot work off soon grows the version at once, as far as that helps', () => {
  const growth = new Growth()
  growth.record(1_000, 5)
  assert.ok(growth.pauseMs(1_000, { count: 100, sinceMs: 1_000 }, 2) <= 0)
  assert.equal(growth.wanted(100, 2), 18)
  assert.ok(growth.pauseMs(1_000, { count: 80, sinceMs: 1_000 }, 20) > 0)
})

test('a wait that the handlers do not explain is no reason to grow, unless all are stuck', () => {
  const growth = new Growth()
  growth.record(1_000, 0.05)
  // 64 of them are 1.6 ms of work for two instances.
  assert.equal(growth.pauseMs(1_010, { count: 64, sinceMs: 900 }, 2), 0)
  growth.record(1_010, 0.05)
  assert.equal(growth.pauseMs(1_010, { count: 64, sinceMs: 900 }, 2), 10)
})

test('the quicker the handler, the more is sent ahead, up to a bound', () => {
  const ahead = (handlerMs: number): number => {
    const growth = new Growth()
    growth.record(1_000, handlerMs)
    return growth.prefetch
  }
  assert.deepEqual([6, 4.9, 0.5, 0.25, 0.01, 0].map(ahead), [0, 4, 4, 8, 16, 16])
})

test('the quicker the handler, the fewer instances get all the work', () => {
  const enough = (handlerMs: number): number => {
    const growth = new Growth()
    growth.record(1_000, handlerMs)
    return growth.enough(4)
  }
  assert.deepEqual([1, 0.9, 0.05, 0.04, 0].map(enough), [Number.POSITIVE_INFINITY, 4, 4, 1, 1])
  assert.equal(new Growth().enough(4), Number.POSITIVE_INFINITY)
})

test('instances that crash are replaced at once, and later after pauses, until others outlive their work', () => {
  const growth = new Growth()
  const pause = (): number => growth.pauseMs(0, { count: 1, sinceMs: 0 }, 0)
  for (let crash = 0; crash < CRASHES_MAX; crash++) {
    growth.crashed(0)
    assert.equal(pause(), 0)
  }
  const pauses: number[] = []
  for (let crash = 0; crash < 10; crash++) {
    growth.crashed(0)
    pauses.push(pause())
  }
  assert.deepEqual(pauses.slice(0, 3), [2 * CRASH_PAUSE_MS, 4 * CRASH_PAUSE_MS, 8 * CRASH_PAUSE_MS])
  assert.equal(pauses.at(-1), CRASH_PAUSE_MS_MAX)
  for (let n = 0; n < 2 * CRASHES_MAX * SURVIVALS_PER_CRASH; n++) growth.survived()
  growth.crashed(CRASH_PAUSE_MS_MAX)
  assert.equal(growth.pauseMs(CRASH_PAUSE_MS_MAX, { count: 1, sinceMs: 0 }, 0), 0)
})
