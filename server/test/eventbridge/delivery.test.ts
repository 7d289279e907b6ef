// Events through buses and rules against a whole server: from PutEvents, from S3, from functions; to queues, topics,
// functions, log groups and other buses; what cannot be delivered; archives and replays.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CreateLogGroupCommand, FilterLogEventsCommand, CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import * as events from '@aws-sdk/client-eventbridge'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import * as sns from '@aws-sdk/client-sns'
import type { Message } from '@aws-sdk/client-sqs'
import { eventually, makeRole, REGION } from '../conformance/server-kit.ts'
import { zipOf } from '../lambda/zip-file.ts'
import { ACCOUNT, lettingIn, makeQueue, openBench, type Queue, type SnsBench } from '../sns/kit.ts'

/** Puts what it got on the bus again, as somebody else; fails for what says so. */
const FORWARDER = `
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
const events = new EventBridgeClient({})
export const handler = async (event) => {
  if (JSON.stringify(event).includes('fail')) throw new Error('as told')
  await events.send(new PutEventsCommand({ Entries: [{ Source: 'shop.function', DetailType: 'Seen', Detail: JSON.stringify(event) }] }))
  return { seen: event }
}
`

let bench: SnsBench
let bus: events.EventBridgeClient
let functions: lambda.LambdaClient
let buckets: s3.S3Client
let logs: CloudWatchLogsClient

before(async () => {
  bench = await openBench({ lambda: { asyncRetryDelaysMs: [10, 10] } })
  bus = new events.EventBridgeClient(bench.test.sdk)
  functions = new lambda.LambdaClient(bench.test.sdk)
  buckets = new s3.S3Client(bench.test.sdk)
  logs = new CloudWatchLogsClient(bench.test.sdk)
})
after(async () => {
  for (const client of [bus, functions, buckets, logs]) client.destroy()
  await bench[Symbol.asyncDispose]()
})

const BUS = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`
const functionArn = (name: string): string => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`
const ruleArn = (name: string): string => `arn:aws:events:${REGION}:${ACCOUNT}:rule/${name}`

interface BusEvent {
  readonly id: string
  readonly source: string
  readonly 'detail-type': string
  readonly resources: readonly string[]
  readonly detail: Readonly<Record<string, unknown>>
  readonly [other: string]: unknown
}

function eventIn({ Body = '' }: Message): BusEvent {
  return JSON.parse(Body) as BusEvent
}

function attributesOf({ MessageAttributes = {} }: Message): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]))
}

async function rule(
  Name: string,
  pattern: object,
  targets: readonly events.Target[],
  EventBusName?: string,
): Promise<void> {
  const EventPattern = JSON.stringify(pattern)
  await bus.send(new events.PutRuleCommand({ Name, EventPattern, EventBusName }))
  const { FailedEntryCount } = await bus.send(
    new events.PutTargetsCommand({ Rule: Name, Targets: [...targets], EventBusName }),
  )
  assert.equal(FailedEntryCount, 0)
}

async function put(Source: string, detail: object, more: events.PutEventsRequestEntry = {}): Promise<string> {
  const { Entries = [], FailedEntryCount } = await bus.send(
    new events.PutEventsCommand({
      Entries: [{ Source, DetailType: 'Order', Detail: JSON.stringify(detail), ...more }],
    }),
  )
  assert.equal(FailedEntryCount, 0)
  return Entries[0]?.EventId ?? ''
}

/** The function's resource policy lets rules invoke it. */
async function makeFunction(FunctionName: string, SourceArn?: string): Promise<string> {
  const { FunctionArn = '' } = await functions.send(
    new lambda.CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs22.x',
      Role: await makeRole(bench.test, FunctionName),
      Handler: 'index.handler',
      Code: { ZipFile: zipOf({ 'index.mjs': FORWARDER }) },
    }),
  )
  await functions.send(
    new lambda.AddPermissionCommand({
      FunctionName,
      StatementId: 'events',
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn,
    }),
  )
  return FunctionArn
}

