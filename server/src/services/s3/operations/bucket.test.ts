import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { seededRandom } from '../../../base/ids.ts'
import { createMemoryStore } from '../../../storage/memory/memory-store.ts'
import { createWorld, fails, worldWithBucket } from '../../../../test/s3/kit.ts'

test('CreateBucket: names by the rules, nothing else', async () => {
  const world = createWorld()
  for (const Bucket of ['abc', 'a.b-c', '1bucket', 'x'.repeat(63)]) await world.run('CreateBucket', { Bucket })
  const bad = [
    'ab',
    'x'.repeat(64),
    'Upper',
    'under_score',
    '-abc',
    'abc-',
    'a..b',
    '192.168.0.1',
    'xn--abc',
    'sthree-x',
    'abc-s3alias',
    'abc--ol-s3',
    'abc.mrap',
    'abc--x-s3',
    'amzn-s3-demo-x',
    'a b',
    'é-bucket',
  ]
  for (const Bucket of bad)
    await assert.rejects(world.run('CreateBucket', { Bucket }), fails('InvalidBucketName', 400), Bucket)
})

test('CreateBucket again: fine in us-east-1, told apart elsewhere and for others', async () => {
  const world = createWorld()
  const europe = { region: 'eu-west-1' }
  const there = { Bucket: 'europe', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } } as const
  const { Location } = await world.run('CreateBucket', { Bucket: 'first' })
  assert.equal(Location, '/first')
  await world.run('CreateBucket', { Bucket: 'first' })
  const output = await world.run('CreateBucket', there, europe)
  assert.equal(output.Location, 'http://europe.s3.amazonaws.com/')
  await assert.rejects(world.run('CreateBucket', there, europe), fails('BucketAlreadyOwnedByYou', 409))
  await assert.rejects(
    world.run('CreateBucket', { Bucket: 'first' }, { account: '111111111111' }),
    fails('BucketAlreadyExists', 409),
  )
})

test('location constraints and endpoints', async () => {
  const world = createWorld()
  const create = (LocationConstraint: string | undefined, region: string, Bucket = 'abc'): Promise<unknown> =>
    world.run(
      'CreateBucket',
      LocationConstraint === undefined
        ? { Bucket }
        : { Bucket, CreateBucketConfiguration: { LocationConstraint: LocationConstraint as 'eu-west-1' } },
      { region },
    )
  await assert.rejects(create(undefined, 'eu-west-1'), fails('IllegalLocationConstraintException', 400))
  await assert.rejects(create('eu-west-2', 'eu-west-1'), fails('IllegalLocationConstraintException', 400))
  await assert.rejects(create('us-east-1', 'us-east-1'), fails('InvalidLocationConstraint', 400))
  await assert.rejects(create('moon', 'us-east-1'), fails('InvalidLocationConstraint', 400))
  await create('eu-central-1', 'us-east-1', 'german')
  await create('EU', 'us-east-1', 'older')
  const locationOf = async (Bucket: string): Promise<unknown> =>
    (await world.run('GetBucketLocation', { Bucket })).LocationConstraint
  assert.equal(await locationOf('german'), 'eu-central-1')
  assert.equal(await locationOf('older'), 'eu-west-1')
  await create(undefined, 'us-east-1', 'virginia')
  assert.equal(await locationOf('virginia'), undefined)
  assert.equal((await world.run('HeadBucket', { Bucket: 'german' })).BucketRegion, 'eu-central-1')
  await assert.rejects(world.run('HeadBucket', { Bucket: 'nothing' }), fails('NoSuchBucket', 404))
  await assert.rejects(
    world.run('HeadBucket', { Bucket: 'german', ExpectedBucketOwner: '111111111111' }),
    fails('AccessDenied'),
  )
})

