// S3 over a store that crashes at any step. What was acknowledged before the crash is there after it, byte by byte; what
// was under way has happened or not; and when the clean-up has run there is no blob that nothing refers to, nor one missing
// that something does. Each run draws the crash from its seed, which is printed when it fails.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../src/base/ids.ts'
import { createMemoryStore } from '../../src/storage/memory/memory-store.ts'
import { StoreClosedError } from '../../src/storage/store.ts'
import { bodyOf, createWorld, MemoryBlobs, type S3World } from './kit.ts'

const Bucket = 'photos'
const RUNS = 150
const STEPS_MAX = 120
const KEYS = ['a', 'b', 'c/d']

/** What a key may hold: the acknowledged content, or besides it that of the operation under way (undefined: nothing). */
type Expected = Map<string, readonly (string | undefined)[]>

async function workUntilCrash(world: S3World, random: () => number, expected: Expected): Promise<void> {
  for (let turn = 0; ; turn++) {
    const key = KEYS[Math.floor(random() * KEYS.length)] ?? 'a'
    // Short ones are kept in the Store, long ones in Blobs.
    const content = `${turn} `.repeat(random() < 0.5 ? 1 : 40_000)
    const kind = random()
    const before = expected.get(key)?.[0]
    const after = kind < 0.25 ? undefined : content
    expected.set(key, [before, after])
    if (kind < 0.25) await world.run('DeleteObject', { Bucket, Key: key })
    else if (kind < 0.8) await world.put(Bucket, key, content)
    else await uploadInParts(world, key, content)
    expected.set(key, [after])
  }
}

async function uploadInParts(world: S3World, Key: string, content: string): Promise<void> {
  const { UploadId = '' } = await world.run('CreateMultipartUpload', { Bucket, Key })
  await world.run('UploadPart', { Bucket, Key, UploadId, PartNumber: 1, Body: bodyOf('replaced') })
  const { ETag } = await world.run('UploadPart', { Bucket, Key, UploadId, PartNumber: 1, Body: bodyOf(content) })
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
  await world.run('CompleteMultipartUpload', { Bucket, Key, UploadId, MultipartUpload })
}

async function contentOf(world: S3World, key: string): Promise<string | undefined> {
  try {
    return (await world.read(Bucket, key)).toString()
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'NoSuchKey', String(error))
    return undefined
  }
}

async function referencedBlobs(world: S3World): Promise<number> {
  let count = 0
  for (const id of world.blobs.kept.keys()) if (await world.service.isReferenced(id)) count++
  return count
}

async function run(seed: number): Promise<void> {
  const random = seededRandom(seed)
  const crashAtStep = 1 + Math.floor(random() * STEPS_MAX)
  const blobs = new MemoryBlobs(7000)
  const calm = createMemoryStore()
  await createWorld({ store: calm }).run('CreateBucket', { Bucket })
  await calm.close()
  const store = calm.restart({ faults: { seed, crashAtStep } })
  const expected: Expected = new Map()
  const world = createWorld({ store, blobs })
  await assert.rejects(workUntilCrash(world, random, expected), StoreClosedError)
  await world.service.close()

  const next = createWorld({ store: store.restart(), blobs })
  next.service.recover()
  await next.service.idle()
  for (const [key, possible] of expected) {
    const found = await contentOf(next, key)
    assert.ok(
      possible.includes(found),
      `${key} holds ${found?.slice(0, 20)}, not one of ${JSON.stringify(possible.map((content) => content?.slice(0, 20)))}`,
    )
  }
  await blobs.sweep((id) => next.service.isReferenced(id))
  assert.equal(await referencedBlobs(next), blobs.kept.size)
  for (const key of KEYS) await next.run('DeleteObject', { Bucket, Key: key })
  const { Uploads = [] } = await next.run('ListMultipartUploads', { Bucket })
  for (const { Key = '', UploadId = '' } of Uploads) await next.run('AbortMultipartUpload', { Bucket, Key, UploadId })
  await next.service.idle()
  assert.equal(blobs.kept.size, 0, 'blobs are left when everything was deleted')
  await next.run('DeleteBucket', { Bucket })
  const left = await next.store.list({ prefix: [] })
  assert.deepEqual(
    left.map((entry) => entry.key),
    [],
    'records are left when everything was deleted',
  )
}

test('whatever step the store crashes at, acknowledged objects stand and nothing is left over', async () => {
  const first = Number(process.env['S3_CRASH_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  for (let index = 0; index < RUNS; index++) {
    const seed = first + index
    try {
      await run(seed)
    } catch (error) {
      throw new Error(`seed ${seed} (repeat with S3_CRASH_SEED=${seed})`, { cause: error })
    }
  }
})

test('readers never see torn or missing bytes while writers replace and delete', async () => {
  const world = createWorld()
  await world.run('CreateBucket', { Bucket })
  const contents = ['x'.repeat(10), 'y'.repeat(100_000), 'z'.repeat(200_000)]
  await world.put(Bucket, 'k', 'x'.repeat(10))
  const state = { writing: true }
  const writer = (async () => {
    try {
      for (let turn = 0; turn < 150; turn++) {
        const content = contents[turn % 3] ?? ''
        if (turn % 4 === 3) await uploadInParts(world, 'k', content)
        else await world.put(Bucket, 'k', content)
        await new Promise((resolve) => setImmediate(resolve))
        if (turn % 10 === 0) await world.run('DeleteObject', { Bucket, Key: 'k' })
      }
    } finally {
      state.writing = false
    }
  })()
  let reads = 0
  const reader = async (): Promise<void> => {
    while (state.writing) {
      const found = await contentOf(world, 'k')
      assert.ok(found === undefined || contents.includes(found), `${found?.length} bytes`)
      reads++
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await Promise.all([writer, reader(), reader(), reader()])
  assert.ok(reads > 50, `${reads} reads`)
  await world.run('DeleteObject', { Bucket, Key: 'k' })
  await world.service.idle()
  assert.equal(world.blobs.kept.size, 0)
})
