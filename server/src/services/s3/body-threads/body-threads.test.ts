import assert from 'node:assert/strict'
import { createSecretKey, hash, randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { InvariantError } from '#base/errors.ts'
import { seededRandom } from '#base/ids.ts'
import type { BlobReading } from '#storage/blobs.ts'
import {
  FRAME_BYTES,
  framesOf,
  SealBrokenError,
  sealBytes,
  SEALED_FRAME_BYTES,
  sealedRange,
} from '../encryption/sealed-frames.ts'
import { BodyThreads } from './body-threads.ts'
import type { SealedDigests } from './channel.ts'
import { BUFFER_CLASSES } from './limits.ts'
import { openByThread } from './open.ts'
import { sealByThread } from './seal.ts'

const threads = new BodyThreads(2)
after(() => threads.close())

const KEY = createSecretKey(randomBytes(32))
const ROOM = BUFFER_CLASSES.reduce((sum, { bodiesMax }) => sum + bodiesMax, 0)
const sealTask = (bytes: number): Parameters<BodyThreads['begin']>[0] => {
  return { kind: 'seal', frames: framesOf(bytes), algorithms: ['SHA256', 'CRC64NVME'] }
}

async function* chunksOf(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

/** Copies: the memory of a chunk is used again. */
async function read(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of source) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

async function seal(bytes: Uint8Array, chunkBytes: number): Promise<{ sealed: Buffer; digests: SealedDigests }> {
  const body = threads.begin(sealTask(bytes.length), KEY)
  assert.ok(body)
  let digests: SealedDigests | undefined
  const sealed = await read(sealByThread(body, chunksOf(bytes, chunkBytes), bytes.length, (found) => (digests = found)))
  body.close(true)
  assert.ok(digests)
  return { sealed, digests }
}

/** As a driver reads: one chunk ahead, into the memory that it is given. */
function readingOf(sealed: Uint8Array): (reading: BlobReading) => AsyncGenerator<Uint8Array> {
  return async function* ({ chunkBytes, memory }) {
    let ahead: Uint8Array | undefined
    for await (const chunk of chunksOf(sealed, chunkBytes)) {
      const place = memory?.(chunk.length) ?? new Uint8Array(chunk.length)
      place.set(chunk)
      if (ahead) yield ahead
      ahead = place
    }
    if (ahead) yield ahead
  }
}

test('a thread seals as sealBytes does, and tells the digests, for chunks of any size', async () => {
  for (const size of [1, FRAME_BYTES, 8 * FRAME_BYTES, 8 * FRAME_BYTES + 1, 37 * FRAME_BYTES + 77]) {
    const bytes = randomBytes(size)
    const expected = sealBytes(KEY, bytes)
    for (const chunkBytes of [60_000, FRAME_BYTES, 3 * FRAME_BYTES + 5, size]) {
      const { sealed, digests } = await seal(bytes, chunkBytes)
      assert.ok(sealed.equals(expected), `${size} in ${chunkBytes}`)
      assert.equal(digests.md5, hash('md5', bytes, 'hex'))
      assert.equal(digests.checksums.get('SHA256'), hash('sha256', bytes, 'base64'))
      assert.equal(digests.checksums.size, 2)
      assert.equal(digests.sealedCrc32, crc32(expected))
    }
  }
})

test('a thread opens any range', async () => {
  const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  const size = 29 * FRAME_BYTES + 123
  const bytes = randomBytes(size)
  const sealed = sealBytes(KEY, bytes)
  for (let round = 0; round < 60; round++) {
    const start = round === 0 ? 0 : Math.floor(random() * size)
    const end = round === 0 ? size : start + 1 + Math.floor(random() * (size - start))
    const part = sealedRange({ start, end }, size)
    const firstFrame = part.start / SEALED_FRAME_BYTES
    const body = threads.begin({ kind: 'open', frames: framesOf(size), firstFrame }, KEY)
    assert.ok(body)
    const got = await read(openByThread(body, readingOf(sealed.subarray(part.start, part.end)), { start, end }))
    assert.ok(got.equals(bytes.subarray(start, end)), `bytes ${start}-${end}`)
  }
})

test('what is not what was sealed is told, and nothing of it is given', async () => {
  const size = 9 * FRAME_BYTES
  const sealed = sealBytes(KEY, randomBytes(size))
  const changed = Buffer.from(sealed)
  changed[5 * FRAME_BYTES] = (changed[5 * FRAME_BYTES] ?? 0) ^ 1
  for (const broken of [changed, sealed.subarray(0, 3 * SEALED_FRAME_BYTES), sealed.subarray(0, -7)]) {
    const body = threads.begin({ kind: 'open', frames: framesOf(size), firstFrame: 0 }, KEY)
    assert.ok(body)
    const opening = read(openByThread(body, readingOf(broken), { start: 0, end: size }))
    await assert.rejects(opening, SealBrokenError)
  }
})

test('bodies at once do not mix, and beyond the bound there is no room', async () => {
  const bodies = Array.from({ length: 24 }, (_, index) => Buffer.alloc(5 * FRAME_BYTES + index, index + 1))
  const found = await Promise.all(bodies.map((bytes) => seal(bytes, 60_000)))
  for (const [index, bytes] of bodies.entries()) {
    assert.equal(found[index]?.digests.md5, hash('md5', bytes, 'hex'))
    assert.ok(found[index]?.sealed.equals(sealBytes(KEY, bytes)))
  }
  const owned = Array.from({ length: ROOM }, () => threads.begin(sealTask(1), KEY))
  assert.ok(owned.every((body) => body !== undefined))
  assert.equal(threads.begin(sealTask(1), KEY), undefined)
  for (const body of owned) body?.close(true)
  const again = threads.begin(sealTask(1), KEY)
  assert.ok(again)
  again.close(true)
})

test('the memory of a body that was given up is not lent again', async () => {
  const bytes = Buffer.alloc(20 * FRAME_BYTES)
  const given = threads.begin(sealTask(bytes.length), KEY)
  assert.ok(given)
  const stream = sealByThread(given, chunksOf(bytes, 50_000), bytes.length, () => {})
  await stream.next()
  await stream.return(undefined)
  const left = given.buffer(0)
  given.close(false)
  const next = threads.begin(sealTask(1), KEY)
  assert.ok(next)
  assert.ok([0, 1, 2].every((number) => next.buffer(number) !== left))
  const clean = next.buffer(0)
  next.close(true)
  const again = threads.begin(sealTask(1), KEY)
  assert.equal(again?.buffer(0), clean)
  again?.close(true)
})

test('what the digests are refused for ends the stream; a body of another length is not sealed', async () => {
  const bytes = Buffer.alloc(3 * FRAME_BYTES)
  const refused = threads.begin(sealTask(bytes.length), KEY)
  assert.ok(refused)
  const stream = sealByThread(refused, chunksOf(bytes, 50_000), bytes.length, () => {
    throw new Error('not these')
  })
  await assert.rejects(read(stream), /not these/)
  refused.close(false)
  for (const told of [bytes.length - 1, bytes.length + 1]) {
    const body = threads.begin(sealTask(told), KEY)
    assert.ok(body)
    await assert.rejects(read(sealByThread(body, chunksOf(bytes, 50_000), told, () => {})), /a body of/)
    body.close(false)
  }
})

test('a buffer that the thread has cannot be touched', async () => {
  const body = threads.begin(sealTask(FRAME_BYTES), KEY)
  assert.ok(body)
  const held = body.buffer(0)
  const working = body.work(0, FRAME_BYTES)
  assert.equal(held.length, 0)
  assert.throws(() => body.buffer(0), InvariantError)
  assert.equal(await working, SEALED_FRAME_BYTES)
  assert.equal(body.buffer(0).length, body.bufferBytes)
  body.close(true)
})

test('when the threads are closed, bodies under way fail and the next one starts them again', async () => {
  const others = new BodyThreads(1)
  const body = others.begin(sealTask(FRAME_BYTES), KEY)
  assert.ok(body)
  await others.close()
  await assert.rejects(body.work(0, FRAME_BYTES), /body thread ended/)
  const next = others.begin(sealTask(FRAME_BYTES), KEY)
  assert.ok(next)
  assert.equal(await next.work(0, FRAME_BYTES), SEALED_FRAME_BYTES)
  await others.close()
})
