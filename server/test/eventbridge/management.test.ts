// The operations that keep and show things, and what they refuse, with the SDK, boto3 and awscli.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as events from '@aws-sdk/client-eventbridge'
import { awsJson, boto3, eventually, openServer, REGION, type TestServer } from '../conformance/server-kit.ts'
import { ACCOUNT } from '../sns/kit.ts'

let server: TestServer
let bus: events.EventBridgeClient
before(async () => {
  server = await openServer({ readyCells: {} })
  bus = new events.EventBridgeClient(server.sdk)
})
after(async () => {
  bus.destroy()
  await server[Symbol.asyncDispose]()
})

const arn = (path: string): string => `arn:aws:events:${REGION}:${ACCOUNT}:${path}`
const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:q`
const EventPattern = '{"source":["shop"]}'

function fails(name: string, message: RegExp | string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Error)
    assert.equal(error.name, name)
    if (typeof message === 'string') assert.equal(error.message, message)
    else assert.match(error.message, message)
    return true
  }
}

test('buses: made, shown, changed, listed, deleted', async () => {
  const made = await bus.send(
    new events.CreateEventBusCommand({ Name: 'shop', Description: 'of the shop', Tags: [{ Key: 'team', Value: 'a' }] }),
  )
  assert.equal(made.EventBusArn, arn('event-bus/shop'))
  await assert.rejects(
    bus.send(new events.CreateEventBusCommand({ Name: 'shop' })),
    fails('ResourceAlreadyExistsException', 'Event bus shop already exists.'),
  )
  await assert.rejects(
    bus.send(new events.CreateEventBusCommand({ Name: 'default' })),
    fails('ResourceAlreadyExistsException', 'Event bus default already exists.'),
  )
  await assert.rejects(
    bus.send(new events.CreateEventBusCommand({ Name: 'a/b' })),
    fails('ValidationException', /'\/'/),
  )
  await assert.rejects(
    bus.send(new events.CreateEventBusCommand({ Name: 'no spaces' })),
    fails(
      'ValidationException',
      "1 validation error detected: Value 'no spaces' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [/\\.\\-_A-Za-z0-9]+",
    ),
  )
  await bus.send(new events.UpdateEventBusCommand({ Name: 'shop', Description: 'changed' }))
  const shown = await bus.send(new events.DescribeEventBusCommand({ Name: arn('event-bus/shop') }))
  assert.deepEqual([shown.Name, shown.Description, shown.CreationTime instanceof Date], ['shop', 'changed', true])
  const fresh = await bus.send(new events.DescribeEventBusCommand({}))
  assert.deepEqual([fresh.Name, fresh.Arn], ['default', arn('event-bus/default')])
  const first = await bus.send(new events.ListEventBusesCommand({ Limit: 1 }))
  const second = await bus.send(new events.ListEventBusesCommand({ Limit: 1, NextToken: first.NextToken }))
  assert.deepEqual(
    [...(first.EventBuses ?? []), ...(second.EventBuses ?? [])].map(({ Name }) => Name),
    ['default', 'shop'],
  )
  assert.equal(second.NextToken, undefined)
  await assert.rejects(
    bus.send(new events.ListEventBusesCommand({ NextToken: 'nonsense' })),
    fails('ValidationException', /NextToken/),
  )
  await assert.rejects(
    bus.send(new events.DeleteEventBusCommand({ Name: 'default' })),
    fails('ValidationException', 'Cannot delete event bus default.'),
  )
  await bus.send(new events.PutRuleCommand({ Name: 'r', EventBusName: 'shop', EventPattern }))
  await assert.rejects(
    bus.send(new events.DeleteEventBusCommand({ Name: 'shop' })),
    fails('ValidationException', "Event bus can't be deleted since it has rules."),
  )
  await bus.send(new events.DeleteRuleCommand({ Name: 'r', EventBusName: 'shop' }))
  await bus.send(new events.DeleteEventBusCommand({ Name: 'shop' }))
  await bus.send(new events.DeleteEventBusCommand({ Name: 'shop' }))
  await assert.rejects(
    bus.send(new events.DescribeEventBusCommand({ Name: 'shop' })),
    fails('ResourceNotFoundException', 'Event bus shop does not exist.'),
  )
})

test('rules: put, replaced, switched, listed, deleted', async () => {
  const { RuleArn } = await bus.send(new events.PutRuleCommand({ Name: 'orders', EventPattern, Description: 'first' }))
  assert.equal(RuleArn, arn('rule/orders'))
  await bus.send(new events.PutRuleCommand({ Name: 'orders', EventPattern, State: 'DISABLED' }))
  const shown = await bus.send(new events.DescribeRuleCommand({ Name: 'orders' }))
  assert.deepEqual(
    [shown.State, shown.Description, shown.EventPattern, shown.EventBusName, shown.CreatedBy],
    ['DISABLED', undefined, EventPattern, 'default', ACCOUNT],
  )
  await bus.send(new events.EnableRuleCommand({ Name: 'orders' }))
  await bus.send(new events.PutRuleCommand({ Name: 'other', ScheduleExpression: 'rate(1 day)' }))
  const { Rules = [] } = await bus.send(new events.ListRulesCommand({ NamePrefix: 'o' }))
  assert.deepEqual(
    Rules.map(({ Name, State, ScheduleExpression }) => [Name, State, ScheduleExpression]),
    [
      ['orders', 'ENABLED', undefined],
      ['other', 'ENABLED', 'rate(1 day)'],
    ],
  )
  await bus.send(new events.PutTargetsCommand({ Rule: 'orders', Targets: [{ Id: 'q', Arn: QUEUE }] }))
  await assert.rejects(
    bus.send(new events.DeleteRuleCommand({ Name: 'orders' })),
    fails('ValidationException', "Rule can't be deleted since it has targets."),
  )
  await bus.send(new events.RemoveTargetsCommand({ Rule: 'orders', Ids: ['q'] }))
  for (const Name of ['orders', 'other', 'orders']) await bus.send(new events.DeleteRuleCommand({ Name }))
  await assert.rejects(
    bus.send(new events.DescribeRuleCommand({ Name: 'orders' })),
    fails('ResourceNotFoundException', 'Rule orders does not exist on EventBus default.'),
  )
})

test('rules that mean nothing are refused', async () => {
  const refused: readonly (readonly [
    input: Partial<events.PutRuleCommandInput>,
    name: string,
    message: RegExp | string,
  ])[] = [
    [{}, 'ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.'],
    [{ EventPattern: '{"source":"shop"}' }, 'InvalidEventPatternException', /^Event pattern is not valid\. Reason: /],
    [{ EventPattern: 'no json' }, 'InvalidEventPatternException', /^Event pattern is not valid\. Reason: /],
    [{ ScheduleExpression: 'rate(1 minutes)' }, 'ValidationException', 'Parameter ScheduleExpression is not valid.'],
    [{ EventPattern, EventBusName: 'never' }, 'ResourceNotFoundException', 'Event bus never does not exist.'],
    [{ EventPattern, State: 'ON' as 'ENABLED' }, 'ValidationException', /at 'state' failed to satisfy constraint/],
    [{ EventPattern, Name: 'x'.repeat(65) }, 'ValidationException', /length less than or equal to 64/],
  ]
  for (const [input, name, message] of refused)
    await assert.rejects(bus.send(new events.PutRuleCommand({ Name: 'bad', ...input })), fails(name, message))
  await bus.send(new events.CreateEventBusCommand({ Name: 'timeless' }))
  await assert.rejects(
    bus.send(
      new events.PutRuleCommand({ Name: 'bad', EventBusName: 'timeless', ScheduleExpression: 'rate(5 minutes)' }),
    ),
    fails('ValidationException', 'ScheduleExpression is supported only on the default event bus.'),
  )
})

test('targets: put, replaced, found by their ARN, removed', async () => {
  await bus.send(new events.PutRuleCommand({ Name: 'with-targets', EventPattern }))
  const put = (...Targets: events.Target[]): Promise<unknown> =>
    bus.send(new events.PutTargetsCommand({ Rule: 'with-targets', Targets }))
  const full: events.Target = {
    Id: 'a',
    Arn: QUEUE,
    InputTransformer: { InputPathsMap: { x: '$.detail.x' }, InputTemplate: '{"x": <x>}' },
    RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 60 },
    DeadLetterConfig: { Arn: QUEUE },
  }
  await put({ Id: 'b', Arn: QUEUE, Input: '1' }, { Id: 'a', Arn: QUEUE })
  await put(full)
  const { Targets = [] } = await bus.send(new events.ListTargetsByRuleCommand({ Rule: 'with-targets' }))
  assert.deepEqual(Targets, [full, { Id: 'b', Arn: QUEUE, Input: '1' }])
  const { RuleNames } = await bus.send(new events.ListRuleNamesByTargetCommand({ TargetArn: QUEUE }))
  assert.deepEqual(RuleNames, ['with-targets'])
  const others = ['c', 'd', 'e'].map((Id) => ({ Id, Arn: QUEUE }))
  await put(...others)
  await assert.rejects(
    put({ Id: 'f', Arn: QUEUE }),
    fails('LimitExceededException', 'The requested resource exceeds the maximum number allowed.'),
  )
  const removed = await bus.send(new events.RemoveTargetsCommand({ Rule: 'with-targets', Ids: ['c', 'nobody'] }))
  assert.equal(removed.FailedEntryCount, 1)
  assert.equal(removed.FailedEntries?.[0]?.ErrorCode, 'ResourceNotFoundException')
  const refused: readonly (readonly [target: Partial<events.Target>, message: RegExp | string])[] = [
    [{ Arn: 'nonsense' }, 'Parameter nonsense is not valid. Reason: Provided Arn is not in correct format.'],
    [{ Arn: `${QUEUE}.fifo` }, 'Parameter(s) SqsParameters must be specified for target: z.'],
    [{ Input: '{' }, /^JSON syntax error in input for target z/],
    [
      { Input: '1', InputPath: '$' },
      'Only one of Input, InputPath, or InputTransformer must be provided for target z.',
    ],
    [{ InputTransformer: { InputTemplate: 'plain <text>', InputPathsMap: { text: '$.x' } } }, /Invalid InputTemplate/],
    [{ InputTransformer: { InputTemplate: '"<nobody>"' } }, /placeholders that are not in InputPathsMap: nobody/],
    [{ InputTransformer: { InputTemplate: '1', InputPathsMap: { a: 'x' } } }, /is not a JSON path/],
    [{ RetryPolicy: { MaximumRetryAttempts: 186 } }, /less than or equal to 185/],
    [{ DeadLetterConfig: { Arn: `${QUEUE}.fifo` } }, /must be a standard queue/],
    [{ Arn: 'arn:aws:states:eu-west-1:000000000000:stateMachine:x' }, /nothing that takes events/],
    [{ Id: '!' }, /'targets.1.member.id' failed to satisfy constraint/],
  ]
  for (const [target, message] of refused)
    await assert.rejects(put({ Id: 'z', Arn: QUEUE, ...target }), fails('ValidationException', message))
})

test('entries of PutEvents are refused one by one', async () => {
  const good = { Source: 'shop', DetailType: 'Order', Detail: '{}' }
  const { Entries = [], FailedEntryCount } = await bus.send(
    new events.PutEventsCommand({
      Entries: [
        good,
        { ...good, Source: undefined },
        { ...good, DetailType: '' },
        { ...good, Detail: undefined },
        { ...good, Detail: '[1]' },
        { ...good, Detail: '{' },
        { ...good, Detail: `${'{"a":'.repeat(1001)}1${'}'.repeat(1001)}` },
        { ...good, Source: 'aws.s3' },
      ],
    }),
  )
  assert.equal(FailedEntryCount, 7)
  assert.match(Entries[0]?.EventId ?? '', /^[0-9a-f-]{36}$/)
  assert.deepEqual(
    Entries.slice(1).map(({ ErrorCode, ErrorMessage, EventId }) => [ErrorCode, ErrorMessage, EventId]),
    [
      ['InvalidArgument', 'Parameter Source is not valid. Reason: Source is a required argument.', undefined],
      ['InvalidArgument', 'Parameter DetailType is not valid. Reason: DetailType is a required argument.', undefined],
      ['InvalidArgument', 'Parameter Detail is not valid. Reason: Detail is a required argument.', undefined],
      ['MalformedDetail', 'Detail is malformed.', undefined],
      ['MalformedDetail', 'Detail is malformed.', undefined],
      ['MalformedDetail', 'Detail is malformed.', undefined],
      ['NotAuthorizedForSourceException', 'Not authorized for the source.', undefined],
    ],
  )
  await assert.rejects(
    bus.send(new events.PutEventsCommand({ Entries: Array.from({ length: 11 }, () => good) })),
    fails(
      'ValidationException',
      /at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10/,
    ),
  )
  const Detail = JSON.stringify({ text: 'x'.repeat(600_000) })
  await assert.rejects(
    bus.send(new events.PutEventsCommand({ Entries: [good, { ...good, Detail }, { ...good, Detail }] })),
    fails('ValidationException', 'Total size of the entries in the request is over the limit.'),
  )
  const large = await bus.send(new events.PutEventsCommand({ Entries: [{ ...good, Detail }] }))
  assert.equal(large.FailedEntryCount, 0)
})

test('patterns can be tried', async () => {
  const event = {
    id: '1',
    account: ACCOUNT,
    source: 'shop',
    time: '2026-01-01T00:00:00Z',
    region: REGION,
    resources: [],
    'detail-type': 'x',
  }
  const tried = (pattern: string, tested: object): Promise<boolean | undefined> =>
    bus
      .send(new events.TestEventPatternCommand({ EventPattern: pattern, Event: JSON.stringify(tested) }))
      .then(({ Result }) => Result)
  assert.equal(await tried(EventPattern, event), true)
  assert.equal(await tried('{"source":[{"anything-but":"shop"}]}', event), false)
  await assert.rejects(tried('{"source":1}', event), fails('InvalidEventPatternException', /not valid/))
  await assert.rejects(tried(EventPattern, { source: 'shop' }), fails('ValidationException', /Event is missing id/))
})

test('other accounts may put events when the policy of the bus says so', async () => {
  await bus.send(
    new events.PutPermissionCommand({ StatementId: 'one', Action: 'events:PutEvents', Principal: '111122223333' }),
  )
  const policy = async (): Promise<unknown> => {
    const { Policy } = await bus.send(new events.DescribeEventBusCommand({}))
    return Policy === undefined ? undefined : JSON.parse(Policy)
  }
  const statement = {
    Sid: 'one',
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::111122223333:root' },
    Action: 'events:PutEvents',
    Resource: arn('event-bus/default'),
  }
  assert.deepEqual(await policy(), { Version: '2012-10-17', Statement: [statement] })
  await bus.send(new events.PutPermissionCommand({ StatementId: 'all', Action: 'events:PutEvents', Principal: '*' }))
  await bus.send(new events.RemovePermissionCommand({ StatementId: 'one' }))
  assert.deepEqual(
    ((await policy()) as { Statement: { Sid: string }[] }).Statement.map(({ Sid }) => Sid),
    ['all'],
  )
  await assert.rejects(
    bus.send(new events.RemovePermissionCommand({ StatementId: 'one' })),
    fails('ResourceNotFoundException', 'Statement with the provided id does not exist.'),
  )
  await bus.send(new events.RemovePermissionCommand({ RemoveAllPermissions: true }))
  assert.equal(await policy(), undefined)
  await assert.rejects(
    bus.send(new events.PutPermissionCommand({ Policy: '{"Version":1}' })),
    fails('ValidationException', /Policy is not valid/),
  )
})

test('tags, archives and replays', async () => {
  await bus.send(new events.PutRuleCommand({ Name: 'tagged', EventPattern, Tags: [{ Key: 'a', Value: '1' }] }))
  const ResourceARN = arn('rule/tagged')
  await bus.send(new events.TagResourceCommand({ ResourceARN, Tags: [{ Key: 'b', Value: '2' }] }))
  await bus.send(new events.UntagResourceCommand({ ResourceARN, TagKeys: ['a'] }))
  const { Tags } = await bus.send(new events.ListTagsForResourceCommand({ ResourceARN }))
  assert.deepEqual(Tags, [{ Key: 'b', Value: '2' }])
  const EventSourceArn = arn('event-bus/default')
  const made = await bus.send(new events.CreateArchiveCommand({ ArchiveName: 'all', EventSourceArn, RetentionDays: 1 }))
  assert.deepEqual([made.State, made.ArchiveArn], ['ENABLED', arn('archive/all')])
  await assert.rejects(
    bus.send(new events.CreateArchiveCommand({ ArchiveName: 'all', EventSourceArn })),
    fails('ResourceAlreadyExistsException', 'Archive all already exists.'),
  )
  await assert.rejects(
    bus.send(new events.DescribeArchiveCommand({ ArchiveName: 'none' })),
    fails('ResourceNotFoundException', 'Archive none does not exist.'),
  )
  await bus.send(new events.UpdateArchiveCommand({ ArchiveName: 'all', RetentionDays: 7, EventPattern }))
  const { Archives = [] } = await bus.send(new events.ListArchivesCommand({ EventSourceArn }))
  assert.deepEqual(
    Archives.map(({ ArchiveName, RetentionDays, EventCount }) => [ArchiveName, RetentionDays, EventCount]),
    [['all', 7, 0]],
  )
  const replay = (more: Partial<events.StartReplayCommandInput>): Promise<unknown> =>
    bus.send(
      new events.StartReplayCommand({
        ReplayName: 'again',
        EventSourceArn: arn('archive/all'),
        EventStartTime: new Date(1_000_000),
        EventEndTime: new Date(2_000_000),
        Destination: { Arn: EventSourceArn },
        ...more,
      }),
    )
  await assert.rejects(
    replay({ EventEndTime: new Date(1_000_000) }),
    fails(
      'ValidationException',
      'Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.',
    ),
  )
  await assert.rejects(
    replay({ EventSourceArn: arn('archive/none') }),
    fails('ValidationException', 'Parameter EventSourceArn is not valid. Reason: Archive none does not exist.'),
  )
  await assert.rejects(
    replay({ Destination: { Arn: arn('event-bus/timeless') } }),
    fails(
      'ValidationException',
      'Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.',
    ),
  )
  await replay({})
  await assert.rejects(replay({}), fails('ResourceAlreadyExistsException', 'Replay again already exists.'))
  const { Replays = [] } = await bus.send(new events.ListReplaysCommand({ NamePrefix: 'a' }))
  assert.deepEqual(
    Replays.map(({ ReplayName }) => ReplayName),
    ['again'],
  )
  await eventually('the replay of nothing to end', async () => {
    const { State } = await bus.send(new events.DescribeReplayCommand({ ReplayName: 'again' }))
    return State === 'COMPLETED' ? true : undefined
  })
  await assert.rejects(
    bus.send(new events.CancelReplayCommand({ ReplayName: 'again' })),
    fails('IllegalStatusException', 'Replay again is not in a valid state for this operation.'),
  )
  await assert.rejects(
    bus.send(new events.CancelReplayCommand({ ReplayName: 'none' })),
    fails('ResourceNotFoundException', 'Replay none does not exist.'),
  )
  await bus.send(new events.DeleteArchiveCommand({ ArchiveName: 'all' }))
})

test('boto3 and awscli', async () => {
  const shown = await boto3(
    server,
    `
