// What SQS refuses, and in which words.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fails, SqsWorld } from './kit.ts'

const world = new SqsWorld()
const url = await world.queue('q', { MaximumMessageSize: '2048' })
const large = await world.queue('large')
const fifo = await world.queue('q.fifo')

const text = { DataType: 'String', StringValue: 'v' }

async function handleOf(QueueUrl: string): Promise<string> {
  await world.run('SendMessage', { QueueUrl, MessageBody: 'held' })
  const { Messages: [message] = [] } = await world.run('ReceiveMessage', { QueueUrl })
  return message?.ReceiptHandle ?? ''
}

test('messages: empty, too long, of characters that there are not', async () => {
  const send = (MessageBody: string, more: object = {}): Promise<unknown> =>
    world.run('SendMessage', { QueueUrl: url, MessageBody, ...more })
  await assert.rejects(send(''), fails('MissingParameter', /^The request must contain the parameter MessageBody\.$/))
  await assert.rejects(
    send('x'.repeat(2049)),
    fails(
      'InvalidParameterValue',
      /^One or more parameters are invalid\. Reason: Message must be shorter than 2048 bytes\.$/,
    ),
  )
  await send('x'.repeat(2048))
  // Bytes, not characters; attributes count.
  await assert.rejects(send('é'.repeat(1025)), fails('InvalidParameterValue'))
  await assert.rejects(send('x'.repeat(2041), { MessageAttributes: { a: text } }), fails('InvalidParameterValue'))
  for (const character of ['\u0000', '\u0008', '\u000b', '\u001f', '\ud800', '\ufffe', '\uffff'])
    await assert.rejects(send(`a${character}`), fails('InvalidMessageContents', /Invalid characters found/))
  await send('\t\n\r \ud7ff\ue000\ufffd\u{10000}\u{10ffff}')
  for (const DelaySeconds of [-1, 901])
    await assert.rejects(
      send('a', { DelaySeconds }),
      fails('InvalidParameterValue', /DelaySeconds must be >= 0 and <= 900/),
    )
})

test('a message may have a mebibyte, a batch too', async () => {
  const mebibyte = 'x'.repeat(1_048_576)
  await world.run('SendMessage', { QueueUrl: large, MessageBody: mebibyte })
  await assert.rejects(
    world.run('SendMessage', { QueueUrl: large, MessageBody: `${mebibyte}x` }),
    fails('InvalidParameterValue', /1048576 bytes/),
  )
  const half = 'x'.repeat(524_289)
  const Entries = [
    { Id: '1', MessageBody: half },
    { Id: '2', MessageBody: half },
  ]
  await assert.rejects(
    world.run('SendMessageBatch', { QueueUrl: large, Entries }),
    fails(
      'BatchRequestTooLong',
      /^Batch requests cannot be longer than 1048576 bytes\. You have sent 1048578 bytes\.$/,
    ),
  )
  const { Messages: [message] = [] } = await world.run('ReceiveMessage', { QueueUrl: large })
  assert.equal(message?.Body, mebibyte)
})

