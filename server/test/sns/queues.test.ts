// Topics and queues through the SDK: documents, raw messages, filters, batches, order, dead letters.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  PublishBatchCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns'
import { REGION } from '../conformance/server-kit.ts'
import { ACCOUNT, isSigned, makeQueue, openBench, parse, type Queue, type SnsBench } from './kit.ts'

let bench: SnsBench
before(async () => {
  bench = await openBench()
})
after(async () => {
  await bench[Symbol.asyncDispose]()
})

async function topicOf(name: string, Attributes: Record<string, string> = {}): Promise<string> {
  const { TopicArn = '' } = await bench.sns.send(new CreateTopicCommand({ Name: name, Attributes }))
  assert.equal(TopicArn, `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`)
  return TopicArn
}

async function subscribe(TopicArn: string, queue: Queue, Attributes: Record<string, string> = {}): Promise<string> {
  const { SubscriptionArn = '' } = await bench.sns.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queue.arn, Attributes }),
  )
  return SubscriptionArn
}

test('a queue gets the signed envelope of AWS', async () => {
  const TopicArn = await topicOf('envelope')
  const queue = await makeQueue(bench.sqs, 'envelope')
  const SubscriptionArn = await subscribe(TopicArn, queue)
  const { MessageId } = await bench.sns.send(
    new PublishCommand({
      TopicArn,
      Message: 'Hello "world"\nénd',
      Subject: 'A subject',
      MessageAttributes: {
        colour: { DataType: 'String', StringValue: 'red' },
        bytes: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2, 255]) },
      },
    }),
  )
  const [message] = await queue.take(1)
  const document = parse(message?.Body)
  assert.deepEqual(Object.keys(document), [
    'Type',
    'MessageId',
    'TopicArn',
    'Subject',
    'Message',
    'Timestamp',
    'SignatureVersion',
    'Signature',
    'SigningCertURL',
    'UnsubscribeURL',
    'MessageAttributes',
  ])
  assert.equal(document['Type'], 'Notification')
  assert.equal(document['MessageId'], MessageId)
  assert.equal(document['TopicArn'], TopicArn)
  assert.equal(document['Subject'], 'A subject')
  assert.equal(document['Message'], 'Hello "world"\nénd')
  assert.match(document['Timestamp'] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.equal(document['SignatureVersion'], '1')
  assert.deepEqual(document['MessageAttributes'], {
    colour: { Type: 'String', Value: 'red' },
    bytes: { Type: 'Binary', Value: 'AQL/' },
  })
  assert.ok(document['UnsubscribeURL']?.includes(`SubscriptionArn=${SubscriptionArn}`))
  assert.ok(message?.Body?.startsWith('{\n  "Type" : "Notification",\n  "MessageId" : "'))
  assert.ok(await isSigned(document))
  assert.ok(!(await isSigned({ ...document, Message: 'forged' })))
})

test('SignatureVersion 2 signs with SHA-256', async () => {
  const TopicArn = await topicOf('sha256', { SignatureVersion: '2' })
  const queue = await makeQueue(bench.sqs, 'sha256')
  await subscribe(TopicArn, queue)
  await bench.sns.send(new PublishCommand({ TopicArn, Message: 'x' }))
  const document = parse((await queue.take(1))[0]?.Body)
  assert.equal(document['SignatureVersion'], '2')
  assert.ok(await isSigned(document))
})

test('raw delivery hands on the text and the attributes', async () => {
  const TopicArn = await topicOf('raw')
  const queue = await makeQueue(bench.sqs, 'raw')
  await subscribe(TopicArn, queue, { RawMessageDelivery: 'true' })
  await bench.sns.send(
    new PublishCommand({
      TopicArn,
      Message: JSON.stringify({ default: 'for all', sqs: 'for queues' }),
      MessageStructure: 'json',
      MessageAttributes: { n: { DataType: 'Number', StringValue: '12' } },
    }),
  )
  const [message] = await queue.take(1)
  assert.equal(message?.Body, 'for queues')
  assert.equal(message?.MessageAttributes?.['n']?.StringValue, '12')
})

