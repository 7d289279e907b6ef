// The operations that keep and show things: topics and their lists, platforms, phones, policies.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CheckIfPhoneNumberIsOptedOutCommand,
  CreatePlatformApplicationCommand,
  CreatePlatformEndpointCommand,
  CreateSMSSandboxPhoneNumberCommand,
  CreateTopicCommand,
  DeleteEndpointCommand,
  DeletePlatformApplicationCommand,
  DeleteSMSSandboxPhoneNumberCommand,
  DeleteTopicCommand,
  GetDataProtectionPolicyCommand,
  GetEndpointAttributesCommand,
  GetPlatformApplicationAttributesCommand,
  GetSMSAttributesCommand,
  GetSMSSandboxAccountStatusCommand,
  GetTopicAttributesCommand,
  ListEndpointsByPlatformApplicationCommand,
  ListOriginationNumbersCommand,
  ListPhoneNumbersOptedOutCommand,
  ListPlatformApplicationsCommand,
  ListSMSSandboxPhoneNumbersCommand,
  ListSubscriptionsCommand,
  OptInPhoneNumberCommand,
  paginateListSubscriptions,
  PublishCommand,
  PutDataProtectionPolicyCommand,
  SetEndpointAttributesCommand,
  SetPlatformApplicationAttributesCommand,
  SetSMSAttributesCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
  VerifySMSSandboxPhoneNumberCommand,
} from '@aws-sdk/client-sns'
import { makeQueue, openBench, type SnsBench } from './kit.ts'

let bench: SnsBench
before(async () => {
  bench = await openBench()
})
after(async () => {
  await bench[Symbol.asyncDispose]()
})

test('a deleted topic takes its subscriptions along, and a new one of its name has none', async () => {
  const { sns } = bench
  const make = async (): Promise<string> => (await sns.send(new CreateTopicCommand({ Name: 'reborn' }))).TopicArn ?? ''
  const TopicArn = await make()
  const queue = await makeQueue(bench.sqs, 'reborn')
  const subscribe = new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queue.arn })
  const first = await sns.send(subscribe)
  assert.equal((await sns.send(subscribe)).SubscriptionArn, first.SubscriptionArn)
  await sns.send(new DeleteTopicCommand({ TopicArn }))
  await sns.send(new DeleteTopicCommand({ TopicArn }))
  assert.deepEqual((await sns.send(new ListSubscriptionsCommand({}))).Subscriptions, [])
  await make()
  const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }))
  assert.equal(Attributes?.['SubscriptionsConfirmed'], '0')
  await sns.send(new PublishCommand({ TopicArn, Message: 'to nobody' }))
  assert.notEqual((await sns.send(subscribe)).SubscriptionArn, first.SubscriptionArn)
  await sns.send(new PublishCommand({ TopicArn, Message: 'to the new one' }))
  const [message] = await queue.take(1)
  assert.match(message?.Body ?? '', /to the new one/)
  assert.deepEqual(await queue.rest(), [])
})

test('a topic with an archive is kept until the archive is ended', async () => {
  const { sns } = bench
  const Attributes = { FifoTopic: 'true', ArchivePolicy: '{"MessageRetentionPeriod":"1"}' }
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'held.fifo', Attributes }))
  await assert.rejects(sns.send(new DeleteTopicCommand({ TopicArn })), /Cannot delete a topic with an ArchivePolicy/)
  await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'ArchivePolicy', AttributeValue: '{}' }))
  await sns.send(new DeleteTopicCommand({ TopicArn }))
})

test('subscriptions are listed page by page, each once', async () => {
  const { sns } = bench
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'many' }))
  const COUNT = 130
  for (let index = 0; index < COUNT; index++)
    await sns.send(
      new SubscribeCommand({ TopicArn, Protocol: 'sms', Endpoint: `+49151000${String(index).padStart(5, '0')}` }),
    )
  const arns: (string | undefined)[] = []
  for await (const page of paginateListSubscriptions({ client: sns }, {}))
    for (const one of page.Subscriptions ?? []) if (one.TopicArn === TopicArn) arns.push(one.SubscriptionArn)
  assert.equal(arns.length, COUNT)
  assert.equal(new Set(arns).size, COUNT)
  await assert.rejects(sns.send(new ListSubscriptionsCommand({ NextToken: 'made up' })), /Invalid parameter: NextToken/)
})

