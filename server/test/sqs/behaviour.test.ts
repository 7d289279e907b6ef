// What queues do over time, with a clock that is driven by hand.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arnOf, fails, SqsWorld } from './kit.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND

async function send(world: SqsWorld, QueueUrl: string, MessageBody: string, more: object = {}): Promise<string> {
  const { MessageId: id = '' } = await world.run('SendMessage', { QueueUrl, MessageBody, ...more })
  return id
}

async function receive(world: SqsWorld, QueueUrl: string, more: object = {}): Promise<readonly Received[]> {
  const input = { QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All' as const], ...more }
  const { Messages: messages = [] } = await world.run('ReceiveMessage', input)
  return messages.map(({ Body = '', ReceiptHandle = '', Attributes = {}, MessageId = '' }) => ({
    body: Body,
    handle: ReceiptHandle,
    id: MessageId,
    attributes: Attributes,
  }))
}

interface Received {
  readonly body: string
  readonly handle: string
  readonly id: string
  readonly attributes: Readonly<Partial<Record<string, string>>>
}

const bodies = (received: readonly Received[]): readonly string[] => received.map(({ body }) => body)

async function countsOf(world: SqsWorld, QueueUrl: string): Promise<readonly number[]> {
  const { Attributes: attributes } = await world.run('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] })
  const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: inFlight } = attributes ?? {}
  return [Number(visible), Number(inFlight), Number(attributes?.ApproximateNumberOfMessagesDelayed)]
}

test('a message that is sent wakes whoever waits, the longest waiting first', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q')
  const first = receive(world, url, { WaitTimeSeconds: 20 })
  await world.clock.advance(0)
  const second = receive(world, url, { WaitTimeSeconds: 20 })
  await world.clock.advance(5 * SECOND)
  await send(world, url, 'a')
  assert.deepEqual(bodies(await first), ['a'])
  await world.clock.advance(14 * SECOND)
  await send(world, url, 'b')
  assert.deepEqual(bodies(await second), ['b'])
})

test('a wait ends empty when its time is over, when the client goes, and when the server drains', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q', { ReceiveMessageWaitTimeSeconds: '3' })
  const timed = receive(world, url)
  await world.clock.advance(0)
  await world.clock.advance(2999)
  const order: string[] = []
  void timed.then(() => order.push('timed'))
  await world.clock.advance(0)
  assert.deepEqual(order, [])
  await world.clock.advance(1)
  assert.deepEqual(await timed, [])

  const gone = new AbortController()
  const left = world.run('ReceiveMessage', { QueueUrl: url, WaitTimeSeconds: 20 }, gone.signal)
  await world.clock.advance(0)
  await world.clock.advance(10)
  gone.abort()
  assert.deepEqual(await left, {})
  // What comes later is not for the one that went.
  await send(world, url, 'a')
  assert.deepEqual(bodies(await receive(world, url)), ['a'])

  const drained = receive(world, url, { WaitTimeSeconds: 20 })
  await world.clock.advance(0)
  await world.clock.advance(10)
  world.draining.abort()
  assert.deepEqual(await drained, [])
})

test('a message in flight comes back when its timeout ends, to whoever waits by then', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q', { VisibilityTimeout: '30' })
  await send(world, url, 'a')
  assert.equal((await receive(world, url)).length, 1)
  assert.deepEqual(await receive(world, url), [])
  const waiting = receive(world, url, { WaitTimeSeconds: 20 })
  await world.clock.advance(0)
  await world.clock.advance(15 * SECOND)
  assert.deepEqual(await countsOf(world, url), [0, 1, 0])
  // The first wait ends at 20 s, so it goes without.
  await world.clock.advance(5 * SECOND)
  assert.deepEqual(await waiting, [])
  const lucky = receive(world, url, { WaitTimeSeconds: 20 })
  await world.clock.advance(0)
  await world.clock.advance(10 * SECOND)
  const [message] = await lucky
  assert.equal(message?.attributes['ApproximateReceiveCount'], '2')
})

