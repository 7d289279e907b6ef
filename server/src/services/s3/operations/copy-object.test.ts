import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { bodyOf, fails, type S3World, worldWithBucket } from '../../../../test/s3/kit.ts'
import type { S3Input, S3Output } from '../deps.ts'
import { PART_BYTES_MIN } from '../limits.ts'

const Bucket = 'photos'

function copy(
  world: S3World,
  CopySource: string,
  Key: string,
  more: Partial<S3Input<'CopyObject'>> = {},
): Promise<S3Output<'CopyObject'>> {
  return world.run('CopyObject', { Bucket, Key, CopySource, ...more })
}

test('a copy has the bytes, the tag and the metadata of its source; large ones have a blob of their own', async () => {
  const world = await worldWithBucket()
  for (const [key, size] of [
    ['small', 10],
    ['large', 100_000],
  ] as const) {
    const { ETag } = await world.run('PutObject', {
      Bucket,
      Key: key,
      Body: bodyOf(Buffer.alloc(size, 'x')),
      ContentType: 'image/gif',
      Metadata: { a: 'b' },
    })
    const { CopyObjectResult } = await copy(world, `/${Bucket}/${key}`, `copy-of-${key}`)
    assert.equal(CopyObjectResult?.ETag, ETag)
    const head = await world.run('HeadObject', { Bucket, Key: `copy-of-${key}` })
    assert.deepEqual([head.ContentType, head.Metadata, head.ContentLength], ['image/gif', { a: 'b' }, size])
    await world.run('DeleteObject', { Bucket, Key: key })
    await world.service.idle()
    assert.equal((await world.read(Bucket, `copy-of-${key}`)).length, size)
  }
})

test('metadata directive, and copying onto itself', async () => {
  const world = await worldWithBucket()
  await world.run('PutObject', { Bucket, Key: 'k', Body: bodyOf('x'), ContentType: 'image/gif', Metadata: { a: 'b' } })
  await assert.rejects(copy(world, `${Bucket}/k`, 'k'), fails('InvalidRequest', 400))
  await assert.rejects(
    copy(world, `${Bucket}/k`, 'k', { MetadataDirective: 'MERGE' as 'COPY' }),
    fails('InvalidArgument'),
  )
  await copy(world, `${Bucket}/k`, 'k', { MetadataDirective: 'REPLACE', Metadata: { c: 'd' } })
  const head = await world.run('HeadObject', { Bucket, Key: 'k' })
  assert.deepEqual([head.ContentType, head.Metadata], ['binary/octet-stream', { c: 'd' }])
})

test('source conditions fail as 412 whatever they are', async () => {
  const world = await worldWithBucket()
  const { ETag = '' } = await world.put(Bucket, 'k', 'x')
  const { LastModified = new Date(0) } = await world.run('HeadObject', { Bucket, Key: 'k' })
  const before = new Date(LastModified.getTime() - 1000)
  await world.clock.advance(10_000)
  const attempt = (more: Partial<S3Input<'CopyObject'>>): Promise<unknown> => copy(world, `${Bucket}/k`, 'to', more)
  for (const more of [
    { CopySourceIfMatch: '"other"' },
    { CopySourceIfNoneMatch: ETag },
    { CopySourceIfModifiedSince: LastModified },
    { CopySourceIfUnmodifiedSince: before },
    { CopySourceIfNoneMatch: ETag, CopySourceIfModifiedSince: before },
  ])
    await assert.rejects(attempt(more), fails('PreconditionFailed', 412))
  await attempt({ CopySourceIfMatch: ETag, CopySourceIfUnmodifiedSince: before })
  await assert.rejects(attempt({ IfNoneMatch: '*' }), fails('PreconditionFailed', 412))
})

test('the source: encoded, with a version, missing, malformed, another checksum', async () => {
  const world = await worldWithBucket()
  await world.put(Bucket, 'a b/ä+?', 'x')
  await copy(world, `${Bucket}/${encodeURIComponent('a b/ä+?')}`, 'to')
  await copy(world, `${Bucket}/a%20b/%C3%A4%2B%3F?versionId=null`, 'to')
  await assert.rejects(copy(world, `${Bucket}/nothing`, 'to'), fails('NoSuchKey', 404))
  await assert.rejects(copy(world, 'nowhere/k', 'to'), fails('NoSuchBucket', 404))
  await assert.rejects(copy(world, 'photos', 'to'), fails('InvalidArgument', 400))
  await assert.rejects(copy(world, 'photos/%zz', 'to'), fails('InvalidArgument', 400))
  const { CopyObjectResult } = await copy(world, `${Bucket}/to`, 'other', { ChecksumAlgorithm: 'SHA256' })
  assert.equal(CopyObjectResult?.ChecksumSHA256, createHash('sha256').update('x').digest('base64'))
})

test('UploadPartCopy: ranges of a source become parts, and a copy of the result has a plain MD5', async () => {
  const world = await worldWithBucket()
  const content = Buffer.alloc(PART_BYTES_MIN + 1000, 'abc')
  const { ETag } = await world.put(Bucket, 'source', content)
  const { UploadId = '' } = await world.run('CreateMultipartUpload', { Bucket, Key: 'joined' })
  const part = { Bucket, Key: 'joined', UploadId, CopySource: `${Bucket}/source` }
  for (const CopySourceRange of ['bytes=0-', 'bytes=5-2', '0-5', `bytes=0-${content.length}`])
    await assert.rejects(
      world.run('UploadPartCopy', { ...part, PartNumber: 1, CopySourceRange }),
      fails('InvalidArgument', 400),
    )
  const first = await world.run('UploadPartCopy', {
    ...part,
    PartNumber: 1,
    CopySourceRange: `bytes=0-${PART_BYTES_MIN - 1}`,
  })
  const second = await world.run('UploadPartCopy', {
    ...part,
    PartNumber: 2,
    CopySourceRange: `bytes=${PART_BYTES_MIN}-${content.length - 1}`,
  })
  const Parts = [
    { PartNumber: 1, ETag: first.CopyPartResult?.ETag },
    { PartNumber: 2, ETag: second.CopyPartResult?.ETag },
  ]
  const done = await world.run('CompleteMultipartUpload', {
    Bucket,
    Key: 'joined',
    UploadId,
    MultipartUpload: { Parts },
  })
  assert.match(done.ETag ?? '', /-2"$/)
  assert.ok((await world.read(Bucket, 'joined')).equals(content))
  const again = await copy(world, `${Bucket}/joined`, 'plain')
  assert.equal(again.CopyObjectResult?.ETag, ETag)
  assert.ok((await world.read(Bucket, 'plain')).equals(content))
})
