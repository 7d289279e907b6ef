// What must be refused, with AWS's errors, and without a trace.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateTopicCommand,
  ConfirmSubscriptionCommand,
  ListSubscriptionsByTopicCommand,
  PublishBatchCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns'
import { openBench, type SnsBench } from './kit.ts'

let bench: SnsBench
let TopicArn = ''
let FifoArn = ''
let SubscriptionArn = ''
const QUEUE = 'arn:aws:sqs:eu-west-1:000000000000:q'

before(async () => {
  bench = await openBench({ allowPrivateEndpoints: false })
  TopicArn = (await bench.sns.send(new CreateTopicCommand({ Name: 'bad' }))).TopicArn ?? ''
  FifoArn =
    (await bench.sns.send(new CreateTopicCommand({ Name: 'bad.fifo', Attributes: { FifoTopic: 'true' } }))).TopicArn ??
    ''
  SubscriptionArn =
    (await bench.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: QUEUE }))).SubscriptionArn ?? ''
})
after(async () => {
  await bench[Symbol.asyncDispose]()
})

function refused(request: Promise<unknown>, name: string, message: RegExp): Promise<void> {
  return assert.rejects(request, (error: Error) => {
    assert.equal(error.name, name, error.message)
    assert.match(error.message, message)
    return true
  })
}

const INVALID = 'InvalidParameterException'
const publish = (input: Partial<ConstructorParameters<typeof PublishCommand>[0]>): Promise<unknown> =>
  bench.sns.send(new PublishCommand({ TopicArn, Message: 'm', ...input }))
const subscribe = (Protocol: string, Endpoint: string, Attributes: Record<string, string> = {}): Promise<unknown> =>
  bench.sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }))

test('messages', async () => {
  await refused(publish({ Message: '' }), INVALID, /Invalid parameter: Empty message/)
  await refused(publish({ Message: 'x'.repeat(256 * 1024 + 1) }), INVALID, /Invalid parameter: Message too long/)
  await publish({ Message: 'x'.repeat(256 * 1024) })
  await refused(publish({ Subject: 'x'.repeat(101) }), INVALID, /Invalid parameter: Subject/)
  await refused(publish({ Subject: 'two\nlines' }), INVALID, /Invalid parameter: Subject/)
  await refused(publish({ MessageStructure: 'json', Message: 'no' }), INVALID, /JSON message body failed to parse/)
  await refused(
    publish({ MessageStructure: 'json', Message: '{"sqs":"x"}' }),
    INVALID,
    /No default entry in JSON message body/,
  )
  await refused(
    publish({ TopicArn: undefined }),
    INVALID,
    /TopicArn or TargetArn Reason: no value for required parameter/,
  )
  await refused(publish({ TopicArn: 'nonsense' }), INVALID, /An ARN must have at least 6 elements, not 1/)
  await refused(publish({ TopicArn: `${TopicArn}-missing` }), 'NotFoundException', /Topic does not exist/)
  await refused(
    publish({ TopicArn: TopicArn.replace('eu-west-1', 'us-east-1') }),
    INVALID,
    /Invalid parameter: TopicArn/,
  )
  await refused(
    publish({ TopicArn: undefined, PhoneNumber: 'call me' }),
    INVALID,
    /PhoneNumber Reason: call me is not valid to publish to/,
  )
  await refused(publish({ MessageDeduplicationId: 'd' }), INVALID, /MessageDeduplicationId Reason/)
  await refused(publish({ TopicArn: FifoArn }), INVALID, /MessageGroupId parameter is required for FIFO topics/)
  await refused(
    publish({ TopicArn: FifoArn, MessageGroupId: 'g' }),
    INVALID,
    /ContentBasedDeduplication enabled or MessageDeduplicationId/,
  )
})

test('message attributes', async () => {
  const withAttribute = (name: string, DataType: string, StringValue?: string): Promise<unknown> =>
    publish({ MessageAttributes: { [name]: { DataType, StringValue } } })
  const VALUE = 'InvalidParameterValueException'
  await refused(withAttribute('a', 'Text', 'v'), VALUE, /set of supported type prefixes is Binary, Number, and String/)
  await refused(withAttribute('a', 'String', ''), VALUE, /must contain non-empty message attribute value/)
  await refused(withAttribute('a', 'String'), VALUE, /must contain non-empty message attribute value/)
  await refused(withAttribute('a', 'Binary', 'v'), VALUE, /must use field 'Binary'/)
  await refused(withAttribute('.a', 'String', 'v'), VALUE, /starting with character '\.'/)
  await refused(withAttribute('a..b', 'String', 'v'), VALUE, /successive '\.'/)
  await refused(withAttribute('a b', 'String', 'v'), VALUE, /Invalid non-alphanumeric character '#x20'/)
  await refused(withAttribute('n', 'Number', 'ten'), VALUE, /Could not cast/)
})

test('batches', async () => {
  const batch = (entries: readonly { Id: string; Message: string }[]): Promise<unknown> =>
    bench.sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: [...entries] }))
  const many = Array.from({ length: 11 }, (_, index) => ({ Id: `e${index}`, Message: 'm' }))
  await refused(batch(many), 'TooManyEntriesInBatchRequestException', /more entries than permissible/)
  await refused(
    batch([
      { Id: 'a', Message: 'm' },
      { Id: 'a', Message: 'm' },
    ]),
    'BatchEntryIdsNotDistinctException',
    /same Id/,
  )
  await refused(batch([{ Id: 'a b', Message: 'm' }]), 'InvalidBatchEntryIdException', /impermissible character/)
  const half = 'x'.repeat(140 * 1024)
  await refused(
    batch([
      { Id: 'a', Message: half },
      { Id: 'b', Message: half },
    ]),
    'BatchRequestTooLongException',
    /more than the limit/,
  )
})

