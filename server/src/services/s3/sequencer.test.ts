import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { seededRandom } from '#base/ids.ts'
import { createSequencer } from './sequencer.ts'

test('a sequencer is the clock, or one more than the greatest before', async () => {
  const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  const clock = new ManualClock(Date.UTC(2026, 0, 1))
  const next = createSequencer(clock)
  let last = 0n
  for (let turn = 0; turn < 20_000; turn++) {
    if (random() < 0.0005) await clock.advance(Math.floor(random() * 100))
    // Of a key that was written before the clock was set back.
    const previous = random() < 0.001 ? last + BigInt(Math.floor(random() * 20_000)) : undefined
    const floor = previous !== undefined && previous > last ? previous : last
    const now = BigInt(clock.nowMs()) * 4096n
    last = floor + 1n > now ? floor + 1n : now
    assert.equal(
      next(previous?.toString(16).toUpperCase().padStart(16, '0')),
      last.toString(16).toUpperCase().padStart(16, '0'),
    )
  }
})
