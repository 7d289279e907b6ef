// Who may: other accounts by the policy of a bus, identities by theirs, with sources, tags and roles in their conditions.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as events from '@aws-sdk/client-eventbridge'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { SQSClient } from '@aws-sdk/client-sqs'
import { openServer, REGION } from '../conformance/server-kit.ts'
import { ACCOUNT, makeQueue, openBench } from '../sns/kit.ts'

const OTHER = '111122223333'

test('a rule reaches the bus of another account when that bus permits it', async () => {
  // `dev` takes twelve digits as the account that calls.
  await using bench = await openBench({ mode: 'dev' })
  const other = { ...bench.test.sdk, credentials: { accessKeyId: OTHER, secretAccessKey: 'x' } }
  const [bus, otherBus, otherSqs] = [
    new events.EventBridgeClient(bench.test.sdk),
    new events.EventBridgeClient(other),
    new SQSClient(other),
  ]
  const heard = await makeQueue(otherSqs, 'heard')
  await heard.allow('events.amazonaws.com')
  const dead = await makeQueue(bench.sqs, 'dead')
  await dead.allow('events.amazonaws.com')
  const EventPattern = JSON.stringify({ source: ['shop'] })
  const otherArn = `arn:aws:events:${REGION}:${OTHER}:event-bus/default`
  await otherBus.send(new events.PutRuleCommand({ Name: 'hear', EventPattern }))
  await otherBus.send(
    new events.PutTargetsCommand({ Rule: 'hear', Targets: [{ Id: 'q', Arn: heard.arn.replace(ACCOUNT, OTHER) }] }),
  )
  await bus.send(new events.PutRuleCommand({ Name: 'tell', EventPattern }))
  const Targets = [{ Id: 'bus', Arn: otherArn, DeadLetterConfig: { Arn: dead.arn } }]
  await bus.send(new events.PutTargetsCommand({ Rule: 'tell', Targets }))
  const put = async (EventBusName?: string): Promise<string> => {
    const entry = { Source: 'shop', DetailType: 'd', Detail: '{}', EventBusName }
    const { Entries = [] } = await bus.send(new events.PutEventsCommand({ Entries: [entry] }))
    return Entries[0]?.EventId ?? ''
  }
  await put()
  const [letter] = await dead.take(1)
  assert.equal(letter?.MessageAttributes?.['ERROR_CODE']?.StringValue, 'NO_PERMISSIONS')
  const permission = { StatementId: 'shop', Action: 'events:PutEvents', Principal: ACCOUNT }
  await otherBus.send(new events.PutPermissionCommand(permission))
  const byRule = await put()
  const direct = await put(otherArn)
  const got = (await heard.take(2)).map(({ Body = '' }) => JSON.parse(Body) as { id: string; account: string })
  assert.deepEqual(got.map(({ id }) => id).toSorted(), [byRule, direct].toSorted())
  // Where an event came from can be told by its account.
  assert.ok(got.every(({ account }) => account === ACCOUNT))
  for (const client of [bus, otherBus, otherSqs]) client.destroy()
})

test('identities may what their policies say of buses, sources and tags', async () => {
  await using server = await openServer({ readyCells: {} })
  const iam = new IAMClient(server.sdk)
  await iam.send(new CreateUserCommand({ UserName: 'clerk' }))
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'events:PutEvents',
        Resource: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`,
        Condition: { 'ForAllValues:StringEquals': { 'events:source': ['shop'] } },
      },
      {
        Effect: 'Allow',
        Action: ['events:DisableRule', 'events:PutTargets'],
        Resource: '*',
        Condition: { StringEquals: { 'aws:ResourceTag/team': 'clerks' } },
      },
    ],
  })
  await iam.send(new PutUserPolicyCommand({ UserName: 'clerk', PolicyName: 'may', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'clerk' }))
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  const root = new events.EventBridgeClient(server.sdk)
  const clerk = new events.EventBridgeClient({ ...server.sdk, credentials })
  const EventPattern = JSON.stringify({ source: ['shop'] })
  await root.send(new events.CreateEventBusCommand({ Name: 'vault' }))
  for (const team of ['clerks', 'cooks'])
    await root.send(new events.PutRuleCommand({ Name: team, EventPattern, Tags: [{ Key: 'team', Value: team }] }))
  const put = (Source: string, EventBusName?: string): Promise<unknown> =>
    clerk.send(new events.PutEventsCommand({ Entries: [{ Source, DetailType: 'd', Detail: '{}', EventBusName }] }))
  const denied = { name: 'AccessDeniedException' }
  await put('shop')
  await assert.rejects(put('kitchen'), denied)
  await assert.rejects(put('shop', 'vault'), denied)
  await clerk.send(new events.DisableRuleCommand({ Name: 'clerks' }))
  await assert.rejects(clerk.send(new events.DisableRuleCommand({ Name: 'cooks' })), denied)
  // Handing a role on needs iam:PassRole as well.
  const target = { Id: 'q', Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:q` }
  await clerk.send(new events.PutTargetsCommand({ Rule: 'clerks', Targets: [target] }))
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/strong`
  await assert.rejects(
    clerk.send(new events.PutTargetsCommand({ Rule: 'clerks', Targets: [{ ...target, RoleArn }] })),
    /iam:PassRole/,
  )
  for (const client of [iam, root, clerk]) client.destroy()
})
