import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOf, bytesOf, fails, type S3World, worldWithBucket } from '../../../../test/s3/kit.ts'

const Bucket = 'photos'
const LARGE = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251))

async function worldWithObjects(): Promise<S3World> {
  const world = await worldWithBucket()
  await world.put(Bucket, 'small', '0123456789')
  await world.put(Bucket, 'large', LARGE)
  await world.put(Bucket, 'empty', '')
  return world
}

test('ranges: every form, of inline and of blob bodies, as 206 with Content-Range', async () => {
  const world = await worldWithObjects()
  const cases: readonly (readonly [range: string, start: number, end: number])[] = [
    ['bytes=0-0', 0, 1],
    ['bytes=2-5', 2, 6],
    ['bytes=7-', 7, Infinity],
    ['bytes=-3', -3, Infinity],
    ['bytes=-999999', 0, Infinity],
    ['bytes=5-999999', 5, Infinity],
  ]
  for (const [Key, whole] of [
    ['small', Buffer.from('0123456789')],
    ['large', LARGE],
  ] as const)
    for (const [Range, start, end] of cases) {
      const { output, status } = await world.call('GetObject', { Bucket, Key, Range })
      const expected = whole.subarray(start, Math.min(end, whole.length))
      assert.ok((await bytesOf(output.Body)).equals(expected), `${Key} ${Range}`)
      assert.equal(status, 206)
      assert.equal(output.ContentLength, expected.length)
      const first = whole.length - (start < 0 ? -start : whole.length - start)
      assert.equal(output.ContentRange, `bytes ${first}-${first + expected.length - 1}/${whole.length}`)
    }
})

test('ranges that cannot be read are ignored, ranges that cannot be met are 416', async () => {
  const world = await worldWithObjects()
  for (const Range of ['bytes=5-2', 'bytes=', 'bytes=-', 'lines=1-2', 'bytes=0-1,3-4', 'nonsense']) {
    const { output, status } = await world.call('GetObject', { Bucket, Key: 'small', Range })
    assert.equal(output.ContentLength, 10, Range)
    assert.equal(status, undefined)
  }
  for (const [Key, Range] of [
    ['small', 'bytes=10-'],
    ['small', 'bytes=-0'],
    ['empty', 'bytes=0-'],
    ['empty', 'bytes=-5'],
  ] as const)
    await assert.rejects(world.run('GetObject', { Bucket, Key, Range }), fails('InvalidRange', 416), `${Key} ${Range}`)
})

test('conditions are judged in the order of RFC 9110, with the pairs that S3 documents', async () => {
  const world = await worldWithObjects()
  const { ETag = '', LastModified = new Date(0) } = await world.run('HeadObject', { Bucket, Key: 'small' })
  const before = new Date(LastModified.getTime() - 1000)
  await world.clock.advance(60_000)
  const get = (more: object): Promise<unknown> => world.run('GetObject', { Bucket, Key: 'small', ...more })
  await get({ IfMatch: ETag, IfUnmodifiedSince: before })
  await get({ IfMatch: '"other", *' })
  await get({ IfNoneMatch: '"other"', IfModifiedSince: LastModified })
  await get({ IfModifiedSince: before, IfUnmodifiedSince: LastModified })
  await get({ IfModifiedSince: new Date(Date.UTC(2099, 0)) })
  await assert.rejects(get({ IfMatch: '"other"', IfNoneMatch: ETag }), fails('PreconditionFailed', 412))
  await assert.rejects(get({ IfUnmodifiedSince: before }), fails('PreconditionFailed', 412))
  await assert.rejects(get({ IfNoneMatch: ETag }), fails('NotModified', 304))
  await assert.rejects(get({ IfNoneMatch: `W/${ETag}` }), fails('NotModified', 304))
  await assert.rejects(get({ IfNoneMatch: '*' }), fails('NotModified', 304))
  await assert.rejects(get({ IfNoneMatch: ETag, IfModifiedSince: before }), fails('NotModified', 304))
  await assert.rejects(get({ IfModifiedSince: LastModified }), fails('NotModified', 304))
  await assert.rejects(get({ IfNoneMatch: ETag, Range: 'bytes=99-' }), fails('NotModified', 304))
})

