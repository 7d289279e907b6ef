import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '#base/ids.ts'
import { HiddenHeap } from './hidden-heap.ts'

const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))

test(`entries come out in order of their times, then of their sequences (seed ${seed})`, () => {
  const random = seededRandom(seed)
  const heap = new HiddenHeap()
  let expected: [number, number][] = []
  for (let step = 0; step < 20_000; step++) {
    if (random() < 0.6) {
      const entry: [number, number] = [Math.trunc(random() * 500), step]
      heap.push(...entry)
      expected.push(entry)
    } else if (random() < 0.01) {
      heap.rebuild((_timeMs, sequence) => sequence % 2 === 0)
      expected = expected.filter(([, sequence]) => sequence % 2 === 0)
    } else {
      expected.sort(([a, b], [c, d]) => a - c || b - d)
      const nowMs = Math.trunc(random() * 500)
      const [first] = expected
      const due = first !== undefined && first[0] <= nowMs ? expected.shift() : undefined
      const popped = heap.popDue(nowMs)
      assert.deepEqual(popped && [popped.timeMs, popped.sequence], due)
    }
    assert.equal(heap.length, expected.length)
  }
})
