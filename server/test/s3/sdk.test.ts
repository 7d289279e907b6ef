// S3 through the whole server with the AWS SDK for JavaScript v3, unmodified and with its defaults: signed requests,
// checksums in trailers, and the SDK's own verification of what it reads.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketAbacCommand,
  GetBucketLocationCommand,
  GetBucketNotificationConfigurationCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  paginateListObjectsV2,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { type Served, serve } from './served.ts'

const Bucket = 'sdk-photos'
let served: Served
let s3: S3Client

before(async () => {
  served = await serve()
  s3 = served.client()
  await s3.send(new CreateBucketCommand({ Bucket }))
})
after(() => served.close())

async function failure(sending: Promise<unknown>): Promise<readonly [name: string, status: number | undefined]> {
  try {
    await sending
  } catch (error) {
    assert.ok(error instanceof S3ServiceException, String(error))
    return [error.name, error.$metadata.httpStatusCode]
  }
  throw new Error('was expected to fail')
}

async function content(Key: string, more: object = {}): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }))
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}

test('put and get: metadata, default type, ranges, conditions, every checksum', async () => {
  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)
    for (const size of [0, 5, 200_000]) {
      const Body = Buffer.alloc(size, 'photo')
      const put = await s3.send(
        new PutObjectCommand({ Bucket, Key: 'k', Body, ChecksumAlgorithm, Metadata: { a: 'b' } }),
      )
      const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }))
      assert.ok(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(Body))
      assert.equal(got[`Checksum${ChecksumAlgorithm}`], put[`Checksum${ChecksumAlgorithm}`])
      assert.ok(got[`Checksum${ChecksumAlgorithm}`])
      assert.equal(got.ETag, put.ETag)
      assert.deepEqual(got.Metadata, { a: 'b' })
    }
  assert.equal((await content('k', { Range: 'bytes=1-3' })).toString(), 'hot')
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }))
  assert.equal(head.ContentLength, 200_000)
  assert.deepEqual(await failure(content('k', { Range: 'bytes=200000-' })), ['InvalidRange', 416])
  assert.deepEqual(await failure(content('k', { IfMatch: '"x"' })), ['PreconditionFailed', 412])
  assert.equal((await failure(content('k', { IfNoneMatch: head.ETag })))[1], 304)
  assert.deepEqual(await failure(content('nothing')), ['NoSuchKey', 404])
  assert.deepEqual(await failure(s3.send(new HeadObjectCommand({ Bucket, Key: 'nothing' }))), ['NotFound', 404])
  assert.deepEqual(await failure(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', IfNoneMatch: '*' }))), [
    'PreconditionFailed',
    412,
  ])
  assert.deepEqual(
    await failure(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ChecksumCRC32: 'AAAAAA==' }))),
    ['BadDigest', 400],
  )
  assert.deepEqual(
    await failure(
      s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' })),
    ),
    ['BadDigest', 400],
  )
  assert.deepEqual(await failure(s3.send(new PutObjectCommand({ Bucket, Key: 'x'.repeat(1025), Body: 'x' }))), [
    'KeyTooLongError',
    400,
  ])
})

test('system metadata, overrides and text beyond ASCII', async () => {
  const Expires = new Date(Date.UTC(2031, 4, 5))
  await s3.send(
    new PutObjectCommand({
      Bucket,
      Key: 'meta',
      Body: 'x',
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'no-cache',
      ContentDisposition: 'attachment; filename="a.txt"',
      ContentLanguage: 'en, de',
      ContentEncoding: 'identity',
      Expires,
      Metadata: { umlaut: '=?UTF-8?B?Z3LDvG4=?=' },
    }),
  )
  const got = await s3.send(new HeadObjectCommand({ Bucket, Key: 'meta' }))
  assert.equal(got.ContentType, 'text/plain; charset=utf-8')
  assert.equal(got.ContentDisposition, 'attachment; filename="a.txt"')
  assert.deepEqual([got.CacheControl, got.ContentLanguage, got.ContentEncoding], ['no-cache', 'en, de', 'identity'])
  assert.equal(got.ExpiresString, Expires.toUTCString())
  assert.deepEqual(got.Metadata, { umlaut: '=?UTF-8?B?Z3LDvG4=?=' })
  const changed = await s3.send(new GetObjectCommand({ Bucket, Key: 'meta', ResponseContentType: 'a/b' }))
  assert.equal(changed.ContentType, 'a/b')
  await changed.Body?.transformToByteArray()
})

