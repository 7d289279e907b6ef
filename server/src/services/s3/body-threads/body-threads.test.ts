import assert from 'node:assert/strict'
import { createSecretKey, hash, randomBytes } from 'node:crypto'
import { mkdtemp, open as openFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { InvariantError } from '#base/errors.ts'
import { seededRandom } from '#base/ids.ts'
import type { BlobFile, BlobRange } from '#storage/blobs.ts'
import { FRAME_BYTES, framesOf, SealBrokenError, sealBytes, SEALED_FRAME_BYTES } from '../encryption/sealed-frames.ts'
import { BodyThreads, type ThreadBody } from './body-threads.ts'
import type { SealedDigests } from './channel.ts'
import { BUFFER_CLASSES } from './limits.ts'
import { openByThread } from './open.ts'
import { sealByThread } from './seal.ts'

const threads = new BodyThreads(2)
const folder = await mkdtemp(join(tmpdir(), 'mayfly-bodies-'))
let closed = 0
after(async () => {
  await threads.close()
  await rm(folder, { recursive: true })
})

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

/** A file of its own, as a driver opens it; `closed` is how many were closed. */
async function fileOf(sealed: Uint8Array): Promise<BlobFile> {
  const path = join(folder, randomBytes(8).toString('hex'))
  await writeFile(path, sealed)
  const file = await openFile(path, 'r')
  await rm(path)
  return {
    descriptor: file.fd,
    async close() {
      await file.close()
      closed++
    },
  }
}

/** The body that is opened, by a thread. */
async function opening(sealed: Uint8Array, size: number, range: BlobRange): Promise<AsyncGenerator<Uint8Array>> {
  const file = await fileOf(sealed)
  const firstFrame = Math.floor(range.start / FRAME_BYTES)
  const body = threads.begin({ kind: 'open', frames: framesOf(size), firstFrame, file: file.descriptor }, KEY)
  assert.ok(body)
  return openByThread(body, file, range, size)
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
    const got = await read(await opening(sealed, size, { start, end }))
    assert.ok(got.equals(bytes.subarray(start, end)), `bytes ${start}-${end}`)
  }
})

test('what is not what was sealed is told, and nothing of it is given', async () => {
  const size = 9 * FRAME_BYTES
  const sealed = sealBytes(KEY, randomBytes(size))
  const changed = Buffer.from(sealed)
  changed[5 * FRAME_BYTES] = (changed[5 * FRAME_BYTES] ?? 0) ^ 1
  for (const broken of [changed, sealed.subarray(0, 3 * SEALED_FRAME_BYTES), sealed.subarray(0, -7)]) {
    const before = closed
    await assert.rejects(read(await opening(broken, size, { start: 0, end: size })), SealBrokenError)
    assert.equal(closed, before + 1)
  }
})

test('a reader who stops early leaves the thread done with the file before it is closed', async () => {
  const size = 100 * FRAME_BYTES
  const stream = await opening(sealBytes(KEY, Buffer.alloc(size)), size, { start: 0, end: size })
  await stream.next()
  const before = closed
  await stream.return(undefined)
  assert.equal(closed, before + 1)
})

test('a file that cannot be read is told, and other bodies of the thread go on', async () => {
  const one = new BodyThreads(1)
  const open = (file: number): ThreadBody => {
    const body = one.begin({ kind: 'open', frames: 1, firstFrame: 0, file }, KEY)
    assert.ok(body)
    return body
  }
  const plain = Buffer.from('still here')
  const file = await fileOf(sealBytes(KEY, plain))
  // Of a folder nothing can be read.
  const handle = await openFile(folder, 'r')
  const [failing, going] = [open(handle.fd), open(file.descriptor)]
  await assert.rejects(failing.work(0, 26), /cannot be read: EISDIR/)
  assert.equal(await going.work(0, 26), plain.length)
  await Promise.all([handle.close(), file.close(), one.close()])
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

test('a small body leaves the large buffers to large ones, until nothing else is left', () => {
  const begin = (frames: number): ThreadBody => {
    const body = threads.begin({ kind: 'seal', frames, algorithms: [] }, KEY)
    assert.ok(body)
    return body
  }
  const [large, middle, small] = BUFFER_CLASSES
  assert.ok(large && middle && small)
  const bytesOf = ({ frames }: { readonly frames: number }): number => frames * SEALED_FRAME_BYTES
  const bodies = [begin(1), begin(small.frames), begin(large.frames - 1), begin(large.frames), begin(1000)]
  assert.deepEqual(
    bodies.map(({ bufferBytes }) => bufferBytes),
    [small, small, middle, large, large].map(bytesOf),
  )
  while (bodies.length < ROOM) bodies.push(begin(1))
  assert.equal(bodies.filter(({ bufferBytes }) => bufferBytes === bytesOf(large)).length, large.bodiesMax)
  for (const body of bodies) body.close(true)
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
