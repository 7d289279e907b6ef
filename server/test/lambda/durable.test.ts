// Durable functions on a whole server, with AWS's own SDK for durable execution in them, unmodified.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateEventSourceMappingCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  DurableExecutionAlreadyStartedException,
  type Event as HistoryEvent,
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  ListDurableExecutionsByFunctionCommand,
  PublishVersionCommand,
  SendDurableExecutionCallbackFailureCommand,
  SendDurableExecutionCallbackHeartbeatCommand,
  SendDurableExecutionCallbackSuccessCommand,
  StopDurableExecutionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { durablePackage } from './durable-package.ts'
import { deploy, DUMMY_CREDENTIALS, eventually, startTestServer, type TestServer } from './server-fixture.ts'

let world: TestServer
let queues: SQSClient
before(async () => {
  world = await startTestServer()
  queues = new SQSClient({ endpoint: world.endpoint, region: 'us-east-1', credentials: DUMMY_CREDENTIALS })
})
after(async () => {
  queues.destroy()
  await world.close()
})

/** Makes a durable function with this body of a handler. */
async function durable(name: string, body: string, more: Partial<CreateFunctionCommandInput> = {}): Promise<void> {
  const ZipFile = await durablePackage(handlerOf(body))
  const settings = { Timeout: 10, DurableConfig: { ExecutionTimeout: 60, RetentionPeriodInDays: 3 } }
  await deploy(world.client, name, '', { Code: { ZipFile }, ...settings, ...more })
}

const handlerOf = (body: string): string => `
import { withDurableExecution } from './sdk.mjs'
let inits = 0
export const handler = withDurableExecution(async (event, context) => {${body}})`

interface Answer {
  readonly arn: string
  readonly value: unknown
  readonly error: string | undefined
}

async function invoke(name: string, event: unknown = {}, executionName?: string): Promise<Answer> {
  const answer = await world.client.send(
    new InvokeCommand({
      FunctionName: name.includes(':') ? name : `${name}:$LATEST`,
      Payload: Buffer.from(JSON.stringify(event)),
      ...(executionName !== undefined && { DurableExecutionName: executionName }),
    }),
  )
  return {
    arn: answer.DurableExecutionArn ?? '',
    value: JSON.parse(answer.Payload?.transformToString() || 'null'),
    error: answer.FunctionError,
  }
}

/** Begins an execution that nobody waits for. */
async function begin(name: string, event: unknown = {}): Promise<string> {
  const Payload = Buffer.from(JSON.stringify(event))
  const answer = await world.client.send(
    new InvokeCommand({ FunctionName: `${name}:$LATEST`, InvocationType: 'Event', Payload }),
  )
  assert.equal(answer.StatusCode, 202)
  return answer.DurableExecutionArn ?? ''
}

async function history(arn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = []
  for (let Marker: string | undefined; ;) {
    const page = await world.client.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn: arn, Marker }))
    events.push(...(page.Events ?? []))
    Marker = page.NextMarker
    if (Marker === undefined) return events
  }
}

const typesIn = (events: readonly HistoryEvent[]) => events.map(({ EventType }) => EventType)

/** Waits for the end. */
const over = (arn: string) =>
  eventually(`the end of ${arn}`, async () => {
    const found = await world.client.send(new GetDurableExecutionCommand({ DurableExecutionArn: arn }))
    return found.Status === 'RUNNING' ? undefined : found
  })

const callbackOf = (arn: string) =>
  eventually('a callback', async () => {
    const started = (await history(arn)).find(({ EventType }) => EventType === 'CallbackStarted')
    return started?.CallbackStartedDetails?.CallbackId
  })

