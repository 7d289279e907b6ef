// Every type of event that a notification can be configured for occurs, but for those that docs/services/s3.md names.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { OutboxRecord } from '../../src/events/outbox.ts'
import { EVENT_TYPES } from '../../src/services/s3/event-types.ts'
import { renderS3Event } from '../../src/services/s3/events.ts'
import { bodyOf, createWorld, type S3World } from './kit.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const NEVER = new Set([
  's3:IntelligentTiering',
  's3:ReducedRedundancyLostObject',
  's3:Replication:OperationMissedThreshold',
  's3:Replication:OperationNotTracked',
  's3:Replication:OperationReplicatedAfterThreshold',
])
const FAILED = 'Replication:OperationFailedReplication'
const TYPES = EVENT_TYPES.filter((type) => !type.endsWith('*') && !NEVER.has(type)).map((type) => type.slice(3))

async function bucketThatTells(world: S3World, Bucket: string, Status: 'Enabled' | undefined): Promise<void> {
  await world.run('CreateBucket', { Bucket, ObjectOwnership: 'ObjectWriter' })
  if (Status) await world.run('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status } })
  const Events = EVENT_TYPES.filter((type) => !type.endsWith('*'))
  const NotificationConfiguration = {
    QueueConfigurations: [{ QueueArn: 'arn:aws:sqs:us-east-1:000000000000:told', Events }],
    EventBridgeConfiguration: {},
  }
  await world.run('PutBucketNotificationConfiguration', { Bucket, NotificationConfiguration } as never)
}

async function doEverything(world: S3World, Bucket: string): Promise<void> {
  await world.put(Bucket, 'put', 'x')
  await world.call('PutObject', { Bucket, Key: 'posted', Body: bodyOf('x') }, { method: 'POST' })
  await world.run('CopyObject', { Bucket, Key: 'copied', CopySource: `${Bucket}/put` })
  const { UploadId = '' } = await world.run('CreateMultipartUpload', { Bucket, Key: 'parts' })
  const { ETag } = await world.run('UploadPart', { Bucket, Key: 'parts', UploadId, PartNumber: 1, Body: bodyOf('x') })
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
  await world.run('CompleteMultipartUpload', { Bucket, Key: 'parts', UploadId, MultipartUpload })
  const TagSet = [{ Key: 'a', Value: 'b' }]
  await world.run('PutObjectTagging', { Bucket, Key: 'put', Tagging: { TagSet } })
  await world.run('DeleteObjectTagging', { Bucket, Key: 'put' })
  await world.run('PutObjectAcl', { Bucket, Key: 'put', ACL: 'bucket-owner-read' })
  await world.run('DeleteObject', { Bucket, Key: 'copied' })
  await world.run('PutObject', { Bucket, Key: 'archived', Body: bodyOf('x'), StorageClass: 'GLACIER' })
  await world.run('RestoreObject', { Bucket, Key: 'archived', RestoreRequest: { Days: 1 } })
  const Rules = [
    { ID: 'expire', Status: 'Enabled', Filter: { Prefix: 'p' }, Expiration: { Days: 3 } },
    { ID: 'move', Status: 'Enabled', Filter: { Prefix: 'moves' }, Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] },
  ]
  await world.put(Bucket, 'moves', 'x'.repeat(200_000))
  await world.run('PutBucketLifecycleConfiguration', { Bucket, LifecycleConfiguration: { Rules } } as never)
  for (let day = 0; day < 6; day++) {
    await world.clock.advance(DAY_MS)
    await world.service.idle()
    for (let turn = 0; turn < 50; turn++) await setImmediate()
  }
}

/** The last attempt to replicate into a bucket that is not versioned any more, by a rule with metrics. */
async function failToReplicate(world: S3World, Bucket: string): Promise<void> {
  await world.run('CreateBucket', { Bucket: 'replicas' })
  const versioning = (Status: string): Promise<unknown> =>
    world.run('PutBucketVersioning', { Bucket: 'replicas', VersioningConfiguration: { Status } } as never)
  await versioning('Enabled')
  const Rules = ['Enabled', 'Disabled'].map((Status, index) => ({
    ID: `metrics ${Status}`,
    Status: 'Enabled',
    Priority: index,
    Filter: { Prefix: `replicated/${Status}` },
    DeleteMarkerReplication: { Status: 'Disabled' },
    Destination: { Bucket: 'arn:aws:s3:::replicas', Metrics: { Status } },
  }))
  const ReplicationConfiguration = { Role: 'arn:aws:iam::000000000000:role/replicates', Rules }
  await world.run('PutBucketReplication', { Bucket, ReplicationConfiguration } as never)
  await world.put(Bucket, 'replicated/Enabled', 'x')
  await world.put(Bucket, 'replicated/Disabled', 'x')
  await versioning('Suspended')
  for (const { envelope, destination } of await world.records())
    if (destination.target === 's3') await world.service.target.deliver(envelope, destination, new Uint8Array(0), 9)
}

test('every type of event occurs, for a queue and for the bus', async () => {
  const world = createWorld()
  world.service.recover()
  for (const [Bucket, status] of [
    ['plain', undefined],
    ['versioned', 'Enabled'],
  ] as const) {
    await bucketThatTells(world, Bucket, status)
    await doEverything(world, Bucket)
  }
  await failToReplicate(world, 'versioned')
  const records = (await world.records()).filter(
    ({ envelope, destination }) => envelope.type !== 's3:TestEvent' && destination.target !== 's3',
  )
  for (const target of ['events', 'sqs']) {
    const found = new Set(
      records.filter((record) => record.destination.target === target).map((one) => one.envelope.type),
    )
    // The bus is not told of replication.
    const expected = TYPES.filter((type) => target === 'sqs' || type !== FAILED)
    assert.deepEqual([...found].toSorted(), expected.toSorted(), target)
  }
  const [failed, ...more] = records.filter(({ envelope }) => envelope.type === FAILED)
  assert.ok(failed && more.length === 0, 'without metrics nobody is told')
  const [document] = JSON.parse(Buffer.from(renderS3Event(failed.envelope, failed.destination)).toString()).Records
  assert.equal(document.eventVersion, '2.2')
  assert.equal(document.userIdentity.principalId, 's3.amazonaws.com')
  assert.deepEqual(document.replicationEventData, {
    replicationRuleId: 'metrics Enabled',
    destinationBucket: 'arn:aws:s3:::replicas',
    s3Operation: 'OBJECT_PUT',
    requestTime: document.replicationEventData.requestTime,
    failureReason: 'DstBucketUnversioned',
  })
  for (const record of records) assert.ok(describes(record), record.envelope.type)
  await world.service.close()
})

/** Does the document tell type, bucket and key? */
function describes({ envelope, destination }: OutboxRecord): boolean {
  const document = JSON.parse(Buffer.from(renderS3Event(envelope, destination)).toString())
  if (destination.target === 'events')
    return (
      document.detail.bucket.name === envelope.subject.split('/')[0] && document['detail-type'].startsWith('Object ')
    )
  const [{ eventName, s3 }] = document.Records
  return eventName === envelope.type && `${s3.bucket.name}/${s3.object.key}` === envelope.subject
}
