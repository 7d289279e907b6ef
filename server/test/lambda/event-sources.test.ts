// Event source mappings and destinations of asynchronous invocations against a whole server: queues, a table's stream and
// a topic that feed real functions, through the SDK, boto3 and awscli.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as dynamodb from '@aws-sdk/client-dynamodb'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import * as sns from '@aws-sdk/client-sns'
import * as sqs from '@aws-sdk/client-sqs'
import { awsJson, boto3, eventually, makeRole, openServer, type TestServer } from '../conformance/server-kit.ts'
import { zipOf } from './zip-file.ts'

/** Sends what it got to the queue OUT, and fails for what says so. */
const RELAY = `
import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs'
const sqs = new SQSClient({})
export const handler = async (event) => {
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.OUT, MessageBody: JSON.stringify({ ...event, at: Number(process.hrtime.bigint()) }) }))
  const records = event.Records ?? []
  if (JSON.stringify(records).includes('fail all')) throw new Error('as told')
  return {
    batchItemFailures: records
      .filter((record) => String(record.body).includes('fail me'))
      .map((record) => ({ itemIdentifier: record.messageId })),
  }
}
`

let server: TestServer
let functions: lambda.LambdaClient
let queues: sqs.SQSClient
let out: Queue
let Role: string

interface Queue {
  readonly url: string
  readonly arn: string
}

before(async () => {
  server = await openServer({ lambda: { asyncRetryDelaysMs: [20, 20] } })
  functions = new lambda.LambdaClient(server.sdk)
  Role = await makeRole(server, 'events')
  queues = new sqs.SQSClient(server.sdk)
  out = await makeQueue('out')
  for (const name of ['relay', 'relay-2', 'relay-3', 'relay-4']) await makeFunction(name)
})

after(async () => {
  functions.destroy()
  queues.destroy()
  await server[Symbol.asyncDispose]()
})

async function makeQueue(QueueName: string, Attributes: Record<string, string> = {}): Promise<Queue> {
  const { QueueUrl = '' } = await queues.send(new sqs.CreateQueueCommand({ QueueName, Attributes }))
  const got = await queues.send(new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
  return { url: QueueUrl, arn: got.Attributes?.['QueueArn'] ?? '' }
}

async function makeFunction(FunctionName: string, source = RELAY, to = out): Promise<void> {
  await functions.send(
    new lambda.CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs22.x',
      Role,
      Handler: 'index.handler',
      Timeout: 3,
      Code: { ZipFile: zipOf({ 'index.mjs': source }) },
      Environment: { Variables: { OUT: to.url } },
    }),
  )
}

async function map(input: lambda.CreateEventSourceMappingCommandInput): Promise<string> {
  const { UUID = '' } = await functions.send(new lambda.CreateEventSourceMappingCommand(input))
  await eventually('the mapping to be enabled', async () => {
    const { State } = await functions.send(new lambda.GetEventSourceMappingCommand({ UUID }))
    return State === 'Enabled' ? State : undefined
  })
  return UUID
}

async function unmap(UUID: string): Promise<void> {
  await functions.send(new lambda.DeleteEventSourceMappingCommand({ UUID }))
  await eventually('the mapping to be gone', () =>
    functions.send(new lambda.GetEventSourceMappingCommand({ UUID })).then(
      () => undefined,
      (error: unknown) => error instanceof lambda.ResourceNotFoundException || undefined,
    ),
  )
}

interface Event {
  /** The machine's monotonic clock when the function began. */
  readonly at: number
  readonly Records: readonly Readonly<Record<string, unknown>>[]
}

/** The next messages in the queue OUT, as the relay wrote them. */
async function relayed(count: number): Promise<readonly Event[]> {
  const events: Event[] = []
  await eventually(`${count} events`, async () => {
    const { Messages = [] } = await queues.send(
      new sqs.ReceiveMessageCommand({ QueueUrl: out.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    )
    for (const { Body = '', ReceiptHandle } of Messages) {
      events.push(JSON.parse(Body) as Event)
      await queues.send(new sqs.DeleteMessageCommand({ QueueUrl: out.url, ReceiptHandle }))
    }
    return events.length >= count ? true : undefined
  })
  return events
}

async function inQueue({ url }: Queue): Promise<readonly number[]> {
  const AttributeNames = [
    'ApproximateNumberOfMessages',
    'ApproximateNumberOfMessagesNotVisible',
  ] as const satisfies sqs.QueueAttributeName[]
  const got = await queues.send(
    new sqs.GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...AttributeNames] }),
  )
  return AttributeNames.map((name) => Number(got.Attributes?.[name]))
}