test('steps, waits and their history; what was done is not done again', async () => {
  await durable(
    'order',
    `
    const paid = await context.step('pay', async () => { console.log('paying'); return event.price * 2 })
    await context.wait('rest', { seconds: 1 })
    const sent = await context.step('send', async () => { console.log('sending'); return 'sent ' + paid })
    return { paid, sent }`,
  )
  const { arn, value, error } = await invoke('order', { price: 21 })
  assert.deepEqual([value, error], [{ paid: 42, sent: 'sent 42' }, undefined])
  const events = await history(arn)
  assert.deepEqual(typesIn(events), [
    'ExecutionStarted',
    'StepStarted',
    'StepSucceeded',
    'WaitStarted',
    'InvocationCompleted',
    'WaitSucceeded',
    'StepStarted',
    'StepSucceeded',
    'InvocationCompleted',
    'ExecutionSucceeded',
  ])
  assert.deepEqual(
    events.map(({ EventId }) => EventId),
    events.map((_, index) => index + 1),
  )
  assert.equal(events[0]?.ExecutionStartedDetails?.Input?.Payload, '{"price":21}')
  assert.equal(events[2]?.Name, 'pay')
  assert.deepEqual(events[2]?.StepSucceededDetails?.Result, { Payload: '42', Truncated: false })
  assert.equal(events[3]?.WaitStartedDetails?.Duration, 1)
  const log = await world.logWith('order', /sending/, /REPORT[\s\S]*REPORT/)
  assert.deepEqual([log.match(/paying/g)?.length, log.match(/sending/g)?.length], [1, 1])

  const found = await world.client.send(new GetDurableExecutionCommand({ DurableExecutionArn: arn }))
  assert.equal(found.Status, 'SUCCEEDED')
  assert.deepEqual(JSON.parse(found.Result ?? ''), value)
  assert.equal(found.InputPayload, '{"price":21}')
  assert.deepEqual(found.DurableConfig, { ExecutionTimeout: 60, RetentionPeriodInDays: 3 })
  assert.ok(found.EndTimestamp && found.StartTimestamp && found.EndTimestamp > found.StartTimestamp)
  const bare = await world.client.send(
    new GetDurableExecutionCommand({ DurableExecutionArn: arn, IncludeExecutionData: false }),
  )
  assert.deepEqual([bare.Result, bare.InputPayload, bare.ExecutionDataIncluded], [undefined, undefined, false])

  const backwards = await world.client.send(
    new GetDurableExecutionHistoryCommand({ DurableExecutionArn: arn, ReverseOrder: true, MaxItems: 3 }),
  )
  assert.deepEqual(
    backwards.Events?.map(({ EventId }) => EventId),
    [10, 9, 8],
  )
  const further = await world.client.send(
    new GetDurableExecutionHistoryCommand({
      DurableExecutionArn: arn,
      ReverseOrder: true,
      MaxItems: 3,
      Marker: backwards.NextMarker,
      IncludeExecutionData: false,
    }),
  )
  assert.deepEqual(
    further.Events?.map(({ EventId }) => EventId),
    [7, 6, 5],
  )
})

test('a step that fails is tried again after its delay; one that gives up fails the execution', async () => {
  await durable(
    'flaky',
    `
    const strategy = (error, attempt) => ({ shouldRetry: attempt < event.attempts, delay: { seconds: 1 } })
    return await context.step('try', async (step) => {
      console.log('attempt ' + step.attempt)
      if ((globalThis.tries = (globalThis.tries ?? 0) + 1) < event.succeedAt) throw new TypeError('not yet')
      return globalThis.tries
    }, { retryStrategy: strategy })`,
  )
  const good = await invoke('flaky', { attempts: 5, succeedAt: 3 })
  assert.deepEqual([good.value, good.error], [3, undefined])
  const failures = (await history(good.arn)).filter(({ EventType }) => EventType === 'StepFailed')
  assert.deepEqual(
    failures.map(({ StepFailedDetails: details }) => [
      details?.Error?.Payload?.ErrorMessage,
      details?.RetryDetails?.CurrentAttempt,
      details?.RetryDetails?.NextAttemptDelaySeconds,
    ]),
    [
      ['not yet', 1, 1],
      ['not yet', 2, 1],
    ],
  )
  const bad = await invoke('flaky', { attempts: 1, succeedAt: 99 })
  assert.equal(bad.error, 'Unhandled')
  assert.match(JSON.stringify(bad.value), /not yet/)
  assert.equal((await over(bad.arn)).Status, 'FAILED')
})

