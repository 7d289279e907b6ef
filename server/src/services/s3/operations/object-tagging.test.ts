import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOf, fails, type S3World, worldWithBucket } from '../../../../test/s3/kit.ts'

const Bucket = 'photos'

async function tagsOf(world: S3World, Key: string): Promise<unknown> {
  return (await world.run('GetObjectTagging', { Bucket, Key })).TagSet
}

function put(world: S3World, Key: string, ...TagSet: { Key: string; Value: string }[]): Promise<unknown> {
  return world.run('PutObjectTagging', { Bucket, Key, Tagging: { TagSet } })
}

test('tags are put, counted, replaced and deleted; the object stays as it was', async () => {
  const world = await worldWithBucket()
  await world.run('PutObject', { Bucket, Key: 'k', Body: bodyOf('x'), Tagging: 'a=b&c%20d=e+f' })
  assert.deepEqual(await tagsOf(world, 'k'), [
    { Key: 'a', Value: 'b' },
    { Key: 'c d', Value: 'e f' },
  ])
  const before = await world.run('HeadObject', { Bucket, Key: 'k' })
  await world.clock.advance(5000)
  await put(world, 'k', { Key: 'x', Value: '' })
  assert.deepEqual(await tagsOf(world, 'k'), [{ Key: 'x', Value: '' }])
  const after = await world.run('HeadObject', { Bucket, Key: 'k' })
  assert.deepEqual([before.TagCount, after.TagCount], [2, 1])
  assert.deepEqual([after.LastModified, after.ETag], [before.LastModified, before.ETag])
  await world.run('DeleteObjectTagging', { Bucket, Key: 'k' })
  assert.deepEqual(await tagsOf(world, 'k'), [])
  assert.equal((await world.run('HeadObject', { Bucket, Key: 'k' })).TagCount, undefined)
  assert.equal((await world.read(Bucket, 'k')).toString(), 'x')
})

test('a copy has the tags of its source unless the directive says otherwise; uploads take theirs along', async () => {
  const world = await worldWithBucket()
  await world.run('PutObject', { Bucket, Key: 'k', Body: bodyOf('x'), Tagging: 'a=b' })
  const CopySource = `${Bucket}/k`
  await world.run('CopyObject', { Bucket, Key: 'same', CopySource })
  await world.run('CopyObject', { Bucket, Key: 'other', CopySource, TaggingDirective: 'REPLACE', Tagging: 'c=d' })
  await world.run('CopyObject', { Bucket, Key: 'none', CopySource, TaggingDirective: 'REPLACE' })
  assert.deepEqual(await tagsOf(world, 'same'), [{ Key: 'a', Value: 'b' }])
  assert.deepEqual(await tagsOf(world, 'other'), [{ Key: 'c', Value: 'd' }])
  assert.deepEqual(await tagsOf(world, 'none'), [])
  const { UploadId = '' } = await world.run('CreateMultipartUpload', { Bucket, Key: 'parts', Tagging: 'e=f' })
  const { ETag } = await world.run('UploadPart', { Bucket, Key: 'parts', UploadId, PartNumber: 1, Body: bodyOf('x') })
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
  await world.run('CompleteMultipartUpload', { Bucket, Key: 'parts', UploadId, MultipartUpload })
  assert.deepEqual(await tagsOf(world, 'parts'), [{ Key: 'e', Value: 'f' }])
})

test('tags out of bounds are refused, and so are tags of what is not there', async () => {
  const world = await worldWithBucket()
  await world.put(Bucket, 'k', 'x')
  const tag = (Key: string, Value = ''): { Key: string; Value: string } => ({ Key, Value })
  await put(world, 'k', tag('ä'.repeat(128), 'v'.repeat(256)))
  await assert.rejects(put(world, 'k', tag('')), fails('InvalidTag', 400))
  await assert.rejects(put(world, 'k', tag('a'.repeat(129))), fails('InvalidTag', 400))
  await assert.rejects(put(world, 'k', tag('a', 'v'.repeat(257))), fails('InvalidTag', 400))
  await assert.rejects(put(world, 'k', tag('a<b')), fails('InvalidTag', 400))
  await assert.rejects(put(world, 'k', tag('aws:x')), fails('InvalidTag', 400))
  await assert.rejects(put(world, 'k', tag('a'), tag('a')), fails('InvalidTag', 400))
  const eleven = Array.from({ length: 11 }, (_, index) => tag(`k${index}`))
  await assert.rejects(put(world, 'k', ...eleven), fails('BadRequest', 400))
  await assert.rejects(put(world, 'nothing', tag('a')), fails('NoSuchKey', 404))
  for (const Tagging of ['a=1&a=2', '%zz=1'])
    await assert.rejects(
      world.run('PutObject', { Bucket, Key: 'k', Body: bodyOf('x'), Tagging }),
      fails('InvalidArgument', 400),
    )
})