events = client('events')
events.create_event_bus(Name='py')
events.put_rule(Name='py', EventBusName='py', EventPattern=json.dumps({'source': ['py']}))
show(events.put_targets(Rule='py', EventBusName='py', Targets=[{'Id': '1', 'Arn': '${QUEUE}'}])['FailedEntryCount'])
show(events.put_events(Entries=[{'Source': 'py', 'DetailType': 'd', 'Detail': '{"a": 1}', 'EventBusName': 'py'}])['FailedEntryCount'])
show([r['Name'] for page in events.get_paginator('list_rules').paginate(EventBusName='py') for r in page['Rules']])
try:
    events.describe_rule(Name='none')
except events.exceptions.ResourceNotFoundException as error:
    show(error.response['Error'])
`,
  )
  assert.deepEqual(shown, [
    0,
    0,
    ['py'],
    { Message: 'Rule none does not exist on EventBus default.', Code: 'ResourceNotFoundException' },
  ])
  const put = await awsJson(server, [
    'events',
    'put-events',
    '--entries',
    JSON.stringify([{ Source: 'cli', DetailType: 'd', Detail: '{}' }]),
  ])
  assert.equal((put as { FailedEntryCount: number }).FailedEntryCount, 0)
  const listed = await awsJson(server, ['events', 'list-targets-by-rule', '--rule', 'py', '--event-bus-name', 'py'])
  assert.deepEqual(listed, { Targets: [{ Id: '1', Arn: QUEUE }] })
})