test('branches side by side, in contexts of their own, with waits in some of them', async () => {
  await durable(
    'branches',
    `
    const all = await context.map('each', event.items, async (child, item, index) => {
      const doubled = await child.step('double', async () => item * 2)
      if (index % 2 === 0) await child.wait('rest', { seconds: 1 })
      return await child.step('add', async () => doubled + 1)
    })
    const inner = await context.runInChildContext('inner', async (child) => child.step('deep', async () => 'deep'))
    return { all: all.getResults(), inner }`,
  )
  const items = Array.from({ length: 12 }, (_, index) => index)
  const { value, error, arn } = await invoke('branches', { items })
  assert.deepEqual([value, error], [{ all: items.map((item) => item * 2 + 1), inner: 'deep' }, undefined])
  const types = typesIn(await history(arn))
  assert.equal(types.filter((type) => type === 'StepSucceeded').length, 25)
  assert.equal(types.filter((type) => type === 'WaitSucceeded').length, 6)
})

test('callbacks: answered, failed, kept alive, and too late', async () => {
  await durable(
    'approval',
    `
    try {
      return { answer: await context.waitForCallback('ask', async (id) => {}, event) }
    } catch (error) {
      return { name: error.name, message: error.message, type: error.cause?.name ?? error.errorType }
    }`,
  )
  const yes = await begin('approval', {})
  const CallbackId = await callbackOf(yes)
  const Result = Buffer.from('"yes"')
  await world.client.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result }))
  // Callbacks bring text, which the SDK leaves as it is.
  assert.deepEqual(JSON.parse((await over(yes)).Result ?? ''), { answer: '"yes"' })
  await assert.rejects(world.client.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result })), {
    name: 'CallbackTimeoutException',
  })

  const no = await begin('approval', {})
  await world.client.send(
    new SendDurableExecutionCallbackFailureCommand({
      CallbackId: await callbackOf(no),
      Error: { ErrorType: 'Refused', ErrorMessage: 'not today' },
    }),
  )
  assert.match((await over(no)).Result ?? '', /not today/)

  const late = await begin('approval', { timeout: { seconds: 1 } })
  assert.match((await over(late)).Result ?? '', /timed out/i)
  assert.ok(typesIn(await history(late)).includes('CallbackTimedOut'))

  const beating = await begin('approval', { heartbeatTimeout: { seconds: 1 } })
  const alive = await callbackOf(beating)
  for (let beat = 0; beat < 6; beat++) {
    await new Promise((resolve) => setTimeout(resolve, 300))
    await world.client.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId: alive }))
  }
  assert.ok(!typesIn(await history(beating)).includes('CallbackTimedOut'))
  assert.match((await over(beating)).Result ?? '', /heartbeat/i)

  const nobody = Buffer.from(JSON.stringify([beating.replace(/.{8}$/, '00000000'), 'x'])).toString('base64')
  for (const id of [nobody, 'bm9uZQ=='])
    await assert.rejects(world.client.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId: id })), {
      name: 'ResourceNotFoundException',
    })
})