test('keys with path tricks, unicode and control characters, put, got, listed and deleted', async () => {
  const keys = [
    '../../etc/passwd',
    '..',
    'a//b',
    '/a',
    'a/',
    'a/./b',
    '\u{1f4f7} photo.jpg',
    'ä+b c%20d',
    'x'.repeat(1024),
    'tab\tkey',
    "q'uote&<xml>",
  ]
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key: `t/${Key}`.slice(0, 1024), Body: Key }))
  for (const Key of keys) assert.equal((await content(`t/${Key}`.slice(0, 1024))).toString(), Key)
  const listed: (string | undefined)[] = []
  for await (const page of paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket, Prefix: 't/' }))
    listed.push(...(page.Contents ?? []).map((item) => item.Key))
  assert.deepEqual(new Set(listed), new Set(keys.map((key) => `t/${key}`.slice(0, 1024))))
  assert.equal(listed.length, keys.length)
  const Objects = listed.map((Key) => ({ Key }))
  const deleted = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
  assert.equal(deleted.Deleted?.length, keys.length)
  assert.equal(deleted.Errors, undefined)
  assert.equal((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 't/' }))).KeyCount, 0)
})

test('a stream is sent in chunks with a trailing checksum; the chunking leaves no trace', async () => {
  const bytes = Buffer.alloc(300_000, 'stream')
  const put = (Key: string, more: object): Promise<unknown> =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body: Readable.from([bytes]), ContentLength: bytes.length, ...more }))
  await put('streamed', {})
  await put('zipped', { ContentEncoding: 'gzip' })
  const plain = await s3.send(new HeadObjectCommand({ Bucket, Key: 'streamed', ChecksumMode: 'ENABLED' }))
  assert.deepEqual([plain.ContentEncoding, plain.ContentLength], [undefined, bytes.length])
  assert.ok(plain.ChecksumCRC32)
  assert.equal((await s3.send(new HeadObjectCommand({ Bucket, Key: 'zipped' }))).ContentEncoding, 'gzip')
  assert.ok((await content('streamed')).equals(bytes))
})

test('large streams at once come back byte by byte, whole and in ranges', async () => {
  const bodies = Array.from({ length: 40 }, (_, index) => Buffer.alloc(1_200_000 + index, `stream ${index} `))
  const pieces = (bytes: Buffer): Readable =>
    Readable.from(
      Array.from({ length: 25 }, (_, at) => bytes.subarray(at * 50_000, at === 24 ? undefined : (at + 1) * 50_000)),
    )
  await Promise.all(
    bodies.map((bytes, index) => {
      const at = { Bucket, Key: `large/${index}` }
      return s3.send(new PutObjectCommand({ ...at, Body: pieces(bytes), ContentLength: bytes.length }))
    }),
  )
  await Promise.all(
    bodies.map(async (bytes, index) => {
      assert.ok((await content(`large/${index}`)).equals(bytes), `large/${index}`)
      const Range = `bytes=${70_000 + index}-1190000`
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: `large/${index}`, Range }))
      const part = Buffer.from((await Body?.transformToByteArray()) ?? [])
      assert.ok(part.equals(bytes.subarray(70_000 + index, 1_190_001)), `large/${index} ${Range}`)
    }),
  )
})

test('a body of any size that is not the one that was signed is refused, and nothing is kept', async () => {
  const tampered = served.client()
  tampered.middlewareStack.add(
    (next) => (sending) => {
      const { body } = sending.request as { body: Buffer }
      const changed = Buffer.from(body)
      changed[body.length >> 1] = 1
      Object.assign(sending.request as object, { body: changed })
      return next(sending)
    },
    { step: 'deserialize' },
  )
  // In the Store, in a blob, and through the threads.
  for (const bytes of [5000, 300_000, 3_000_000]) {
    const Key = `signed-${bytes}`
    const Body = Buffer.alloc(bytes)
    assert.deepEqual(await failure(tampered.send(new PutObjectCommand({ Bucket, Key, Body }))), [
      'XAmzContentSHA256Mismatch',
      400,
    ])
    assert.deepEqual(await failure(s3.send(new HeadObjectCommand({ Bucket, Key }))), ['NotFound', 404])
    // Both hashes at once: the one that is signed and the one that is kept.
    await s3.send(new PutObjectCommand({ Bucket, Key, Body, ChecksumAlgorithm: 'SHA256' }))
    assert.ok((await content(Key)).equals(Body))
  }
})

