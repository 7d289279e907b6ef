// awscli and boto3 against SNS: what they send, and what they understand of the answers.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { aws, awsJson, boto3 } from '../conformance/server-kit.ts'
import { openBench, type SnsBench } from './kit.ts'

let bench: SnsBench
before(async () => {
  bench = await openBench()
})
after(async () => {
  await bench[Symbol.asyncDispose]()
})

test('awscli makes a topic, subscribes, publishes, tags, grants and deletes', async () => {
  const cli = (...args: readonly string[]): Promise<unknown> => awsJson(bench.test, ['sns', ...args])
  const made = (await cli('create-topic', '--name', 'cli', '--tags', 'Key=team,Value=a')) as { TopicArn: string }
  const arn = made.TopicArn
  assert.equal(arn, 'arn:aws:sns:eu-west-1:000000000000:cli')
  const asked = await cli(
    'subscribe',
    '--topic-arn',
    arn,
    '--protocol',
    'email',
    '--notification-endpoint',
    'a@b.example',
  )
  assert.deepEqual(asked, { SubscriptionArn: 'pending confirmation' })
  const published = (await cli(
    'publish',
    '--topic-arn',
    arn,
    '--message',
    'from the shell',
    '--message-attributes',
    '{"k":{"DataType":"String","StringValue":"v"}}',
  )) as { MessageId: string }
  assert.match(published.MessageId, /^[0-9a-f-]{36}$/)
  assert.deepEqual(await cli('list-tags-for-resource', '--resource-arn', arn), { Tags: [{ Key: 'team', Value: 'a' }] })
  await cli(
    'add-permission',
    '--topic-arn',
    arn,
    '--label',
    'other',
    '--aws-account-id',
    '111122223333',
    '--action-name',
    'Publish',
  )
  const shown = (await cli('get-topic-attributes', '--topic-arn', arn)) as { Attributes: Record<string, string> }
  const policy = JSON.parse(shown.Attributes['Policy'] ?? '') as { Statement: readonly { Sid: string }[] }
  assert.deepEqual(
    policy.Statement.map(({ Sid }) => Sid),
    ['__default_statement_ID', 'other'],
  )
  await cli('delete-topic', '--topic-arn', arn)
  const gone = await aws(bench.test, ['sns', 'get-topic-attributes', '--topic-arn', arn])
  assert.match(gone.stderr, /\(NotFound\) when calling the GetTopicAttributes operation: Topic does not exist/)
})