test('an execution calls functions: plain ones, durable ones, and such as fail or are not there', async () => {
  await deploy(
    world.client,
    'plain',
    `export const handler = async ({ n }) => {
      if (n < 0) throw new RangeError('negative')
      if (n > 100) await new Promise((done) => setTimeout(done, 60_000))
      return n + 1
    }`,
    { Timeout: 1 },
  )
  await durable(
    'child',
    `await context.wait({ seconds: 1 }); return await context.step('triple', async () => event.n * 3)`,
  )
  await durable(
    'caller',
    `
    try {
      return { value: await context.invoke('call', event.name, event.input) }
    } catch (error) {
      return { error: error.message, type: error.errorType ?? error.cause?.name }
    }`,
  )
  const call = async (name: string, n: number) => (await invoke('caller', { name, input: { n } })).value
  assert.deepEqual(await call('plain', 1), { value: 2 })
  assert.deepEqual(await call('child:$LATEST', 5), { value: 15 })
  assert.match(JSON.stringify(await call('plain', -1)), /negative/)
  assert.match(JSON.stringify(await call('plain', 1000)), /timed out after 1 seconds/)
  assert.match(JSON.stringify(await call('child', 1)), /unqualified ARN/)
  assert.match(JSON.stringify(await call('nobody', 1)), /Function not found: .*:nobody:\$LATEST/)

  const { arn } = await invoke('caller', { name: 'child:$LATEST', input: { n: 2 } })
  const started = (await history(arn)).find(({ EventType }) => EventType === 'ChainedInvokeStarted')
  const child = started?.ChainedInvokeStartedDetails
  assert.deepEqual([child?.FunctionName, child?.ExecutedVersion], ['child:$LATEST', '$LATEST'])
  const found = await world.client.send(
    new GetDurableExecutionCommand({ DurableExecutionArn: child?.DurableExecutionArn ?? '' }),
  )
  assert.deepEqual([found.Status, found.Result], ['SUCCEEDED', '6'])
})

test('a name is one execution: asked again it answers the same, with another payload it is refused', async () => {
  await durable('once', `return await context.step('count', async () => { console.log('counted'); return event.n })`)
  const first = await invoke('once', { n: 1 }, 'order-1')
  const second = await invoke('once', { n: 1 }, 'order-1')
  assert.deepEqual([second.arn, second.value], [first.arn, first.value])
  assert.match(first.arn, /:function:once:\$LATEST\/durable-execution\/order-1\/[0-9a-f-]{36}$/)
  await assert.rejects(invoke('once', { n: 2 }, 'order-1'), DurableExecutionAlreadyStartedException)
  const all = await Promise.all(Array.from({ length: 8 }, () => invoke('once', { n: 7 }, 'order-2')))
  assert.equal(new Set(all.map(({ arn }) => arn)).size, 1)
  const log = await world.logWith('once', /counted[\s\S]*counted/)
  assert.equal(log.match(/counted/g)?.length, 2)
  await assert.rejects(invoke('once', {}, 'not allowed'), { name: 'ValidationException' })
})

test('executions are listed, stopped, and end when their time is over', async () => {
  await durable('long', `await context.wait('long', { seconds: event.seconds }); return 'done'`, {
    DurableConfig: { ExecutionTimeout: 2 },
  })
  const late = await invoke('long', { seconds: 50 }, 'too-long')
  assert.equal(late.error, 'Unhandled')
  assert.match(JSON.stringify(late.value), /timed out after 2 seconds/)
  assert.equal((await over(late.arn)).Status, 'TIMED_OUT')
  const stopped = await begin('long', { seconds: 50 })
  const { StopTimestamp: at } = await world.client.send(
    new StopDurableExecutionCommand({
      DurableExecutionArn: stopped,
      Error: { ErrorType: 'Operator', ErrorMessage: 'enough' },
    }),
  )
  const ended = await over(stopped)
  assert.deepEqual([ended.Status, ended.Error], ['STOPPED', { ErrorType: 'Operator', ErrorMessage: 'enough' }])
  assert.deepEqual(ended.EndTimestamp, at)
  const again = await world.client.send(new StopDurableExecutionCommand({ DurableExecutionArn: stopped }))
  assert.deepEqual(again.StopTimestamp, at)

  const list = async (more: object) => {
    const { DurableExecutions: found = [], NextMarker } = await world.client.send(
      new ListDurableExecutionsByFunctionCommand({ FunctionName: 'long', ...more }),
    )
    return { rows: found.map(({ Status, DurableExecutionArn }) => [Status, DurableExecutionArn]), NextMarker }
  }
  const rows = [
    ['STOPPED', stopped],
    ['TIMED_OUT', late.arn],
  ]
  assert.deepEqual((await list({})).rows, rows)
  assert.deepEqual((await list({ ReverseOrder: true })).rows, rows.toReversed())
  assert.deepEqual((await list({ Statuses: ['STOPPED'] })).rows, [rows[0]])
  assert.deepEqual((await list({ DurableExecutionName: 'too-long' })).rows, [rows[1]])
  const first = await list({ MaxItems: 1 })
  assert.deepEqual(first.rows, [rows[0]])
  assert.deepEqual((await list({ MaxItems: 1, Marker: first.NextMarker })).rows, [rows[1]])
  assert.deepEqual((await list({ Qualifier: '$LATEST' })).rows, rows)
  await assert.rejects(list({ Qualifier: '9' }), { name: 'ResourceNotFoundException' })
})