test('ListBuckets: own ones by name, filtered, in pages', async () => {
  const world = createWorld()
  for (const Bucket of ['bbb', 'aaa', 'abc', 'ccc']) await world.run('CreateBucket', { Bucket })
  await world.run('CreateBucket', { Bucket: 'other' }, { account: '111111111111' })
  const names = async (input: Parameters<typeof world.run<'ListBuckets'>>[1]): Promise<readonly unknown[]> => {
    const { Buckets = [], ContinuationToken } = await world.run('ListBuckets', input)
    return [...Buckets.map((bucket) => bucket.Name), ...(ContinuationToken === undefined ? [] : ['more'])]
  }
  assert.deepEqual(await names({}), ['aaa', 'abc', 'bbb', 'ccc'])
  assert.deepEqual(await names({ Prefix: 'a' }), ['aaa', 'abc'])
  assert.deepEqual(await names({ BucketRegion: 'eu-west-1' }), [])
  assert.deepEqual(await names({ MaxBuckets: 3 }), ['aaa', 'abc', 'bbb', 'more'])
  const { ContinuationToken } = await world.run('ListBuckets', { MaxBuckets: 3 })
  assert.deepEqual(await names({ MaxBuckets: 3, ContinuationToken }), ['ccc'])
  assert.deepEqual(await names({ MaxBuckets: 2, Prefix: 'a' }), ['aaa', 'abc'])
  await assert.rejects(world.run('ListBuckets', { MaxBuckets: 0 }), fails('InvalidArgument'))
  await assert.rejects(world.run('ListBuckets', { ContinuationToken: 'abc' }), fails('InvalidArgument'))
})

test('DeleteBucket: empty ones only; uploads under way end with it', async () => {
  const world = await worldWithBucket()
  const Bucket = 'photos'
  await world.put(Bucket, 'k', 'x')
  await assert.rejects(world.run('DeleteBucket', { Bucket }), fails('BucketNotEmpty', 409))
  await world.run('DeleteObject', { Bucket, Key: 'k' })
  await world.run('CreateMultipartUpload', { Bucket, Key: 'k' })
  await world.run('DeleteBucket', { Bucket })
  await world.service.idle()
  await assert.rejects(world.run('HeadBucket', { Bucket }), fails('NoSuchBucket'))
  await assert.rejects(world.run('DeleteBucket', { Bucket }), fails('NoSuchBucket', 404))
  await world.run('CreateBucket', { Bucket }, { account: '111111111111' })
  const { Uploads } = await world.run('ListMultipartUploads', { Bucket }, { account: '111111111111' })
  assert.deepEqual(Uploads, [])
})

test('a put that races with DeleteBucket is never lost in silence', async () => {
  const Bucket = 'photos'
  const first = Math.floor(Math.random() * 2 ** 31)
  let bothHappened = 0
  for (let seed = first; seed < first + 40; seed++) {
    const world = createWorld({ store: createMemoryStore({ faults: { seed, delayMsMax: 4 } }) })
    await world.run('CreateBucket', { Bucket })
    const [put, deleted] = await Promise.allSettled([
      // Somewhere in the course of the deletion, which takes several steps of up to four milliseconds.
      setTimeout(seededRandom(seed)() * 20).then(() => world.put(Bucket, 'k', 'x')),
      world.run('DeleteBucket', { Bucket }),
    ])
    // Whoever was told that it is stored must find it; whoever was told that it is deleted must not be able to.
    if (put.status === 'fulfilled' && deleted.status === 'rejected')
      assert.equal((await world.read(Bucket, 'k')).toString(), 'x', `seed ${seed}`)
    if (put.status === 'fulfilled' && deleted.status === 'fulfilled') bothHappened++
    if (deleted.status === 'fulfilled') {
      await assert.rejects(world.run('HeadBucket', { Bucket }), fails('NoSuchBucket'), `seed ${seed}`)
      assert.deepEqual(
        await world.store.list({ prefix: ['s3.objects'] }),
        [],
        `seed ${seed}: an object without a bucket`,
      )
    }
  }
  assert.equal(bothHappened, 0, `seeds from ${first}`)
})
