// A function that writes into the bucket that starts it: stopped after 16 hops, and said so.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { HOPS_MAX } from '#events/envelope.ts'
import { deploy, DUMMY_CREDENTIALS, eventually, startTestServer, type TestServer } from '../lambda/server-fixture.ts'

let world: TestServer
before(async () => {
  world = await startTestServer()
})
after(() => world.close())

test('a loop over S3 ends after 16 hops in the dead letters', async () => {
  await deploy(
    world.client,
    'looper',
    `import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
    const s3 = new S3Client({})
    export const handler = async (event) => {
      for (const record of event.Records ?? [])
        await s3.send(new PutObjectCommand({ Bucket: 'loop', Key: record.s3.object.key + 'x', Body: 'again' }))
    }`,
    { Timeout: 20, MemorySize: 512 },
  )
  const s3 = new S3Client({
    endpoint: world.endpoint,
    region: 'us-east-1',
    credentials: DUMMY_CREDENTIALS,
    forcePathStyle: true,
  })
  await s3.send(new CreateBucketCommand({ Bucket: 'loop' }))
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: 'loop',
      NotificationConfiguration: {
        LambdaFunctionConfigurations: [
          {
            LambdaFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:looper',
            Events: ['s3:ObjectCreated:*'],
          },
        ],
      },
    }),
  )
  await s3.send(new PutObjectCommand({ Bucket: 'loop', Key: 'x', Body: 'begin' }))
  const letter = await eventually(
    'the dead letter',
    async () => {
      const page = await (await fetch(`${world.endpoint}/_mayfly/dead-letters`)).json()
      return (page as { deadLetters: { reason: string }[] }).deadLetters[0]
    },
    40_000,
  )
  assert.match(letter.reason, /16 hops/)
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: 'loop' }))
  // The client's own put, and one by each hop that was allowed.
  assert.equal(Contents?.length, HOPS_MAX + 1)
  s3.destroy()
})