test('a version stays what it was: an execution goes on with the code that began it', async () => {
  await durable('pinned', `await context.wait({ seconds: 1 }); return await context.step('say', async () => 'one')`)
  await world.client.send(new PublishVersionCommand({ FunctionName: 'pinned' }))
  const running = invoke('pinned:1')
  await world.client.send(
    new UpdateFunctionCodeCommand({
      FunctionName: 'pinned',
      ZipFile: await durablePackage(handlerOf(`return 'two'`)),
    }),
  )
  const { value, arn } = await running
  assert.equal(value, 'one')
  assert.match(arn, /:function:pinned:1\//)
})

test('code that dies or answers nonsense', async () => {
  await durable(
    'mortal',
    `
    const first = await context.step('first', async () => { console.log('first'); return 1 })
    await context.step('note', async () => 0)
    if (context.lambdaContext.awsRequestId === process.env.NOBODY) return 0
    const { existsSync, writeFileSync } = await import('node:fs')
    if (!globalThis.lived) { globalThis.lived = true; if (event.dies) setTimeout(() => process.exit(3), 1) ; if (event.dies) await new Promise(() => {}) }
    return first + 1`,
    { DurableConfig: { ExecutionTimeout: 3 } },
  )
  // Each new instance dies once more, until its time is over: what it did before stays done.
  const { arn, error } = await invoke('mortal', { dies: true })
  assert.equal(error, 'Unhandled')
  const events = await history(arn)
  assert.equal((await over(arn)).Status, 'TIMED_OUT')
  assert.equal(events.filter(({ Name, EventType }) => Name === 'first' && EventType === 'StepSucceeded').length, 1)
  const ends = events.filter(({ EventType }) => EventType === 'InvocationCompleted')
  assert.ok(ends.length >= 2, JSON.stringify(typesIn(events)))
  assert.match(ends[0]?.InvocationCompletedDetails?.Error?.Payload?.ErrorType ?? '', /Runtime.ExitError/)

  const config = { DurableConfig: { ExecutionTimeout: 60 } }
  await deploy(world.client, 'nonsense', `export const handler = async (event) => JSON.parse(process.env.ANSWER)`, {
    ...config,
    Environment: { Variables: { ANSWER: '{"Status":"DONE"}' } },
  })
  const saying = async (answer: unknown) => {
    await world.client.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: 'nonsense',
        Environment: { Variables: { ANSWER: JSON.stringify(answer) } },
      }),
    )
    return (await invoke('nonsense')).value
  }
  const type = 'InvalidParameterValueException'
  for (const [answer, message] of [
    [{ Status: 'DONE' }, 'Unexpected invocation status: "DONE"'],
    [{}, 'Response status is required'],
    ['text', 'Invalid invocation output: it is not an object.'],
    [{ Status: 'FAILED', Result: '1' }, 'Cannot provide a Result for FAILED status.'],
    [{ Status: 'SUCCEEDED', Error: {} }, 'Cannot provide an Error for SUCCEEDED status.'],
    [{ Status: 'PENDING' }, 'Cannot return PENDING status with no pending operations.'],
  ] as const)
    assert.deepEqual(await saying(answer), { errorType: type, errorMessage: message })
  assert.equal(await saying({ Status: 'SUCCEEDED', Result: '7' }), 7)
})

