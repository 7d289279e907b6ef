// What only `dev` can show: a queue of another account, which must confirm before it gets anything, and a reset.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import { isSigned, makeQueue, openBench, parse } from './kit.ts'

test('a queue of another account confirms with the token that it got', async () => {
  // `dev` takes twelve digits as the account that calls.
  await using bench = await openBench({ mode: 'dev' })
  const credentials = { accessKeyId: '111122223333', secretAccessKey: 'x' }
  const otherSqs = new SQSClient({ ...bench.test.sdk, credentials })
  const otherSns = new SNSClient({ ...bench.test.sdk, credentials })
  const queue = await makeQueue(otherSqs, 'foreign')
  const { TopicArn = '' } = await bench.sns.send(new CreateTopicCommand({ Name: 'shared' }))
  const Endpoint = queue.arn.replace(/\d{12}/, credentials.accessKeyId)
  const asked = await bench.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }))
  assert.equal(asked.SubscriptionArn, 'pending confirmation')
  const request = parse((await queue.take(1))[0]?.Body)
  assert.equal(request['Type'], 'SubscriptionConfirmation')
  await bench.sns.send(new PublishCommand({ TopicArn, Message: 'too early' }))
  const confirm = new ConfirmSubscriptionCommand({ TopicArn, Token: request['Token'] })
  const { SubscriptionArn } = await otherSns.send(confirm)
  assert.equal((await otherSns.send(confirm)).SubscriptionArn, SubscriptionArn)
  await bench.sns.send(new PublishCommand({ TopicArn, Message: 'now' }))
  assert.equal(parse((await queue.take(1))[0]?.Body)['Message'], 'now')
  assert.deepEqual(await queue.rest(), [])
  const { Attributes } = await bench.sns.send(new GetTopicAttributesCommand({ TopicArn }))
  assert.deepEqual([Attributes?.['SubscriptionsConfirmed'], Attributes?.['SubscriptionsPending']], ['1', '0'])
  // The subscription is the subscriber's.
  assert.deepEqual((await otherSns.send(new ListSubscriptionsCommand({}))).Subscriptions, [])
  otherSns.destroy()
  otherSqs.destroy()
})

test('after a reset nothing of before is there, and everything works', async () => {
  await using bench = await openBench({ mode: 'dev' })
  const publish = async (): Promise<Readonly<Record<string, string>>> => {
    const { TopicArn = '' } = await bench.sns.send(new CreateTopicCommand({ Name: 'again' }))
    const queue = await makeQueue(bench.sqs, 'again')
    await bench.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queue.arn }))
    await bench.sns.send(new PublishCommand({ TopicArn, Message: 'x' }))
    const document = parse((await queue.take(1))[0]?.Body)
    assert.ok(await isSigned(document))
    assert.deepEqual(await queue.rest(), [])
    return document
  }
  const before = await publish()
  const reset = await fetch(`${bench.test.endpoint}/_mayfly/reset`, { method: 'POST' })
  assert.equal(reset.status, 200)
  assert.deepEqual((await bench.sns.send(new ListSubscriptionsCommand({}))).Subscriptions, [])
  const after = await publish()
  assert.notEqual(after['SigningCertURL'], before['SigningCertURL'])
  assert.equal((await fetch(before['SigningCertURL'] ?? '')).status, 404)
})