test('subscriptions', async () => {
  await refused(subscribe('pigeon', 'x'), INVALID, /does not support this protocol string: pigeon/)
  await refused(subscribe('http', 'https://example.com/'), INVALID, /Endpoint must match the specified protocol/)
  await refused(subscribe('sms', 'x'), INVALID, /Invalid SMS endpoint: x/)
  await refused(subscribe('sqs', 'q'), INVALID, /SQS endpoint ARN/)
  await refused(subscribe('email', 'not an address'), INVALID, /Email address/)
  await refused(
    subscribe('sqs', `${QUEUE}.fifo`),
    INVALID,
    /FIFO SQS Queues can not be subscribed to standard SNS topics/,
  )
  await refused(
    subscribe('sms', '+4915112345678', { RawMessageDelivery: 'true' }),
    INVALID,
    /does not support raw message delivery/,
  )
  await refused(subscribe('sqs', `${QUEUE}2`, { Colour: 'red' }), INVALID, /AttributeName/)
  await refused(
    subscribe('sqs', `${QUEUE}2`, { RedrivePolicy: '{"deadLetterTargetArn":"x"}' }),
    INVALID,
    /deadLetterTargetArn is an invalid arn/,
  )
  await refused(
    subscribe('sqs', QUEUE, { RawMessageDelivery: 'true' }),
    INVALID,
    /Subscription already exists with different attributes/,
  )
  await refused(
    bench.sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: 'made up' })),
    INVALID,
    /Invalid parameter: Token/,
  )
  await refused(bench.sns.send(new UnsubscribeCommand({ SubscriptionArn: 'x' })), INVALID, /at least 6 elements, not 1/)
})

test('loopback, private and link-local endpoints, unless they are allowed', async () => {
  for (const host of [
    '127.0.0.1:9',
    'localhost:9',
    'x.localhost',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '[::1]',
    '[fe80::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    '2130706433',
    '0x7f.1',
  ])
    await refused(subscribe('http', `http://${host}/`), INVALID, /loopback or private address/)
})

test('filter policies that cannot be, or are too complex', async () => {
  const filter = (policy: unknown, more: Record<string, string> = {}): Promise<unknown> =>
    subscribe('sqs', `${QUEUE}-filtered`, {
      FilterPolicy: typeof policy === 'string' ? policy : JSON.stringify(policy),
      ...more,
    })
  const wide = Array.from({ length: 13 }, (_, index) => `v${index}`)
  await refused(filter('{'), INVALID, /Attributes Reason: FilterPolicy: failed to deserialize JSON/)
  await refused(filter({ a: wide, b: wide }), INVALID, /Attributes Reason: FilterPolicy: Filter policy is too complex/)
  await refused(filter({ a: [{ like: 'x' }] }), INVALID, /FilterPolicy: Unrecognized match type like/)
  await refused(filter({ a: { b: ['x'] } }), INVALID, /does not support nested filter policy/)
  await refused(
    filter({ a: ['x'] }, { FilterPolicyScope: 'Everything' }),
    INVALID,
    /FilterPolicyScope: Invalid value \[Everything\]/,
  )
  await refused(
    bench.sns.send(
      new SetSubscriptionAttributesCommand({
        SubscriptionArn,
        AttributeName: 'FilterPolicy',
        AttributeValue: '{"a":[]}',
      }),
    ),
    INVALID,
    /Invalid parameter: FilterPolicy: Empty arrays are not allowed/,
  )
  const left = await bench.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))
  assert.deepEqual(
    left.Subscriptions?.map(({ Endpoint }) => Endpoint),
    [QUEUE],
  )
})

test('topics and their attributes', async () => {
  const create = (Name: string, Attributes: Record<string, string> = {}): Promise<unknown> =>
    bench.sns.send(new CreateTopicCommand({ Name, Attributes }))
  const set = (AttributeName: string, AttributeValue: string, arn = TopicArn): Promise<unknown> =>
    bench.sns.send(new SetTopicAttributesCommand({ TopicArn: arn, AttributeName, AttributeValue }))
  await refused(create('not a name'), INVALID, /Invalid parameter: Topic Name/)
  await refused(create('x'.repeat(257)), INVALID, /Invalid parameter: Topic Name/)
  await refused(create('plain', { FifoTopic: 'true' }), INVALID, /Fifo Topic names must end with \.fifo/)
  await refused(create('plain.fifo'), INVALID, /Invalid parameter: Topic Name/)
  await refused(create('bad', { DisplayName: 'other' }), INVALID, /Topic already exists with different attributes/)
  await refused(set('FifoTopic', 'true'), INVALID, /AttributeName/)
  await refused(set('Colour', 'red'), INVALID, /AttributeName/)
  await refused(set('Policy', '{'), INVALID, /Policy/)
  await refused(set('SignatureVersion', '3'), INVALID, /SignatureVersion/)
  await refused(set('ContentBasedDeduplication', 'true'), INVALID, /can only be set for FIFO topics/)
  await refused(set('ArchivePolicy', '{"MessageRetentionPeriod":"400"}', FifoArn), INVALID, /1 to 365/)
  await refused(
    set('DeliveryPolicy', '{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":0}}}'),
    INVALID,
    /minDelayTarget/,
  )
  await refused(set('DeliveryPolicy', '{"ftp":{}}'), INVALID, /Unexpected JSON member: ftp/)
})