test('calls that cannot begin an execution, and settings that cannot be', async () => {
  await durable('strict', `return 1`, { DurableConfig: { ExecutionTimeout: 901 } })
  await deploy(world.client, 'ordinary', `export const handler = async () => 1`)
  const send = (input: Partial<InvokeCommand['input']>) =>
    world.client.send(new InvokeCommand({ FunctionName: 'strict', ...input }))
  const refused = (message: RegExp) => ({ name: 'InvalidParameterValueException', message })
  await assert.rejects(send({}), refused(/unqualified ARN/))
  await assert.rejects(send({ InvocationType: 'Event' }), refused(/unqualified ARN/))
  await assert.rejects(send({ InvocationType: 'DryRun' }), refused(/unqualified ARN/))
  await assert.rejects(send({ Qualifier: '$LATEST' }), refused(/executionTimeout greater than 15 minutes/))
  assert.equal((await send({ Qualifier: '$LATEST', InvocationType: 'DryRun' })).StatusCode, 204)
  await assert.rejects(
    send({ FunctionName: 'ordinary', DurableExecutionName: 'x' }),
    refused(/only be given to durable functions/),
  )
  const change = (FunctionName: string, DurableConfig: object) =>
    world.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, DurableConfig }))
  await assert.rejects(change('ordinary', { ExecutionTimeout: 5 }), refused(/existing function/))
  await assert.rejects(change('strict', { ExecutionTimeout: 0 }), { name: 'ValidationException' })
  await assert.rejects(change('strict', { RetentionPeriodInDays: 91 }), { name: 'ValidationException' })
  await assert.rejects(
    change('strict', { KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/x' }),
    refused(/KMSKeyArn/),
  )
  const { DurableConfig } = await change('strict', { RetentionPeriodInDays: 90 })
  assert.deepEqual(DurableConfig, { ExecutionTimeout: 901, RetentionPeriodInDays: 90 })
  await assert.rejects(durable('vague', 'return 1', { DurableConfig: {} }), refused(/ExecutionTimeout/))
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:strict:$LATEST/durable-execution/a/b'
  for (const command of [
    new GetDurableExecutionCommand({ DurableExecutionArn: arn }),
    new GetDurableExecutionHistoryCommand({ DurableExecutionArn: arn }),
    new StopDurableExecutionCommand({ DurableExecutionArn: arn }),
  ])
    await assert.rejects(world.client.send(command as GetDurableExecutionCommand), {
      name: 'ResourceNotFoundException',
    })
  await assert.rejects(world.client.send(new GetDurableExecutionCommand({ DurableExecutionArn: 'arn:x' })), {
    name: 'ValidationException',
  })
})

async function newQueue(name: string) {
  const { QueueUrl } = await queues.send(new CreateQueueCommand({ QueueName: name }))
  const receive = (wanted: number) =>
    eventually(`messages in ${name}`, async () => {
      const { Messages = [] } = await queues.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0, WaitTimeSeconds: 1 }),
      )
      return Messages.length >= wanted ? Messages : undefined
    })
  return { QueueUrl, arn: `arn:aws:sqs:us-east-1:000000000000:${name}`, receive }
}