test('what needs an escape in JSON needs no more room than it counts for', async () => {
  const own = await world.queue('escapes')
  const quotes = '"'.repeat(500_000)
  const MessageAttributes = {
    text: { DataType: 'String', StringValue: quotes },
    bytes: { DataType: 'Binary', BinaryValue: Buffer.alloc(40_000, 255) },
  }
  const MessageBody = '\n'.repeat(500_000)
  await world.run('SendMessage', { QueueUrl: own, MessageBody, MessageAttributes })
  const input = { QueueUrl: own, MessageAttributeNames: ['All'] }
  const { Messages: [message] = [] } = await world.run('ReceiveMessage', input)
  assert.equal(message?.Body, MessageBody)
  assert.equal(message.MessageAttributes?.['text']?.StringValue, quotes)
  assert.deepEqual(Buffer.from(message.MessageAttributes['bytes']?.BinaryValue ?? []), Buffer.alloc(40_000, 255))
  const large = { text: { DataType: 'String', StringValue: '"'.repeat(1_048_560) } }
  await world.run('SendMessage', { QueueUrl: own, MessageBody: 'a', MessageAttributes: large })
  const trace = { AWSTraceHeader: { DataType: 'String', StringValue: 'x'.repeat(4097) } }
  await assert.rejects(
    world.run('SendMessage', { QueueUrl: own, MessageBody: 'a', MessageSystemAttributes: trace }),
    fails('InvalidParameterValue'),
  )
  const accounts = Array.from({ length: 300 }, (_, index) => String(100_000_000_000 + index))
  const permission = { QueueUrl: own, Label: 'many', AWSAccountIds: accounts, Actions: ['SendMessage'] }
  await assert.rejects(world.run('AddPermission', permission), fails('OverLimit'))
  const Attributes = { KmsMasterKeyId: 'k'.repeat(8193) }
  await assert.rejects(world.run('SetQueueAttributes', { QueueUrl: own, Attributes }), fails('InvalidAttributeValue'))
})

test('message attributes: names, types, values, number', async () => {
  const send = (attributes: object): Promise<unknown> =>
    world.run('SendMessage', { QueueUrl: large, MessageBody: 'a', ...({ MessageAttributes: attributes } as object) })
  const bad = (attributes: object, message?: RegExp): Promise<void> =>
    assert.rejects(send(attributes), fails('InvalidParameterValue', message))
  for (const name of ['.a', 'a.', 'a..b', 'a b', 'é', 'AWS.x', 'amazon.y', 'a'.repeat(257)]) await bad({ [name]: text })
  await bad({ a: { StringValue: 'v' } }, /must contain a non-empty attribute type/)
  await bad(
    { a: { DataType: 'Boolean', StringValue: 'v' } },
    /set of supported type prefixes is Binary, Number, and String/,
  )
  await bad({ a: { DataType: 'String', StringValue: '' } }, /non-empty message attribute value/)
  await bad({ a: { DataType: 'Number', StringValue: 'ten' } }, /Can't cast the value .* to a number/)
  await bad({ a: { DataType: 'Binary' } }, /non-empty message attribute value/)
  await bad({ a: { DataType: 'String', StringListValues: ['v'] } })
  await bad({ a: { DataType: 'String', StringValue: '\u0001' } }, /Invalid characters found/)
  const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`a${index}`, text]))
  await bad(eleven, /^Number of message attributes \[11\] exceeds the allowed maximum \[10\]\.$/)
  await send({
    'a.b-c_D1': { DataType: 'Number.float', StringValue: '-1.5e10' },
    b: { DataType: 'Binary.png', BinaryValue: Buffer.of(0) },
  })
  await assert.rejects(
    world.run('SendMessage', { QueueUrl: large, MessageBody: 'a', MessageSystemAttributes: { Other: text } as object }),
    fails('InvalidParameterValue'),
  )
})

test('an attribute may have any name that the rules allow', async () => {
  const own = await world.queue('names')
  const names = ['__proto__', 'constructor', '1', '0', 'a']
  const MessageAttributes = Object.fromEntries(names.map((name) => [name, { DataType: 'String', StringValue: name }]))
  await world.run('SendMessage', { QueueUrl: own, MessageBody: 'a', MessageAttributes })
  const { Messages: [message] = [] } = await world.run('ReceiveMessage', {
    QueueUrl: own,
    MessageAttributeNames: ['All'],
  })
  const values = Object.entries(message?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue])
  assert.equal(values.length, names.length)
  for (const [name, value] of values) assert.equal(value, name)
})

