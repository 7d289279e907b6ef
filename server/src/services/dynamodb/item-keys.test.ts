import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeKey } from '#storage/key.ts'
import { itemKey, segmentStart } from './item-keys.ts'

test('the segments of a scan share every item out, whatever their number', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 1_000_000 }), (id, totalSegments) => {
      fc.pre(id.isWellFormed())
      const key = encodeKey(itemKey({ space: 's', key: { hash: 'id' } }, { id: { S: id } }))
      const begins = (segment: number): boolean =>
        Buffer.compare(encodeKey(segmentStart('s', segment, totalSegments)), key) <= 0
      // The last segment that begins at or before the key, found by halving.
      let low = 0
      let high = totalSegments
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2)
        if (begins(middle)) low = middle
        else high = middle
      }
      assert.ok(begins(low), 'the first segment begins before every item')
    }),
  )
})

test('segments are even', () => {
  const starts = [0, 1, 2, 3].map((segment) => encodeKey(segmentStart('s', segment, 4)))
  const counts = [0, 0, 0, 0]
  for (let id = 0; id < 4000; id++) {
    const key = encodeKey(itemKey({ space: 's', key: { hash: 'id' } }, { id: { N: String(id) } }))
    const segment = starts.findLastIndex((start) => Buffer.compare(start, key) <= 0)
    counts[segment] = (counts[segment] ?? 0) + 1
  }
  for (const count of counts) assert.ok(count > 850 && count < 1150, `${counts.join(', ')} of 1,000 each`)
})