test('metadata comes back, and response-* overrides it', async () => {
  const world = await worldWithBucket()
  const Expires = new Date(Date.UTC(2030, 0, 1))
  await world.run('PutObject', {
    Bucket,
    Key: 'k',
    Body: bodyOf('x'),
    ContentType: 'image/png',
    CacheControl: 'max-age=1',
    ContentDisposition: 'inline',
    ContentEncoding: 'gzip',
    ContentLanguage: 'de',
    Expires,
    Metadata: { colour: 'red', umlaut: Buffer.from('grün').toString('latin1'), word: '=?UTF-8?Q?gr=C3=BCn?=' },
  })
  const output = await world.run('GetObject', { Bucket, Key: 'k' })
  assert.equal(output.ContentType, 'image/png')
  assert.equal(output.CacheControl, 'max-age=1')
  assert.equal(output.ContentDisposition, 'inline')
  assert.equal(output.ContentEncoding, 'gzip')
  assert.equal(output.ContentLanguage, 'de')
  assert.deepEqual(output.Expires, Expires)
  assert.deepEqual(output.Metadata, { colour: 'red', umlaut: '=?UTF-8?B?Z3LDvG4=?=', word: '=?UTF-8?B?Z3LDvG4=?=' })
  const overridden = await world.run('GetObject', {
    Bucket,
    Key: 'k',
    ResponseContentType: 'text/plain',
    ResponseCacheControl: 'no-store',
  })
  assert.equal(overridden.ContentType, 'text/plain')
  assert.equal(overridden.CacheControl, 'no-store')
  await world.put(Bucket, 'plain', 'x')
  assert.equal((await world.run('GetObject', { Bucket, Key: 'plain' })).ContentType, 'binary/octet-stream')
})

test('keys are opaque: path tricks, empty segments, NUL and unicode name what they say', async () => {
  const world = await worldWithBucket()
  const keys = [
    '../../etc/passwd',
    '..',
    '.',
    '/',
    '//',
    'a//b',
    '/a',
    'a/',
    'nul\0byte',
    '\u{1f4f7}',
    'ä',
    'a\u0308',
    '%2e%2e',
    '+',
    ' ',
  ]
  for (const key of keys) await world.put(Bucket, key, key)
  for (const key of keys) assert.equal((await world.read(Bucket, key)).toString(), key)
  const { Contents = [] } = await world.run('ListObjectsV2', { Bucket })
  assert.deepEqual(
    Contents.map((item) => item.Key),
    keys.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))),
  )
})

test('HeadObject says the same as GetObject, with range and part number', async () => {
  const world = await worldWithObjects()
  const { Body: _body, ...get } = await world.run('GetObject', { Bucket, Key: 'large', ChecksumMode: 'ENABLED' })
  assert.deepEqual(await world.run('HeadObject', { Bucket, Key: 'large', ChecksumMode: 'ENABLED' }), get)
  const { output, status } = await world.call('HeadObject', { Bucket, Key: 'large', Range: 'bytes=1-2' })
  assert.deepEqual([output.ContentLength, output.ContentRange, status], [2, 'bytes 1-2/100000', 206])
  assert.equal((await world.run('HeadObject', { Bucket, Key: 'large', PartNumber: 1 })).ContentLength, 100_000)
  await assert.rejects(
    world.run('HeadObject', { Bucket, Key: 'large', PartNumber: 2 }),
    fails('InvalidPartNumber', 416),
  )
  await assert.rejects(
    world.run('GetObject', { Bucket, Key: 'large', PartNumber: 1, Range: 'bytes=0-1' }),
    fails('InvalidRequest'),
  )
})

test('missing bucket, key and version are told apart', async () => {
  const world = await worldWithObjects()
  await assert.rejects(world.read('nowhere', 'small'), fails('NoSuchBucket', 404))
  await assert.rejects(world.read(Bucket, 'nothing'), fails('NoSuchKey', 404))
  await assert.rejects(
    world.run('GetObject', { Bucket, Key: 'small', VersionId: 'abc' }),
    fails('InvalidArgument', 400),
  )
  await world.run('GetObject', { Bucket, Key: 'small', VersionId: 'null' })
})

test('an object that is overwritten while it is read is read to its end', async () => {
  const world = await worldWithObjects()
  const { Body } = await world.run('GetObject', { Bucket, Key: 'large' })
  assert.ok(Body && !(Body instanceof Uint8Array))
  await world.put(Bucket, 'large', 'new')
  await world.service.idle()
  assert.ok((await bytesOf(Body)).equals(LARGE))
  await world.service.idle()
  assert.equal(world.blobs.kept.size, 0)
  assert.equal((await world.read(Bucket, 'large')).toString(), 'new')
})
