import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { bodyOf, bytesOf, fails, type S3World, worldWithBucket } from '../../../../test/s3/kit.ts'
import type { S3Input, S3Output } from '../deps.ts'
import { PART_BYTES_MIN } from '../limits.ts'

const Bucket = 'photos'
const Key = 'big'
const FIRST = Buffer.alloc(PART_BYTES_MIN, 'a')
const SECOND = Buffer.alloc(PART_BYTES_MIN + 1, 'b')
const LAST = Buffer.from('the end')
const WHOLE = Buffer.concat([FIRST, SECOND, LAST])

async function begin(world: S3World, more: Partial<S3Input<'CreateMultipartUpload'>> = {}): Promise<string> {
  const { UploadId } = await world.run('CreateMultipartUpload', { Bucket, Key, ...more })
  assert.ok(UploadId)
  return UploadId
}

interface Listed {
  readonly PartNumber: number
  readonly ETag: string | undefined
  readonly [member: string]: unknown
}

async function upload(world: S3World, UploadId: string, parts: ReadonlyMap<number, Buffer>): Promise<Listed[]> {
  const listed: Listed[] = []
  for (const [PartNumber, content] of parts) {
    const { ETag } = await world.run('UploadPart', { Bucket, Key, UploadId, PartNumber, Body: bodyOf(content) })
    listed.push({ PartNumber, ETag })
  }
  return listed
}

function complete(
  world: S3World,
  UploadId: string,
  Parts: readonly Listed[],
  more: object = {},
): Promise<S3Output<'CompleteMultipartUpload'>> {
  return world.run('CompleteMultipartUpload', {
    Bucket,
    Key,
    UploadId,
    MultipartUpload: { Parts: Parts as never },
    ...more,
  })
}

const THREE = new Map([
  [2, FIRST],
  [5, SECOND],
  [9, LAST],
])

function multipartEtag(parts: readonly Buffer[]): string {
  const md5s = parts.map((part) => createHash('md5').update(part).digest())
  return `"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-${parts.length}"`
}

function crc32Of(bytes: Uint8Array): string {
  const digest = Buffer.alloc(4)
  digest.writeUInt32BE(crc32(bytes))
  return digest.toString('base64')
}

test('three parts become one object: ETag -3, its bytes, ranges over the joints, parts by number', async () => {
  const world = await worldWithBucket()
  const UploadId = await begin(world, { ContentType: 'image/png', Metadata: { a: 'b' } })
  const parts = await upload(world, UploadId, THREE)
  const output = await complete(world, UploadId, parts)
  await world.service.idle()
  assert.equal(output.ETag, multipartEtag([FIRST, SECOND, LAST]))
  assert.equal(output.ChecksumType, 'FULL_OBJECT')
  await world.put(Bucket, 'same', WHOLE)
  assert.equal(
    output.ChecksumCRC64NVME,
    (await world.run('HeadObject', { Bucket, Key: 'same', ChecksumMode: 'ENABLED' })).ChecksumCRC64NVME,
  )
  assert.ok((await world.read(Bucket, Key)).equals(WHOLE))
  const from = FIRST.length - 3
  const to = FIRST.length + SECOND.length + 2
  assert.ok((await world.read(Bucket, Key, { Range: `bytes=${from}-${to - 1}` })).equals(WHOLE.subarray(from, to)))
  const second = await world.call('GetObject', { Bucket, Key, PartNumber: 2 })
  assert.ok((await bytesOf(second.output.Body)).equals(SECOND))
  assert.deepEqual([second.status, second.output.PartsCount], [206, 3])
  const head = await world.run('HeadObject', { Bucket, Key })
  assert.deepEqual([head.ContentType, head.Metadata, head.ContentLength], ['image/png', { a: 'b' }, WHOLE.length])
  await assert.rejects(world.run('GetObject', { Bucket, Key, PartNumber: 4 }), fails('InvalidPartNumber', 416))
  const again = await complete(world, UploadId, parts)
  assert.equal(again.ETag, output.ETag)
  await assert.rejects(world.run('ListParts', { Bucket, Key, UploadId }), fails('NoSuchUpload', 404))
  const { ObjectParts } = await world.run('GetObjectAttributes', { Bucket, Key, ObjectAttributes: ['ObjectParts'] })
  assert.deepEqual(ObjectParts, { TotalPartsCount: 3 })
})