/** A queue that rules may send to. */
async function openQueue(name: string): Promise<Queue> {
  const queue = await makeQueue(bench.sqs, name)
  await queue.allow('events.amazonaws.com')
  return queue
}

test('an event reaches the queues of the rules that match it, whole, and no others', async () => {
  const orders = await openQueue('orders')
  const others = await openQueue('others')
  await rule('orders', { source: ['shop'], detail: { total: [{ numeric: ['>', 10] }] } }, [
    { Id: 'q', Arn: orders.arn },
  ])
  await rule('others', { source: ['elsewhere'] }, [{ Id: 'q', Arn: others.arn }])
  await put('shop', { total: 5 })
  const Time = new Date('2026-05-04T03:02:01Z')
  const Detail = '{"total":9007199254740993}'
  const id = await put('shop', {}, { Time, Resources: ['arn:aws:shop:::order/1'], Detail })
  const [message, ...more] = await orders.take(1)
  assert.ok(message)
  assert.deepEqual(more, [])
  assert.deepEqual(eventIn(message), {
    version: '0',
    id,
    'detail-type': 'Order',
    source: 'shop',
    account: ACCOUNT,
    time: '2026-05-04T03:02:01Z',
    region: REGION,
    resources: ['arn:aws:shop:::order/1'],
    detail: JSON.parse(Detail) as object,
  })
  // Numbers stay as they were written.
  assert.ok(message.Body?.includes(Detail))
  assert.deepEqual(await orders.rest(), [])
  assert.deepEqual(await others.rest(), [])
})

test('targets choose what they get', async () => {
  const queues = await Promise.all(['whole', 'constant', 'part', 'text', 'object'].map((name) => openQueue(name)))
  const [whole, constant, part, text, object] = queues
  assert.ok(whole && constant && part && text && object)
  const InputPathsMap = {
    who: '$.detail.customer.name',
    items: '$.detail.items',
    first: '$.detail.items[0]',
    none: '$.x',
  }
  await rule('inputs', { source: ['inputs'] }, [
    { Id: '1', Arn: whole.arn },
    { Id: '2', Arn: constant.arn, Input: '{"fixed":true}' },
    { Id: '3', Arn: part.arn, InputPath: '$.detail.customer' },
    {
      Id: '4',
      Arn: text.arn,
      InputTransformer: { InputPathsMap, InputTemplate: '"<who> ordered <items>, \\"<first>\\" first<none>"\n"done"' },
    },
    {
      Id: '5',
      Arn: object.arn,
      InputTransformer: {
        InputPathsMap,
        InputTemplate:
          '{"who": <who>, "say": "hello <who>", "items": <items>, "rule": <aws.events.rule-name>, "all": <aws.events.event.json>}',
      },
    },
  ])
  const id = await put('inputs', { customer: { name: 'Ann "A"' }, items: ['pen', 'ink'] })
  const bodies = await Promise.all(queues.map(async (queue) => (await queue.take(1))[0]?.Body ?? ''))
  assert.equal((JSON.parse(bodies[0] ?? '') as BusEvent).id, id)
  assert.equal(bodies[1], '{"fixed":true}')
  assert.deepEqual(JSON.parse(bodies[2] ?? ''), { name: 'Ann "A"' })
  assert.equal(bodies[3], '"Ann \\"A\\" ordered [pen,ink], \\"pen\\" first"\n"done"')
  const { all, ...filled } = JSON.parse(bodies[4] ?? '') as { all: BusEvent }
  assert.deepEqual(filled, { who: 'Ann "A"', say: 'hello Ann "A"', items: ['pen', 'ink'], rule: 'inputs' })
  assert.equal(all.id, id)
})

