// Garbage is collected by a thread that rests: after its start, after a long rest from work, and not sooner.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ManualClock } from './clock.ts'
import { compactAtRest } from './compact-at-rest.ts'

const FIRST_LOOK_MS = 1_000
const LOOK_MS = 60_000
/** Enough for a machine that seldom lets this process be idle. */
const LOOKS = 40
const IDLE_MS = 250
const WORK_MS = 1_100

/** Reachable from nowhere; a few collections of young objects do not take away what has become old. */
function garbage(): WeakRef<object> {
  return new WeakRef({ bytes: Array.from({ length: 1_000 }, () => 0) })
}

async function lookIdle(clock: ManualClock, byMs: number): Promise<void> {
  await sleep(IDLE_MS)
  await clock.advance(byMs)
  // A reference that was looked at lives until the end of the turn.
  await sleep(0)
}

/** How many idle looks it takes until `ref` is gone; undefined when it outlives them. */
async function looksUntilGone(ref: WeakRef<object>, clock: ManualClock, byMs: number): Promise<number | undefined> {
  for (let looks = 1; looks <= LOOKS; looks++) {
    await lookIdle(clock, byMs)
    if (ref.deref() === undefined) return looks
    await sleep(0)
  }
  return undefined
}

function work(): void {
  const untilMs = performance.now() + WORK_MS
  while (performance.now() < untilMs);
}

test('a thread that is idle after its start compacts once, and again after work and a long rest', async () => {
  const clock = new ManualClock()
  compactAtRest(clock)
  assert.notEqual(await looksUntilGone(garbage(), clock, FIRST_LOOK_MS), undefined)
  assert.equal('gc' in globalThis, false)

  const idle = garbage()
  for (let looks = 0; looks < 10; looks++) await lookIdle(clock, LOOK_MS)
  assert.notEqual(idle.deref(), undefined, 'nothing was done, nothing is collected')
  await sleep(0)

  work()
  await clock.advance(LOOK_MS)
  const looks = await looksUntilGone(idle, clock, LOOK_MS)
  assert.ok(looks !== undefined && looks >= 5, `compacted after ${looks} idle looks`)
})

test('a thread that gets to work at once does not compact in its first pause', async () => {
  const clock = new ManualClock()
  const kept = garbage()
  compactAtRest(clock)
  work()
  await clock.advance(FIRST_LOOK_MS)
  for (let looks = 0; looks < 3; looks++) await lookIdle(clock, LOOK_MS)
  assert.notEqual(kept.deref(), undefined)
  await sleep(0)
  assert.notEqual(await looksUntilGone(kept, clock, LOOK_MS), undefined)
})

test('what a server does by itself while nobody calls is no work', async () => {
  const clock = new ManualClock()
  compactAtRest(clock, () => ({ idle: 59_800, active: 200, utilization: 0.003 }))
  await clock.advance(FIRST_LOOK_MS)
  const kept = garbage()
  await sleep(0)
  await clock.advance(30 * LOOK_MS)
  await sleep(0)
  assert.notEqual(kept.deref(), undefined)
})