test('events begin executions; the bus hears of each, the dead-letter queue of those that fail', async () => {
  const bus = new EventBridgeClient({
    endpoint: world.endpoint,
    region: 'us-east-1',
    credentials: DUMMY_CREDENTIALS,
  })
  const told = await newQueue('told')
  const dead = await newQueue('dead')
  await bus.send(
    new PutRuleCommand({
      Name: 'executions',
      EventPattern: JSON.stringify({
        source: ['aws.lambda'],
        'detail-type': ['Durable Execution Status Change'],
        detail: { functionArn: [{ suffix: ':function:worker:$LATEST' }] },
      }),
    }),
  )
  await bus.send(new PutTargetsCommand({ Rule: 'executions', Targets: [{ Id: 'told', Arn: told.arn }] }))
  await durable(
    'worker',
    `await context.wait({ seconds: 1 }); if (event.fails) throw new Error('broken'); return event.Records?.[0].body`,
    { DeadLetterConfig: { TargetArn: dead.arn } },
  )
  await begin('worker', { fails: true })
  const [letter] = await dead.receive(1)
  assert.equal(letter?.Body, '{"fails":true}')
  const details = (await told.receive(2)).map(({ Body = '' }) => JSON.parse(Body).detail)
  assert.deepEqual(details.map((detail): string => detail.status).toSorted(), ['FAILED', 'RUNNING'])
  assert.match(details[0].durableExecutionArn, /function:worker:\$LATEST\/durable-execution\//)

  const work = await newQueue('work')
  await assert.rejects(
    world.client.send(new CreateEventSourceMappingCommand({ FunctionName: 'worker', EventSourceArn: work.arn })),
    /unqualified ARN/,
  )
  await world.client.send(
    new CreateEventSourceMappingCommand({ FunctionName: 'worker:$LATEST', EventSourceArn: work.arn }),
  )
  await queues.send(new SendMessageCommand({ QueueUrl: work.QueueUrl, MessageBody: 'from a queue' }))
  await eventually('the execution of a batch', async () => {
    const { DurableExecutions: found = [] } = await world.client.send(
      new ListDurableExecutionsByFunctionCommand({ FunctionName: 'worker', Statuses: ['SUCCEEDED'] }),
    )
    const arn = found[0]?.DurableExecutionArn
    return arn !== undefined && (await over(arn)).Result === '"from a queue"' ? true : undefined
  })
  bus.destroy()
})

test('large inputs, states and answers, in pages', async () => {
  await durable(
    'large',
    `
    const parts = []
    for (let index = 0; index < event.parts; index++)
      parts.push(await context.step('part-' + index, async () => String(index).repeat(700_000)))
    await context.wait({ seconds: 1 })
    return { parts: parts.map((part) => part.length), echo: event.echo }`,
    { MemorySize: 512, Timeout: 30 },
  )
  const echo = 'é"'.repeat(1_000_000)
  const { value, error, arn } = await invoke('large', { parts: 10, echo })
  assert.equal(error, undefined, JSON.stringify(value).slice(0, 500))
  assert.deepEqual(value, { parts: Array.from({ length: 10 }, () => 700_000), echo })
  const [began] = await history(arn)
  assert.equal(began?.ExecutionStartedDetails?.Input?.Truncated, true)
})

test('a function that is deleted ends its executions; they can still be looked at', async () => {
  await durable('mayfly', `await context.waitForCallback('never', async () => {}); return 1`)
  const arn = await begin('mayfly')
  await callbackOf(arn)
  await world.client.send(new DeleteFunctionCommand({ FunctionName: 'mayfly' }))
  const { Status, Error: error } = await over(arn)
  assert.deepEqual([Status, error?.ErrorType], ['FAILED', 'ResourceNotFoundException'])
  // Another function of this name is another one.
  await durable('mayfly', `return 2`)
  const { DurableExecutions } = await world.client.send(
    new ListDurableExecutionsByFunctionCommand({ FunctionName: 'mayfly' }),
  )
  assert.deepEqual(DurableExecutions, [])
})
