// Real clients: the JavaScript SDK (JSON), Debian's boto3 and awscli (the query protocol), and forms as older ones send them.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AddPermissionCommand,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  paginateListQueues,
  PurgeQueueCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  RemovePermissionCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs'
import { aws, awsJson, boto3, eventually, openServer, type TestServer } from '../conformance/server-kit.ts'

let server: TestServer
let sqs: SQSClient

before(async () => {
  server = await openServer({ readyCells: {} })
  sqs = new SQSClient(server.sdk)
})
after(async () => {
  sqs.destroy()
  await server[Symbol.asyncDispose]()
})

async function create(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))
  return QueueUrl
}

test('SDK: the life of a queue and its messages; the client checks every MD5', async () => {
  const QueueUrl = await create('sdk', { VisibilityTimeout: '60' })
  assert.equal(QueueUrl, `${server.endpoint}/000000000000/sdk`)
  assert.equal((await sqs.send(new GetQueueUrlCommand({ QueueName: 'sdk' }))).QueueUrl, QueueUrl)
  const sent = await sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: 'ünïcode 😀 <&>',
      MessageAttributes: {
        text: { DataType: 'String', StringValue: 'v' },
        number: { DataType: 'Number.int', StringValue: '42' },
        bytes: { DataType: 'Binary', BinaryValue: Buffer.from([0, 255, 1]) },
      },
      MessageSystemAttributes: {
        AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793' },
      },
    }),
  )
  assert.match(sent.MD5OfMessageSystemAttributes ?? '', /^[0-9a-f]{32}$/)
  const { Messages: [message] = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['text', 'by.*', 'bytes'],
    }),
  )
  assert.equal(message?.Body, 'ünïcode 😀 <&>')
  assert.equal(message.MessageId, sent.MessageId)
  assert.deepEqual(Object.keys(message.MessageAttributes ?? {}).toSorted(), ['bytes', 'text'])
  assert.deepEqual(Buffer.from(message.MessageAttributes?.['bytes']?.BinaryValue ?? []), Buffer.from([0, 255, 1]))
  assert.equal(message.Attributes?.AWSTraceHeader, 'Root=1-5759e988-bd862e3fe1be46a994272793')
  assert.equal(message.Attributes.SenderId, '000000000000')
  const { ReceiptHandle } = message
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 120 }))
  const batch = { QueueUrl, Entries: [{ Id: 'a', ReceiptHandle, VisibilityTimeout: 5 }] }
  assert.deepEqual((await sqs.send(new ChangeMessageVisibilityBatchCommand(batch))).Successful, [{ Id: 'a' }])
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
  const counts = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  assert.equal(counts.Attributes?.ApproximateNumberOfMessages, '0')
  assert.equal(counts.Attributes.ApproximateNumberOfMessagesNotVisible, '0')
  assert.equal(counts.Attributes.VisibilityTimeout, '60')
  assert.equal(counts.Attributes.QueueArn, 'arn:aws:sqs:eu-west-1:000000000000:sdk')
  await sqs.send(new DeleteQueueCommand({ QueueUrl }))
  await assert.rejects(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' })), QueueDoesNotExist)
})

test('SDK: batches, attributes, tags, permissions, pages, purge', async () => {
  const QueueUrl = await create('batch')
  const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: `m${index}`, MessageBody: `body ${index}` }))
  const { Successful: sent = [], Failed: failed } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  assert.equal(sent.length, 10)
  assert.equal(failed, undefined)
  const { Messages: messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
  assert.deepEqual(
    messages.map(({ Body }) => Body),
    Entries.map(({ MessageBody }) => MessageBody),
  )
  const handles = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
  const deleted = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: handles }))
  assert.equal(deleted.Successful?.length, 10)

  await sqs.send(
    new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: '7', KmsMasterKeyId: 'alias/mine' } }),
  )
  const { Attributes: attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  )
  assert.equal(attributes?.DelaySeconds, '7')
  assert.equal(attributes.KmsMasterKeyId, 'alias/mine')
  assert.equal(attributes.SqsManagedSseEnabled, 'false')
  assert.equal(attributes.MaximumMessageSize, '1048576')

  await sqs.send(new TagQueueCommand({ QueueUrl, Tags: { team: 'a', stage: 'test' } }))
  await sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['stage', 'none'] }))
  assert.deepEqual((await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags, { team: 'a' })

  await sqs.send(
    new AddPermissionCommand({ QueueUrl, Label: 'one', AWSAccountIds: ['111122223333'], Actions: ['SendMessage'] }),
  )
  const policyOf = async (): Promise<string | undefined> =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] }))).Attributes?.Policy
  const [statement] = JSON.parse((await policyOf()) ?? '').Statement
  assert.deepEqual(statement, {
    Sid: 'one',
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::111122223333:root' },
    Action: 'SQS:SendMessage',
    Resource: 'arn:aws:sqs:eu-west-1:000000000000:batch',
  })
  await sqs.send(new RemovePermissionCommand({ QueueUrl, Label: 'one' }))
  assert.equal(await policyOf(), undefined)
  await sqs.send(new PurgeQueueCommand({ QueueUrl }))

  for (const name of ['page-a', 'page-b', 'page-c']) await create(name)
  const urls: string[] = []
  for await (const page of paginateListQueues({ client: sqs, pageSize: 2 }, { QueueNamePrefix: 'page-' }))
    urls.push(...(page.QueueUrls ?? []))
  assert.deepEqual(
    urls.map((url) => url.split('/').at(-1)),
    ['page-a', 'page-b', 'page-c'],
  )
  assert.deepEqual(
    await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'nothing' })).then(({ QueueUrls }) => QueueUrls),
    undefined,
  )
})