test('filters on attributes and on the body choose who gets what', async () => {
  const TopicArn = await topicOf('filters')
  const [red, big, nested, all] = await Promise.all(
    ['red', 'big', 'nested', 'all'].map((name) => makeQueue(bench.sqs, `filters-${name}`)),
  )
  assert.ok(red && big && nested && all)
  await subscribe(TopicArn, red, { FilterPolicy: JSON.stringify({ colour: ['red', { prefix: 'dark' }] }) })
  await subscribe(TopicArn, big, { FilterPolicy: JSON.stringify({ size: [{ numeric: ['>=', 10] }] }) })
  await subscribe(TopicArn, nested, {
    FilterPolicyScope: 'MessageBody',
    FilterPolicy: JSON.stringify({ order: { items: { sku: ['a'], count: [{ numeric: ['>', 1] }] } } }),
  })
  const arn = await subscribe(TopicArn, all)
  const send = (Message: string, colour: string, size: string): Promise<unknown> =>
    bench.sns.send(
      new PublishCommand({
        TopicArn,
        Message,
        MessageAttributes: {
          colour: { DataType: 'String', StringValue: colour },
          size: { DataType: 'Number', StringValue: size },
        },
      }),
    )
  const match = JSON.stringify({
    order: {
      items: [
        { sku: 'b', count: 5 },
        { sku: 'a', count: 2 },
      ],
    },
  })
  const miss = JSON.stringify({
    order: {
      items: [
        { sku: 'b', count: 5 },
        { sku: 'a', count: 1 },
      ],
    },
  })
  await send('one', 'red', '1')
  await send('two', 'darkblue', '10')
  await send(match, 'green', '11')
  await send(miss, 'green', '2')
  const texts = async (queue: Queue, count: number): Promise<readonly string[]> =>
    (await queue.take(count)).map(({ Body }) => parse(Body)['Message'] ?? '').toSorted((a, b) => a.localeCompare(b))
  assert.deepEqual(new Set(await texts(all, 4)), new Set(['one', 'two', match, miss]))
  assert.deepEqual(await texts(red, 2), ['one', 'two'])
  assert.deepEqual(new Set(await texts(big, 2)), new Set(['two', match]))
  assert.deepEqual(await texts(nested, 1), [match])
  for (const queue of [red, big, nested]) assert.deepEqual(await queue.rest(), [])

  await bench.sns.send(
    new SetSubscriptionAttributesCommand({
      SubscriptionArn: arn,
      AttributeName: 'FilterPolicy',
      AttributeValue: JSON.stringify({ colour: [{ exists: false }] }),
    }),
  )
  const shown = await bench.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }))
  assert.equal(shown.Attributes?.['FilterPolicyScope'], 'MessageAttributes')
  await send('not for all', 'blue', '3')
  await bench.sns.send(new PublishCommand({ TopicArn, Message: 'plain' }))
  assert.deepEqual(await texts(all, 1), ['plain'])
})

test('a FIFO topic numbers, deduplicates and keeps the order of each group', async () => {
  const TopicArn = await topicOf('orders.fifo', { FifoTopic: 'true', ContentBasedDeduplication: 'true' })
  const queue = await makeQueue(bench.sqs, 'orders.fifo')
  await subscribe(TopicArn, queue)
  const COUNT = 30
  const sequences: string[] = []
  for (let index = 0; index < COUNT; index++) {
    const { SequenceNumber = '' } = await bench.sns.send(
      new PublishCommand({ TopicArn, Message: `m${index}`, MessageGroupId: `g${index % 3}` }),
    )
    sequences.push(SequenceNumber)
  }
  assert.ok(sequences.every((one, index) => index === 0 || BigInt(one) > BigInt(sequences[index - 1] ?? '0')))
  const again = await bench.sns.send(new PublishCommand({ TopicArn, Message: 'm0', MessageGroupId: 'g0' }))
  assert.equal(again.SequenceNumber, sequences[0])
  const got = (await queue.take(COUNT)).map(({ Body }) => parse(Body))
  assert.equal(got.length, COUNT)
  for (let group = 0; group < 3; group++) {
    const texts = got.map(({ Message = '' }) => Number(Message.slice(1))).filter((index) => index % 3 === group)
    assert.deepEqual(
      texts,
      texts.toSorted((a, b) => a - b),
    )
  }
  assert.equal(got[0]?.['Signature'], undefined)
  assert.ok(sequences.includes(got[0]?.['SequenceNumber'] ?? ''))
  assert.deepEqual(await queue.rest(), [])
})

test('publishes to a FIFO topic at the same time are each kept once', async () => {
  const TopicArn = await topicOf('busy.fifo', { FifoTopic: 'true' })
  const queue = await makeQueue(bench.sqs, 'busy.fifo')
  await subscribe(TopicArn, queue, { RawMessageDelivery: 'true' })
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, batch) =>
      bench.sns.send(
        new PublishBatchCommand({
          TopicArn,
          PublishBatchRequestEntries: Array.from({ length: 10 }, (_entry, index) => ({
            Id: `e${index}`,
            Message: `${batch}-${index}`,
            MessageGroupId: `b${batch}`,
            MessageDeduplicationId: `${batch}-${index}`,
          })),
        }),
      ),
    ),
  )
  const numbers = answers.flatMap(({ Successful = [] }) => Successful.map(({ SequenceNumber }) => SequenceNumber))
  assert.equal(new Set(numbers).size, 60)
  const texts = (await queue.take(60)).map(({ Body = '' }) => Body)
  assert.equal(new Set(texts).size, 60)
  for (let batch = 0; batch < 6; batch++)
    assert.deepEqual(
      texts.filter((text) => text.startsWith(`${batch}-`)),
      Array.from({ length: 10 }, (_, index) => `${batch}-${index}`),
    )
})

