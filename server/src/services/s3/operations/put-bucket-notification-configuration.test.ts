import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Envelope } from '../../../events/envelope.ts'
import { bodyOf, fails, type S3World, worldWithBucket } from '../../../../test/s3/kit.ts'
import { renderS3Event } from '../events.ts'

const Bucket = 'photos'
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:thumbnails'
const OTHER = `${ARN}-2:live`

interface Notification {
  readonly Id?: string
  readonly LambdaFunctionArn: string
  readonly Events: readonly string[]
  readonly Filter?: object
}

function configure(world: S3World, ...configurations: readonly Notification[]): Promise<unknown> {
  return world.run('PutBucketNotificationConfiguration', {
    Bucket,
    NotificationConfiguration: { LambdaFunctionConfigurations: configurations } as never,
  })
}

function filter(...rules: readonly (readonly [name: string, value: string])[]): object {
  return { Key: { FilterRules: rules.map(([Name, Value]) => ({ Name, Value })) } }
}

function rendered(envelope: Envelope): unknown {
  return JSON.parse(Buffer.from(renderS3Event(envelope, { target: 'lambda', arn: ARN })).toString())
}

test('what was put comes back, with ids made for those without', async () => {
  const world = await worldWithBucket()
  const Filter = filter(['Prefix', 'in/'], ['suffix', '.jpg'])
  await configure(world, { Id: 'mine', LambdaFunctionArn: ARN, Events: ['s3:ObjectCreated:*'], Filter })
  const { LambdaFunctionConfigurations: put } = await world.run('GetBucketNotificationConfiguration', { Bucket })
  assert.deepEqual(put, [{ Id: 'mine', LambdaFunctionArn: ARN, Events: ['s3:ObjectCreated:*'], Filter }])
  await configure(world, { LambdaFunctionArn: ARN, Events: ['s3:ObjectCreated:Put'] })
  const { LambdaFunctionConfigurations } = await world.run('GetBucketNotificationConfiguration', { Bucket })
  assert.match(LambdaFunctionConfigurations?.[0]?.Id ?? '', /^.{36}$/)
  await configure(world)
  const empty = await world.run('GetBucketNotificationConfiguration', { Bucket })
  assert.deepEqual(empty.LambdaFunctionConfigurations, [])
})

test('the test event goes to each function once, when it is first told about the bucket', async () => {
  const world = await worldWithBucket()
  await configure(world, { LambdaFunctionArn: ARN, Events: ['s3:ObjectCreated:*'] })
  await configure(
    world,
    { LambdaFunctionArn: ARN, Events: ['s3:ObjectCreated:*'] },
    { LambdaFunctionArn: OTHER, Events: ['s3:ObjectRemoved:*'] },
  )
  const events = await world.events()
  assert.deepEqual(
    events.map((event) => event.type),
    ['s3:TestEvent', 's3:TestEvent'],
  )
  const [first] = events
  assert.ok(first)
  const document = rendered(first) as Record<string, unknown>
  assert.match(String(document['HostId']), /^[\w+/=]{64}$/)
  assert.deepEqual(
    { ...document, HostId: '' },
    {
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Time: '2026-01-02T03:04:05.678Z',
      Bucket,
      RequestId: 'REQUEST-1',
      HostId: '',
    },
  )
})

