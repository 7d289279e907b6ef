// Queues as the event plane sees them: a target that messages are delivered to, a source that is polled for functions; and
// what happens when the store refuses.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Destination, Envelope } from '#events/envelope.ts'
import { createSqsService } from '#services/sqs/service.ts'
import { createSqsQueueSource } from '#services/sqs/source.ts'
import { createSqsTarget } from '#services/sqs/target.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { DiskFullError, StoreFullError, type Store } from '#storage/store.ts'
import { ACCOUNT, arnOf, contextOf, REGION, SqsWorld } from './kit.ts'

const envelope: Envelope = {
  id: 'event-1',
  source: 'mayfly.test',
  type: 'Something',
  subject: 'thing',
  timeMs: 1,
  account: ACCOUNT,
  region: REGION,
  hops: 0,
  data: {},
}
const ORIGIN = { principal: 's3.amazonaws.com', sourceArn: 'arn:aws:s3:::bucket', account: ACCOUNT }

function to(name: string, message?: Destination['message']): Destination {
  return { target: 'sqs', arn: arnOf(name), ...(message && { message }) }
}

test('an event becomes a message, with the attributes that its sender gives', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q')
  const target = createSqsTarget(world.deps)
  const attributes = { kind: { type: 'String', text: 'v' }, bytes: { type: 'Binary', base64: 'AAE=' } }
  const outcome = await target.deliver(envelope, to('q', { attributes }), Buffer.from('{"a":1}'), 1)
  assert.deepEqual(outcome, { kind: 'delivered' })
  // Delivered is on disk.
  world.restart()
  const { Messages: [message] = [] } = await world.run('ReceiveMessage', {
    QueueUrl: url,
    MessageAttributeNames: ['All'],
  })
  assert.equal(message?.Body, '{"a":1}')
  assert.deepEqual(message.MessageAttributes?.['kind'], { DataType: 'String', StringValue: 'v' })
  assert.deepEqual(Buffer.from(message.MessageAttributes['bytes']?.BinaryValue ?? []), Buffer.of(0, 1))
})

test('a delivery that is repeated is one message of a FIFO queue', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q.fifo')
  const target = createSqsTarget(world.deps)
  const destination = to('q.fifo', { groupId: 'g' })
  for (let attempt = 1; attempt <= 3; attempt++) await target.deliver(envelope, destination, Buffer.from('{}'), attempt)
  const other = { ...envelope, id: 'event-2' }
  await target.deliver(other, to('q.fifo', { groupId: 'g', deduplicationId: 'own' }), Buffer.from('{}'), 1)
  const { Messages: messages = [] } = await world.run('ReceiveMessage', {
    QueueUrl: url,
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ['All'],
  })
  assert.deepEqual(
    messages.map(({ Attributes: attributes }) => attributes?.MessageDeduplicationId),
    ['event-1', 'own'],
  )
})

test('what cannot become a message is rejected: no queue, too long, not text', async () => {
  const world = new SqsWorld()
  await world.queue('q', { MaximumMessageSize: '1024' })
  const target = createSqsTarget(world.deps)
  const kindOf = async (name: string, payload: string): Promise<string> =>
    (await target.deliver(envelope, to(name), Buffer.from(payload), 1)).kind
  assert.equal(await kindOf('none', '{}'), 'rejected')
  assert.equal(await kindOf('q', 'x'.repeat(1025)), 'rejected')
  assert.equal(await kindOf('q', '\u0000'), 'rejected')
  assert.equal(await kindOf('q', '{}'), 'delivered')
})

test('who asks to send is told why not', async () => {
  const world = new SqsWorld()
  await world.queue('q')
  await world.queue('q.fifo')
  const target = createSqsTarget(world.deps)
  assert.equal(await target.refusal(arnOf('q'), ORIGIN), undefined)
  assert.match((await target.refusal(arnOf('none'), ORIGIN)) ?? '', /no queue/)
  assert.match((await target.refusal('arn:aws:sqs:x', ORIGIN)) ?? '', /not the ARN of a queue/)
  assert.match((await target.refusal(arnOf('q.fifo'), ORIGIN)) ?? '', /FIFO/)
  assert.equal(await target.refusal(arnOf('q.fifo'), { ...ORIGIN, principal: 'sns.amazonaws.com' }), undefined)
})

