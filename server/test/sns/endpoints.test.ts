// HTTP endpoints, functions, mailboxes and phones as subscribers: handshake, signatures, retries, throttling, raw
// delivery, dead letters, delivery logs.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  ConfirmSubscriptionCommand,
  CreatePlatformApplicationCommand,
  CreatePlatformEndpointCommand,
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns'
import { eventually, makeRole } from '../conformance/server-kit.ts'
import { deploy } from '../lambda/server-fixture.ts'
import { isSigned, makeQueue, openBench, openSubscriber, parse, type SnsBench } from './kit.ts'

let bench: SnsBench
before(async () => {
  bench = await openBench({ readyCells: { node: { small: 1 } } })
})
after(async () => {
  await bench[Symbol.asyncDispose]()
})

async function topicOf(name: string, Attributes: Record<string, string> = {}): Promise<string> {
  const { TopicArn = '' } = await bench.sns.send(new CreateTopicCommand({ Name: name, Attributes }))
  return TopicArn
}

interface Sent {
  readonly channel: string
  readonly to: string
  readonly text: string
  readonly subject?: string
  readonly topicArn?: string
}

async function outbox(): Promise<readonly Sent[]> {
  const response = await fetch(`${bench.test.endpoint}/_mayfly/outbox`)
  return ((await response.json()) as { readonly messages: readonly Sent[] }).messages
}

test('an HTTP endpoint confirms, gets signed messages, and is told when it is removed', async () => {
  const TopicArn = await topicOf('web')
  await using subscriber = await openSubscriber()
  const asked = await bench.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: subscriber.url }))
  assert.equal(asked.SubscriptionArn, 'pending confirmation')
  const handshake = await subscriber.call(0)
  const confirmation = parse(handshake.body)
  assert.equal(handshake.headers['x-amz-sns-message-type'], 'SubscriptionConfirmation')
  assert.equal(handshake.headers['x-amz-sns-topic-arn'], TopicArn)
  assert.equal(handshake.headers['x-amz-sns-message-id'], confirmation['MessageId'])
  assert.equal(handshake.headers['content-type'], 'text/plain; charset=UTF-8')
  assert.equal(handshake.headers['user-agent'], 'Amazon Simple Notification Service Agent')
  assert.deepEqual(Object.keys(confirmation), [
    'Type',
    'MessageId',
    'Token',
    'TopicArn',
    'Message',
    'SubscribeURL',
    'Timestamp',
    'SignatureVersion',
    'Signature',
    'SigningCertURL',
  ])
  assert.ok(await isSigned(confirmation))
  const counted = await bench.sns.send(new GetTopicAttributesCommand({ TopicArn }))
  assert.equal(counted.Attributes?.['SubscriptionsPending'], '1')
  const pending = await bench.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))
  assert.equal(pending.Subscriptions?.[0]?.SubscriptionArn, 'PendingConfirmation')

  // Nothing before the confirmation; then the link, unsigned, as a subscriber visits it.
  await bench.sns.send(new PublishCommand({ TopicArn, Message: 'too early' }))
  const visited = await fetch(confirmation['SubscribeURL'] ?? '')
  const xml = await visited.text()
  assert.equal(visited.status, 200, xml)
  const SubscriptionArn = /<SubscriptionArn>(.*)<\/SubscriptionArn>/.exec(xml)?.[1] ?? ''
  await bench.sns.send(new PublishCommand({ TopicArn, Message: 'hello', Subject: 'hi' }))
  const call = await subscriber.call(1)
  const notification = parse(call.body)
  assert.equal(notification['Message'], 'hello')
  assert.equal(call.headers['x-amz-sns-message-type'], 'Notification')
  assert.equal(call.headers['x-amz-sns-subscription-arn'], SubscriptionArn)
  assert.ok(await isSigned(notification))

  const link = notification['UnsubscribeURL'] ?? ''
  assert.equal((await fetch(link)).status, 200)
  const farewell = parse((await subscriber.call(2)).body)
  assert.equal(farewell['Type'], 'UnsubscribeConfirmation')
  assert.ok(await isSigned(farewell))
  const left = await bench.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))
  assert.deepEqual(left.Subscriptions ?? [], [])
  assert.equal((await fetch(farewell['SubscribeURL'] ?? '')).status, 200)
  await bench.sns.send(new PublishCommand({ TopicArn, Message: 'back again' }))
  assert.equal(parse((await subscriber.call(3)).body)['Message'], 'back again')
  assert.equal(subscriber.calls.length, 4)
})