test('the event document is exactly the documented one', async () => {
  const world = await worldWithBucket()
  await configure(world, {
    Id: 'mine',
    LambdaFunctionArn: ARN,
    Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:Delete'],
  })
  await world.put(Bucket, 'in/red flower+ä.jpg', 'abc')
  await world.run('DeleteObject', { Bucket, Key: 'in/red flower+ä.jpg' })
  await world.run('DeleteObject', { Bucket, Key: 'never there' })
  const [, created, removed, ...others] = await world.events()
  assert.ok(created && removed && others.length === 0)
  assert.deepEqual([created.source, created.account, created.region], ['mayfly.s3', '000000000000', 'us-east-1'])
  const document = rendered(created) as {
    Records: {
      userIdentity: unknown
      responseElements: Record<string, string>
      s3: { bucket: { ownerIdentity: unknown }; object: { sequencer: string } }
    }[]
  }
  const [record] = document.Records
  assert.ok(record)
  const { sequencer } = record.s3.object
  assert.match(sequencer, /^[0-9A-F]{16}$/)
  const principal = record.userIdentity
  assert.match(JSON.stringify(principal), /^\{"principalId":"A[0-9A-Z]{13}"\}$/)
  assert.deepEqual(document, {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: 'us-east-1',
        eventTime: '2026-01-02T03:04:05.678Z',
        eventName: 'ObjectCreated:Put',
        userIdentity: principal,
        requestParameters: { sourceIPAddress: '127.0.0.9' },
        responseElements: { 'x-amz-request-id': 'REQUEST-1', 'x-amz-id-2': record.responseElements['x-amz-id-2'] },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'mine',
          bucket: { name: Bucket, ownerIdentity: principal, arn: 'arn:aws:s3:::photos' },
          object: { key: 'in/red+flower%2B%C3%A4.jpg', size: 3, eTag: '900150983cd24fb0d6963f7d28e17f72', sequencer },
        },
      },
    ],
  })
  const gone = (rendered(removed) as { Records: [{ eventName: string; s3: { object: { sequencer: string } } }] })
    .Records[0]
  assert.equal(gone.eventName, 'ObjectRemoved:Delete')
  assert.deepEqual(Object.keys(gone.s3.object), ['key', 'sequencer'])
  assert.ok(gone.s3.object.sequencer > sequencer)
})

test('prefix, suffix and event type decide who is told; the event is in the commit of its cause', async () => {
  const world = await worldWithBucket()
  await configure(
    world,
    { LambdaFunctionArn: ARN, Events: ['s3:ObjectCreated:Put'], Filter: filter(['prefix', 'in/'], ['suffix', '.jpg']) },
    { LambdaFunctionArn: OTHER, Events: ['s3:ObjectCreated:Copy', 's3:ObjectRemoved:*'] },
  )
  for (const key of ['in/a.jpg', 'in/a.png', 'out/a.jpg']) await world.put(Bucket, key, 'x')
  await world.run('CopyObject', { Bucket, Key: 'in/b.jpg', CopySource: `${Bucket}/in/a.jpg` })
  await world.run(
    'DeleteObjects',
    { Bucket, Delete: { Objects: [{ Key: 'in/a.png' }, { Key: 'x' }] as never } },
    { headers: { 'content-md5': 'x' } },
  )
  const { UploadId = '' } = await world.run('CreateMultipartUpload', { Bucket, Key: 'in/c.jpg' })
  const { ETag } = await world.run('UploadPart', {
    Bucket,
    Key: 'in/c.jpg',
    UploadId,
    PartNumber: 1,
    Body: bodyOf('x'),
  })
  await world.run('CompleteMultipartUpload', {
    Bucket,
    Key: 'in/c.jpg',
    UploadId,
    MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
  })
  await assert.rejects(world.run('PutObject', { Bucket, Key: 'in/a.jpg', Body: bodyOf('x'), IfNoneMatch: '*' }))
  const events = (await world.events()).filter((event) => event.type !== 's3:TestEvent')
  assert.deepEqual(
    events.map((event) => `${event.type} ${event.subject}`),
    ['ObjectCreated:Put photos/in/a.jpg', 'ObjectCreated:Copy photos/in/b.jpg', 'ObjectRemoved:Delete photos/in/a.png'],
  )
})

test('overlapping configurations are refused, others are not', async () => {
  const world = await worldWithBucket()
  const created = ['s3:ObjectCreated:*']
  const pair = (left: Partial<Notification>, right: Partial<Notification>): Promise<unknown> =>
    configure(
      world,
      { LambdaFunctionArn: ARN, Events: created, ...left },
      { LambdaFunctionArn: OTHER, Events: created, ...right },
    )
  await assert.rejects(pair({}, {}), /Configurations overlap/)
  await assert.rejects(pair({}, { Events: ['s3:ObjectCreated:Put'] }), fails('InvalidArgument', 400))
  await assert.rejects(
    pair({ Filter: filter(['prefix', 'a']) }, { Filter: filter(['prefix', 'ab']) }),
    /ambiguously defined/,
  )
  await assert.rejects(
    pair({ Filter: filter(['suffix', '.jpg']) }, { Filter: filter(['prefix', 'a']) }),
    /ambiguously defined/,
  )
  await pair({}, { Events: ['s3:ObjectRemoved:*'] })
  await pair({ Filter: filter(['prefix', 'a/']) }, { Filter: filter(['prefix', 'b/']) })
  await pair(
    { Filter: filter(['prefix', 'a'], ['suffix', '.jpg']) },
    { Filter: filter(['prefix', 'a'], ['suffix', '.png']) },
  )
})