test('keys of the greatest length: listed, and a thousand of them deleted in one request', async () => {
  const Objects = Array.from({ length: 1000 }, (_, index) => {
    return { Key: `long/${String(index).padStart(4, '0')}${'&'.repeat(1015)}` }
  })
  const there = Objects.slice(0, 30)
  await Promise.all(there.map(({ Key }) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))))
  const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'long/' }))
  assert.deepEqual(
    listed.Contents?.map((item) => item.Key),
    there.map((object) => object.Key),
  )
  const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
  assert.equal(Deleted?.length, 1000)
  assert.equal((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'long/' }))).KeyCount, 0)
})

test('control characters in keys survive a listing with encoding-type url', async () => {
  const Key = 'control/\u0001\u0000\r\n\u001f'
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
  const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'control/', EncodingType: 'url' }))
  assert.deepEqual(
    listed.Contents?.map((item) => decodeURIComponent(item.Key ?? '')),
    [Key],
  )
  assert.equal((await content(Key)).toString(), 'x')
  await s3.send(new DeleteObjectCommand({ Bucket, Key }))
})

test('listings: both versions, delimiter, encoding', async () => {
  for (const Key of ['l/a', 'l/b/1', 'l/b/2', 'l/c d']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
  const v2 = await s3.send(
    new ListObjectsV2Command({ Bucket, Prefix: 'l/', Delimiter: '/', EncodingType: 'url', FetchOwner: true }),
  )
  assert.deepEqual(
    v2.Contents?.map((item) => item.Key),
    ['l/a', 'l/c+d'],
  )
  assert.deepEqual(v2.CommonPrefixes, [{ Prefix: 'l/b/' }])
  assert.ok(v2.Contents?.[0]?.Owner?.ID)
  const v1 = await s3.send(new ListObjectsCommand({ Bucket, Prefix: 'l/', Delimiter: '/', MaxKeys: 2 }))
  assert.deepEqual([v1.IsTruncated, v1.NextMarker], [true, 'l/b/'])
})

test('multipart with the defaults of the SDK, part copy, listings, abort', async () => {
  const part = Buffer.alloc(5 * 1024 * 1024, 'p')
  const Key = 'multi'
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))
  const first = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: part }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'the end' }))
  const second = await s3.send(
    new UploadPartCopyCommand({
      Bucket,
      Key,
      UploadId,
      PartNumber: 2,
      CopySource: `${Bucket}/source`,
      CopySourceRange: 'bytes=4-6',
    }),
  )
  const { Parts } = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId }))
  assert.deepEqual(
    Parts?.map((item) => item.Size),
    [part.length, 3],
  )
  const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket }))
  assert.deepEqual(
    Uploads?.map((item) => item.UploadId),
    [UploadId],
  )
  const done = await s3.send(
    new CompleteMultipartUploadCommand({
      Bucket,
      Key,
      UploadId,
      MultipartUpload: {
        Parts: [
          { PartNumber: 1, ETag: first.ETag },
          { PartNumber: 2, ETag: second.CopyPartResult?.ETag },
        ],
      },
    }),
  )
  assert.match(done.ETag ?? '', /^"[0-9a-f]{32}-2"$/)
  assert.equal((await content(Key)).length, part.length + 3)
  assert.equal((await content(Key, { Range: 'bytes=-3' })).toString(), 'end')
  const attributes = await s3.send(
    new GetObjectAttributesCommand({
      Bucket,
      Key,
      ObjectAttributes: ['ETag', 'ObjectParts', 'ObjectSize', 'Checksum'],
    }),
  )
  assert.deepEqual([attributes.ObjectParts?.TotalPartsCount, attributes.ObjectSize], [2, part.length + 3])
  assert.ok(attributes.Checksum?.ChecksumCRC64NVME)
  const again = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x' })
  assert.deepEqual(await failure(s3.send(again)), ['NoSuchUpload', 404])
})