test('delays hold messages back: of the message, of the queue, none for the one that says 0', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q', { DelaySeconds: '60' })
  await send(world, url, 'queue')
  await send(world, url, 'message', { DelaySeconds: 900 })
  await send(world, url, 'none', { DelaySeconds: 0 })
  assert.deepEqual(await countsOf(world, url), [1, 0, 2])
  assert.deepEqual(bodies(await receive(world, url)), ['none'])
  await world.clock.advance(60 * SECOND)
  assert.deepEqual(bodies(await receive(world, url, { VisibilityTimeout: 3600 })).toSorted(), ['none', 'queue'])
  world.restart()
  await world.clock.advance(840 * SECOND)
  assert.deepEqual(bodies(await receive(world, url)), ['message'])
})

test('a timeout can be made longer and shorter, up to twelve hours after the receive', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q')
  await send(world, url, 'a')
  const [message] = await receive(world, url)
  const change = (VisibilityTimeout: number): Promise<unknown> =>
    world.run('ChangeMessageVisibility', { QueueUrl: url, ReceiptHandle: message?.handle ?? '', VisibilityTimeout })
  await change(43_200)
  await world.clock.advance(HOUR)
  await assert.rejects(
    change(43_200),
    fails('InvalidParameterValue', /Total VisibilityTimeout .* beyond the limit \[43200 seconds\]/),
  )
  await change(11 * 3600)
  await change(0)
  const [again] = await receive(world, url)
  assert.equal(again?.body, 'a')
  // The old handle holds nothing any more.
  await assert.rejects(change(10), fails('InvalidParameterValue', /not available for visibility timeout change/))
  await world.clock.advance(30 * SECOND)
  const late = { QueueUrl: url, ReceiptHandle: again?.handle ?? '', VisibilityTimeout: 5 }
  await assert.rejects(world.run('ChangeMessageVisibility', late), fails('MessageNotInflight'))
  await world.run('DeleteMessage', { QueueUrl: url, ReceiptHandle: again?.handle ?? '' })
  await assert.rejects(world.run('ChangeMessageVisibility', late), fails('InvalidParameterValue', /does not exist/))
})

test('messages leave when their retention ends', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q', { MessageRetentionPeriod: '120' })
  await send(world, url, 'old')
  await world.clock.advance(100 * SECOND)
  await send(world, url, 'new')
  await world.clock.advance(20 * SECOND)
  assert.deepEqual(bodies(await receive(world, url)), ['new'])
  // Within a minute of it.
  await world.clock.advance(141 * SECOND)
  assert.deepEqual(await countsOf(world, url), [0, 0, 0])
  const uid = (await world.deps.queues.find(arnOf('q')))?.record.uid ?? ''
  assert.deepEqual(await world.store.list({ prefix: ['sqs.message', uid] }), [])
})

test('a FIFO queue gives of a group only when nothing of it is in flight', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q.fifo', { ContentBasedDeduplication: 'true' })
  for (const body of ['a1', 'b1', 'a2', 'b2', 'a3']) await send(world, url, body, { MessageGroupId: body.charAt(0) })
  const [a1] = await receive(world, url, { MaxNumberOfMessages: 1 })
  assert.equal(a1?.body, 'a1')
  assert.deepEqual(bodies(await receive(world, url)), ['b1', 'b2'])
  assert.deepEqual(await receive(world, url), [])
  await world.run('DeleteMessage', { QueueUrl: url, ReceiptHandle: a1?.handle ?? '' })
  const rest = await receive(world, url)
  assert.deepEqual(bodies(rest), ['a2', 'a3'])
  // The first comes back before the second is done: it must be first again.
  const visible = { QueueUrl: url, ReceiptHandle: rest[0]?.handle ?? '', VisibilityTimeout: 0 }
  await world.run('ChangeMessageVisibility', visible)
  assert.deepEqual(await receive(world, url), [])
  await world.run('ChangeMessageVisibility', { ...visible, ReceiptHandle: rest[1]?.handle ?? '' })
  assert.deepEqual(bodies(await receive(world, url)), ['a2', 'a3'])
})

