import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fails, type S3World, worldWithBucket } from '../../../../test/s3/kit.ts'

const Bucket = 'photos'
const KEYS = ['a', 'a/1', 'a/2', 'a/b/1', 'b', 'c/1', 'c/2', 'c//x', 'd e', 'é']

async function worldWithKeys(keys: readonly string[] = KEYS): Promise<S3World> {
  const world = await worldWithBucket()
  for (const key of keys) await world.put(Bucket, key, key)
  return world
}

async function names(world: S3World, input: object): Promise<readonly unknown[]> {
  const { Contents = [], CommonPrefixes = [], KeyCount } = await world.run('ListObjectsV2', { Bucket, ...input })
  assert.equal(KeyCount, Contents.length + CommonPrefixes.length)
  return [...Contents.map((item) => item.Key), ...CommonPrefixes.map((item) => `${item.Prefix}*`)]
}

test('ListObjectsV2: prefix, delimiter, start-after', async () => {
  const world = await worldWithKeys()
  const bytewise = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right))
  assert.deepEqual(await names(world, {}), KEYS.toSorted(bytewise))
  assert.deepEqual(await names(world, { Prefix: 'a/' }), ['a/1', 'a/2', 'a/b/1'])
  assert.deepEqual(await names(world, { Delimiter: '/' }), ['a', 'b', 'd e', 'é', 'a/*', 'c/*'])
  assert.deepEqual(await names(world, { Delimiter: '/', Prefix: 'a/' }), ['a/1', 'a/2', 'a/b/*'])
  assert.deepEqual(await names(world, { Delimiter: '/', Prefix: 'a' }), ['a', 'a/*'])
  assert.deepEqual(await names(world, { Delimiter: '//' }), [
    'a',
    'a/1',
    'a/2',
    'a/b/1',
    'b',
    'c/1',
    'c/2',
    'd e',
    'é',
    'c//*',
  ])
  assert.deepEqual(await names(world, { StartAfter: 'c/1' }), ['c/2', 'd e', 'é'])
  assert.deepEqual(await names(world, { StartAfter: 'a/', Delimiter: '/' }), ['b', 'd e', 'é', 'c/*'])
  assert.deepEqual(await names(world, { Prefix: 'zzz' }), [])
  assert.deepEqual(await names(world, { Prefix: 'x'.repeat(5000) }), [])
  assert.deepEqual(await names(world, { StartAfter: 'x'.repeat(5000) }), ['é'])
  assert.deepEqual(await names(world, { Delimiter: '' }), await names(world, {}))
})

test('ListObjectsV2: pages of any size hold everything once', async () => {
  const world = await worldWithKeys()
  for (const input of [{}, { Delimiter: '/' }, { Prefix: 'a', Delimiter: '/' }])
    for (const MaxKeys of [1, 2, 3, 1000]) {
      const found: unknown[] = []
      let ContinuationToken: string | undefined
      do {
        const page = await world.run('ListObjectsV2', { Bucket, ...input, MaxKeys, ContinuationToken })
        found.push(
          ...(page.Contents ?? []).map((item) => item.Key),
          ...(page.CommonPrefixes ?? []).map((item) => `${item.Prefix}*`),
        )
        assert.ok((page.KeyCount ?? 0) <= MaxKeys)
        assert.equal(page.IsTruncated, page.NextContinuationToken !== undefined)
        ContinuationToken = page.NextContinuationToken
      } while (ContinuationToken !== undefined)
      assert.deepEqual(found.map(String).toSorted(), (await names(world, input)).map(String).toSorted(), `${MaxKeys}`)
    }
})

test('ListObjectsV2: max-keys 0, below, and above the page', async () => {
  const world = await worldWithKeys(['a'])
  const empty = await world.run('ListObjectsV2', { Bucket, MaxKeys: 0 })
  assert.deepEqual([empty.KeyCount, empty.IsTruncated, empty.MaxKeys], [0, false, 0])
  assert.equal((await world.run('ListObjectsV2', { Bucket, MaxKeys: 5000 })).MaxKeys, 1000)
  await assert.rejects(world.run('ListObjectsV2', { Bucket, MaxKeys: -1 }), fails('InvalidArgument'))
  await assert.rejects(world.run('ListObjectsV2', { Bucket, ContinuationToken: 'made up' }), fails('InvalidArgument'))
  await assert.rejects(world.run('ListObjectsV2', { Bucket, EncodingType: 'rot13' as 'url' }), fails('InvalidArgument'))
  await assert.rejects(world.run('ListObjectsV2', { Bucket: 'nowhere' }), fails('NoSuchBucket'))
})

test('ListObjectsV2: encoding-type url, owners on request', async () => {
  const world = await worldWithKeys(['test_file(3).png', 'a b+c/ä'])
  const page = await world.run('ListObjectsV2', { Bucket, EncodingType: 'url', FetchOwner: true, StartAfter: ' ' })
  assert.deepEqual(
    page.Contents?.map((item) => item.Key),
    ['a+b%2Bc/%C3%A4', 'test_file%283%29.png'],
  )
  assert.equal(page.StartAfter, '+')
  assert.match(page.Contents?.[0]?.Owner?.ID ?? '', /^[0-9a-f]{64}$/)
  const plain = await world.run('ListObjectsV2', { Bucket })
  assert.equal(plain.Contents?.[0]?.Owner, undefined)
  assert.equal(plain.Contents?.[0]?.ETag, (await world.run('HeadObject', { Bucket, Key: 'a b+c/ä' })).ETag)
})

test('a delimiter seeks over what it rolls up', async () => {
  const world = await worldWithBucket()
  for (let index = 0; index < 300; index++) await world.put(Bucket, `big/${String(index).padStart(4, '0')}`, 'x')
  for (const key of ['after', 'big', 'zzz']) await world.put(Bucket, key, 'x')
  const { store } = world
  const list = store.list.bind(store)
  let entries = 0
  store.list = async (range, options) => {
    const page = await list(range, options)
    entries += page.length
    return page
  }
  assert.deepEqual(await names(world, { Delimiter: '/' }), ['after', 'big', 'zzz', 'big/*'])
  assert.ok(entries < 80, `read ${entries} entries`)
})

test('ListObjects, the older form: markers, NextMarker only with a delimiter, owners', async () => {
  const world = await worldWithKeys()
  const first = await world.run('ListObjects', { Bucket, MaxKeys: 2 })
  assert.deepEqual([first.IsTruncated, first.NextMarker, first.Marker], [true, undefined, ''])
  assert.ok(first.Contents?.every((item) => item.Owner?.ID !== undefined))
  const rolled = await world.run('ListObjects', { Bucket, MaxKeys: 2, Delimiter: '/' })
  assert.deepEqual([rolled.IsTruncated, rolled.NextMarker], [true, 'a/'])
  const next = await world.run('ListObjects', { Bucket, Delimiter: '/', Marker: 'a/' })
  assert.deepEqual(
    next.Contents?.map((item) => item.Key),
    ['b', 'd e', 'é'],
  )
  assert.deepEqual(next.CommonPrefixes, [{ Prefix: 'c/' }])
})