test('broken configurations are refused in the words of S3', async () => {
  const world = await worldWithBucket()
  const good = { LambdaFunctionArn: ARN, Events: ['s3:ObjectCreated:*'] }
  await assert.rejects(
    configure(world, { ...good, LambdaFunctionArn: 'arn:aws:lambda:x' }),
    /The ARN is not well formed/,
  )
  await assert.rejects(
    configure(world, { ...good, LambdaFunctionArn: ARN.replace('us-east-1', 'eu-west-1') }),
    /location constraint/,
  )
  await assert.rejects(configure(world, { ...good, Events: ['s3:ObjectEaten'] }), /The event is not supported/)
  await assert.rejects(configure(world, { ...good, Events: [] }), fails('MalformedXML'))
  await assert.rejects(configure(world, { ...good, Filter: filter(['infix', 'x']) }), /must be either prefix or suffix/)
  await assert.rejects(
    configure(world, { ...good, Filter: filter(['prefix', 'x'], ['Prefix', 'y']) }),
    /more than one prefix/,
  )
  await assert.rejects(
    configure(world, { ...good, Filter: filter(['prefix', 'x'.repeat(1025)]) }),
    /cannot exceed 1024/,
  )
  await assert.rejects(configure(world, { ...good, Id: 'x'.repeat(256) }), fails('InvalidArgument'))
  await assert.rejects(
    configure(world, { ...good, Id: 'a' }, { Id: 'a', LambdaFunctionArn: OTHER, Events: ['s3:ObjectRemoved:*'] }),
    /IDs must be unique/,
  )
  world.refusals.set(ARN, `Not authorized to invoke function [${ARN}]`)
  await assert.rejects(configure(world, good), /Unable to validate the following destination configurations/)
  await world.run('PutBucketNotificationConfiguration', {
    Bucket,
    NotificationConfiguration: { LambdaFunctionConfigurations: [good] } as never,
    SkipDestinationValidation: true,
  })
})

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:jobs'
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:news'
const BUS = 'arn:aws:events:us-east-1:000000000000:event-bus/default'

function put(world: S3World, NotificationConfiguration: object, more: object = {}): Promise<unknown> {
  return world.run('PutBucketNotificationConfiguration', {
    Bucket,
    NotificationConfiguration,
    ...more,
  })
}

test('queues, topics and functions are told, each by its own target', async () => {
  const world = await worldWithBucket()
  await put(world, {
    QueueConfigurations: [{ Id: 'q', QueueArn: QUEUE, Events: ['s3:ObjectCreated:*'] }],
    TopicConfigurations: [
      { Id: 't', TopicArn: TOPIC, Events: ['s3:ObjectRemoved:*'], Filter: filter(['prefix', 'in/']) },
    ],
    LambdaFunctionConfigurations: [{ Id: 'f', LambdaFunctionArn: ARN, Events: ['s3:ObjectTagging:*'] }],
  })
  await world.put(Bucket, 'in/a', 'abc')
  await world.run('DeleteObject', { Bucket, Key: 'in/a' })
  const records = await world.records()
  assert.deepEqual(
    records.map(({ envelope, destination }) => [envelope.type, destination.target, destination.arn]),
    [
      ['s3:TestEvent', 'sns', TOPIC],
      ['s3:TestEvent', 'sqs', QUEUE],
      ['s3:TestEvent', 'lambda', ARN],
      ['ObjectCreated:Put', 'sqs', QUEUE],
      ['ObjectRemoved:Delete', 'sns', TOPIC],
    ],
  )
  assert.deepEqual(records[0]?.destination.message, { subject: 'Amazon S3 Notification' })
  const got = await world.run('GetBucketNotificationConfiguration', { Bucket })
  assert.deepEqual(got.QueueConfigurations, [
    { Id: 'q', QueueArn: QUEUE, Events: ['s3:ObjectCreated:*'], Filter: undefined },
  ])
  assert.deepEqual(got.TopicConfigurations, [
    { Id: 't', TopicArn: TOPIC, Events: ['s3:ObjectRemoved:*'], Filter: filter(['prefix', 'in/']) },
  ])
  assert.equal(got.LambdaFunctionConfigurations?.length, 1)
  assert.equal(got.EventBridgeConfiguration, undefined)
})