test('FIFO parameters where they must be, and only there', async () => {
  const send = (QueueUrl: string, more: object): Promise<unknown> =>
    world.run('SendMessage', { QueueUrl, MessageBody: 'a', ...more })
  await assert.rejects(send(fifo, {}), fails('MissingParameter', /MessageGroupId/))
  await assert.rejects(
    send(fifo, { MessageGroupId: 'g' }),
    fails('InvalidParameterValue', /ContentBasedDeduplication enabled or MessageDeduplicationId provided/),
  )
  const whole = { MessageGroupId: 'g', MessageDeduplicationId: 'd' }
  await assert.rejects(
    send(fifo, { ...whole, DelaySeconds: 1 }),
    fails('InvalidParameterValue', /not valid for this queue type/),
  )
  for (const id of ['', 'é', 'a b', 'x'.repeat(129)]) {
    await assert.rejects(
      send(fifo, { ...whole, MessageGroupId: id }),
      fails('InvalidParameterValue', /MessageGroupId can only include/),
    )
    await assert.rejects(
      send(fifo, { ...whole, MessageDeduplicationId: id }),
      fails('InvalidParameterValue', /MessageDeduplicationId can only include/),
    )
  }
  await send(fifo, { MessageGroupId: 'x'.repeat(128), MessageDeduplicationId: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~' })
  await assert.rejects(
    send(large, { MessageDeduplicationId: 'd' }),
    fails('InvalidParameterValue', /not valid for this queue type/),
  )
  // Standard queues take a group.
  await send(large, { MessageGroupId: 'g' })
})

test('batches: none, too many, ids that repeat or are none; good entries are sent beside bad ones', async () => {
  const send = (Entries: readonly { Id: string; MessageBody: string }[]): Promise<unknown> =>
    world.run('SendMessageBatch', { QueueUrl: url, Entries: [...Entries] })
  await assert.rejects(send([]), fails('EmptyBatchRequest', /at least one SendMessageBatchRequestEntry in the request/))
  const entries = (count: number): { Id: string; MessageBody: string }[] =>
    Array.from({ length: count }, (_, index) => ({ Id: String(index), MessageBody: 'a' }))
  await assert.rejects(
    send(entries(11)),
    fails('TooManyEntriesInBatchRequest', /per request are 10\. You have sent 11\./),
  )
  await assert.rejects(send([...entries(1), ...entries(1)]), fails('BatchEntryIdsNotDistinct', /^Id 0 repeated\.$/))
  for (const Id of ['', 'a b', 'ä', 'x'.repeat(81)])
    await assert.rejects(send([{ Id, MessageBody: 'a' }]), fails('InvalidBatchEntryId'))
  const mixed = [
    { Id: 'good', MessageBody: 'a' },
    { Id: 'empty', MessageBody: '' },
    { Id: 'invalid', MessageBody: '\u0000' },
    { Id: 'late', MessageBody: 'a', DelaySeconds: 901 },
  ]
  const { Successful: done = [], Failed: failed = [] } = await world.run('SendMessageBatch', {
    QueueUrl: url,
    Entries: mixed,
  })
  assert.deepEqual(
    done.map(({ Id }) => Id),
    ['good'],
  )
  assert.deepEqual(
    failed.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]),
    [
      ['empty', 'MissingParameter', true],
      ['invalid', 'InvalidMessageContents', true],
      ['late', 'InvalidParameterValue', true],
    ],
  )
})

