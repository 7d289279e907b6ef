import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeChunk, decodePointer, encodeChunks, encodePointer, lastMsOf } from './log-chunk.ts'
import { EVENT_OVERHEAD_BYTES, LOG_LIMITS } from './log-limits.ts'
import { PackedEvents } from './packed-events.ts'

const limits = { ...LOG_LIMITS, chunkBytesMax: 200, chunkEventsMax: 7, chunkSpanMsMax: 1000 }
const events = fc
  .array(
    fc.record(
      { timestampMs: fc.nat({ max: 5000 }), message: fc.string({ unit: 'grapheme', maxLength: 90 }) },
      { noNullPrototype: true },
    ),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((all) => all.toSorted((a, b) => a.timestampMs - b.timestampMs))

test('chunks give back what was put in, each within its bounds', () => {
  fc.assert(
    fc.property(events, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (all, stream) => {
      const chunks = encodeChunks(stream, 77, PackedEvents.of(all), limits)
      const decoded = chunks.map((chunk) => decodeChunk(chunk.bytes))
      assert.deepEqual(
        decoded.flatMap((chunk) => chunk.events),
        all,
      )
      for (const [index, chunk] of decoded.entries()) {
        const encoded = chunks[index]
        assert.ok(encoded)
        assert.ok(chunk.events.length <= 7 && chunk.lastMs - chunk.firstMs <= 1000)
        assert.ok(
          chunk.events.length === 1 ||
            chunk.events.reduce((sum, event) => sum + Buffer.byteLength(event.message), 0) <= 200,
        )
        assert.deepEqual([chunk.stream, chunk.ingestionMs], [stream, 77])
        const bytes = chunk.events.reduce((sum, event) => sum + Buffer.byteLength(event.message), 0)
        assert.equal(encoded.storedBytes, bytes + chunk.events.length * EVENT_OVERHEAD_BYTES)
        assert.deepEqual(decodePointer(encodePointer(encoded)), {
          lastMs: chunk.lastMs,
          storedBytes: encoded.storedBytes,
        })
        assert.equal(lastMsOf(encoded.bytes), chunk.lastMs)
      }
    }),
  )
})

test('halves of a surrogate pair in neighbouring messages stay apart', () => {
  const [chunk] = encodeChunks(
    's',
    1,
    PackedEvents.of([
      { timestampMs: 1, message: 'a\ud83d' },
      { timestampMs: 1, message: '\ude00b' },
    ]),
    LOG_LIMITS,
  )
  assert.ok(chunk)
  assert.deepEqual(
    decodeChunk(chunk.bytes).events.map((event) => event.message),
    ['a\ufffd', '\ufffdb'],
  )
})