test('AuthenticateOnUnsubscribe keeps strangers with the link away', async () => {
  const TopicArn = await topicOf('locked')
  await using subscriber = await openSubscriber()
  await bench.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: subscriber.url }))
  const { Token = '' } = parse((await subscriber.call(0)).body)
  const { SubscriptionArn = '' } = await bench.sns.send(
    new ConfirmSubscriptionCommand({ TopicArn, Token, AuthenticateOnUnsubscribe: 'true' }),
  )
  const shown = await bench.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
  assert.equal(shown.Attributes?.['ConfirmationWasAuthenticated'], 'true')
  const link = `${bench.test.endpoint}/?Action=Unsubscribe&SubscriptionArn=${SubscriptionArn}&Version=2010-03-31`
  assert.equal((await fetch(link)).status, 403)
  await bench.sns.send(new UnsubscribeCommand({ SubscriptionArn }))
})

test('a failing endpoint is tried again by its policy, then the message is a dead letter', async () => {
  const TopicArn = await topicOf('retries', {
    HTTPFailureFeedbackRoleArn: 'arn:aws:iam::000000000000:role/logs',
    HTTPSuccessFeedbackRoleArn: 'arn:aws:iam::000000000000:role/logs',
  })
  await using subscriber = await openSubscriber()
  const dead = await makeQueue(bench.sqs, 'retries-dead')
  const { SubscriptionArn = '' } = await bench.sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: 'http',
      Endpoint: subscriber.url,
      ReturnSubscriptionArn: true,
      Attributes: {
        RawMessageDelivery: 'true',
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn }),
        DeliveryPolicy: JSON.stringify({
          healthyRetryPolicy: { minDelayTarget: 1, maxDelayTarget: 1, numRetries: 3, numNoDelayRetries: 2 },
          requestPolicy: { headerContentType: 'application/json' },
        }),
      },
    }),
  )
  assert.match(SubscriptionArn, /:retries:[0-9a-f-]{36}$/)
  await fetch(parse((await subscriber.call(0)).body)['SubscribeURL'] ?? '')
  subscriber.answers.push(500, 503, 429)
  await bench.sns.send(new PublishCommand({ TopicArn, Message: '{"n":1}' }))
  const fourth = await subscriber.call(4)
  assert.equal(fourth.body, '{"n":1}')
  assert.equal(fourth.headers['x-amz-sns-rawdelivery'], 'true')
  assert.equal(fourth.headers['content-type'], 'application/json')

  subscriber.answers.push(500, 500, 500, 500)
  await bench.sns.send(new PublishCommand({ TopicArn, Message: '{"n":2}' }))
  assert.equal((await dead.take(1))[0]?.Body, '{"n":2}')
  assert.equal(subscriber.calls.length, 9)

  // What the endpoint refuses is not repeated, and redirects are not followed.
  subscriber.answers.push(400, 302)
  await bench.sns.send(new PublishCommand({ TopicArn, Message: '{"n":3}' }))
  await bench.sns.send(new PublishCommand({ TopicArn, Message: '{"n":4}' }))
  assert.deepEqual(new Set((await dead.take(2)).map(({ Body }) => Body)), new Set(['{"n":3}', '{"n":4}']))
  assert.equal(subscriber.calls.length, 11)

  const logs = new CloudWatchLogsClient(bench.test.sdk)
  const lines = async (group: string): Promise<readonly string[]> => {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: group }))
    return events.map(({ message = '' }) => message)
  }
  const group = 'sns/eu-west-1/000000000000/retries'
  const failures = await eventually('the delivery log', async () => {
    const found = await lines(`${group}/Failure`).catch(() => [])
    return found.length >= 9 ? found : undefined
  })
  const [first] = failures.map(
    (line) =>
      JSON.parse(line) as { status: string; delivery: { statusCode: number; attempts: number; destination: string } },
  )
  assert.equal(first?.status, 'FAILURE')
  assert.equal(first?.delivery.statusCode, 500)
  assert.equal(first?.delivery.destination, subscriber.url)
  // The handshake's confirmation is no message of the topic, but its delivery is logged like one.
  assert.ok((await lines(group)).some((line) => line.includes('"attempts":4')))
  logs.destroy()
})

test('an endpoint gets no more in a second than it wants', async () => {
  const TopicArn = await topicOf('slow')
  await using subscriber = await openSubscriber()
  await bench.sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: 'http',
      Endpoint: subscriber.url,
      Attributes: { DeliveryPolicy: JSON.stringify({ throttlePolicy: { maxReceivesPerSecond: 5 } }) },
    }),
  )
  await fetch(parse((await subscriber.call(0)).body)['SubscribeURL'] ?? '')
  const began = performance.now()
  await Promise.all(Array.from({ length: 8 }, () => bench.sns.send(new PublishCommand({ TopicArn, Message: 'x' }))))
  await subscriber.call(8)
  assert.ok(performance.now() - began > 1300)
})