test('a receipt handle of a FIFO queue ends with its timeout', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q.fifo', { ContentBasedDeduplication: 'true' })
  await send(world, url, 'a', { MessageGroupId: 'g' })
  const [first] = await receive(world, url)
  await world.clock.advance(30 * SECOND)
  const input = { QueueUrl: url, ReceiptHandle: first?.handle ?? '' }
  await assert.rejects(
    world.run('DeleteMessage', input),
    fails('InvalidParameterValue', /The receipt handle has expired/),
  )
  const [second] = await receive(world, url)
  await assert.rejects(
    world.run('DeleteMessage', input),
    fails('InvalidParameterValue', /The receipt handle has expired/),
  )
  await world.run('DeleteMessage', { QueueUrl: url, ReceiptHandle: second?.handle ?? '' })
  // Deleted is deleted: asking again is no error.
  await world.run('DeleteMessage', { QueueUrl: url, ReceiptHandle: second?.handle ?? '' })
})

test('duplicates are recognised for five minutes, by id or content, also after a delete and a restart', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q.fifo', { ContentBasedDeduplication: 'true' })
  const first = await send(world, url, 'same', { MessageGroupId: 'g' })
  const [message] = await receive(world, url)
  await world.run('DeleteMessage', { QueueUrl: url, ReceiptHandle: message?.handle ?? '' })
  assert.equal(await send(world, url, 'same', { MessageGroupId: 'other' }), first)
  world.restart()
  await world.clock.advance(299 * SECOND)
  assert.equal(await send(world, url, 'same', { MessageGroupId: 'g' }), first)
  assert.deepEqual(await receive(world, url), [])
  await world.clock.advance(SECOND)
  assert.notEqual(await send(world, url, 'same', { MessageGroupId: 'g' }), first)
  const byId = await send(world, url, 'x', { MessageGroupId: 'g', MessageDeduplicationId: 'id' })
  assert.equal(await send(world, url, 'y', { MessageGroupId: 'g', MessageDeduplicationId: 'id' }), byId)
  assert.deepEqual(bodies(await receive(world, url)), ['same', 'x'])
})

test('with the message group as scope the same id in another group is another message', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q.fifo', {
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
  })
  const ids = await Promise.all(
    ['a', 'b', 'a'].map((group) => send(world, url, group, { MessageGroupId: group, MessageDeduplicationId: 'id' })),
  )
  assert.equal(new Set(ids).size, 2)
  assert.equal(ids[0], ids[2])
})

test('a receive that is repeated with the same attempt id gives the same messages, until one of them is touched', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q.fifo', { ContentBasedDeduplication: 'true' })
  for (const body of ['a', 'b', 'c']) await send(world, url, body, { MessageGroupId: 'g' })
  const attempt = { ReceiveRequestAttemptId: 'attempt', MaxNumberOfMessages: 2 }
  const first = await receive(world, url, attempt)
  await world.clock.advance(20 * SECOND)
  assert.deepEqual(await receive(world, url, attempt), first)
  // Their timeouts began anew.
  await world.clock.advance(20 * SECOND)
  assert.deepEqual(await countsOf(world, url), [1, 2, 0])
  await world.run('DeleteMessage', { QueueUrl: url, ReceiptHandle: first[0]?.handle ?? '' })
  assert.deepEqual(await receive(world, url, attempt), [])
  const other = { ReceiveRequestAttemptId: 'other' }
  await world.clock.advance(30 * SECOND)
  const [b] = await receive(world, url, other)
  await world.run('ChangeMessageVisibility', { QueueUrl: url, ReceiptHandle: b?.handle ?? '', VisibilityTimeout: 60 })
  assert.deepEqual(await receive(world, url, other), [])
})