test('boto3 sees attributes, batches, platforms, phones and errors as on AWS', async () => {
  const results = await boto3(
    bench.test,
    `
sns = client('sns')
arn = sns.create_topic(Name='boto.fifo', Attributes={'FifoTopic': 'true', 'FifoThroughputScope': 'MessageGroup'}, DataProtectionPolicy='{"Name":"p","Statement":[{}]}')['TopicArn']
show(sns.create_topic(Name='boto.fifo', Attributes={'FifoTopic': 'true'})['TopicArn'] == arn)
attributes = sns.get_topic_attributes(TopicArn=arn)['Attributes']
show([attributes[name] for name in ['FifoTopic', 'ContentBasedDeduplication', 'FifoThroughputScope', 'SubscriptionsConfirmed', 'Owner', 'DisplayName']])
show(json.loads(attributes['EffectiveDeliveryPolicy'])['http']['defaultHealthyRetryPolicy'])
show(sns.get_data_protection_policy(ResourceArn=arn)['DataProtectionPolicy'])
batch = sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=[{'Id': str(n), 'Message': 'm', 'MessageGroupId': 'g', 'MessageDeduplicationId': str(n)} for n in range(3)])
show([one['Id'] for one in batch['Successful']])
show(len(batch['Successful'][0]['SequenceNumber']))
app = sns.create_platform_application(Name='a', Platform='APNS', Attributes={'PlatformCredential': 'c', 'PlatformPrincipal': 'p'})['PlatformApplicationArn']
show(sns.get_platform_application_attributes(PlatformApplicationArn=app)['Attributes'])
device = sns.create_platform_endpoint(PlatformApplicationArn=app, Token='t', CustomUserData='u')['EndpointArn']
sns.set_endpoint_attributes(EndpointArn=device, Attributes={'Enabled': 'false'})
show(sns.get_endpoint_attributes(EndpointArn=device)['Attributes'])
show([len(sns.list_endpoints_by_platform_application(PlatformApplicationArn=app)['Endpoints']), len(sns.list_platform_applications()['PlatformApplications'])])
try:
    sns.publish(TargetArn=device, Message='x')
except ClientError as error:
    show([error.response['Error']['Code'], error.response['Error']['Message']])
sns.delete_endpoint(EndpointArn=device)
sns.tag_resource(ResourceArn=arn, Tags=[{'Key': 'a', 'Value': '1'}, {'Key': 'b', 'Value': '2'}])
sns.untag_resource(ResourceArn=arn, TagKeys=['a', 'missing'])
show(sns.list_tags_for_resource(ResourceArn=arn)['Tags'])
sns.add_permission(TopicArn=arn, Label='two', AWSAccountId=['111122223333', '444455556666'], ActionName=['Publish', 'Subscribe'])
show(json.loads(sns.get_topic_attributes(TopicArn=arn)['Attributes']['Policy'])['Statement'][1]['Action'])
sns.remove_permission(TopicArn=arn, Label='two')
show(len(json.loads(sns.get_topic_attributes(TopicArn=arn)['Attributes']['Policy'])['Statement']))
sns.set_topic_attributes(TopicArn=arn, AttributeName='DisplayName', AttributeValue='Shown')
show(sns.get_topic_attributes(TopicArn=arn)['Attributes']['DisplayName'])
sns.delete_platform_application(PlatformApplicationArn=app)
sns.set_sms_attributes(attributes={'DefaultSMSType': 'Transactional'})
show(sns.get_sms_attributes()['attributes'])
show(sns.check_if_phone_number_is_opted_out(phoneNumber='+4915112345678')['isOptedOut'])
sns.create_sms_sandbox_phone_number(PhoneNumber='+4915100000001')
show([one['Status'] for one in sns.list_sms_sandbox_phone_numbers()['PhoneNumbers']])
try:
    sns.verify_sms_sandbox_phone_number(PhoneNumber='+4915100000001', OneTimePassword='wrong')
except sns.exceptions.VerificationException:
    show('refused')
show(sns.get_sms_sandbox_account_status()['IsInSandbox'])
for n in range(105): sns.create_topic(Name='page-%03d' % n)
show(len([1 for page in sns.get_paginator('list_topics').paginate() for _ in page['Topics']]))
`,
  )
  assert.deepEqual(results, [
    true,
    ['true', 'false', 'MessageGroup', '0', '000000000000', ''],
    {
      minDelayTarget: 20,
      maxDelayTarget: 20,
      numRetries: 3,
      numMaxDelayRetries: 0,
      numNoDelayRetries: 0,
      numMinDelayRetries: 0,
      backoffFunction: 'linear',
    },
    '{"Name":"p","Statement":[{}]}',
    ['0', '1', '2'],
    20,
    { Enabled: 'true' },
    { Enabled: 'false', Token: 't', CustomUserData: 'u' },
    [1, 1],
    ['EndpointDisabled', 'Endpoint is disabled'],
    [{ Key: 'b', Value: '2' }],
    ['SNS:Publish', 'SNS:Subscribe'],
    1,
    'Shown',
    { MonthlySpendLimit: '1', DefaultSMSType: 'Transactional' },
    false,
    ['Pending'],
    'refused',
    false,
    106,
  ])
})

test('opting out keeps texts from a number until it opts in again', async () => {
  const number = '+4915155555555'
  const route = `${bench.test.endpoint}/_mayfly/outbox/opt-out?account=000000000000&number=${encodeURIComponent(number)}`
  assert.equal((await fetch(route, { method: 'POST' })).status, 200)
  const shown = await boto3(
    bench.test,
    `
sns = client('sns')
show(sns.list_phone_numbers_opted_out()['phoneNumbers'])
sns.publish(PhoneNumber='${number}', Message='unwanted')
sns.opt_in_phone_number(phoneNumber='${number}')
show(sns.check_if_phone_number_is_opted_out(phoneNumber='${number}')['isOptedOut'])
sns.publish(PhoneNumber='${number}', Message='wanted')
`,
  )
  assert.deepEqual(shown, [[number], false])
  const page = (await (await fetch(`${bench.test.endpoint}/_mayfly/outbox`)).json()) as {
    readonly messages: readonly { readonly text: string }[]
  }
  assert.equal(page.messages[0]?.text, 'wanted')
  assert.ok(!page.messages.some(({ text }) => text === 'unwanted'))
  await fetch(`${bench.test.endpoint}/_mayfly/outbox`, { method: 'DELETE' })
  assert.deepEqual(await (await fetch(`${bench.test.endpoint}/_mayfly/outbox`)).json(), {
    schemaVersion: 1,
    messages: [],
  })
})