test('the list of parts is judged: order, existence, tags, sizes, shape', async () => {
  const world = await worldWithBucket()
  const UploadId = await begin(world)
  const [first, second, last] = await upload(world, UploadId, THREE)
  assert.ok(first && second && last)
  await assert.rejects(complete(world, UploadId, [second, first]), fails('InvalidPartOrder', 400))
  await assert.rejects(complete(world, UploadId, [first, first]), fails('InvalidPartOrder', 400))
  await assert.rejects(complete(world, UploadId, [first, { ...second, PartNumber: 6 }]), fails('InvalidPart', 400))
  await assert.rejects(complete(world, UploadId, [{ ...first, ETag: '"wrong"' }]), fails('InvalidPart', 400))
  await assert.rejects(complete(world, UploadId, [{ PartNumber: 2, ETag: undefined }]), fails('MalformedXML', 400))
  await assert.rejects(complete(world, UploadId, []), fails('MalformedXML', 400))
  await assert.rejects(complete(world, 'no such upload', [first]), fails('NoSuchUpload', 404))
  const [tiny] = await upload(world, UploadId, new Map([[3, LAST]]))
  assert.ok(tiny)
  await assert.rejects(complete(world, UploadId, [first, tiny, last]), fails('EntityTooSmall', 400))
  await assert.rejects(complete(world, UploadId, [first, last], { MpuObjectSize: 1 }), fails('InvalidRequest', 400))
  await assert.rejects(complete(world, UploadId, [first], { IfMatch: '"x"' }), fails('NoSuchKey', 404))
  await complete(world, UploadId, [first, last], { IfNoneMatch: '*' })
  await world.service.idle()
  assert.equal(world.blobs.kept.size, 2)
  assert.equal((await world.read(Bucket, Key)).length, FIRST.length + LAST.length)
})

test('composite checksums: of the checksums, needed for each part, shown by GetObjectAttributes', async () => {
  const world = await worldWithBucket()
  const UploadId = await begin(world, { ChecksumAlgorithm: 'SHA256' })
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64')
  const listed: Listed[] = []
  for (const [index, content] of [FIRST, LAST].entries()) {
    const part = { Bucket, Key, UploadId, PartNumber: index + 1 }
    await assert.rejects(world.run('UploadPart', { ...part, Body: bodyOf(content) }), fails('InvalidRequest'))
    await assert.rejects(
      world.run('UploadPart', { ...part, Body: bodyOf(content), ChecksumCRC32: crc32Of(content) }),
      fails('InvalidRequest'),
    )
    const output = await world.run('UploadPart', { ...part, Body: bodyOf(content), ChecksumSHA256: sha256(content) })
    assert.equal(output.ChecksumSHA256, sha256(content))
    listed.push({ PartNumber: index + 1, ETag: output.ETag, ChecksumSHA256: sha256(content) })
  }
  await assert.rejects(
    complete(
      world,
      UploadId,
      listed.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })),
    ),
    fails('InvalidRequest'),
  )
  await assert.rejects(
    complete(
      world,
      UploadId,
      listed.map((part) => ({ ...part, ChecksumSHA256: sha256(SECOND) })),
    ),
    fails('InvalidPart'),
  )
  await assert.rejects(complete(world, UploadId, listed, { ChecksumSHA256: sha256(WHOLE) }), fails('BadDigest'))
  const expected = `${sha256(Buffer.concat([FIRST, LAST].map((part) => Buffer.from(sha256(part), 'base64'))))}-2`
  const output = await complete(world, UploadId, listed, { ChecksumSHA256: expected })
  assert.deepEqual([output.ChecksumSHA256, output.ChecksumType], [expected, 'COMPOSITE'])
  const attributes = await world.run('GetObjectAttributes', {
    Bucket,
    Key,
    ObjectAttributes: ['ObjectParts', 'Checksum'],
    MaxParts: 1,
  })
  assert.equal(attributes.Checksum?.ChecksumSHA256, expected)
  assert.deepEqual(attributes.ObjectParts?.Parts, [
    { PartNumber: 1, Size: FIRST.length, ChecksumSHA256: sha256(FIRST) },
  ])
  assert.equal(attributes.ObjectParts?.IsTruncated, true)
})