test('receipt handles that are none, of another queue, or not for this', async () => {
  const own = await handleOf(large)
  for (const ReceiptHandle of ['x', 'AAAA', own.slice(0, -4), Buffer.alloc(23).toString('base64')]) {
    await assert.rejects(
      world.run('DeleteMessage', { QueueUrl: large, ReceiptHandle }),
      fails('ReceiptHandleIsInvalid', /^The input receipt handle ".*" is not a valid receipt handle\.$/),
    )
    await assert.rejects(
      world.run('ChangeMessageVisibility', { QueueUrl: large, ReceiptHandle, VisibilityTimeout: 1 }),
      fails('ReceiptHandleIsInvalid'),
    )
  }
  await assert.rejects(
    world.run('DeleteMessage', { QueueUrl: url, ReceiptHandle: own }),
    fails('ReceiptHandleIsInvalid'),
  )
  const change = { QueueUrl: large, ReceiptHandle: own }
  for (const VisibilityTimeout of [-1, 43_201])
    await assert.rejects(
      world.run('ChangeMessageVisibility', { ...change, VisibilityTimeout }),
      fails('InvalidParameterValue'),
    )
  const batch = await world.run('DeleteMessageBatch', {
    QueueUrl: large,
    Entries: [
      { Id: 'good', ReceiptHandle: own },
      { Id: 'bad', ReceiptHandle: 'x' },
    ],
  })
  assert.deepEqual(batch.Successful, [{ Id: 'good' }])
  assert.equal(batch.Failed?.[0]?.Code, 'ReceiptHandleIsInvalid')
  const changes = await world.run('ChangeMessageVisibilityBatch', {
    QueueUrl: large,
    Entries: [{ Id: 'gone', ReceiptHandle: own, VisibilityTimeout: 10 }],
  })
  assert.equal(changes.Failed?.[0]?.Code, 'InvalidParameterValue')
})

test('receives out of range', async () => {
  const bad = (input: object, message: RegExp): Promise<void> =>
    assert.rejects(world.run('ReceiveMessage', { QueueUrl: url, ...input }), fails('InvalidParameterValue', message))
  for (const MaxNumberOfMessages of [0, 11])
    await bad({ MaxNumberOfMessages }, /Must be between 1 and 10, if provided\./)
  for (const WaitTimeSeconds of [-1, 21]) await bad({ WaitTimeSeconds }, /Must be >= 0 and <= 20, if provided\./)
  for (const VisibilityTimeout of [-1, 43_201])
    await bad({ VisibilityTimeout }, /Must be >= 0 and <= 43200, if provided\./)
  await bad({ MessageSystemAttributeNames: ['Nonsense'] }, /Unknown Attribute Nonsense/)
})