test('what cannot be delivered goes to the dead-letter queue of its subscription', async () => {
  const TopicArn = await topicOf('dead')
  const dead = await makeQueue(bench.sqs, 'dead-letters')
  await subscribe(
    TopicArn,
    { ...dead, arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:nowhere` },
    {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn }),
    },
  )
  const { MessageId } = await bench.sns.send(new PublishCommand({ TopicArn, Message: 'lost?' }))
  const [message] = await dead.take(1)
  assert.equal(parse(message?.Body)['MessageId'], MessageId)
  assert.equal(parse(message?.Body)['Message'], 'lost?')
})

test('an archive is kept and replayed to a subscriber that comes later', async () => {
  const TopicArn = await topicOf('archive.fifo', {
    FifoTopic: 'true',
    ContentBasedDeduplication: 'true',
    ArchivePolicy: JSON.stringify({ MessageRetentionPeriod: '30' }),
  })
  const startMs = Date.now()
  for (let index = 0; index < 45; index++)
    await bench.sns.send(new PublishCommand({ TopicArn, Message: `a${index}`, MessageGroupId: 'g' }))
  const { Attributes } = await bench.sns.send(new GetTopicAttributesCommand({ TopicArn }))
  assert.ok(Math.abs(Date.parse(Attributes?.['BeginningArchiveTime'] ?? '') - startMs) < 60_000)
  const queue = await makeQueue(bench.sqs, 'archive.fifo')
  const SubscriptionArn = await subscribe(TopicArn, queue, {
    RawMessageDelivery: 'true',
    ReplayPolicy: JSON.stringify({ PointType: 'Timestamp', StartingPoint: new Date(startMs - 1000).toISOString() }),
  })
  const texts = (await queue.take(45)).map(({ Body }) => Body)
  assert.deepEqual(
    texts,
    Array.from({ length: 45 }, (_, index) => `a${index}`),
  )
  const shown = await bench.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
  assert.equal(shown.Attributes?.['ReplayStatus'], 'Completed')
})

test('what is published during a replay comes after it, in order and once', async () => {
  const TopicArn = await topicOf('during.fifo', {
    FifoTopic: 'true',
    ContentBasedDeduplication: 'true',
    ArchivePolicy: JSON.stringify({ MessageRetentionPeriod: '1' }),
  })
  const publish = (index: number): Promise<unknown> =>
    bench.sns.send(new PublishCommand({ TopicArn, Message: String(index), MessageGroupId: 'g' }))
  for (let index = 0; index < 50; index++) await publish(index)
  const queue = await makeQueue(bench.sqs, 'during.fifo')
  let subscribed: Promise<unknown> | undefined
  for (let index = 50; index < 120; index++) {
    await publish(index)
    if (index === 60)
      subscribed = subscribe(TopicArn, queue, {
        RawMessageDelivery: 'true',
        ReplayPolicy: JSON.stringify({
          PointType: 'Timestamp',
          StartingPoint: '2020-01-01T00:00:00.000Z',
          EndingPoint: new Date(Date.now() + 60_000).toISOString(),
        }),
      })
  }
  await subscribed
  const texts = (await queue.take(120)).map(({ Body }) => Number(Body))
  assert.deepEqual(
    texts,
    Array.from({ length: 120 }, (_, index) => index),
  )
  await publish(120)
  assert.equal((await queue.take(1))[0]?.Body, '120')
  assert.deepEqual(await queue.rest(), [])
})

test('more subscriptions than one commit serves all get the message', async () => {
  const TopicArn = await topicOf('wide')
  const queue = await makeQueue(bench.sqs, 'wide')
  const COUNT = 230
  // Phones are cheap subscribers: their messages are kept in one log.
  for (let start = 0; start < COUNT; start += 10)
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        bench.sns.send(
          new SubscribeCommand({
            TopicArn,
            Protocol: 'sms',
            Endpoint: `+4915100${String(start + index).padStart(5, '0')}`,
          }),
        ),
      ),
    )
  await subscribe(TopicArn, queue)
  await bench.sns.send(new PublishCommand({ TopicArn, Message: 'to everybody' }))
  assert.equal((await queue.take(1)).length, 1)
  const seen = new Set<string>()
  for (const endMs = Date.now() + 15_000; seen.size < COUNT && Date.now() < endMs;) {
    let before = ''
    do {
      const page = (await (await fetch(`${bench.test.endpoint}/_mayfly/outbox${before}`)).json()) as {
        readonly messages: readonly { readonly sequence: number; readonly to: string; readonly text: string }[]
      }
      for (const { to, text } of page.messages) if (text === 'to everybody') seen.add(to)
      before = page.messages.length === 0 ? '' : `?before=${page.messages.at(-1)?.sequence}`
    } while (before !== '')
  }
  assert.equal(seen.size, COUNT)
})