test('full-object CRC32: combined from the parts and held against what the client says', async () => {
  const world = await worldWithBucket()
  const UploadId = await begin(world, { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' })
  const parts = await upload(world, UploadId, THREE)
  await assert.rejects(complete(world, UploadId, parts, { ChecksumCRC32: crc32Of(LAST) }), fails('BadDigest'))
  await assert.rejects(complete(world, UploadId, parts, { ChecksumType: 'COMPOSITE' }), fails('InvalidRequest'))
  const output = await complete(world, UploadId, parts, { ChecksumCRC32: crc32Of(WHOLE), ChecksumType: 'FULL_OBJECT' })
  assert.equal(output.ChecksumCRC32, crc32Of(WHOLE))
  await assert.rejects(
    begin(world, { ChecksumAlgorithm: 'SHA1', ChecksumType: 'FULL_OBJECT' }),
    fails('InvalidRequest'),
  )
  await assert.rejects(
    begin(world, { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' }),
    fails('InvalidRequest'),
  )
  await assert.rejects(begin(world, { ChecksumType: 'COMPOSITE' }), fails('InvalidRequest'))
})

test('a part sent again replaces the first, and its bytes', async () => {
  const world = await worldWithBucket()
  const UploadId = await begin(world)
  await upload(world, UploadId, new Map([[1, FIRST]]))
  const [second] = await upload(world, UploadId, new Map([[1, LAST]]))
  await world.service.idle()
  assert.equal(world.blobs.kept.size, 1)
  assert.ok(second)
  await complete(world, UploadId, [second])
  assert.ok((await world.read(Bucket, Key)).equals(LAST))
  await world.run('DeleteObject', { Bucket, Key })
  await world.service.idle()
  assert.equal(world.blobs.kept.size, 0)
})

test('a part that is replaced while the upload is being completed stops the completion', async () => {
  const world = await worldWithBucket()
  const UploadId = await begin(world)
  const [part] = await upload(world, UploadId, new Map([[1, FIRST]]))
  assert.ok(part)
  const list = world.store.list.bind(world.store)
  world.store.list = async (range, options) => {
    const page = await list(range, options)
    if (range.prefix[0] !== 's3.parts') return page
    // The parts were read and are about to be judged.
    world.store.list = list
    await upload(world, UploadId, new Map([[1, SECOND]]))
    await world.service.idle()
    return page
  }
  await assert.rejects(complete(world, UploadId, [part]), fails('OperationAborted', 409))
  await assert.rejects(complete(world, UploadId, [part]), fails('InvalidPart', 400))
})

test('abort ends the upload and its parts', async () => {
  const world = await worldWithBucket()
  const UploadId = await begin(world)
  await upload(
    world,
    UploadId,
    new Map([
      [1, LAST],
      [2, LAST],
    ]),
  )
  await world.run('AbortMultipartUpload', { Bucket, Key, UploadId })
  await world.service.idle()
  assert.equal(world.blobs.kept.size, 0)
  const gone = { Bucket, Key, UploadId }
  await assert.rejects(world.run('AbortMultipartUpload', gone), fails('NoSuchUpload', 404))
  await assert.rejects(
    world.run('UploadPart', { ...gone, PartNumber: 1, Body: bodyOf('x') }),
    fails('NoSuchUpload', 404),
  )
  await assert.rejects(
    world.run('UploadPart', { ...gone, PartNumber: 0, Body: bodyOf('x') }),
    fails('InvalidArgument', 400),
  )
  await assert.rejects(
    world.run('UploadPart', { ...gone, PartNumber: 10_001, Body: bodyOf('x') }),
    fails('InvalidArgument', 400),
  )
})

test('ListParts: by number, in pages', async () => {
  const world = await worldWithBucket()
  const UploadId = await begin(world)
  await upload(
    world,
    UploadId,
    new Map([
      [3, LAST],
      [1, LAST],
      [10_000, LAST],
    ]),
  )
  const first = await world.run('ListParts', { Bucket, Key, UploadId, MaxParts: 2 })
  assert.deepEqual(
    first.Parts?.map((part) => part.PartNumber),
    [1, 3],
  )
  assert.deepEqual([first.IsTruncated, first.NextPartNumberMarker], [true, '3'])
  const { Parts, IsTruncated } = await world.run('ListParts', { Bucket, Key, UploadId, PartNumberMarker: '3' })
  assert.deepEqual([Parts?.map((part) => part.PartNumber), IsTruncated], [[10_000], false])
})

test('ListMultipartUploads: by key and beginning, with markers and delimiter', async () => {
  const world = await worldWithBucket()
  const ids: string[] = []
  for (const key of ['b', 'a/1', 'b', 'a/2', 'c']) {
    await world.clock.advance(1000)
    ids.push((await world.run('CreateMultipartUpload', { Bucket, Key: key })).UploadId ?? '')
  }
  const [b1, a1, b2, a2, c] = ids
  const all = await world.run('ListMultipartUploads', { Bucket })
  assert.deepEqual(
    all.Uploads?.map((item) => item.UploadId),
    [a1, a2, b1, b2, c],
  )
  const rolled = await world.run('ListMultipartUploads', { Bucket, Delimiter: '/', MaxUploads: 2 })
  assert.deepEqual([rolled.CommonPrefixes, rolled.Uploads?.map((item) => item.UploadId)], [[{ Prefix: 'a/' }], [b1]])
  assert.deepEqual([rolled.IsTruncated, rolled.NextKeyMarker, rolled.NextUploadIdMarker], [true, 'b', b1])
  const next = await world.run('ListMultipartUploads', { Bucket, KeyMarker: 'b', UploadIdMarker: b1 ?? '' })
  assert.deepEqual(
    next.Uploads?.map((item) => item.UploadId),
    [b2, c],
  )
  const behind = await world.run('ListMultipartUploads', { Bucket, KeyMarker: 'b' })
  assert.deepEqual(
    behind.Uploads?.map((item) => item.UploadId),
    [c],
  )
})