test('SDK: a long poll is answered by the send', async () => {
  const QueueUrl = await create('poll')
  const waiting = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  await new Promise((resolve) => setTimeout(resolve, 100))
  const beganMs = performance.now()
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'wake' }))
  assert.equal((await waiting).Messages?.[0]?.Body, 'wake')
  // By the send and not at the end of the wait.
  assert.ok(performance.now() - beganMs < 15_000)
})

test('SDK: dead letters and their way back', async () => {
  const dead = await create('dead.fifo', { FifoQueue: 'true' })
  const deadArn = 'arn:aws:sqs:eu-west-1:000000000000:dead.fifo'
  const QueueUrl = await create('source.fifo', {
    FifoQueue: 'true',
    ContentBasedDeduplication: 'true',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadArn, maxReceiveCount: '1' }),
  })
  for (const body of ['a', 'b'])
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageGroupId: 'g' }))
  const receive = (url: string): Promise<readonly (string | undefined)[]> =>
    sqs
      .send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }))
      .then(({ Messages: messages = [] }) => messages.map(({ Body }) => Body))
  assert.deepEqual(await receive(QueueUrl), ['a', 'b'])
  assert.deepEqual(await receive(QueueUrl), [])
  assert.deepEqual(await receive(dead), ['a', 'b'])
  assert.deepEqual((await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }))).queueUrls, [QueueUrl])
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: deadArn }))
  await eventually('the move', async () => {
    const { Results: [task] = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: deadArn }))
    return task?.Status === 'COMPLETED' && task.ApproximateNumberOfMessagesMoved === 2 ? task : undefined
  })
  assert.deepEqual(await receive(QueueUrl), ['a', 'b'])
})

test('boto3: everything of a message, and errors by the codes that it knows', async () => {
  const shown = await boto3(
    server,
    `
sqs = client('sqs')
url = sqs.create_queue(QueueName='boto.fifo', Attributes={'FifoQueue': 'true', 'ContentBasedDeduplication': 'true'}, tags={'k': 'v'})['QueueUrl']
sent = [sqs.send_message(QueueUrl=url, MessageBody=b, MessageGroupId='g', MessageAttributes={'n': {'DataType': 'Number', 'StringValue': '1'}, 'b': {'DataType': 'Binary', 'BinaryValue': b'\\x00\\x01'}}) for b in ['one', 'two', 'one']]
show([s['MessageId'] == sent[0]['MessageId'] for s in sent])
show(sorted(int(s['SequenceNumber']) for s in sent[:2]) == [int(s['SequenceNumber']) for s in sent[:2]])
got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=['All'], MessageAttributeNames=['All'])['Messages']
show([m['Body'] for m in got])
show(got[0]['MD5OfMessageAttributes'] == sent[0]['MD5OfMessageAttributes'])
show(got[0]['Attributes']['MessageGroupId'])
show(got[0]['MessageAttributes']['b']['BinaryValue'] == b'\\x00\\x01')
show(sqs.delete_message_batch(QueueUrl=url, Entries=[{'Id': str(i), 'ReceiptHandle': m['ReceiptHandle']} for i, m in enumerate(got)] + [{'Id': 'bad', 'ReceiptHandle': 'x'}])['Failed'][0]['Code'])
show(sqs.list_queue_tags(QueueUrl=url)['Tags'])
show(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=['FifoQueue', 'DeduplicationScope'])['Attributes'])
def code(call, **input):
    try: call(**input)
    except ClientError as e: show(e.response['Error']['Code'])
code(sqs.send_message, QueueUrl=url + 'x', MessageBody='a')
code(sqs.send_message, QueueUrl=url, MessageBody='')
code(sqs.send_message, QueueUrl=url, MessageBody='a')
code(sqs.delete_message, QueueUrl=url, ReceiptHandle='x')
code(sqs.send_message_batch, QueueUrl=url, Entries=[])
code(sqs.create_queue, QueueName='boto.fifo', Attributes={'FifoQueue': 'true', 'ContentBasedDeduplication': 'false'})
code(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=['Nonsense'])
try: sqs.purge_queue(QueueUrl=url); sqs.purge_queue(QueueUrl=url)
except sqs.exceptions.PurgeQueueInProgress as e: show('in progress')
try: sqs.get_queue_url(QueueName='none')
except sqs.exceptions.QueueDoesNotExist as e: show(e.response['Error']['Code'])
`,
  )
  assert.deepEqual(shown, [
    [true, false, true],
    true,
    ['one', 'two'],
    true,
    'g',
    true,
    'ReceiptHandleIsInvalid',
    { k: 'v' },
    { FifoQueue: 'true', DeduplicationScope: 'queue' },
    'AWS.SimpleQueueService.NonExistentQueue',
    'MissingParameter',
    'MissingParameter',
    'ReceiptHandleIsInvalid',
    'AWS.SimpleQueueService.EmptyBatchRequest',
    'QueueAlreadyExists',
    'InvalidAttributeName',
    'in progress',
    'AWS.SimpleQueueService.NonExistentQueue',
  ])
})

