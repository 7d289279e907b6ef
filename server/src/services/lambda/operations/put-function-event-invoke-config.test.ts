// Settings of asynchronous invocations: their operations, and what delivery makes of them, with a fake engine and a fake
// queue as the place where records and dead letters go.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import { listDeadLetters } from '#events/dead-letters.ts'
import { createDelivery } from '#events/delivery.ts'
import type { Destination } from '#events/envelope.ts'
import type { Target } from '#events/target.ts'
import {
  ACCOUNT,
  type Harness,
  harness,
  metering,
  refusal,
  REGION,
  result,
  ROLE,
} from '../../../../test/lambda/harness.ts'
import { createLambdaTarget } from '../target.ts'

const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:records`
const DEAD = `arn:aws:sqs:${REGION}:${ACCOUNT}:dead`
const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f`

interface Sent {
  readonly destination: Destination
  readonly text: string
}

interface Bench extends Harness {
  readonly sent: Sent[]
  readonly asked: string[]
}

async function bench(): Promise<Bench> {
  const made = harness({ asyncRetryDelaysMs: [60_000, 120_000] })
  const sent: Sent[] = []
  const asked: string[] = []
  const queue: Target = {
    name: 'sqs',
    retryPolicy: () => Promise.resolve({ delaysMs: [], ageMaxMs: 1000 }),
    refusal: (arn, { principal }) => {
      asked.push(principal)
      return Promise.resolve(arn.endsWith(':closed') ? 'not from you' : undefined)
    },
    deliver(_envelope, destination, payload) {
      sent.push({ destination, text: Buffer.from(payload).toString() })
      return Promise.resolve({ kind: 'delivered' })
    },
  }
  made.around.targets.set('sqs', queue)
  const lambda = createLambdaTarget(made.deps)
  made.around.targets.set('lambda', lambda)
  const { store, clock } = made
  const delivery = createDelivery({
    store,
    clock,
    random: seededRandom(1),
    log: silentLog,
    targets: [queue, lambda],
    renderers: new Map(),
  })
  await delivery.start()
  await made.make('f')
  return { ...made, sent, asked }
}

async function invokeAsync(made: Bench, payload: unknown, advanceMs = 0): Promise<void> {
  const Payload = Buffer.from(JSON.stringify(payload))
  await made.call('Invoke', { FunctionName: 'f', InvocationType: 'Event', Payload })
  for (let turn = 0; turn < 10; turn++) await made.clock.advance(0)
  if (advanceMs > 0) await made.clock.advance(advanceMs)
  for (let turn = 0; turn < 10; turn++) await made.clock.advance(0)
}

const broken = JSON.stringify({ errorType: 'Error', errorMessage: 'it broke' })

function failing(made: Bench): void {
  made.engine.play = () => ({ kind: 'error', payload: Buffer.from(broken), metering })
}

test('put, get, update, list and delete', async () => {
  const made = await bench()
  const {
    LastModified,
    status: _,
    ...put
  } = await made.call('PutFunctionEventInvokeConfig', {
    FunctionName: 'f',
    MaximumRetryAttempts: 0,
    DestinationConfig: { OnSuccess: { Destination: QUEUE }, OnFailure: undefined },
  })
  assert.ok(LastModified)
  assert.deepEqual(put, {
    FunctionArn: `${FUNCTION}:$LATEST`,
    MaximumRetryAttempts: 0,
    DestinationConfig: { OnSuccess: { Destination: QUEUE }, OnFailure: {} },
  })
  const updated = await made.call('UpdateFunctionEventInvokeConfig', {
    FunctionName: 'f',
    MaximumEventAgeInSeconds: 60,
  })
  assert.deepEqual([updated.MaximumRetryAttempts, updated.MaximumEventAgeInSeconds], [0, 60])
  assert.deepEqual(updated.DestinationConfig?.OnSuccess, { Destination: QUEUE })
  const got = await made.call('GetFunctionEventInvokeConfig', { FunctionName: 'f', Qualifier: '$LATEST' })
  assert.deepEqual(got.MaximumEventAgeInSeconds, 60)
  await made.call('PublishVersion', { FunctionName: 'f' })
  await made.call('PutFunctionEventInvokeConfig', { FunctionName: 'f', Qualifier: '1', MaximumRetryAttempts: 1 })
  const { FunctionEventInvokeConfigs = [] } = await made.call('ListFunctionEventInvokeConfigs', { FunctionName: 'f' })
  assert.deepEqual(
    FunctionEventInvokeConfigs.map(({ FunctionArn }) => FunctionArn),
    [`${FUNCTION}:$LATEST`, `${FUNCTION}:1`],
  )
  assert.equal((await made.call('DeleteFunctionEventInvokeConfig', { FunctionName: 'f' })).status, 204)
  const missing = refusal(
    'ResourceNotFoundException',
    `The function ${FUNCTION}:$LATEST doesn't have an EventInvokeConfig`,
  )
  await assert.rejects(made.call('GetFunctionEventInvokeConfig', { FunctionName: 'f' }), missing)
  await assert.rejects(made.call('DeleteFunctionEventInvokeConfig', { FunctionName: 'f' }), missing)
  await made.call('DeleteFunction', { FunctionName: 'f' })
  assert.deepEqual(await made.store.list({ prefix: ['lambda.async-settings'] }), [])
})