test('a FIFO queue takes as many calls a second as it is told to; without a limit any number', async () => {
  const limited = new SqsWorld({ fifoCallsPerSecondMax: 3 })
  const url = await limited.queue('q.fifo', { ContentBasedDeduplication: 'true' })
  for (let count = 0; count < 3; count++) await send(limited, url, `m${count}`, { MessageGroupId: 'g' })
  await assert.rejects(send(limited, url, 'm3', { MessageGroupId: 'g' }), fails('RequestThrottled'))
  assert.equal((await receive(limited, url)).length, 3)
  await limited.clock.advance(SECOND)
  await send(limited, url, 'm3', { MessageGroupId: 'g' })
  await limited.run('SetQueueAttributes', {
    QueueUrl: url,
    Attributes: { DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' },
  })
  await limited.clock.advance(SECOND)
  for (const group of ['a', 'b', 'c', 'd']) await send(limited, url, group, { MessageGroupId: group })
})

test('what is received too often goes to the dead-letter queue, with where it came from', async () => {
  const world = new SqsWorld()
  const dead = await world.queue('dead')
  const url = await world.queue('q', {
    VisibilityTimeout: '10',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 2 }),
  })
  const id = await send(world, url, 'poison', { MessageAttributes: { k: { DataType: 'String', StringValue: 'v' } } })
  const sentMs = world.clock.nowMs()
  for (let turn = 0; turn < 2; turn++) {
    assert.equal((await receive(world, url)).length, 1)
    await world.clock.advance(10 * SECOND)
  }
  assert.deepEqual(await receive(world, url), [])
  assert.deepEqual(await countsOf(world, url), [0, 0, 0])
  world.restart()
  const [message] = await receive(world, dead)
  assert.equal(message?.id, id)
  assert.equal(message.attributes['DeadLetterQueueSourceArn'], arnOf('q'))
  assert.equal(message.attributes['SentTimestamp'], String(sentMs))
  assert.equal(message.attributes['ApproximateReceiveCount'], '1')
  const sources = await world.run('ListDeadLetterSourceQueues', { QueueUrl: dead })
  assert.deepEqual(sources.queueUrls, [url])
})

test('who waits at the dead-letter queue is woken; without the queue the message stays', async () => {
  const world = new SqsWorld()
  const dead = await world.queue('dead')
  const policy = JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 1 })
  const url = await world.queue('q', { RedrivePolicy: policy })
  await send(world, url, 'poison')
  await receive(world, url, { VisibilityTimeout: 0 })
  const waiting = receive(world, dead, { WaitTimeSeconds: 20 })
  await world.clock.advance(0)
  await world.clock.advance(1)
  assert.deepEqual(await receive(world, url), [])
  assert.deepEqual(bodies(await waiting), ['poison'])
  await world.run('DeleteQueue', { QueueUrl: dead })
  await send(world, url, 'another')
  await receive(world, url, { VisibilityTimeout: 0 })
  assert.deepEqual(bodies(await receive(world, url)), ['another'])
})

test('a dead-letter queue says who may use it', async () => {
  const world = new SqsWorld()
  const policy = JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 1 })
  await assert.rejects(
    world.queue('q', { RedrivePolicy: policy }),
    fails('InvalidParameterValue', /Dead letter target does not exist/),
  )
  const allow = { redrivePermission: 'byQueue', sourceQueueArns: [arnOf('other')] }
  const dead = await world.queue('dead', { RedriveAllowPolicy: JSON.stringify(allow) })
  await assert.rejects(world.queue('q', { RedrivePolicy: policy }), fails('InvalidParameterValue', /does not allow/))
  await world.queue('other', { RedrivePolicy: policy })
  await world.run('SetQueueAttributes', {
    QueueUrl: dead,
    Attributes: { RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' },
  })
  await assert.rejects(world.queue('q', { RedrivePolicy: policy }), fails('InvalidParameterValue', /does not allow/))
  await world.run('SetQueueAttributes', { QueueUrl: dead, Attributes: { RedriveAllowPolicy: '' } })
  await world.queue('q', { RedrivePolicy: policy })
  await assert.rejects(
    world.queue('q.fifo', { RedrivePolicy: policy }),
    fails('InvalidParameterValue', /same type of queue/),
  )
})

async function deadWorld(count: number): Promise<{ world: SqsWorld; url: string; dead: string }> {
  const world = new SqsWorld()
  const dead = await world.queue('dead')
  const policy = JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 1 })
  const url = await world.queue('q', { RedrivePolicy: policy })
  for (let index = 0; index < count; index++) await send(world, url, `m${index}`)
  while ((await receive(world, url, { VisibilityTimeout: 0 })).length > 0);
  assert.deepEqual(await countsOf(world, dead), [count, 0, 0])
  return { world, url, dead }
}

async function turns(world: SqsWorld, count = 200): Promise<void> {
  for (let turn = 0; turn < count; turn++) await world.clock.advance(0)
}