test('awscli: create, send, receive, delete', async () => {
  const { QueueUrl } = (await awsJson(server, ['sqs', 'create-queue', '--queue-name', 'cli'])) as { QueueUrl: string }
  const url = ['--queue-url', QueueUrl]
  await awsJson(server, ['sqs', 'send-message', ...url, '--message-body', 'from the shell'])
  const received = (await awsJson(server, ['sqs', 'receive-message', ...url])) as {
    Messages: { Body: string; ReceiptHandle: string }[]
  }
  assert.equal(received.Messages[0]?.Body, 'from the shell')
  await awsJson(server, [
    'sqs',
    'delete-message',
    ...url,
    '--receipt-handle',
    received.Messages[0]?.ReceiptHandle ?? '',
  ])
  assert.equal(await awsJson(server, ['sqs', 'receive-message', ...url]), undefined)
  const { status, stderr } = await aws(server, ['sqs', 'delete-message', ...url, '--receipt-handle', 'x'])
  assert.equal(status, 254)
  assert.match(stderr, /\(ReceiptHandleIsInvalid\) when calling the DeleteMessage operation: The input receipt handle/)
})

test('queues can be called at their own address, in both protocols, with the error code in the header', async () => {
  const dev = await openServer({ mode: 'dev', readyCells: {} })
  try {
    const form = (path: string, fields: Record<string, string>): Promise<Response> =>
      fetch(`${dev.endpoint}${path}`, {
        method: 'POST',
        body: new URLSearchParams({ Version: '2012-11-05', ...fields }),
      })
    assert.match(
      await (await form('/', { Action: 'CreateQueue', QueueName: 'q' })).text(),
      /<QueueUrl>http:.*\/000000000000\/q</,
    )
    const sent = await form('/000000000000/q', { Action: 'SendMessage', MessageBody: 'by path' })
    assert.match(await sent.text(), /<MD5OfMessageBody>[0-9a-f]{32}</)
    const got = await fetch(
      `${dev.endpoint}/000000000000/q?Action=ReceiveMessage&Version=2012-11-05&AttributeName.1=All`,
    )
    const xml = await got.text()
    assert.match(xml, /<Body>by path<\/Body>/)
    assert.match(xml, /<Name>SentTimestamp<\/Name>/)
    const missing = await form('/000000000000/none', { Action: 'SendMessage', MessageBody: 'a' })
    assert.equal(missing.status, 400)
    assert.match(await missing.text(), /<Code>AWS\.SimpleQueueService\.NonExistentQueue<\/Code>/)
    const json = await fetch(`${dev.endpoint}/000000000000/q`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AmazonSQS.DeleteMessage',
        'x-amzn-query-mode': 'true',
      },
      body: JSON.stringify({ QueueUrl: `${dev.endpoint}/000000000000/q`, ReceiptHandle: 'x' }),
    })
    assert.equal(json.headers.get('x-amzn-query-error'), 'ReceiptHandleIsInvalid;Sender')
    assert.match(((await json.json()) as { __type: string }).__type, /ReceiptHandleIsInvalid/)
  } finally {
    await dev[Symbol.asyncDispose]()
  }
})