test('queues and topics are checked as functions are', async () => {
  const world = await worldWithBucket()
  const queue = { Id: 'q', QueueArn: QUEUE, Events: ['s3:ObjectCreated:*'] }
  const refused = (configuration: object, message: RegExp): Promise<void> =>
    assert.rejects(put(world, configuration), message)
  await refused({ QueueConfigurations: [{ ...queue, QueueArn: ARN }] }, /The ARN is not well formed/)
  await refused({ TopicConfigurations: [{ ...queue, TopicArn: QUEUE }] }, /The ARN is not well formed/)
  await refused({ QueueConfigurations: [{ ...queue, QueueArn: QUEUE.replace('us-', 'eu-') }] }, /location constraint/)
  await refused(
    { QueueConfigurations: [queue], TopicConfigurations: [{ ...queue, Id: 't', TopicArn: TOPIC }] },
    /Configurations overlap/,
  )
  await refused(
    {
      QueueConfigurations: [queue],
      TopicConfigurations: [{ ...queue, TopicArn: TOPIC, Events: ['s3:ObjectRemoved:*'] }],
    },
    /IDs must be unique/,
  )
  world.refusals.set(QUEUE, 'no')
  await refused({ QueueConfigurations: [queue] }, /Unable to validate the following destination configurations/)
})

test('the event bus hears of everything in its own words', async () => {
  const world = await worldWithBucket()
  await put(world, {
    EventBridgeConfiguration: {},
    QueueConfigurations: [{ QueueArn: QUEUE, Events: ['s3:ObjectCreated:*'] }],
  })
  await world.put(Bucket, 'in/red flower.jpg', 'abc')
  await world.run('DeleteObject', { Bucket, Key: 'in/red flower.jpg' })
  const records = (await world.records()).filter(({ destination }) => destination.target === 'events')
  assert.deepEqual(
    records.map(({ envelope, destination }) => [envelope.type, destination.arn]),
    [
      ['ObjectCreated:Put', BUS],
      ['ObjectRemoved:Delete', BUS],
    ],
  )
  const [created, removed] = records.map(
    ({ envelope, destination }) => JSON.parse(Buffer.from(renderS3Event(envelope, destination)).toString()) as Bus,
  )
  assert.ok(created && removed)
  const { sequencer } = created.detail.object
  assert.deepEqual(created, {
    version: '0',
    id: created.id,
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '000000000000',
    time: '2026-01-02T03:04:05Z',
    region: 'us-east-1',
    resources: ['arn:aws:s3:::photos'],
    detail: {
      version: '0',
      bucket: { name: 'photos' },
      object: { key: 'in/red flower.jpg', size: 3, etag: '900150983cd24fb0d6963f7d28e17f72', sequencer },
      'request-id': created.detail['request-id'],
      requester: '000000000000',
      'source-ip-address': '127.0.0.9',
      reason: 'PutObject',
    },
  })
  assert.equal(removed['detail-type'], 'Object Deleted')
  assert.equal(removed.detail['deletion-type'], 'Permanently Deleted')
  assert.deepEqual((await world.run('GetBucketNotificationConfiguration', { Bucket })).EventBridgeConfiguration, {})
})

interface Bus {
  readonly id: string
  readonly 'detail-type': string
  readonly detail: Readonly<Record<string, unknown>> & { readonly object: { readonly sequencer: string } }
}