test('what AWS refuses is refused', async () => {
  const made = await bench()
  const put = (Destination: string): Promise<unknown> =>
    made.call('PutFunctionEventInvokeConfig', {
      FunctionName: 'f',
      DestinationConfig: { OnSuccess: undefined, OnFailure: { Destination } },
    })
  const invalid = 'InvalidParameterValueException'
  await assert.rejects(
    made.call('PutFunctionEventInvokeConfig', { FunctionName: 'f' }),
    refusal(invalid, 'You must specify at least one of error handling or destination setting.'),
  )
  await assert.rejects(
    made.call('PutFunctionEventInvokeConfig', { FunctionName: 'g', MaximumRetryAttempts: 1 }),
    refusal('ResourceNotFoundException', "The function doesn't exist."),
  )
  await assert.rejects(
    made.call('PutFunctionEventInvokeConfig', { FunctionName: 'f', MaximumRetryAttempts: 3 }),
    refusal('ValidationException', /maximumRetryAttempts/),
  )
  await assert.rejects(
    made.call('PutFunctionEventInvokeConfig', { FunctionName: 'f', MaximumEventAgeInSeconds: 59 }),
    refusal('ValidationException', /maximumEventAgeInSeconds/),
  )
  await assert.rejects(put(FUNCTION), refusal(invalid, "You can't specify the function as a destination for itself."))
  await assert.rejects(put(`${FUNCTION}x`), refusal(invalid, /there is no function/))
  await assert.rejects(put(`${QUEUE}.fifo`), refusal(invalid, /FIFO/))
  await assert.rejects(put(`arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`), refusal(invalid, /nothing yet/))
  await assert.rejects(
    put(`arn:aws:sqs:${REGION}:${ACCOUNT}:closed`),
    refusal(invalid, /The provided execution role does not have permissions to call SendMessage on SQS/),
  )
  assert.ok(
    made.asked.every((principal) => principal === ROLE),
    'the execution role is who sends',
  )
})

