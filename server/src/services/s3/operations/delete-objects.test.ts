import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fails, worldWithBucket } from '../../../../test/s3/kit.ts'

const Bucket = 'photos'
const headers = { 'content-md5': 'checked by the gateway' }

test('DeleteObject answers alike whether or not the object was there, and deletes the bytes', async () => {
  const world = await worldWithBucket()
  await world.put(Bucket, 'small', 'x')
  await world.put(Bucket, 'large', Buffer.alloc(70_000))
  for (const Key of ['small', 'large', 'small', 'never']) await world.run('DeleteObject', { Bucket, Key })
  await world.service.idle()
  assert.equal(world.blobs.kept.size, 0)
  await assert.rejects(world.read(Bucket, 'small'), fails('NoSuchKey'))
  await assert.rejects(world.run('DeleteObject', { Bucket: 'nowhere', Key: 'k' }), fails('NoSuchBucket', 404))
})

test('a conditional DeleteObject needs the tag, and an object', async () => {
  const world = await worldWithBucket()
  const { ETag } = await world.put(Bucket, 'k', 'x')
  await assert.rejects(
    world.run('DeleteObject', { Bucket, Key: 'k', IfMatch: '"b"' }),
    fails('PreconditionFailed', 412),
  )
  await world.run('DeleteObject', { Bucket, Key: 'k', IfMatch: ETag })
  await assert.rejects(world.run('DeleteObject', { Bucket, Key: 'k', IfMatch: '*' }), fails('NoSuchKey', 404))
})

test('DeleteObjects: a thousand at once, each with its outcome', async () => {
  const world = await worldWithBucket()
  const keys = Array.from({ length: 1000 }, (_, index) => `k${index}`)
  for (const key of keys.slice(0, 600)) await world.put(Bucket, key, key)
  const output = await world.run(
    'DeleteObjects',
    { Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) as never } },
    { headers },
  )
  assert.deepEqual(
    output.Deleted?.map((deleted) => deleted.Key),
    keys,
  )
  assert.deepEqual(output.Errors, [])
  assert.deepEqual((await world.run('ListObjectsV2', { Bucket })).Contents, [])
})

test('DeleteObjects: what goes wrong with one key is told for that key only; quiet tells nothing else', async () => {
  const world = await worldWithBucket()
  await world.put(Bucket, 'a', 'x')
  await world.put(Bucket, 'b', 'x')
  const Objects = [
    { Key: 'a', ETag: '"wrong"' },
    { Key: 'b' },
    { Key: 'b' },
    { Key: 'x'.repeat(1025) },
    { Key: 'gone', ETag: '"any"' },
  ] as never
  const output = await world.run('DeleteObjects', { Bucket, Delete: { Objects, Quiet: true } }, { headers })
  assert.equal(output.Deleted, undefined)
  assert.deepEqual(
    output.Errors?.map((error) => [error.Key?.slice(0, 4), error.Code]),
    [
      ['a', 'PreconditionFailed'],
      ['xxxx', 'KeyTooLongError'],
      ['gone', 'NoSuchKey'],
    ],
  )
  assert.equal((await world.read(Bucket, 'a')).toString(), 'x')
  await assert.rejects(world.read(Bucket, 'b'), fails('NoSuchKey'))
})

test('DeleteObjects without a digest, without keys or with too many is refused', async () => {
  const world = await worldWithBucket()
  const batch = (count: number): never =>
    ({ Objects: Array.from({ length: count }, (_, index) => ({ Key: `k${index}` })) }) as never
  await assert.rejects(world.run('DeleteObjects', { Bucket, Delete: batch(1) }), fails('InvalidRequest', 400))
  await assert.rejects(
    world.run('DeleteObjects', { Bucket, Delete: batch(0) }, { headers }),
    fails('MalformedXML', 400),
  )
  await assert.rejects(
    world.run('DeleteObjects', { Bucket, Delete: batch(1001) }, { headers }),
    fails('MalformedXML', 400),
  )
})