test('a message runs the function with the documented record, and is gone afterwards', async () => {
  const queue = await makeQueue('jobs')
  const UUID = await map({ FunctionName: 'relay', EventSourceArn: queue.arn })
  const { MessageId, MD5OfMessageBody } = await queues.send(
    new sqs.SendMessageCommand({
      QueueUrl: queue.url,
      MessageBody: 'hello',
      MessageAttributes: { Author: { DataType: 'String', StringValue: 'me' } },
    }),
  )
  const [event] = await relayed(1)
  const [record] = event?.Records ?? []
  const { receiptHandle, attributes, md5OfMessageAttributes, ...rest } = record ?? {}
  assert.ok(receiptHandle && md5OfMessageAttributes)
  assert.deepEqual(Object.keys(attributes as object).toSorted(), [
    'ApproximateFirstReceiveTimestamp',
    'ApproximateReceiveCount',
    'SenderId',
    'SentTimestamp',
  ])
  assert.deepEqual(rest, {
    messageId: MessageId,
    body: 'hello',
    messageAttributes: {
      Author: { stringValue: 'me', stringListValues: [], binaryListValues: [], dataType: 'String' },
    },
    md5OfBody: MD5OfMessageBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queue.arn,
    awsRegion: 'eu-west-1',
  })
  await eventually('an empty queue', async () => ((await inQueue(queue)).join() === '0,0' ? true : undefined))
  const { LastProcessingResult } = await functions.send(new lambda.GetEventSourceMappingCommand({ UUID }))
  assert.equal(LastProcessingResult, 'OK')
  await unmap(UUID)
})

test('what fails comes back, with partial responses only that, and ends in the dead-letter queue of its queue', async () => {
  const dead = await makeQueue('dead')
  const queue = await makeQueue('flaky', {
    VisibilityTimeout: '3',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 }),
  })
  const UUID = await map({
    FunctionName: 'relay',
    EventSourceArn: queue.arn,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  })
  await queues.send(
    new sqs.SendMessageBatchCommand({
      QueueUrl: queue.url,
      Entries: [
        { Id: 'a', MessageBody: 'good' },
        { Id: 'b', MessageBody: 'fail me' },
        { Id: 'c', MessageBody: 'good too' },
      ],
    }),
  )
  const { Messages = [] } = await eventually('the dead letter', async () => {
    const got = await queues.send(new sqs.ReceiveMessageCommand({ QueueUrl: dead.url, WaitTimeSeconds: 2 }))
    return got.Messages ? got : undefined
  })
  assert.equal(Messages[0]?.Body, 'fail me')
  await eventually('an empty queue', async () => ((await inQueue(queue)).join() === '0,0' ? true : undefined))
  await unmap(UUID)
  await relayed(1)
})

test('a FIFO queue keeps the order of each group', async () => {
  const queue = await makeQueue('ordered.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' })
  for (let n = 0; n < 30; n++)
    await queues.send(
      new sqs.SendMessageCommand({ QueueUrl: queue.url, MessageBody: `${n}`, MessageGroupId: `g${n % 3}` }),
    )
  const UUID = await map({ FunctionName: 'relay-2', EventSourceArn: queue.arn, BatchSize: 4 })
  const events: Event[] = []
  while (events.flatMap(({ Records }) => Records).length < 30) events.push(...(await relayed(1)))
  const seen = events
    .toSorted((one, other) => one.at - other.at)
    .flatMap(({ Records }) => Records.map(({ body }) => Number(body)))
  for (let group = 0; group < 3; group++) {
    const own = seen.filter((n) => n % 3 === group)
    assert.equal(own.length, 10)
    assert.deepEqual(
      own,
      own.toSorted((one, other) => one - other),
    )
  }
  await unmap(UUID)
})

