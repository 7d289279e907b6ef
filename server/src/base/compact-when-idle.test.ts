// Garbage is collected once, by a thread that has nothing to do, and not by one that has.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CancelTimer, ManualClock } from './clock.ts'
import { compactWhenIdle } from './compact-when-idle.ts'

const LOOK_MS = 1_000
/** Enough for a machine that seldom lets this process be idle. */
const LOOKS = 40
const SPIN_MS = 50

class CountingClock extends ManualClock {
  timers = 0

  override after(delayMs: number, fire: () => void): CancelTimer {
    this.timers++
    return super.after(delayMs, fire)
  }
}

/** Reachable from nowhere; a few collections of young objects do not take away what has become old. */
function garbage(): WeakRef<object> {
  return new WeakRef({ bytes: Array.from({ length: 1_000 }, () => 0) })
}

test('a thread that is idle compacts, once', async () => {
  const clock = new CountingClock()
  const first = garbage()
  compactWhenIdle(clock)
  for (let looks = 0; looks < LOOKS && first.deref() !== undefined; looks++) {
    await sleep(SPIN_MS)
    await clock.advance(LOOK_MS)
    // A reference that was looked at lives until the end of the turn.
    await sleep(0)
  }
  assert.equal(first.deref(), undefined)
  assert.equal('gc' in globalThis, false)
  const { timers } = clock
  await clock.advance(10 * LOOK_MS)
  assert.equal(clock.timers, timers, 'it looks no more')
})

test('a thread that is busy does not, and looks again a bounded number of times', async () => {
  const clock = new CountingClock()
  const kept = garbage()
  compactWhenIdle(clock, 3)
  for (let looks = 0; looks < 3; looks++) {
    const untilMs = performance.now() + SPIN_MS
    while (performance.now() < untilMs);
    await clock.advance(LOOK_MS)
  }
  await clock.advance(10 * LOOK_MS)
  assert.equal(clock.timers, 3)
  assert.notEqual(kept.deref(), undefined)
})