test('a function gets the event, puts its own, and its destinations are buses too', async () => {
  const seen = await openQueue('seen')
  const results = await openQueue('results')
  const arn = await makeFunction('forwarder')
  await functions.send(
    new lambda.PutFunctionEventInvokeConfigCommand({
      FunctionName: 'forwarder',
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnSuccess: { Destination: BUS }, OnFailure: { Destination: BUS } },
    }),
  )
  await rule('to-function', { source: ['for.function'] }, [{ Id: 'f', Arn: arn }])
  await rule('from-function', { source: ['shop.function'] }, [{ Id: 'q', Arn: seen.arn }])
  await rule('results', { source: ['lambda'] }, [{ Id: 'q', Arn: results.arn }])
  const id = await put('for.function', { total: 1 })
  const [message] = await seen.take(1)
  assert.ok(message)
  assert.equal(eventIn(message).detail['id'], id)
  const [success] = await results.take(1)
  assert.ok(success)
  assert.equal(eventIn(success)['detail-type'], 'Lambda Function Invocation Result - Success')
  assert.deepEqual(eventIn(success).resources, [BUS, `${arn}:$LATEST`])
  await put('for.function', { word: 'fail' })
  const [failure] = await results.take(1)
  assert.ok(failure)
  assert.equal(eventIn(failure)['detail-type'], 'Lambda Function Invocation Result - Failure')
  const { requestContext } = eventIn(failure).detail as { requestContext: Record<string, unknown> }
  assert.equal(requestContext['condition'], 'RetriesExhausted')
})

test('topics, log groups, FIFO queues and other buses are targets', async () => {
  const Policy = JSON.stringify(lettingIn('events.amazonaws.com', 'sns:Publish'))
  const { TopicArn = '' } = await bench.sns.send(new sns.CreateTopicCommand({ Name: 'orders', Attributes: { Policy } }))
  const subscriber = await makeQueue(bench.sqs, 'subscriber')
  await bench.sns.send(
    new sns.SubscribeCommand({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: subscriber.arn,
      Attributes: { RawMessageDelivery: 'true' },
    }),
  )
  await logs.send(new CreateLogGroupCommand({ logGroupName: '/aws/events/orders' }))
  const fifo = await openQueue('kinds.fifo')
  const far = await openQueue('far')
  await bus.send(new events.CreateEventBusCommand({ Name: 'far' }))
  await rule('on-far', { source: ['kinds'] }, [{ Id: 'q', Arn: far.arn }], 'far')
  await rule('kinds', { source: ['kinds'] }, [
    { Id: 'topic', Arn: TopicArn },
    { Id: 'log', Arn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/events/orders` },
    { Id: 'fifo', Arn: fifo.arn, SqsParameters: { MessageGroupId: 'g1' } },
    { Id: 'bus', Arn: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/far` },
  ])
  const id = await put('kinds', { n: 1 })
  const got = await Promise.all([subscriber, fifo, far].map((queue) => queue.take(1)))
  for (const [message] of got) assert.equal(message && eventIn(message).id, id)
  assert.equal(got[1]?.[0]?.Attributes?.MessageGroupId, 'g1')
  const line = await eventually('the line in the log group', async () => {
    const found = await logs.send(new FilterLogEventsCommand({ logGroupName: '/aws/events/orders' }))
    return found.events?.[0]?.message
  })
  assert.equal((JSON.parse(line) as BusEvent).id, id)
})

test('uploads are told to the default bus', async () => {
  const uploads = await openQueue('uploads')
  await rule(
    'uploads',
    { source: ['aws.s3'], 'detail-type': ['Object Created'], detail: { object: { key: [{ suffix: '.jpg' }] } } },
    [{ Id: 'q', Arn: uploads.arn }],
  )
  await buckets.send(new s3.CreateBucketCommand({ Bucket: 'uploads' }))
  await buckets.send(
    new s3.PutBucketNotificationConfigurationCommand({
      Bucket: 'uploads',
      NotificationConfiguration: { EventBridgeConfiguration: {} },
    }),
  )
  await buckets.send(new s3.PutObjectCommand({ Bucket: 'uploads', Key: 'notes.txt', Body: 'x' }))
  await buckets.send(new s3.PutObjectCommand({ Bucket: 'uploads', Key: 'a cat.jpg', Body: 'meow' }))
  const [message] = await uploads.take(1)
  assert.ok(message)
  const { source, 'detail-type': type, resources, detail } = eventIn(message)
  assert.deepEqual([source, type, resources], ['aws.s3', 'Object Created', ['arn:aws:s3:::uploads']])
  const { bucket, object, reason, requester } = detail as Record<string, Record<string, unknown>>
  assert.deepEqual([bucket, reason, requester], [{ name: 'uploads' }, 'PutObject', ACCOUNT])
  assert.equal(object?.['key'], 'a cat.jpg')
  assert.equal(object?.['size'], 4)
  assert.deepEqual(await uploads.rest(), [])
})

