// The sealed form holds for every size, every cut of chunks and every range, and tells of every change.
import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { seededRandom } from '#base/ids.ts'
import {
  FRAME_BYTES,
  openBytes,
  openStream,
  SealBrokenError,
  sealBytes,
  sealedBytes,
  sealedRange,
  sealStream,
  TAG_BYTES,
} from './sealed-frames.ts'

const KEY = createSecretKey(randomBytes(32))
const SIZES = [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES, 5 * FRAME_BYTES + 77]

async function* cut(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

async function read(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source))
}

test('a body comes back, sealed at once or as it streams, and none of it can be seen', async () => {
  for (const size of SIZES) {
    const body = Buffer.alloc(size, 'a plain sentence that nobody should find ')
    const sealed = sealBytes(KEY, body)
    assert.equal(sealed.length, sealedBytes(size))
    assert.ok(openBytes(KEY, sealed, size).equals(body))
    assert.equal(sealed.includes('nobody should find'), false)
    for (const chunkBytes of [1000, FRAME_BYTES, FRAME_BYTES + TAG_BYTES, 1024 * 1024])
      assert.ok((await read(sealStream(KEY, cut(body, chunkBytes), size))).equals(sealed), `${size} in ${chunkBytes}`)
  }
})

test('any range is read from the frames that hold it', async () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  for (let round = 0; round < 120; round++) {
    const size = 1 + Math.floor(random() * 4 * FRAME_BYTES)
    const start = Math.floor(random() * size)
    const end = start + 1 + Math.floor(random() * (size - start))
    const body = randomBytes(size)
    const sealed = sealBytes(KEY, body)
    const part = sealedRange({ start, end }, size)
    const chunks = cut(sealed.subarray(part.start, part.end), 1 + Math.floor(random() * 100_000))
    const got = await read(openStream(KEY, chunks, { start, end }, size))
    assert.ok(got.equals(body.subarray(start, end)), `bytes ${start}-${end} of ${size}`)
    assert.ok(part.end - part.start <= end - start + 2 * (FRAME_BYTES + 2 * TAG_BYTES))
  }
})

test('a changed byte, a missing end, frames in another order and another key are noticed', async () => {
  const size = 2 * FRAME_BYTES + 10
  const sealed = sealBytes(KEY, randomBytes(size))
  const whole = { start: 0, end: size }
  const frameBytes = FRAME_BYTES + TAG_BYTES
  const open = (bytes: Buffer, key = KEY): Promise<Buffer> => read(openStream(key, cut(bytes, 30_000), whole, size))
  for (const at of [0, FRAME_BYTES, frameBytes + 5, sealed.length - 1]) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    await assert.rejects(open(changed), SealBrokenError)
  }
  await assert.rejects(open(sealed.subarray(0, 2 * frameBytes)), SealBrokenError)
  await assert.rejects(open(sealed.subarray(0, frameBytes)), SealBrokenError)
  const swapped = Buffer.concat([
    sealed.subarray(frameBytes, 2 * frameBytes),
    sealed.subarray(0, frameBytes),
    sealed.subarray(2 * frameBytes),
  ])
  await assert.rejects(open(swapped), SealBrokenError)
  await assert.rejects(open(sealed, createSecretKey(randomBytes(32))), SealBrokenError)
})

test('a body that is not as long as it was said is not sealed', async () => {
  for (const told of [FRAME_BYTES, FRAME_BYTES + 5, 3 * FRAME_BYTES])
    await assert.rejects(read(sealStream(KEY, cut(Buffer.alloc(2 * FRAME_BYTES), 5000), told)))
})
