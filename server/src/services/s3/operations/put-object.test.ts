import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { bodyOf, createWorld, fails, worldWithBucket } from '../../../../test/s3/kit.ts'
import { INLINE_BYTES_MAX } from '../limits.ts'

const Bucket = 'photos'

function crc32Of(text: string | Uint8Array): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(text))
  return bytes.toString('base64')
}

test('an object answers with its MD5 as ETag and the default checksum CRC64NVME', async () => {
  const world = await worldWithBucket()
  const output = await world.put(Bucket, 'a.txt', '123456789')
  assert.equal(output.ETag, '"25f9e794323b453885f5181f1b624d0b"')
  assert.equal(output.ChecksumCRC64NVME, Buffer.from('ae8b14860a799888', 'hex').toString('base64'))
  assert.equal(output.ChecksumType, 'FULL_OBJECT')
  assert.equal((await world.read(Bucket, 'a.txt')).toString(), '123456789')
})

test('bodies around the inline bound come back byte by byte, and are where they belong', async () => {
  const world = await worldWithBucket()
  for (const size of [0, 1, INLINE_BYTES_MAX, INLINE_BYTES_MAX + 1, 1_000_003]) {
    const content = Buffer.alloc(size, 'abcdefg')
    const { ETag } = await world.put(Bucket, `size-${size}`, content)
    assert.equal(ETag, `"${createHash('md5').update(content).digest('hex')}"`)
    assert.ok((await world.read(Bucket, `size-${size}`)).equals(content), `${size} bytes`)
  }
  assert.equal(world.blobs.kept.size, 2)
})

test('each declared checksum is verified and comes back', async () => {
  const world = await worldWithBucket()
  const body = '123456789'
  const values = {
    ChecksumCRC32: crc32Of(body),
    ChecksumCRC32C: Buffer.from('e3069283', 'hex').toString('base64'),
    ChecksumCRC64NVME: Buffer.from('ae8b14860a799888', 'hex').toString('base64'),
    ChecksumSHA1: createHash('sha1').update(body).digest('base64'),
    ChecksumSHA256: createHash('sha256').update(body).digest('base64'),
  }
  for (const [member, value] of Object.entries(values)) {
    const output = await world.run('PutObject', { Bucket, Key: member, Body: bodyOf(body), [member]: value })
    assert.equal(new Map(Object.entries(output)).get(member), value)
    const read = await world.run('HeadObject', { Bucket, Key: member, ChecksumMode: 'ENABLED' })
    assert.equal(new Map(Object.entries(read)).get(member), value)
    const silent = await world.run('HeadObject', { Bucket, Key: member })
    assert.equal(new Map(Object.entries(silent)).get(member), undefined)
    const wrong = Buffer.from(value, 'base64').fill(1).toString('base64')
    await assert.rejects(
      world.run('PutObject', { Bucket, Key: 'wrong', Body: bodyOf(body), [member]: wrong }),
      fails('BadDigest', 400),
    )
  }
  await assert.rejects(world.read(Bucket, 'wrong'), fails('NoSuchKey', 404))
})

test('a trailing checksum is verified, for small and for streamed bodies', async () => {
  const world = await worldWithBucket()
  for (const content of [Buffer.from('small'), Buffer.alloc(300_000, 'x')]) {
    const headers = { 'x-amz-trailer': 'x-amz-checksum-crc32', 'x-amz-sdk-checksum-algorithm': 'CRC32' }
    const good = bodyOf(content, { 'x-amz-checksum-crc32': crc32Of(content) })
    const output = await world.run('PutObject', { Bucket, Key: 'trailer', Body: good }, { headers })
    assert.equal(output.ChecksumCRC32, crc32Of(content))
    const bad = bodyOf(content, { 'x-amz-checksum-crc32': crc32Of('other') })
    await assert.rejects(
      world.run('PutObject', { Bucket, Key: 'bad-trailer', Body: bad }, { headers }),
      fails('BadDigest'),
    )
    const none = bodyOf(content)
    await assert.rejects(
      world.run('PutObject', { Bucket, Key: 'bad-trailer', Body: none }, { headers }),
      fails('MalformedTrailerError'),
    )
  }
  assert.equal(world.blobs.kept.size, 1)
})

test('declared checksums that contradict themselves are refused', async () => {
  const world = await worldWithBucket()
  const put = (more: object, headers: Record<string, string> = {}): Promise<unknown> =>
    world.run('PutObject', { Bucket, Key: 'k', Body: bodyOf('x'), ...more }, { headers })
  await assert.rejects(put({ ChecksumCRC32: 'AAAA' }), fails('InvalidRequest'))
  await assert.rejects(put({ ChecksumCRC32: crc32Of('x'), ChecksumSHA1: 'AAAA' }), fails('InvalidRequest'))
  await assert.rejects(put({}, { 'x-amz-sdk-checksum-algorithm': 'CRC32' }), fails('InvalidRequest'))
  await assert.rejects(
    put({ ChecksumCRC32: crc32Of('x') }, { 'x-amz-sdk-checksum-algorithm': 'SHA256' }),
    fails('InvalidRequest'),
  )
  await assert.rejects(put({ ContentMD5: 'not base64' }), fails('InvalidDigest'))
  await assert.rejects(put({ ContentMD5: createHash('md5').update('y').digest('base64') }), fails('BadDigest'))
  await put({ ContentMD5: createHash('md5').update('x').digest('base64') })
})

