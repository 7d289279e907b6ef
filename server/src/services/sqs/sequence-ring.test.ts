import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '#base/ids.ts'
import { SequenceRing } from './sequence-ring.ts'

const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))

test(`what goes in comes out in the same order, however the ring grows and shrinks (seed ${seed})`, () => {
  const random = seededRandom(seed)
  const ring = new SequenceRing()
  const expected: number[] = []
  for (let turn = 0; turn < 40; turn++) {
    const pushRate = random()
    for (let step = 0; step < 1000; step++) {
      if (random() < pushRate) {
        ring.push(turn * 1000 + step)
        expected.push(turn * 1000 + step)
      } else assert.equal(ring.shift(), expected.shift())
      assert.equal(ring.length, expected.length)
    }
  }
  ring.clear()
  assert.equal(ring.shift(), undefined)
})