test('what cannot be delivered goes to the dead-letter queue with what was wrong', async () => {
  const dead = await openQueue('dead')
  const DeadLetterConfig = { Arn: dead.arn }
  const missing = `arn:aws:sqs:${REGION}:${ACCOUNT}:never-made`
  const { TopicArn = '' } = await bench.sns.send(new sns.CreateTopicCommand({ Name: 'closed' }))
  await rule('dead', { source: ['dead'] }, [
    { Id: 'missing', Arn: missing, DeadLetterConfig, InputPath: '$.detail' },
    { Id: 'closed', Arn: TopicArn, DeadLetterConfig },
    { Id: 'other', Arn: await makeFunction('for-another-rule', ruleArn('other')), DeadLetterConfig },
    { Id: 'own', Arn: await makeFunction('for-this-rule', ruleArn('dead')), DeadLetterConfig },
  ])
  const id = await put('dead', { n: 1 })
  const letters = await dead.take(3)
  const byTarget = new Map(letters.map((letter) => [attributesOf(letter)['TARGET_ARN'], letter]))
  for (const [arn, code] of [
    [missing, 'NO_RESOURCE'],
    [TopicArn, 'NO_PERMISSIONS'],
    [functionArn('for-another-rule'), 'NO_PERMISSIONS'],
  ] as const) {
    const letter = byTarget.get(arn)
    assert.ok(letter, arn)
    const { RULE_ARN, ERROR_CODE, ERROR_MESSAGE } = attributesOf(letter)
    assert.deepEqual([RULE_ARN, ERROR_CODE], [ruleArn('dead'), code])
    assert.ok(ERROR_MESSAGE)
    // The whole event, whatever the target would have got of it.
    assert.equal(eventIn(letter).id, id)
  }
  assert.deepEqual(await dead.rest(), [])
})

test('a target with a role gets what the role may send, if rules may use the role', async () => {
  const dead = await openQueue('role-dead')
  const closed = await makeQueue(bench.sqs, 'role-closed')
  const allowed = await makeQueue(bench.sqs, 'role-allowed')
  const may = [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: allowed.arn }]
  const forRules = await makeRole(bench.test, 'for-rules', may, 'events.amazonaws.com')
  const forFunctions = await makeRole(bench.test, 'for-functions', may)
  const DeadLetterConfig = { Arn: dead.arn }
  await rule('roles', { source: ['roles'] }, [
    { Id: '1', Arn: allowed.arn, RoleArn: forRules },
    { Id: '2', Arn: closed.arn, RoleArn: forRules, DeadLetterConfig },
    { Id: '3', Arn: allowed.arn, RoleArn: forFunctions, DeadLetterConfig },
  ])
  const id = await put('roles', { n: 1 })
  const [message] = await allowed.take(1)
  assert.equal(message && eventIn(message).id, id)
  const letters = await dead.take(2)
  assert.deepEqual(
    letters.map((letter) => attributesOf(letter)['ERROR_CODE']),
    ['NO_PERMISSIONS', 'NO_PERMISSIONS'],
  )
  assert.deepEqual([await allowed.rest(), await closed.rest()], [[], []])
})