test('platform applications and their endpoints', async () => {
  const { sns } = bench
  const Attributes = { PlatformCredential: 'key', PlatformPrincipal: 'certificate' }
  const { PlatformApplicationArn } = await sns.send(
    new CreatePlatformApplicationCommand({ Name: 'shop', Platform: 'APNS', Attributes }),
  )
  assert.equal(PlatformApplicationArn, 'arn:aws:sns:eu-west-1:000000000000:app/APNS/shop')
  await sns.send(
    new SetPlatformApplicationAttributesCommand({ PlatformApplicationArn, Attributes: { Enabled: 'false' } }),
  )
  const shown = await sns.send(new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn }))
  assert.deepEqual(shown.Attributes, { Enabled: 'false' })
  const listed = await sns.send(new ListPlatformApplicationsCommand({}))
  assert.deepEqual(
    listed.PlatformApplications?.map((one) => one.PlatformApplicationArn),
    [PlatformApplicationArn],
  )
  const create = (CustomUserData: string): Promise<{ EndpointArn?: string | undefined }> =>
    sns.send(new CreatePlatformEndpointCommand({ PlatformApplicationArn, Token: 'device', CustomUserData }))
  const { EndpointArn } = await create('a')
  assert.match(EndpointArn ?? '', /^arn:aws:sns:eu-west-1:000000000000:endpoint\/APNS\/shop\/[0-9a-f-]{36}$/)
  assert.equal((await create('a')).EndpointArn, EndpointArn)
  await assert.rejects(create('b'), /already exists with the same Token, but different attributes/)
  await assert.rejects(sns.send(new PublishCommand({ TargetArn: EndpointArn, Message: 'x' })), {
    name: 'PlatformApplicationDisabledException',
  })
  await sns.send(new SetEndpointAttributesCommand({ EndpointArn, Attributes: { CustomUserData: 'c' } }))
  const endpoint = await sns.send(new GetEndpointAttributesCommand({ EndpointArn }))
  assert.deepEqual(endpoint.Attributes, { Enabled: 'true', Token: 'device', CustomUserData: 'c' })
  const endpoints = await sns.send(new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn }))
  assert.deepEqual(
    endpoints.Endpoints?.map((one) => one.EndpointArn),
    [EndpointArn],
  )
  await sns.send(new DeleteEndpointCommand({ EndpointArn }))
  await assert.rejects(sns.send(new GetEndpointAttributesCommand({ EndpointArn })), { name: 'NotFoundException' })
  await sns.send(new DeletePlatformApplicationCommand({ PlatformApplicationArn }))
  await assert.rejects(
    sns.send(new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn })),
    /PlatformApplication does not exist/,
  )
})

test('settings for texts, opting in and out, the sandbox', async () => {
  const { sns } = bench
  await sns.send(
    new SetSMSAttributesCommand({ attributes: { DefaultSMSType: 'Promotional', DefaultSenderID: 'Shop1' } }),
  )
  const settings = await sns.send(new GetSMSAttributesCommand({ attributes: ['DefaultSenderID'] }))
  assert.deepEqual(settings.attributes, { DefaultSenderID: 'Shop1' })
  await assert.rejects(
    sns.send(new SetSMSAttributesCommand({ attributes: { DefaultSMSType: 'Carrier pigeon' } })),
    /DefaultSMSType is invalid/,
  )
  const phoneNumber = '+4915199999999'
  await sns.send(new OptInPhoneNumberCommand({ phoneNumber }))
  assert.equal((await sns.send(new CheckIfPhoneNumberIsOptedOutCommand({ phoneNumber }))).isOptedOut, false)
  assert.deepEqual((await sns.send(new ListPhoneNumbersOptedOutCommand({}))).phoneNumbers, [])
  assert.deepEqual((await sns.send(new ListOriginationNumbersCommand({}))).PhoneNumbers, [])
  assert.equal((await sns.send(new GetSMSSandboxAccountStatusCommand({}))).IsInSandbox, false)

  const PhoneNumber = '+4915188888888'
  await sns.send(new CreateSMSSandboxPhoneNumberCommand({ PhoneNumber }))
  const { messages } = (await (await fetch(`${bench.test.endpoint}/_mayfly/outbox`)).json()) as {
    readonly messages: readonly { readonly to: string; readonly text: string }[]
  }
  assert.equal(messages[0]?.to, PhoneNumber)
  const OneTimePassword = /\d{6}/.exec(messages[0].text)?.[0] ?? ''
  await sns.send(new VerifySMSSandboxPhoneNumberCommand({ PhoneNumber, OneTimePassword }))
  const numbers = await sns.send(new ListSMSSandboxPhoneNumbersCommand({}))
  assert.deepEqual(numbers.PhoneNumbers, [{ PhoneNumber, Status: 'Verified' }])
  await sns.send(new DeleteSMSSandboxPhoneNumberCommand({ PhoneNumber }))
  await assert.rejects(sns.send(new DeleteSMSSandboxPhoneNumberCommand({ PhoneNumber })), {
    name: 'ResourceNotFoundException',
  })
})

test('data protection policies are kept', async () => {
  const { sns } = bench
  const { TopicArn: ResourceArn } = await sns.send(new CreateTopicCommand({ Name: 'protected' }))
  const DataProtectionPolicy = JSON.stringify({ Name: 'p', Version: '2021-06-01', Statement: [{ Sid: 's' }] })
  await sns.send(new PutDataProtectionPolicyCommand({ ResourceArn, DataProtectionPolicy }))
  const shown = await sns.send(new GetDataProtectionPolicyCommand({ ResourceArn }))
  assert.equal(shown.DataProtectionPolicy, DataProtectionPolicy)
  await assert.rejects(
    sns.send(new PutDataProtectionPolicyCommand({ ResourceArn, DataProtectionPolicy: '{}' })),
    /DataProtectionPolicy/,
  )
})