test('conditional writes: only if absent, only if unchanged', async () => {
  const world = await worldWithBucket()
  const put = (more: object): Promise<{ readonly ETag?: string | undefined }> =>
    world.run('PutObject', { Bucket, Key: 'once', Body: bodyOf('x'), ...more })
  await assert.rejects(put({ IfMatch: '"a"' }), fails('NoSuchKey', 404))
  const { ETag } = await put({ IfNoneMatch: '*' })
  await assert.rejects(put({ IfNoneMatch: '*' }), fails('PreconditionFailed', 412))
  await assert.rejects(put({ IfMatch: '"other"' }), fails('PreconditionFailed', 412))
  await put({ IfMatch: ETag })
  await assert.rejects(put({ IfNoneMatch: '"tag"' }), fails('NotImplemented', 501))
})

test('of many writers with If-None-Match exactly one wins', async () => {
  const world = await worldWithBucket()
  const puts = Array.from({ length: 8 }, (_, index) =>
    world.run('PutObject', { Bucket, Key: 'race', Body: bodyOf(`w${index}`), IfNoneMatch: '*' }),
  )
  const outcomes = await Promise.allSettled(puts)
  assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1)
})

test('what is wrong with bucket, key, length, metadata or wishes is said in the words of S3', async () => {
  const world = await worldWithBucket()
  const put = (more: object): Promise<unknown> =>
    world.run('PutObject', { Bucket, Key: 'k', Body: bodyOf('x'), ...more })
  await assert.rejects(put({ Bucket: 'nowhere' }), fails('NoSuchBucket', 404))
  await assert.rejects(put({ Bucket: 'no', Key: 'k' }), fails('InvalidBucketName', 400))
  await put({ Key: 'é'.repeat(512) })
  await assert.rejects(put({ Key: `${'é'.repeat(512)}x` }), fails('KeyTooLongError', 400))
  await put({ Metadata: { a: 'x'.repeat(2047) } })
  await assert.rejects(put({ Metadata: { a: 'x'.repeat(2048) } }), fails('MetadataTooLarge', 400))
  await assert.rejects(put({ Body: { ...bodyOf('x'), length: undefined } }), fails('MissingContentLength', 411))
  await assert.rejects(put({ Body: { ...bodyOf('x'), length: 5 * 1024 ** 3 + 1 } }), fails('EntityTooLarge', 400))
  await assert.rejects(put({ ACL: 'public-read' }), fails('AccessControlListNotSupported', 400))
  await assert.rejects(put({ StorageClass: 'CHEAP' }), fails('InvalidStorageClass', 400))
  await assert.rejects(put({ ExpectedBucketOwner: '111111111111' }), fails('AccessDenied', 403))
})

test('a body that fails in the middle leaves nothing', async () => {
  const world = await worldWithBucket()
  const broken = {
    ...bodyOf(''),
    length: 200_000,
    async *stream() {
      yield Buffer.alloc(100_000)
      throw new Error('the client went away')
    },
  }
  await assert.rejects(world.run('PutObject', { Bucket, Key: 'k', Body: broken }), /went away/)
  await assert.rejects(world.read(Bucket, 'k'), fails('NoSuchKey'))
  assert.equal(world.blobs.kept.size, 0)
})

test('overwriting deletes the blob of before, and the sweeper knows which blobs are in use', async () => {
  const world = await worldWithBucket()
  const large = Buffer.alloc(100_000, 1)
  await world.put(Bucket, 'k', large)
  const [first = ''] = world.blobs.kept.keys()
  assert.equal(await world.service.isReferenced(first), true)
  await world.put(Bucket, 'k', large)
  await world.service.idle()
  assert.equal(world.blobs.kept.has(first), false)
  assert.equal(await world.service.isReferenced(first), false)
  await world.put(Bucket, 'k', 'small')
  await world.service.idle()
  assert.equal(world.blobs.kept.size, 0)
  await world.put(Bucket, 'k', large)
  assert.equal((await world.read(Bucket, 'k')).length, 100_000)
  assert.equal(await world.blobs.sweep((id) => world.service.isReferenced(id)), 0)
})

test('what a crash left in the trash is deleted after the next start', async () => {
  const world = await worldWithBucket()
  await world.put(Bucket, 'k', Buffer.alloc(100_000, 1))
  await world.service.close()
  await world.put(Bucket, 'k', 'small')
  assert.equal(world.blobs.kept.size, 1)
  const next = createWorld({ store: world.store, blobs: world.blobs })
  next.service.recover()
  await next.service.idle()
  assert.equal(world.blobs.kept.size, 0)
})