test('a move task brings dead letters back to where they came from', async () => {
  const { world, url, dead } = await deadWorld(120)
  await world.run('StartMessageMoveTask', { SourceArn: arnOf('dead') })
  await turns(world)
  assert.deepEqual(await countsOf(world, dead), [0, 0, 0])
  assert.deepEqual(await countsOf(world, url), [120, 0, 0])
  const { Results: [task] = [] } = await world.run('ListMessageMoveTasks', { SourceArn: arnOf('dead') })
  assert.equal(task?.Status, 'COMPLETED')
  assert.equal(task.ApproximateNumberOfMessagesMoved, 120)
  assert.equal(task.ApproximateNumberOfMessagesToMove, 120)
  assert.equal(task.TaskHandle, undefined)
  const [message] = await receive(world, url)
  assert.equal(message?.attributes['ApproximateReceiveCount'], '1')
  assert.equal(message.attributes['DeadLetterQueueSourceArn'], undefined)
})

test('a move task keeps to its rate, goes on after a kill, and can be cancelled', async () => {
  const { world, dead } = await deadWorld(50)
  const other = await world.queue('other')
  const input = { SourceArn: arnOf('dead'), DestinationArn: arnOf('other'), MaxNumberOfMessagesPerSecond: 10 }
  const { TaskHandle = '' } = await world.run('StartMessageMoveTask', input)
  await turns(world)
  assert.deepEqual(await countsOf(world, other), [10, 0, 0])
  await assert.rejects(
    world.run('StartMessageMoveTask', input),
    fails('UnsupportedOperation', /already a task running/),
  )
  await world.clock.advance(SECOND)
  await turns(world)
  assert.deepEqual(await countsOf(world, other), [20, 0, 0])
  world.restart()
  await world.deps.resume()
  await turns(world)
  assert.deepEqual(await countsOf(world, other), [30, 0, 0])
  const cancelled = await world.run('CancelMessageMoveTask', { TaskHandle })
  assert.equal(cancelled.ApproximateNumberOfMessagesMoved, 30)
  await world.clock.advance(10 * SECOND)
  assert.deepEqual(await countsOf(world, dead), [20, 0, 0])
  const { Results: [task] = [] } = await world.run('ListMessageMoveTasks', { SourceArn: arnOf('dead') })
  assert.equal(task?.Status, 'CANCELLED')
  await assert.rejects(world.run('CancelMessageMoveTask', { TaskHandle }), fails('UnsupportedOperation'))
  await world.close()
})

test('a move task that does not know where a message came from fails and leaves it', async () => {
  const { world, dead } = await deadWorld(1)
  await send(world, dead, 'sent directly')
  await world.run('StartMessageMoveTask', { SourceArn: arnOf('dead') })
  await turns(world)
  const { Results: [task] = [] } = await world.run('ListMessageMoveTasks', { SourceArn: arnOf('dead') })
  assert.equal(task?.Status, 'FAILED')
  assert.equal(task.FailureReason, 'CouldNotDetermineMessageSource')
  assert.deepEqual(bodies(await receive(world, dead)), ['sent directly'])
})

test('move tasks are refused for what is no dead-letter queue, or is not there', async () => {
  const { world } = await deadWorld(0)
  const start = (SourceArn: string, DestinationArn?: string): Promise<unknown> =>
    world.run('StartMessageMoveTask', { SourceArn, DestinationArn })
  await assert.rejects(start(arnOf('nothing')), fails('ResourceNotFoundException', /SourceArn/))
  await assert.rejects(start(arnOf('q')), fails('InvalidParameterValue', /must be configured as a Dead Letter Queue/))
  await assert.rejects(start(arnOf('dead'), arnOf('nothing')), fails('ResourceNotFoundException', /DestinationArn/))
  await assert.rejects(start(arnOf('dead'), arnOf('dead')), fails('InvalidParameterValue', /cannot be the same/))
  await assert.rejects(
    world.run('CancelMessageMoveTask', { TaskHandle: 'x' }),
    fails('InvalidParameterValue', /TaskHandle/),
  )
  await assert.rejects(
    world.run('ListMessageMoveTasks', { SourceArn: arnOf('nothing') }),
    fails('ResourceNotFoundException'),
  )
})