test('a table feeds a function through its stream, and what it gives up is told', async () => {
  const tables = new dynamodb.DynamoDBClient(server.sdk)
  const lost = await makeQueue('lost')
  const { TableDescription } = await tables.send(
    new dynamodb.CreateTableCommand({
      TableName: 'photos',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  )
  const EventSourceArn = TableDescription?.LatestStreamArn ?? ''
  await dynamodb.waitUntilTableExists(
    { client: tables, minDelay: 1, maxDelay: 2, maxWaitTime: 30 },
    { TableName: 'photos' },
  )
  const put = (id: string): Promise<unknown> =>
    tables.send(new dynamodb.PutItemCommand({ TableName: 'photos', Item: { id: { S: id } } }))
  await put('before')
  const UUID = await map({
    FunctionName: 'relay-3',
    EventSourceArn,
    StartingPosition: 'TRIM_HORIZON',
    BatchSize: 10,
    MaximumRetryAttempts: 1,
    FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
    DestinationConfig: { OnFailure: { Destination: lost.arn } },
  })
  const [first] = await relayed(1)
  const [record] = first?.Records ?? []
  assert.deepEqual(
    { ...record, eventID: '', dynamodb: undefined },
    {
      eventID: '',
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'eu-west-1',
      dynamodb: undefined,
      eventSourceARN: EventSourceArn,
    },
  )
  const change = record?.['dynamodb'] as Record<string, unknown>
  assert.deepEqual([change['Keys'], change['NewImage']], [{ id: { S: 'before' } }, { id: { S: 'before' } }])
  assert.equal(change['StreamViewType'], 'NEW_AND_OLD_IMAGES')
  await put('fail all')
  await put('after')
  const { Messages = [] } = await eventually('the loss', async () => {
    const got = await queues.send(new sqs.ReceiveMessageCommand({ QueueUrl: lost.url, WaitTimeSeconds: 2 }))
    return got.Messages ? got : undefined
  })
  const document = JSON.parse(Messages[0]?.Body ?? '{}')
  assert.equal(document.requestContext.condition, 'RetryAttemptsExhausted')
  assert.equal(document.DDBStreamBatchInfo.streamArn, EventSourceArn)
  await unmap(UUID)
  tables.destroy()
})

test('destinations and the dead-letter queue of asynchronous invocations', async () => {
  const records = await makeQueue('records')
  const dead = await makeQueue('function-dead')
  await functions.send(
    new lambda.UpdateFunctionConfigurationCommand({
      FunctionName: 'relay-4',
      DeadLetterConfig: { TargetArn: dead.arn },
    }),
  )
  await functions.send(
    new lambda.PutFunctionEventInvokeConfigCommand({
      FunctionName: 'relay-4',
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnSuccess: { Destination: records.arn }, OnFailure: { Destination: records.arn } },
    }),
  )
  const invoke = (event: unknown): Promise<unknown> =>
    functions.send(
      new lambda.InvokeCommand({
        FunctionName: 'relay-4',
        InvocationType: 'Event',
        Payload: Buffer.from(JSON.stringify(event)),
      }),
    )
  await invoke({ n: 1 })
  await invoke({ Records: [{ body: 'fail all' }] })
  const conditions = new Set<string>()
  await eventually('both records', async () => {
    const { Messages = [] } = await queues.send(
      new sqs.ReceiveMessageCommand({ QueueUrl: records.url, WaitTimeSeconds: 1 }),
    )
    for (const { Body = '{}' } of Messages) conditions.add(JSON.parse(Body).requestContext.condition)
    return conditions.size === 2 ? true : undefined
  })
  assert.deepEqual([...conditions].toSorted(), ['RetriesExhausted', 'Success'])
  const { Messages = [] } = await queues.send(
    new sqs.ReceiveMessageCommand({ QueueUrl: dead.url, WaitTimeSeconds: 5, MessageAttributeNames: ['All'] }),
  )
  assert.equal(Messages[0]?.Body, '{"Records":[{"body":"fail all"}]}')
  assert.equal(Messages[0].MessageAttributes?.['ErrorMessage']?.StringValue, 'as told')
  assert.equal(Messages[0].MessageAttributes['ErrorCode']?.StringValue, '200')
})

test('a function that feeds its own queue is stopped after 16 rounds, and its last message stays', async () => {
  // What is not handed on is looked at again after three seconds.
  const round = await makeQueue('round', { VisibilityTimeout: '3' })
  const again = RELAY.replace('JSON.stringify({ ...event, at: Number(process.hrtime.bigint()) })', "'again'")
  await makeFunction('looper', again, round)
  const UUID = await map({ FunctionName: 'looper', EventSourceArn: round.arn, BatchSize: 1 })
  await queues.send(new sqs.SendMessageCommand({ QueueUrl: round.url, MessageBody: 'begin' }))
  await eventually('the end of the loop', async () => {
    const { LastProcessingResult } = await functions.send(new lambda.GetEventSourceMappingCommand({ UUID }))
    return LastProcessingResult === 'PROBLEM: Recursive loop detected' ? true : undefined
  })
  // The message of the round before is deleted when its function has ended, which may be after that.
  await eventually('the last message alone', async () => {
    const [visible = 0, hidden = 0] = await inQueue(round)
    return visible + hidden === 1 ? true : undefined
  })
  await unmap(UUID)
})

test('a topic is told of failures, though its policy names only a bucket', async () => {
  const topics = new sns.SNSClient(server.sdk)
  const heard = await makeQueue('heard')
  const { TopicArn = '' } = await topics.send(new sns.CreateTopicCommand({ Name: 'failures' }))
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 's3.amazonaws.com' },
    Action: 'sns:Publish',
    Resource: TopicArn,
  }
  await topics.send(
    new sns.SetTopicAttributesCommand({
      TopicArn,
      AttributeName: 'Policy',
      AttributeValue: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    }),
  )
  const listen = { ...statement, Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' }
  await queues.send(
    new sqs.SetQueueAttributesCommand({
      QueueUrl: heard.url,
      Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement: [listen] }) },
    }),
  )
  await topics.send(new sns.SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: heard.arn }))
  await functions.send(
    new lambda.PutFunctionEventInvokeConfigCommand({
      FunctionName: 'relay-3',
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: TopicArn } },
    }),
  )
  const Payload = Buffer.from(JSON.stringify({ Records: [{ body: 'fail all' }] }))
  await functions.send(new lambda.InvokeCommand({ FunctionName: 'relay-3', InvocationType: 'Event', Payload }))
  const { Messages = [] } = await eventually('the failure', async () => {
    const got = await queues.send(new sqs.ReceiveMessageCommand({ QueueUrl: heard.url, WaitTimeSeconds: 2 }))
    return got.Messages ? got : undefined
  })
  const record = JSON.parse(JSON.parse(Messages[0]?.Body ?? '{}').Message)
  assert.equal(record.requestContext.condition, 'RetriesExhausted')
  topics.destroy()
})