test('rules that are disabled or deleted hear nothing; buses of their own neither', async () => {
  const queue = await openQueue('switched')
  await bus.send(new events.CreateEventBusCommand({ Name: 'apart' }))
  await rule('switched', { source: ['switched'] }, [{ Id: 'q', Arn: queue.arn }])
  await bus.send(new events.DisableRuleCommand({ Name: 'switched' }))
  await put('switched', { n: 1 })
  await bus.send(new events.EnableRuleCommand({ Name: 'switched' }))
  await put('switched', { n: 2 }, { EventBusName: 'apart' })
  await put('switched', { n: 3 }, { EventBusName: 'never-made' })
  await put('switched', { n: 4 }, { EventBusName: BUS })
  const [message] = await queue.take(1)
  assert.equal(message && eventIn(message).detail['n'], 4)
  assert.deepEqual(await queue.rest(), [])
})

test('an archive keeps what matches, and a replay brings it to the bus again', async () => {
  const first = await openQueue('archive-first')
  const again = await openQueue('archive-again')
  const { ArchiveArn } = await bus.send(
    new events.CreateArchiveCommand({
      ArchiveName: 'kept',
      EventSourceArn: BUS,
      EventPattern: JSON.stringify({ source: ['archived'], detail: { keep: [true] } }),
    }),
  )
  await rule('archive-first', { source: ['archived'], 'replay-name': [{ exists: false }] }, [
    { Id: 'q', Arn: first.arn },
  ])
  await rule('archive-again', { source: ['archived'], 'replay-name': ['once-more'] }, [{ Id: 'q', Arn: again.arn }])
  const COUNT = 45
  const began = new Date(Date.now() - 60_000)
  for (let n = 0; n < COUNT; n++) await put('archived', { keep: true, n })
  await put('archived', { keep: false })
  assert.equal((await first.take(COUNT + 1)).length, COUNT + 1)
  const counted = await eventually('all to be archived', async () => {
    const archive = await bus.send(new events.DescribeArchiveCommand({ ArchiveName: 'kept' }))
    return archive.EventCount === COUNT ? archive : undefined
  })
  assert.ok((counted.SizeBytes ?? 0) > COUNT * 100)
  await bus.send(
    new events.StartReplayCommand({
      ReplayName: 'once-more',
      EventSourceArn: ArchiveArn,
      EventStartTime: began,
      EventEndTime: new Date(Date.now() + 60_000),
      Destination: { Arn: BUS, FilterArns: [ruleArn('archive-again')] },
    }),
  )
  const replayed = (await again.take(COUNT)).map(eventIn)
  assert.deepEqual(
    replayed.map(({ detail }) => Number(detail['n'])).toSorted((one, other) => one - other),
    Array.from({ length: COUNT }, (_, n) => n),
  )
  assert.ok(replayed.every((event) => event['replay-name'] === 'once-more'))
  await eventually('the replay to end', async () => {
    const { State, EventLastReplayedTime } = await bus.send(
      new events.DescribeReplayCommand({ ReplayName: 'once-more' }),
    )
    return State === 'COMPLETED' ? EventLastReplayedTime : undefined
  })
  // Nobody archives an event twice.
  const { EventCount } = await bus.send(new events.DescribeArchiveCommand({ ArchiveName: 'kept' }))
  assert.equal(EventCount, COUNT)
  assert.deepEqual(await first.rest(), [])
})

test('a chain of rules that feeds itself ends', async () => {
  await bus.send(new events.CreateEventBusCommand({ Name: 'ring' }))
  const ring = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/ring`
  const witness = await openQueue('witness')
  await rule(
    'ring',
    { source: ['ring'] },
    [
      { Id: 'self', Arn: ring },
      { Id: 'q', Arn: witness.arn },
    ],
    'ring',
  )
  await put('ring', { n: 1 }, { EventBusName: 'ring' })
  const rounds = (await witness.take(16)).length
  assert.ok(rounds >= 10 && rounds <= 16, `${rounds} rounds`)
  const dead = await eventually('the event to be given up', async () => {
    const answer = await fetch(`${bench.test.endpoint}/_mayfly/dead-letters`)
    const { deadLetters } = (await answer.json()) as { deadLetters: readonly { reason: string; arn: string }[] }
    return deadLetters.find(({ reason }) => reason.includes('loop'))
  })
  assert.ok(dead.arn.includes('ring'))
})