test('copy, with metadata replaced and a key that needs encoding', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'from ä', Body: 'x', Metadata: { a: 'b' } }))
  const CopySource = `/${Bucket}/${encodeURIComponent('from ä')}`
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource }))
  assert.deepEqual((await s3.send(new HeadObjectCommand({ Bucket, Key: 'to' }))).Metadata, { a: 'b' })
  await s3.send(
    new CopyObjectCommand({ Bucket, Key: 'to', CopySource, MetadataDirective: 'REPLACE', Metadata: { c: 'd' } }),
  )
  assert.deepEqual((await s3.send(new HeadObjectCommand({ Bucket, Key: 'to' }))).Metadata, { c: 'd' })
})

test('buckets: list, head, location, errors, and what is not built says so', async () => {
  const { Buckets, Owner } = await s3.send(new ListBucketsCommand({}))
  assert.deepEqual(
    Buckets?.map((bucket) => bucket.Name),
    [Bucket],
  )
  assert.match(Owner?.ID ?? '', /^[0-9a-f]{64}$/)
  assert.equal((await s3.send(new HeadBucketCommand({ Bucket }))).BucketRegion, 'us-east-1')
  assert.equal((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint, undefined)
  const europe = served.client({ region: 'eu-west-1' })
  await europe.send(new CreateBucketCommand({ Bucket: 'europe' }))
  assert.equal((await europe.send(new GetBucketLocationCommand({ Bucket: 'europe' }))).LocationConstraint, 'eu-west-1')
  assert.deepEqual(await failure(s3.send(new HeadBucketCommand({ Bucket: 'nothing' }))), ['NotFound', 404])
  assert.deepEqual(await failure(s3.send(new CreateBucketCommand({ Bucket: 'Not_Valid' }))), ['InvalidBucketName', 400])
  assert.deepEqual(await failure(europe.send(new CreateBucketCommand({ Bucket: 'europe' }))), [
    'BucketAlreadyOwnedByYou',
    409,
  ])
  const [, status] = await failure(s3.send(new GetBucketAbacCommand({ Bucket })))
  assert.equal(status, 501)
})

test('notification configuration over the wire', async () => {
  const put = (NotificationConfiguration: object): Promise<unknown> =>
    s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration,
        SkipDestinationValidation: true,
      }),
    )
  const LambdaFunctionArn = 'arn:aws:lambda:us-east-1:000000000000:function:thumbnails'
  const configuration = {
    Id: 'mine',
    LambdaFunctionArn,
    Events: ['s3:ObjectCreated:*'],
    Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'in/' }] } },
  }
  await put({ LambdaFunctionConfigurations: [configuration] })
  const got = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))
  assert.deepEqual(got.LambdaFunctionConfigurations, [configuration])
  const queue = { QueueArn: 'arn:aws:sqs:us-east-1:000000000000:q', Events: ['s3:ObjectRemoved:*'] }
  await put({ QueueConfigurations: [queue] })
  const other = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))
  assert.equal(other.LambdaFunctionConfigurations, undefined)
  assert.equal(other.QueueConfigurations?.[0]?.QueueArn, queue.QueueArn)
  await put({})
  const empty = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))
  assert.equal(empty.LambdaFunctionConfigurations, undefined)
})

test('path style and virtual-host style reach the same object', async () => {
  const Key = 'style/a b'
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
  const { port } = new URL(served.endpoint)
  const response = await fetch(`${served.endpoint}/${Bucket}/style/a%20b`)
  assert.equal(response.status, 403)
  assert.match(await response.text(), /<Code>AccessDenied<\/Code>/)
  const hosted = served.client({ endpoint: `http://127.0.0.1:${port}`, forcePathStyle: false })
  hosted.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { path: string; headers: Record<string, string> }
      request.headers['host'] = `${Bucket}.s3.amazonaws.com`
      request.path = request.path.slice(`/${Bucket}`.length)
      return next(args)
    },
    { step: 'build', priority: 'low' },
  )
  const got = await hosted.send(new GetObjectCommand({ Bucket, Key }))
  assert.equal(await got.Body?.transformToString(), 'x')
})

test('sixteen writers of one key: every put is acknowledged and one of them stands', async () => {
  const bodies = Array.from({ length: 16 }, (_, index) => `writer ${index}`)
  await Promise.all(bodies.map((Body) => s3.send(new PutObjectCommand({ Bucket, Key: 'contended', Body }))))
  assert.ok(bodies.includes((await content('contended')).toString()))
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'contended' }))
})
