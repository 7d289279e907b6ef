// A thousand photos are uploaded: the bucket tells a topic, the topic two queues, each queue feeds a function, each
// function writes a row for each photo. The server is killed twice on the way. In the end every photo has its two rows, and
// there is no other row.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as dynamodb from '@aws-sdk/client-dynamodb'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import * as sns from '@aws-sdk/client-sns'
import * as sqs from '@aws-sdk/client-sqs'
import { seededRandom } from '../../../src/base/ids.ts'
import { zipOf } from '../../lambda/zip-file.ts'
import { eventually, makeRole, readKeys, REGION, type TestServer } from '../server-kit.ts'

const PHOTOS = 1000
const UPLOADS_AT_ONCE = 16
/** After about so many uploads the server is killed. */
const KILLS = [300, 700]
const PHASES = ['thumbnail', 'index']
/** What a crash left in flight comes back after this time. */
const VISIBILITY_S = 6

const HANDLER = `
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
const tables = new DynamoDBClient({})
export const handler = async ({ Records }) => {
  const keys = Records.flatMap(({ body }) => {
    const event = JSON.parse(JSON.parse(body).Message)
    return (event.Records ?? []).map((record) => record.s3.object.key)
  })
  const rows = [...new Set(keys)].map((key) => ({ PutRequest: { Item: { id: { S: process.env.PHASE + '/' + key } } } }))
  if (rows.length > 0) await tables.send(new BatchWriteItemCommand({ RequestItems: { photos: rows } }))
}
`

interface Child {
  readonly process: ChildProcess
  readonly sdk: TestServer['sdk']
}

async function startChild(folder: string): Promise<Child> {
  const script = fileURLToPath(new URL('child-server.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was ready`)))
  })
  const { endpoint, credentialsFile } = JSON.parse(line) as { endpoint: string; credentialsFile: string }
  const credentials = await readKeys(credentialsFile)
  return { process: child, sdk: { endpoint, region: REGION, credentials, maxAttempts: 1, forcePathStyle: true } }
}

async function kill({ process: child }: Child, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await ended
}

async function setUp({ sdk }: Child): Promise<void> {
  const buckets = new s3.S3Client(sdk)
  const topics = new sns.SNSClient(sdk)
  const tables = new dynamodb.DynamoDBClient(sdk)
  const Role = await makeRole({ sdk }, 'photos')
  await tables.send(
    new dynamodb.CreateTableCommand({
      TableName: 'photos',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  const { TopicArn = '' } = await topics.send(new sns.CreateTopicCommand({ Name: 'uploads' }))
  await topics.send(
    new sns.SetTopicAttributesCommand({
      TopicArn,
      AttributeName: 'Policy',
      AttributeValue: allow('s3.amazonaws.com', 'sns:Publish', TopicArn),
    }),
  )
  for (const phase of PHASES) await feed(sdk, phase, TopicArn, Role)
  await buckets.send(new s3.CreateBucketCommand({ Bucket: 'photos' }))
  await buckets.send(
    new s3.PutBucketNotificationConfigurationCommand({
      Bucket: 'photos',
      NotificationConfiguration: { TopicConfigurations: [{ TopicArn, Events: ['s3:ObjectCreated:*'] }] },
    }),
  )
}

/** A queue on the topic, and a function on the queue. */
async function feed(sdk: TestServer['sdk'], phase: string, TopicArn: string, Role: string): Promise<void> {
  const queues = new sqs.SQSClient(sdk)
  const topics = new sns.SNSClient(sdk)
  const functions = new lambda.LambdaClient(sdk)
  const arn = `arn:aws:sqs:${REGION}:000000000000:${phase}`
  await queues.send(
    new sqs.CreateQueueCommand({
      QueueName: phase,
      Attributes: {
        VisibilityTimeout: String(VISIBILITY_S),
        Policy: allow('sns.amazonaws.com', 'sqs:SendMessage', arn),
      },
    }),
  )
  await topics.send(new sns.SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn }))
  await functions.send(
    new lambda.CreateFunctionCommand({
      FunctionName: phase,
      Runtime: 'nodejs22.x',
      Role,
      Handler: 'index.handler',
      Timeout: VISIBILITY_S,
      Code: { ZipFile: zipOf({ 'index.mjs': HANDLER }) },
      Environment: { Variables: { PHASE: phase } },
    }),
  )
  await functions.send(
    new lambda.CreateEventSourceMappingCommand({
      FunctionName: phase,
      EventSourceArn: arn,
      ScalingConfig: { MaximumConcurrency: 2 },
    }),
  )
}

function allow(service: string, action: string, resource: string): string {
  const statement = { Effect: 'Allow', Principal: { Service: service }, Action: action, Resource: resource }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}

/** Uploads until all are acknowledged or the server is gone; what was not acknowledged stays in `left`. */
async function upload({ sdk }: Child, left: Set<string>, enough: () => boolean): Promise<void> {
  const client = new s3.S3Client(sdk)
  const keys = [...left].values()
  const worker = async (): Promise<void> => {
    for (const key of keys) {
      if (enough()) return
      try {
        await client.send(new s3.PutObjectCommand({ Bucket: 'photos', Key: key, Body: `photo ${key}` }))
      } catch {
        return
      }
      left.delete(key)
    }
  }
  await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, worker))
  client.destroy()
}

async function rowsIn({ sdk }: Child): Promise<ReadonlySet<string>> {
  const tables = new dynamodb.DynamoDBClient(sdk)
  const rows = new Set<string>()
  for await (const { Items = [] } of dynamodb.paginateScan({ client: tables }, { TableName: 'photos' }))
    for (const { id } of Items) rows.add(id?.S ?? '')
  tables.destroy()
  return rows
}

test(`${PHOTOS} photos go through a topic and two queues into a table, the server is killed twice`, async (context) => {
  const seed = Date.now() % 1_000_000
  context.diagnostic(`seed ${seed}`)
  const random = seededRandom(seed)
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-photos-'))
  const keys = Array.from({ length: PHOTOS }, (_, n) => `photo-${n}.jpg`)
  const left = new Set(keys)
  let child = await startChild(folder)
  try {
    await setUp(child)
    for (const killAt of KILLS) {
      const atLeast = killAt + Math.floor(random() * 50)
      await upload(child, left, () => PHOTOS - left.size >= atLeast)
      // While events are on their way in all stages.
      await new Promise((resolve) => setTimeout(resolve, random() * 300))
      await kill(child, 'SIGKILL')
      child = await startChild(folder)
    }
    await upload(child, left, () => false)
    assert.equal(left.size, 0)
    const wanted = PHASES.flatMap((phase) => keys.map((key) => `${phase}/${key}`))
    const rows = await eventually(
      'a row of each phase for each photo',
      async () => {
        const found = await rowsIn(child)
        return found.size >= wanted.length ? found : undefined
      },
      60_000,
    )
    assert.deepEqual([...rows].toSorted(), wanted.toSorted())
    await kill(child, 'SIGTERM')
    assert.equal(child.process.exitCode, 0)
  } finally {
    await kill(child, 'SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
})