test('a bucket tells a queue', async () => {
  const buckets = new s3.S3Client(server.sdk)
  const queue = await makeQueue('uploads')
  await queues.send(
    new sqs.SetQueueAttributesCommand({
      QueueUrl: queue.url,
      Attributes: {
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 's3.amazonaws.com' },
              Action: 'sqs:SendMessage',
              Resource: queue.arn,
            },
          ],
        }),
      },
    }),
  )
  await buckets.send(new s3.CreateBucketCommand({ Bucket: 'uploads' }))
  await buckets.send(
    new s3.PutBucketNotificationConfigurationCommand({
      Bucket: 'uploads',
      NotificationConfiguration: { QueueConfigurations: [{ QueueArn: queue.arn, Events: ['s3:ObjectCreated:*'] }] },
    }),
  )
  await buckets.send(new s3.PutObjectCommand({ Bucket: 'uploads', Key: 'a', Body: 'x' }))
  const bodies: Record<string, unknown>[] = []
  await eventually('the test event and the upload', async () => {
    const { Messages = [] } = await queues.send(
      new sqs.ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 }),
    )
    for (const { Body = '{}' } of Messages) bodies.push(JSON.parse(Body))
    return bodies.length >= 2 ? true : undefined
  })
  assert.equal(bodies.find((body) => 'Event' in body)?.['Event'], 's3:TestEvent')
  assert.match(JSON.stringify(bodies), /"eventName":"ObjectCreated:Put"/)
  buckets.destroy()
})

test('awscli and boto3 make, change, list and delete mappings and settings', async () => {
  const queue = await makeQueue('cli')
  const target = server
  const made = (await awsJson(target, [
    'lambda',
    'create-event-source-mapping',
    '--function-name',
    'relay',
    '--event-source-arn',
    queue.arn,
    '--batch-size',
    '5',
    '--scaling-config',
    'MaximumConcurrency=2',
  ])) as { UUID: string; State: string; ScalingConfig: unknown }
  assert.deepEqual([made.State, made.ScalingConfig], ['Creating', { MaximumConcurrency: 2 }])
  const shown = await boto3(
    target,
    `
import time
c = client('lambda')
uuid = '${made.UUID}'
while c.get_event_source_mapping(UUID=uuid)['State'] != 'Enabled': time.sleep(0.05)
show(c.update_event_source_mapping(UUID=uuid, Enabled=False)['State'])
while c.get_event_source_mapping(UUID=uuid)['State'] != 'Disabled': time.sleep(0.05)
show([m['UUID'] for m in c.list_event_source_mappings(EventSourceArn='${queue.arn}')['EventSourceMappings']])
show(c.delete_event_source_mapping(UUID=uuid)['State'])
try:
    c.create_event_source_mapping(FunctionName='relay', EventSourceArn='${queue.arn}', BatchSize=11)
except ClientError as e:
    show([e.response['Error']['Code'], e.response['ResponseMetadata']['HTTPStatusCode']])
show(c.put_function_event_invoke_config(FunctionName='relay', MaximumRetryAttempts=1)['MaximumRetryAttempts'])
`,
  )
  assert.deepEqual(shown, ['Disabling', [made.UUID], 'Deleting', ['InvalidParameterValueException', 400], 1])
})