test('a function gets the event of AWS', async () => {
  const TopicArn = await topicOf('functions')
  const lambda = new LambdaClient(bench.test.sdk)
  await deploy(
    lambda,
    'on-message',
    'export const handler = async (event) => console.log("EVENT " + JSON.stringify(event))',
    { Role: await makeRole(bench.test, 'on-message') },
  )
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'on-message',
      StatementId: 'topic',
      Action: 'lambda:InvokeFunction',
      Principal: 'sns.amazonaws.com',
      SourceArn: TopicArn,
    }),
  )
  lambda.destroy()
  const Endpoint = 'arn:aws:lambda:eu-west-1:000000000000:function:on-message'
  const { SubscriptionArn } = await bench.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'lambda', Endpoint }))
  const { MessageId } = await bench.sns.send(
    new PublishCommand({
      TopicArn,
      Message: 'for a function',
      MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } },
    }),
  )
  const logs = new CloudWatchLogsClient(bench.test.sdk)
  const line = await eventually('the function', async () => {
    const { events = [] } = await logs
      .send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/on-message', filterPattern: 'EVENT' }))
      .catch(() => ({ events: [] }))
    return events[0]?.message
  })
  logs.destroy()
  const event = JSON.parse(line.slice(line.indexOf('EVENT ') + 6)) as {
    readonly Records: readonly { readonly Sns: Record<string, string> }[]
  }
  const { Sns, ...record } = event.Records[0] ?? { Sns: {} }
  assert.deepEqual(record, { EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: SubscriptionArn })
  assert.deepEqual(Object.keys(Sns).toSorted(), [
    'Message',
    'MessageAttributes',
    'MessageId',
    'Signature',
    'SignatureVersion',
    'SigningCertUrl',
    'Subject',
    'Timestamp',
    'TopicArn',
    'Type',
    'UnsubscribeUrl',
  ])
  assert.equal(Sns['Message'], 'for a function')
  assert.equal(Sns['MessageId'], MessageId)
  assert.equal(Sns['Subject'], null)
  assert.deepEqual(Sns['MessageAttributes'], { a: { Type: 'String', Value: 'b' } })
  const { Subject: _none, ...signed } = Sns
  assert.ok(await isSigned(signed))
})

test('emails, texts and pushes can be read in the outbox', async () => {
  const TopicArn = await topicOf('people')
  await bench.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'ada@example.com' }))
  const letter = await eventually('the confirmation', async () =>
    (await outbox()).find(({ to }) => to === 'ada@example.com'),
  )
  assert.equal(letter.subject, 'AWS Notification - Subscription Confirmation')
  const link = /http:\S+Action=ConfirmSubscription\S+/.exec(letter.text)?.[0] ?? ''
  assert.equal((await fetch(link)).status, 200)
  await bench.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sms', Endpoint: '+4915112345678' }))
  const { PlatformApplicationArn } = await bench.sns.send(
    new CreatePlatformApplicationCommand({
      Name: 'app',
      Platform: 'GCM',
      Attributes: { PlatformCredential: 'secret' },
    }),
  )
  const { EndpointArn } = await bench.sns.send(
    new CreatePlatformEndpointCommand({ PlatformApplicationArn, Token: 'device-1' }),
  )
  await bench.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'application', Endpoint: EndpointArn }))
  await bench.sns.send(
    new PublishCommand({
      TopicArn,
      Subject: 'News',
      MessageStructure: 'json',
      Message: JSON.stringify({ default: 'plain', email: 'a letter', sms: 'short', GCM: '{"data":1}' }),
    }),
  )
  const sent = await eventually('the letters', async () => {
    const found = (await outbox()).filter(({ topicArn, text }) => topicArn === TopicArn && !text.includes('Confirm'))
    return found.length === 3 ? found : undefined
  })
  const by = (channel: string): Sent | undefined => sent.find((one) => one.channel === channel)
  assert.equal(by('email')?.subject, 'News')
  assert.ok(by('email')?.text.startsWith('a letter\n'))
  assert.equal(by('sms')?.text, 'short')
  assert.equal(by('application')?.text, '{"data":1}')
  assert.equal(by('application')?.to, EndpointArn)

  await bench.sns.send(new PublishCommand({ PhoneNumber: '+4915187654321', Message: 'direct' }))
  assert.equal((await outbox())[0]?.text, 'direct')
  await bench.sns.send(new PublishCommand({ TargetArn: EndpointArn, Message: 'push' }))
  assert.equal((await outbox())[0]?.to, EndpointArn)
})
