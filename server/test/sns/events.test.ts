// Events of other services reach a topic: an upload tells a topic, the topic tells two queues.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CreateTopicCommand, SetTopicAttributesCommand, SubscribeCommand } from '@aws-sdk/client-sns'
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { lettingIn, makeQueue, openBench, parse, type SnsBench } from './kit.ts'

let bench: SnsBench
let s3: S3Client
before(async () => {
  bench = await openBench()
  s3 = new S3Client(bench.test.sdk)
})
after(async () => {
  s3.destroy()
  await bench[Symbol.asyncDispose]()
})

function notify(Bucket: string, TopicArn: string): Promise<unknown> {
  const TopicConfigurations = [{ TopicArn, Events: ['s3:ObjectCreated:*' as const] }]
  return s3.send(
    new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: { TopicConfigurations } }),
  )
}

test('each upload is one message in each queue', async () => {
  const { TopicArn = '' } = await bench.sns.send(
    new CreateTopicCommand({
      Name: 'uploads',
      Attributes: { Policy: JSON.stringify(lettingIn('s3.amazonaws.com', 'sns:Publish')) },
    }),
  )
  const queues = await Promise.all(['first', 'second'].map((name) => makeQueue(bench.sqs, `uploads-${name}`)))
  for (const { arn } of queues) await bench.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn }))
  await s3.send(new CreateBucketCommand({ Bucket: 'uploads' }))
  await notify('uploads', TopicArn)
  const COUNT = 20
  await Promise.all(
    Array.from({ length: COUNT }, (_, index) =>
      s3.send(new PutObjectCommand({ Bucket: 'uploads', Key: `photo-${index}.jpg`, Body: 'x' })),
    ),
  )
  for (const queue of queues) {
    const documents = (await queue.take(COUNT + 1)).map(({ Body }) => parse(Body))
    assert.ok(documents.every(({ Subject }) => Subject === 'Amazon S3 Notification'))
    const keys = documents.flatMap(({ Message = '' }) => {
      const { Records = [] } = JSON.parse(Message) as {
        readonly Records?: readonly { readonly s3: { readonly object: { readonly key: string } } }[]
      }
      return Records.map((record) => record.s3.object.key)
    })
    assert.equal(keys.length, COUNT)
    assert.equal(new Set(keys).size, COUNT)
    assert.deepEqual(await queue.rest(), [])
  }
})

test('a topic whose policy does not let S3 publish is no destination', async () => {
  const { TopicArn = '' } = await bench.sns.send(new CreateTopicCommand({ Name: 'closed' }))
  const policy = (sourceArn: string): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 's3.amazonaws.com' },
          Action: 'sns:Publish',
          Resource: TopicArn,
          Condition: { ArnLike: { 'aws:SourceArn': sourceArn } },
        },
      ],
    })
  const allow = (AttributeValue: string): Promise<unknown> =>
    bench.sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }))
  await s3.send(new CreateBucketCommand({ Bucket: 'closed' }))
  await allow(policy('arn:aws:s3:::other'))
  await assert.rejects(notify('closed', TopicArn), /Unable to validate the following destination configurations/)
  await allow(policy('arn:aws:s3:::closed'))
  await notify('closed', TopicArn)
})

test('a topic takes anonymous messages when its policy says so', async () => {
  const { TopicArn = '' } = await bench.sns.send(new CreateTopicCommand({ Name: 'public' }))
  const publish = (): Promise<Response> =>
    fetch(bench.test.endpoint, {
      method: 'POST',
      body: new URLSearchParams({ Action: 'Publish', Version: '2010-03-31', TopicArn, Message: 'from anybody' }),
    })
  const refused = await publish()
  assert.equal(refused.status, 403)
  const queue = await makeQueue(bench.sqs, 'public')
  await bench.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queue.arn }))
  const AttributeValue = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sns:Publish', Resource: TopicArn }],
  })
  await bench.sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }))
  const taken = await publish()
  assert.equal(taken.status, 200, await taken.text())
  assert.equal(parse((await queue.take(1))[0]?.Body)['Message'], 'from anybody')
})
