import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  FLAG,
  FRAME,
  FRAME_BYTES_MAX,
  FrameBatch,
  FrameDecoder,
  FrameError,
  PayloadCollector,
  encodeFrame,
  encodePayload,
} from './frames.ts'
import type { Frame } from './frames.ts'

const SEED = Number(process.env['SEED'] ?? Date.now() % 1e9)

/** Decodes `bytes` cut at `cuts`; views are copied, as a receiver that keeps them must. */
function decode(bytes: Buffer, cuts: readonly number[]): Frame[] {
  const frames: Frame[] = []
  const decoder = new FrameDecoder((frame) =>
    frames.push({ ...frame, meta: Buffer.from(frame.meta), body: Buffer.from(frame.body) }),
  )
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  let from = 0
  for (const place of [...places, bytes.length]) {
    decoder.push(Buffer.from(bytes.subarray(from, place)))
    from = place
  }
  return frames
}

const head = ({ type, id, flags, aux }: Readonly<Record<'type' | 'id' | 'flags' | 'aux', number>>): number[] => [
  type,
  id,
  flags,
  aux,
]

test(`frames survive any cutting (seed ${SEED})`, () => {
  const frame = fc.record({
    type: fc.constantFrom(...Object.values(FRAME)),
    id: fc.integer({ min: 0, max: 0xffffffff }),
    flags: fc.integer({ min: 0, max: 255 }),
    aux: fc.integer({ min: 0, max: 65535 }),
    meta: fc.string({ unit: 'grapheme', maxLength: 50 }),
    body: fc.uint8Array({ maxLength: 40_000 }),
  })
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 12 }), (sent, cuts) => {
      const bytes = Buffer.concat(sent.flatMap(({ meta, body, ...head }) => encodeFrame(head, meta, body)))
      const got = decode(bytes, cuts).map((frame) => [head(frame), frame.meta.toString(), new Uint8Array(frame.body)])
      const expected = sent.map((frame) => [head(frame), frame.meta, new Uint8Array(frame.body)])
      assert.deepEqual(got, expected)
    }),
    { seed: SEED, numRuns: 200 },
  )
})

test(`a batch is the frames of its payloads, one behind the other (seed ${SEED})`, () => {
  const part = fc.record({
    type: fc.constantFrom(...Object.values(FRAME)),
    id: fc.integer({ min: 0, max: 0xffffffff }),
    aux: fc.integer({ min: 0, max: 65535 }),
    meta: fc.string({ unit: 'grapheme', maxLength: 50 }),
    body: fc.uint8Array({ maxLength: 20_000 }),
  })
  const batch = new FrameBatch()
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (sent) => {
      for (const { meta, body, ...head } of sent) batch.add(head, meta, body)
      assert.equal(batch.empty, sent.length === 0)
      const expected = Buffer.concat(sent.flatMap(({ meta, body, ...head }) => encodePayload(head, meta, body)))
      assert.deepEqual(Buffer.concat(batch.take()), expected)
      assert.equal(batch.empty, true)
    }),
    { seed: SEED, numRuns: 200 },
  )
})

test('a batch that is not written yet keeps its bytes, and large payloads are cut as ever', () => {
  const batch = new FrameBatch()
  batch.add({ type: FRAME.invoke, id: 1 }, '{}', Buffer.from('first'))
  const first = batch.take()
  const before = Buffer.concat(first)
  FrameBatch.keepTaken()
  const payload = Buffer.alloc(1_300_000, 'x')
  batch.add({ type: FRAME.invoke, id: 2 }, '{}', Buffer.from('second'))
  batch.add({ type: FRAME.invoke, id: 3 }, '', payload)
  const expected = [
    ...encodePayload({ type: FRAME.invoke, id: 2 }, '{}', Buffer.from('second')),
    ...encodePayload({ type: FRAME.invoke, id: 3 }, '', payload),
  ]
  assert.deepEqual(Buffer.concat(batch.take()), Buffer.concat(expected))
  batch.add({ type: FRAME.invoke, id: 4 }, '{}', Buffer.from('other'))
  batch.take()
  assert.deepEqual(Buffer.concat(first), before)
})

test(`hostile bytes are frames or a FrameError, never anything else (seed ${SEED})`, () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    // Plausible lengths get past the first check.
    fc
      .tuple(fc.integer({ min: 0, max: 40 }), fc.uint8Array({ maxLength: 60 }))
      .map(([length, rest]) => Uint8Array.from([length, 0, 0, 0, ...rest])),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      const decoder = new FrameDecoder((frame) => assert.ok(frame.meta.length + frame.body.length <= FRAME_BYTES_MAX))
      try {
        for (const bytes of pieces) decoder.push(Buffer.from(bytes))
      } catch (error) {
        assert.ok(error instanceof FrameError, String(error))
      }
    }),
    { seed: SEED, numRuns: 3_000 },
  )
})

test('a payload of any size arrives whole, in frames under the bound', () => {
  for (const size of [0, 1, 16 * 1024, 512 * 1024, 512 * 1024 + 1, 3_000_000]) {
    const payload = Buffer.alloc(size, 'abc')
    const parts = encodePayload({ type: FRAME.result, id: 7 }, '', payload)
    const collector = new PayloadCollector(size)
    let whole: Buffer | undefined
    for (const frame of decode(Buffer.concat(parts), [100, 5_000])) {
      assert.equal(whole, undefined)
      assert.equal(frame.id, 7)
      whole = collector.add(frame.body, (frame.flags & FLAG.more) !== 0)
    }
    assert.ok(whole?.equals(payload), String(size))
  }
})

test('a collector refuses what is too much, and what never ends', () => {
  assert.throws(() => new PayloadCollector(3).add(Buffer.from('abcd'), false), FrameError)
  assert.throws(() => new PayloadCollector(3).add(Buffer.alloc(0), true), FrameError)
})

test('lengths outside the bounds are refused at once', () => {
  for (const length of [0, 11, FRAME_BYTES_MAX + 1, 0xffffffff]) {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(length)
    assert.throws(() => new FrameDecoder(() => {}).push(bytes), FrameError)
  }
})