test('a source gives the records that functions see, and takes them back', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q', { VisibilityTimeout: '45' })
  const source = createSqsQueueSource(world.deps)
  const arn = arnOf('q')
  assert.deepEqual(await source.describe(arn), { fifo: false, visibilityTimeoutMs: 45_000 })
  assert.equal(await source.describe(arnOf('none')), undefined)
  const signal = new AbortController().signal
  const waiting = source.receive(arn, { messagesMax: 10, waitMs: 20_000, signal })
  await world.clock.advance(0)
  const MessageAttributes = { k: { DataType: 'Number', StringValue: '1' } }
  await world.run('SendMessage', { QueueUrl: url, MessageBody: 'a', MessageAttributes })
  const [message] = await waiting
  const { record } = message ?? {}
  assert.partialDeepStrictEqual(record, {
    body: 'a',
    attributes: { ApproximateReceiveCount: '1', SenderId: ACCOUNT },
    messageAttributes: { k: { stringValue: '1', dataType: 'Number', stringListValues: [], binaryListValues: [] } },
    md5OfBody: '0cc175b9c0f1b6a831c399e269772661',
    eventSource: 'aws:sqs',
    eventSourceARN: arn,
    awsRegion: REGION,
  })
  assert.equal(message?.recordBytes, Buffer.byteLength(JSON.stringify(record)))
  const handles = [message.receiptHandle, 'no handle']
  await source.release(arn, handles, 0)
  const [again] = await source.receive(arn, { messagesMax: 10, waitMs: 0, signal })
  assert.equal(again?.messageId, message.messageId)
  await source.delete(arn, [...handles, again.receiptHandle])
  await world.clock.advance(60_000)
  assert.deepEqual(await source.receive(arn, { messagesMax: 10, waitMs: 0, signal }), [])
})

/** The store, with something of its own in the place of a part. */
function passingTo(store: Store, own: Partial<Store>): Store {
  return {
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    list: (range, options) => store.list(range, options),
    commit: (commit) => store.commit(commit),
    takesGrowth: () => store.takesGrowth(),
    watch: (prefix, wake) => store.watch(prefix, wake),
    clear: () => store.clear(),
    close: () => store.close(),
    ...own,
  }
}

test('on a disk that is nearly full messages are received, deleted and purged, but not sent, moved or made queues for', async () => {
  let isLow = false
  const store = createMemoryStore()
  const low = passingTo(store, { takesGrowth: () => !isLow })
  const world = new SqsWorld({ store: low })
  const url = await world.queue('q')
  for (const MessageBody of ['a', 'b']) await world.run('SendMessage', { QueueUrl: url, MessageBody })
  isLow = true
  await assert.rejects(world.run('SendMessage', { QueueUrl: url, MessageBody: 'c' }), DiskFullError)
  await assert.rejects(world.run('CreateQueue', { QueueName: 'other' }), DiskFullError)
  const { Messages: [message] = [] } = await world.run('ReceiveMessage', { QueueUrl: url, MaxNumberOfMessages: 1 })
  await world.run('DeleteMessage', { QueueUrl: url, ReceiptHandle: message?.ReceiptHandle ?? '' })
  await world.run('PurgeQueue', { QueueUrl: url })
  isLow = false
  await world.run('SendMessage', { QueueUrl: url, MessageBody: 'd' })
})

test('when the store is full nothing is acknowledged, and afterwards the queue is what was acknowledged', async () => {
  let isFull = false
  const store = createMemoryStore()
  const moody = passingTo(store, {
    commit: (commit) => (isFull ? Promise.reject(new StoreFullError('full')) : store.commit(commit)),
  })
  const world = new SqsWorld({ store: moody })
  const url = await world.queue('q')
  await world.run('SendMessage', { QueueUrl: url, MessageBody: 'kept' })
  const waiting = world.run('ReceiveMessage', { QueueUrl: await world.queue('other'), WaitTimeSeconds: 20 })
  await world.clock.advance(0)
  isFull = true
  const refused = Array.from({ length: 5 }, (_, index) =>
    assert.rejects(world.run('SendMessage', { QueueUrl: url, MessageBody: `lost ${index}` }), StoreFullError),
  )
  await Promise.all([...refused, assert.rejects(waiting, StoreFullError)])
  await assert.rejects(world.run('ReceiveMessage', { QueueUrl: url }), StoreFullError)
  isFull = false
  const input = { QueueUrl: url, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All' as const] }
  const { Messages: messages = [] } = await world.run('ReceiveMessage', input)
  assert.deepEqual(
    messages.map(({ Body, Attributes: attributes }) => [Body, attributes?.ApproximateReceiveCount]),
    [['kept', '1']],
  )
})

test('after a reset nothing of the former queues is known', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q')
  await world.run('SendMessage', { QueueUrl: url, MessageBody: 'a' })
  await world.store.clear()
  world.deps.forget()
  assert.deepEqual(await world.run('ListQueues', {}), { QueueUrls: undefined, NextToken: undefined })
  await world.queue('q')
  assert.deepEqual(await world.run('ReceiveMessage', { QueueUrl: url }), {})
})

test("a queue's policy is told to whoever decides, read from the store once and from memory then", async () => {
  const world = new SqsWorld()
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: arnOf('q') }],
  })
  await world.queue('q', { Policy })
  await world.queue('plain')
  world.restart()
  const service = createSqsService(world.deps)
  const ask = (resource: string): unknown => service.resourcePolicies?.(resource, contextOf('SendMessage'))
  assert.deepEqual(await ask(arnOf('q')), { owner: ACCOUNT, documents: [Policy] })
  assert.deepEqual(ask(arnOf('q')), { owner: ACCOUNT, documents: [Policy] })
  assert.deepEqual(ask(arnOf('plain')), { owner: ACCOUNT, documents: [] })
  for (const resource of [arnOf('none'), '*']) assert.equal(ask(resource), undefined)
})