test('a success is told to its destination, exactly once', async () => {
  const made = await bench()
  made.engine.play = () => result('{"done":true}')
  await made.call('PutFunctionEventInvokeConfig', {
    FunctionName: 'f',
    DestinationConfig: { OnSuccess: { Destination: QUEUE }, OnFailure: undefined },
  })
  await invokeAsync(made, { n: 1 })
  assert.equal(made.sent.length, 1)
  const { requestContext, timestamp, ...record } = JSON.parse(made.sent[0]?.text ?? '')
  assert.match(timestamp, /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/)
  assert.match(requestContext.requestId, /^[0-9a-f-]{36}$/)
  assert.deepEqual(
    { ...requestContext, requestId: '' },
    { requestId: '', functionArn: `${FUNCTION}:$LATEST`, condition: 'Success', approximateInvokeCount: 1 },
  )
  assert.deepEqual(record, {
    version: '1.0',
    requestPayload: { n: 1 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST' },
    responsePayload: { done: true },
  })
})

test('a failure is tried as often as the settings say, then told to the destination and to the dead-letter queue', async () => {
  const made = await bench()
  failing(made)
  await made.call('UpdateFunctionConfiguration', { FunctionName: 'f', DeadLetterConfig: { TargetArn: DEAD } })
  await made.call('PutFunctionEventInvokeConfig', {
    FunctionName: 'f',
    MaximumRetryAttempts: 1,
    DestinationConfig: { OnSuccess: undefined, OnFailure: { Destination: QUEUE } },
  })
  await invokeAsync(made, { n: 1 })
  assert.equal(made.sent.length, 0)
  await made.clock.advance(60_000)
  for (let turn = 0; turn < 10; turn++) await made.clock.advance(0)
  assert.equal(made.engine.invocations.length, 2)
  const record = JSON.parse(made.sent.find(({ destination }) => destination.arn === QUEUE)?.text ?? '')
  assert.equal(record.requestContext.condition, 'RetriesExhausted')
  assert.equal(record.requestContext.approximateInvokeCount, 2)
  assert.deepEqual(record.responseContext, { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' })
  assert.deepEqual(record.responsePayload, JSON.parse(broken))
  const dead = made.sent.find(({ destination }) => destination.arn === DEAD)
  assert.equal(dead?.text, '{"n":1}')
  assert.deepEqual(dead.destination.message?.attributes, {
    RequestID: { type: 'String', text: record.requestContext.requestId },
    ErrorCode: { type: 'Number', text: '200' },
    ErrorMessage: { type: 'String', text: 'it broke' },
  })
  assert.deepEqual(await listDeadLetters(made.store), [], 'it is in the queues that the user named')
})

test('without a place for failures they become dead letters, after the two retries of the default', async () => {
  const made = await bench()
  failing(made)
  await invokeAsync(made, {}, 200_000)
  assert.equal(made.engine.invocations.length, 3)
  assert.equal((await listDeadLetters(made.store)).length, 1)
})

test('an event that is too old is told as such', async () => {
  const made = await bench()
  made.engine.play = () => ({ kind: 'throttled', reason: 'concurrency' })
  await made.call('PutFunctionEventInvokeConfig', {
    FunctionName: 'f',
    MaximumEventAgeInSeconds: 60,
    DestinationConfig: { OnSuccess: undefined, OnFailure: { Destination: QUEUE } },
  })
  await invokeAsync(made, {}, 400_000)
  const record = JSON.parse(made.sent[0]?.text ?? '{}')
  assert.equal(record.requestContext.condition, 'EventAgeExceeded')
  assert.equal('responseContext' in record, false)
})

test('the dead-letter queue is shown, checked and taken away', async () => {
  const made = await bench()
  const shown = await made.make('g', { DeadLetterConfig: { TargetArn: DEAD } })
  assert.deepEqual(shown.DeadLetterConfig, { TargetArn: DEAD })
  const gone = await made.call('UpdateFunctionConfiguration', {
    FunctionName: 'g',
    DeadLetterConfig: { TargetArn: '' },
  })
  assert.equal(gone.DeadLetterConfig, undefined)
  await assert.rejects(
    made.make('h', { DeadLetterConfig: { TargetArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:closed` } }),
    refusal('InvalidParameterValueException', /SendMessage on SQS/),
  )
})

test('a loop is stopped unless the function allows it', async () => {
  const made = await bench()
  made.engine.play = () => result('null')
  assert.equal((await made.call('GetFunctionRecursionConfig', { FunctionName: 'f' })).RecursiveLoop, 'Terminate')
  const instance = 'b'.repeat(32)
  const principal = {
    kind: 'session',
    account: ACCOUNT,
    accessKeyId: 'ASIA',
    roleArn: ROLE,
    sessionName: 's',
    instance,
  } as const
  made.deps.ports.hops.enter(instance, 15)
  const call = (): Promise<unknown> =>
    made.call('Invoke', { FunctionName: 'f', InvocationType: 'Event' }, { principal })
  await call()
  await made.clock.advance(0)
  assert.deepEqual([made.engine.invocations.length, (await listDeadLetters(made.store)).length], [0, 1])
  await made.call('PutFunctionRecursionConfig', { FunctionName: 'f', RecursiveLoop: 'Allow' })
  await call()
  for (let turn = 0; turn < 10; turn++) await made.clock.advance(0)
  assert.equal(made.engine.invocations.length, 1)
})
