// Lifecycle rules as they run, over a clock that stands still unless it is moved.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOf, createWorld, fails, type S3World } from '../../../../test/s3/kit.ts'
import type { S3Input } from '../deps.ts'

const Bucket = 'photos'
const DAY_MS = 24 * 60 * 60 * 1000

type Rule = NonNullable<
  NonNullable<S3Input<'PutBucketLifecycleConfiguration'>['LifecycleConfiguration']>['Rules']
>[number]

async function worldWith(rules: readonly Partial<Rule>[], versioned = false): Promise<S3World> {
  const world = createWorld()
  await world.run('CreateBucket', { Bucket })
  if (versioned)
    await world.run('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status: 'Enabled' } } as never)
  await putRules(world, rules)
  world.service.recover()
  return world
}

async function putRules(world: S3World, rules: readonly Partial<Rule>[]): Promise<void> {
  const Rules = rules.map((rule, index) => ({
    ID: `rule ${index}`,
    Status: 'Enabled',
    Filter: { Prefix: '' },
    ...rule,
  }))
  await world.run('PutBucketLifecycleConfiguration', { Bucket, LifecycleConfiguration: { Rules } } as never)
}

/** Moves time and lets the rounds of that time end. */
async function pass(world: S3World, ms: number): Promise<void> {
  await world.clock.advance(ms)
  await world.service.idle()
}

async function keys(world: S3World): Promise<readonly (string | undefined)[]> {
  const { Contents = [] } = await world.run('ListObjectsV2', { Bucket })
  return Contents.map((object) => object.Key)
}

test('objects expire at the midnight after their days, by prefix, tags and size', async () => {
  const world = await worldWith([
    { Filter: { Prefix: 'logs/' }, Expiration: { Days: 1 } },
    { Filter: { Tag: { Key: 'keep', Value: 'no' } }, Expiration: { Days: 2 } },
    { Filter: { And: { Prefix: 'big/', ObjectSizeGreaterThan: 10 } }, Expiration: { Days: 1 } },
    { Status: 'Disabled', Expiration: { Days: 1 } },
  ] as Partial<Rule>[])
  await world.put(Bucket, 'logs/a', 'x')
  await world.put(Bucket, 'other', 'x')
  await world.put(Bucket, 'big/small', 'x')
  await world.put(Bucket, 'big/large', 'x'.repeat(11))
  await world.run('PutObject', { Bucket, Key: 'tagged', Body: bodyOf('x'), Tagging: 'keep=no' })
  // It is 03:04 on the second of January: a day later is the third, rounded up to the fourth.
  await pass(world, DAY_MS)
  assert.equal((await keys(world)).length, 5)
  await pass(world, DAY_MS)
  assert.deepEqual(await keys(world), ['big/small', 'other', 'tagged'])
  await pass(world, DAY_MS)
  assert.deepEqual(await keys(world), ['big/small', 'other'])
  await world.service.close()
})

test('answers tell when an object expires and by which rule', async () => {
  const world = await worldWith([
    { ID: 'a rule', Filter: { Prefix: 'logs/' }, Expiration: { Days: 1 } },
  ] as Partial<Rule>[])
  const told = 'expiry-date="Sun, 04 Jan 2026 00:00:00 GMT", rule-id="a%20rule"'
  const put = await world.run('PutObject', { Bucket, Key: 'logs/a', Body: bodyOf('x') })
  assert.equal(put.Expiration, told)
  assert.equal((await world.run('HeadObject', { Bucket, Key: 'logs/a' })).Expiration, told)
  assert.equal((await world.run('GetObject', { Bucket, Key: 'logs/a' })).Expiration, told)
  assert.equal((await world.run('PutObject', { Bucket, Key: 'other', Body: bodyOf('x') })).Expiration, undefined)
  const copied = await world.run('CopyObject', { Bucket, Key: 'logs/b', CopySource: `${Bucket}/other` })
  assert.equal(copied.Expiration, told)
  await world.service.close()
})

test('with versions: a marker first, then old versions by age and number, then the lone marker', async () => {
  const world = await worldWith(
    [
      { Expiration: { Days: 1 } },
      { NoncurrentVersionExpiration: { NoncurrentDays: 2, NewerNoncurrentVersions: 1 } },
    ] as Partial<Rule>[],
    true,
  )
  for (const content of ['one', 'two', 'three']) await world.put(Bucket, 'k', content)
  const versions = async (): Promise<readonly string[]> => {
    const { Versions = [], DeleteMarkers = [] } = await world.run('ListObjectVersions', { Bucket })
    return [...DeleteMarkers.map(() => 'marker'), ...Versions.map((version) => String(version.Size))]
  }
  assert.deepEqual(await versions(), ['5', '3', '3'])
  // The second of January and two days: a marker on top at the fourth.
  await pass(world, 2 * DAY_MS)
  assert.deepEqual(await versions(), ['marker', '5', '3', '3'])
  // The two older ones became noncurrent on the second; of all noncurrent ones the newest is kept.
  await pass(world, DAY_MS)
  assert.deepEqual(await versions(), ['marker', '5'])
  await putRules(world, [
    { Expiration: { ExpiredObjectDeleteMarker: true } },
    { NoncurrentVersionExpiration: { NoncurrentDays: 1 } },
  ] as Partial<Rule>[])
  await pass(world, 3 * DAY_MS)
  await pass(world, DAY_MS)
  assert.deepEqual(await versions(), [])
  await world.service.close()
})

test('transitions change the class, in one direction, and leave small objects alone', async () => {
  const world = await worldWith([
    {
      Transitions: [
        { Days: 1, StorageClass: 'GLACIER_IR' },
        { Days: 3, StorageClass: 'DEEP_ARCHIVE' },
      ],
    },
    {
      Filter: { And: { Prefix: 'tiny/', ObjectSizeGreaterThan: 0 } },
      Transitions: [{ Days: 1, StorageClass: 'GLACIER_IR' }],
    },
  ] as Partial<Rule>[])
  await world.put(Bucket, 'large', Buffer.alloc(200_000))
  await world.put(Bucket, 'small', 'x')
  await world.put(Bucket, 'tiny/x', 'x')
  const classes = async (): Promise<readonly unknown[]> => {
    const { Contents = [] } = await world.run('ListObjectsV2', { Bucket })
    return Contents.map((object) => object.StorageClass)
  }
  await pass(world, 2 * DAY_MS)
  assert.deepEqual(await classes(), ['GLACIER_IR', 'STANDARD', 'GLACIER_IR'])
  await pass(world, 2 * DAY_MS)
  assert.deepEqual(await classes(), ['DEEP_ARCHIVE', 'STANDARD', 'GLACIER_IR'])
  await putRules(world, [{ Transitions: [{ Days: 30, StorageClass: 'STANDARD_IA' }] }] as Partial<Rule>[])
  await pass(world, 40 * DAY_MS)
  assert.deepEqual(await classes(), ['DEEP_ARCHIVE', 'STANDARD', 'GLACIER_IR'])
  await assert.rejects(world.read(Bucket, 'large'), fails('InvalidObjectState', 403))
  await world.service.close()
})

test('uploads that nobody ends are aborted, and their parts deleted', async () => {
  const world = await worldWith([
    { Filter: { Prefix: 'a' }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
  ] as Partial<Rule>[])
  const begin = async (Key: string): Promise<void> => {
    const { UploadId } = await world.run('CreateMultipartUpload', { Bucket, Key })
    await world.run('UploadPart', { Bucket, Key, UploadId, PartNumber: 1, Body: bodyOf('x') } as never)
  }
  await begin('abc')
  await begin('bcd')
  assert.equal(world.blobs.kept.size, 2)
  await pass(world, 2 * DAY_MS)
  const { Uploads = [] } = await world.run('ListMultipartUploads', { Bucket })
  assert.deepEqual(
    Uploads.map((upload) => upload.Key),
    ['bcd'],
  )
  assert.equal(world.blobs.kept.size, 1)
  await world.service.close()
})

test('a locked version outlives its rule, and a date in the past takes effect when it is put', async () => {
  const world = createWorld()
  await world.run('CreateBucket', { Bucket, ObjectLockEnabledForBucket: true })
  world.service.recover()
  const untilMs = world.clock.nowMs() + 10 * DAY_MS
  await world.run('PutObject', {
    Bucket,
    Key: 'locked',
    Body: bodyOf('x'),
    ContentMD5: 'ndTkYSaMgDT1yFZOFVxnpg==',
    ObjectLockMode: 'COMPLIANCE',
    ObjectLockRetainUntilDate: new Date(untilMs),
  })
  await world.put(Bucket, 'free', 'x')
  await putRules(world, [
    { Expiration: { Date: new Date('2026-01-01T00:00:00Z') } },
    { NoncurrentVersionExpiration: { NoncurrentDays: 1 } },
  ] as Partial<Rule>[])
  await pass(world, 1000)
  const { DeleteMarkers = [] } = await world.run('ListObjectVersions', { Bucket })
  assert.equal(DeleteMarkers.length, 2)
  await pass(world, 4 * DAY_MS)
  const left = await world.run('ListObjectVersions', { Bucket })
  assert.deepEqual(
    (left.Versions ?? []).map((version) => version.Key),
    ['locked'],
  )
  await pass(world, 10 * DAY_MS)
  const end = await world.run('ListObjectVersions', { Bucket })
  assert.deepEqual([...(end.Versions ?? []), ...(end.DeleteMarkers ?? [])], [])
  await world.service.close()
})

test('a round that a crash cut off goes on in the next life; thousands of keys in pages', async () => {
  const world = createWorld()
  await world.run('CreateBucket', { Bucket })
  for (let index = 0; index < 1203; index++) await world.put(Bucket, `k${String(index).padStart(5, '0')}`, 'x')
  await putRules(world, [{ Expiration: { Date: new Date('2026-01-02T00:00:00Z') } }] as Partial<Rule>[])
  world.service.recover()
  // Stops after the page under way.
  await world.service.close()
  const left = (await keys(world)).length
  assert.ok(left > 0 && left < 1203, `${left} are left`)
  const later = createWorld({ store: world.store, blobs: world.blobs })
  later.service.recover()
  await later.service.idle()
  assert.deepEqual(await keys(later), [])
  await later.service.close()
})