test('a purge takes everything that was sent before, once a minute, and leaves nothing on the disk', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q')
  for (let index = 0; index < 200; index++) await send(world, url, `m${index}`)
  const [held] = await receive(world, url, { MaxNumberOfMessages: 1 })
  await world.run('PurgeQueue', { QueueUrl: url })
  assert.deepEqual(await countsOf(world, url), [0, 0, 0])
  await assert.rejects(world.run('PurgeQueue', { QueueUrl: url }), fails('PurgeQueueInProgress', /every 60 seconds/))
  await world.run('DeleteMessage', { QueueUrl: url, ReceiptHandle: held?.handle ?? '' })
  await send(world, url, 'after')
  world.restart()
  assert.deepEqual(bodies(await receive(world, url)), ['after'])
  await turns(world)
  const uid = (await world.deps.queues.find(arnOf('q')))?.record.uid ?? ''
  assert.equal((await world.store.list({ prefix: ['sqs.message', uid] })).length, 1)
  assert.deepEqual(await world.store.list({ prefix: ['sqs.trash'] }), [])
  await world.clock.advance(60 * SECOND)
  await world.run('PurgeQueue', { QueueUrl: url })
})

test('a deleted queue leaves nothing, and whoever waited for it is told', async () => {
  const world = new SqsWorld()
  for (const name of ['q', 'q.fifo']) {
    const url = await world.queue(name, name === 'q' ? {} : { ContentBasedDeduplication: 'true' })
    const group = name === 'q' ? {} : { MessageGroupId: 'g' }
    for (let index = 0; index < 130; index++) await send(world, url, `m${index}`, group)
    await world.run('DeleteQueue', { QueueUrl: url })
    await assert.rejects(receive(world, url), fails('QueueDoesNotExist'))
    await turns(world)
  }
  const url = await world.queue('q')
  assert.deepEqual(await receive(world, url), [])
  const waiting = receive(world, url, { WaitTimeSeconds: 20 })
  await world.clock.advance(0)
  await world.clock.advance(1)
  await Promise.all([assert.rejects(waiting, fails('QueueDoesNotExist')), world.run('DeleteQueue', { QueueUrl: url })])
  await turns(world)
  for (const prefix of ['sqs.message', 'sqs.segment', 'sqs.fifo', 'sqs.queue', 'sqs.trash'])
    assert.deepEqual(await world.store.list({ prefix: [prefix] }), [], prefix)
})

test('sequences are never used twice, so that old handles never name new messages', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q')
  await send(world, url, 'old')
  const [old] = await receive(world, url)
  await world.run('DeleteMessage', { QueueUrl: url, ReceiptHandle: old?.handle ?? '' })
  for (let round = 0; round < 3; round++) {
    world.restart()
    await send(world, url, `new ${round}`)
    await receive(world, url, { VisibilityTimeout: 0 })
    await world.run('DeleteMessage', { QueueUrl: url, ReceiptHandle: old?.handle ?? '' })
    assert.equal((await countsOf(world, url))[0], round + 1)
  }
})

test('no more than 120,000 messages are in flight', async () => {
  const world = new SqsWorld()
  const url = await world.queue('q', { VisibilityTimeout: '43200' })
  const queue = await world.deps.queues.find(arnOf('q'))
  assert.ok(queue)
  const header = { messageId: 'id', senderId: 'me', md5OfBody: '' }
  for (let sent = 0; sent < 121_000; sent += 1000)
    await queue.write(() => {
      for (let index = 0; index < 1000; index++) queue.add({ header, body: 'x', delayMs: 0 })
    })
  for (let received = 0; received < 120_000; received += 2000) {
    const answers: (readonly unknown[])[] = await Promise.all(
      Array.from({ length: 200 }, () => queue.receive({ max: 10 })),
    )
    assert.equal(answers.flat().length, 2000)
  }
  await assert.rejects(receive(world, url), fails('OverLimit'))
  const waiting = receive(world, url, { WaitTimeSeconds: 1 })
  await world.clock.advance(0)
  await world.clock.advance(SECOND)
  assert.deepEqual(await waiting, [])
})
