import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { bodyOf, createWorld, type S3World } from '../../../test/s3/kit.ts'

const Bucket = 'photos'
const Key = 'old.jpg'
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:told'
const DAY_MS = 86_400_000

async function archived(): Promise<S3World> {
  const world = createWorld()
  await world.run('CreateBucket', { Bucket })
  const LambdaFunctionConfigurations = [{ LambdaFunctionArn: FUNCTION, Events: ['s3:ObjectRestore:*'] }]
  const NotificationConfiguration = { LambdaFunctionConfigurations } as never
  await world.run('PutBucketNotificationConfiguration', { Bucket, NotificationConfiguration })
  await world.run('PutObject', { Bucket, Key, Body: bodyOf('x'), StorageClass: 'GLACIER' })
  return world
}

async function told(world: S3World): Promise<readonly string[]> {
  for (let turn = 0; turn < 50; turn++) await setImmediate()
  return (await world.events()).map(({ type }) => type).filter((type) => type.startsWith('ObjectRestore'))
}

test('a restore is told when it begins, is complete and is over; the copy is gone with it', async () => {
  const world = await archived()
  world.service.recover()
  await world.run('RestoreObject', { Bucket, Key, RestoreRequest: { Days: 1 } })
  assert.deepEqual(await told(world), ['ObjectRestore:Post'])
  await world.clock.advance(3000)
  assert.deepEqual(await told(world), ['ObjectRestore:Post', 'ObjectRestore:Completed'])
  assert.equal((await world.read(Bucket, Key)).toString(), 'x')
  await world.clock.advance(2 * DAY_MS)
  assert.deepEqual((await told(world)).slice(2), ['ObjectRestore:Delete'])
  const head = await world.run('HeadObject', { Bucket, Key })
  assert.equal(head.Restore, undefined)
  await world.service.close()
})

test('what fell due while the server was down is told after its start; an extended restore ends once', async () => {
  const world = await archived()
  await world.run('RestoreObject', { Bucket, Key, RestoreRequest: { Days: 1 } })
  await world.clock.advance(5000)
  await world.run('RestoreObject', { Bucket, Key, RestoreRequest: { Days: 5 } })
  assert.deepEqual(await told(world), ['ObjectRestore:Post', 'ObjectRestore:Post'])
  world.service.recover()
  assert.deepEqual((await told(world)).slice(2), ['ObjectRestore:Completed'])
  await world.clock.advance(3 * DAY_MS)
  assert.equal((await told(world)).length, 3)
  await world.clock.advance(4 * DAY_MS)
  assert.deepEqual((await told(world)).slice(3), ['ObjectRestore:Delete'])
  await world.service.close()
})