test('queues: names, attributes, addresses', async () => {
  const create = (QueueName: string, Attributes: object = {}): Promise<unknown> =>
    world.run('CreateQueue', { QueueName, Attributes })
  for (const name of ['', 'a b', 'a/b', 'q2.fifo', 'x'.repeat(81)])
    await assert.rejects(
      create(name),
      fails('InvalidParameterValue', /alphanumeric characters, hyphens, or underscores/),
    )
  await assert.rejects(
    create('plain', { FifoQueue: 'true' }),
    fails('InvalidParameterValue', /must end with \.fifo suffix/),
  )
  const values: Readonly<Record<string, readonly string[]>> = {
    VisibilityTimeout: ['-1', '43201', 'x', ''],
    MaximumMessageSize: ['1023', '1048577'],
    MessageRetentionPeriod: ['59', '1209601'],
    DelaySeconds: ['901'],
    ReceiveMessageWaitTimeSeconds: ['21'],
    KmsDataKeyReusePeriodSeconds: ['59', '86401'],
    SqsManagedSseEnabled: ['yes'],
    Policy: ['{', '[]'],
  }
  for (const [name, bad] of Object.entries(values))
    for (const value of bad)
      await assert.rejects(
        create('other', { [name]: value }),
        fails('InvalidAttributeValue', new RegExp(`Invalid value for the parameter ${name}\\.`)),
      )
  await assert.rejects(
    create('other', { Nonsense: '1' }),
    fails('InvalidAttributeName', /^Unknown Attribute Nonsense\.$/),
  )
  await assert.rejects(create('other', { ContentBasedDeduplication: 'true' }), fails('InvalidAttributeName'))
  await assert.rejects(create('other', { QueueArn: 'x' }), fails('InvalidAttributeName'))
  await assert.rejects(
    create('x.fifo', { FifoQueue: 'true', FifoThroughputLimit: 'perMessageGroupId' }),
    fails('InvalidAttributeValue', /DeduplicationScope is messageGroup/),
  )
  await assert.rejects(
    create('q', { VisibilityTimeout: '31' }),
    fails('QueueNameExists', /different value for attribute VisibilityTimeout/),
  )
  await create('q', { VisibilityTimeout: '30', MaximumMessageSize: '2048' })
  await create('q')
  for (const policy of [
    'x',
    '{}',
    '{"maxReceiveCount":1}',
    '{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:000000000000:large","maxReceiveCount":0}',
    '{"deadLetterTargetArn":"x","maxReceiveCount":1}',
  ])
    await assert.rejects(
      create('other', { RedrivePolicy: policy }),
      fails('InvalidParameterValue', /for parameter RedrivePolicy is invalid\. Reason: /),
    )
  for (const QueueUrl of ['q', 'http://host/q', ''])
    await assert.rejects(world.run('PurgeQueue', { QueueUrl }), fails('InvalidAddress'))
  await assert.rejects(
    world.run('PurgeQueue', { QueueUrl: 'http://host/000000000000/none' }),
    fails('QueueDoesNotExist', /^The specified queue does not exist\.$/),
  )
  await assert.rejects(world.run('GetQueueUrl', { QueueName: 'none' }), fails('QueueDoesNotExist'))
  await assert.rejects(
    world.run('GetQueueAttributes', { QueueUrl: url, AttributeNames: ['Nonsense' as 'All'] }),
    fails('InvalidAttributeName'),
  )
  await assert.rejects(
    world.run('SetQueueAttributes', { QueueUrl: fifo, Attributes: { FifoQueue: 'false' } }),
    fails('InvalidAttributeValue'),
  )
  await assert.rejects(
    world.run('SetQueueAttributes', {
      QueueUrl: url,
      Attributes: { KmsMasterKeyId: 'k', SqsManagedSseEnabled: 'true' },
    }),
    fails('InvalidAttributeValue', /one type of server-side encryption/),
  )
})

test('tags, permissions and pages out of bounds', async () => {
  const tag = (Tags: Record<string, string>): Promise<unknown> => world.run('TagQueue', { QueueUrl: url, Tags })
  await assert.rejects(tag({ 'aws:x': 'y' }), fails('InvalidParameterValue'))
  await assert.rejects(tag({ ['k'.repeat(129)]: 'y' }), fails('InvalidParameterValue'))
  await assert.rejects(tag({ k: 'v'.repeat(257) }), fails('InvalidParameterValue'))
  await assert.rejects(
    tag(Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v']))),
    fails('InvalidParameterValue', /Maximum is 50/),
  )
  const add = (Label: string, Actions: string[], AWSAccountIds = ['123456789012']): Promise<unknown> =>
    world.run('AddPermission', { QueueUrl: url, Label, Actions, AWSAccountIds })
  await add('one', ['SendMessage'])
  await assert.rejects(add('one', ['SendMessage']), fails('InvalidParameterValue', /Already exists/))
  await assert.rejects(
    add('two', ['CreateQueue']),
    fails('InvalidParameterValue', /SQS:CreateQueue for parameter ActionName/),
  )
  await assert.rejects(add('a b', ['SendMessage']), fails('InvalidParameterValue'))
  await assert.rejects(add('two', ['SendMessage'], ['me']), fails('InvalidParameterValue', /PrincipalId/))
  await assert.rejects(
    world.run('RemovePermission', { QueueUrl: url, Label: 'none' }),
    fails('InvalidParameterValue', /can't find label/),
  )
  await world.run('RemovePermission', { QueueUrl: url, Label: 'one' })
  for (const MaxResults of [0, 1001])
    await assert.rejects(world.run('ListQueues', { MaxResults }), fails('InvalidParameterValue'))
})
