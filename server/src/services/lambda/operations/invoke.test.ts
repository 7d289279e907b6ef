import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InvocationOutcome } from '#engine/engine.ts'
import { seededRandom } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import { listDeadLetters } from '#events/dead-letters.ts'
import { createDelivery } from '#events/delivery.ts'
import { type Harness, harness, INSTANCE, metering, refusal, result, ROLE } from '../../../../test/lambda/harness.ts'
import { createLambdaTarget } from '../target.ts'

function textOf(payload: Uint8Array | undefined): string {
  return Buffer.from(payload ?? []).toString()
}

test('Invoke answers with what the handler returned', async () => {
  const { make, call, engine } = harness()
  await make('hello')
  engine.play = (_version, invocation) => result(`{"got":${Buffer.from(invocation.payload).toString()}}`)
  const answer = await call('Invoke', { FunctionName: 'hello', Payload: Buffer.from('{"a":1}') })
  assert.deepEqual(
    [answer.StatusCode, answer.ExecutedVersion, answer.FunctionError, textOf(answer.Payload)],
    [200, '$LATEST', undefined, '{"got":{"a":1}}'],
  )
  assert.equal(textOf((await call('Invoke', { FunctionName: 'hello' })).Payload), '{"got":{}}')
})

test('a version is invoked as itself, and sees its own ARN', async () => {
  const { make, call, engine } = harness()
  await make('hello', { Publish: true })
  const answer = await call('Invoke', { FunctionName: 'hello', Qualifier: '1' })
  assert.equal(answer.ExecutedVersion, '1')
  const [{ version, invocation } = assert.fail()] = engine.invocations
  assert.equal(version.environment['AWS_LAMBDA_FUNCTION_VERSION'], '1')
  assert.equal(invocation.context['invokedFunctionArn'], 'arn:aws:lambda:us-east-1:000000000000:function:hello:1')
})

test('the function gets the environment of Lambda, and credentials of its role', async () => {
  const { make, call, engine, issued } = harness()
  await make('hello', { Environment: { Variables: { STAGE: 'x' } }, MemorySize: 256 })
  await call('Invoke', { FunctionName: 'hello' })
  const [{ version } = assert.fail()] = engine.invocations
  assert.deepEqual(version.environment, {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    STAGE: 'x',
    _HANDLER: 'index.handler',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
    AWS_LAMBDA_FUNCTION_NAME: 'hello',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/hello',
  })
  assert.deepEqual(version.instanceEnvironment?.(INSTANCE, 'on-demand'), {
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_STREAM_NAME: `2026/11/21/[$LATEST]${INSTANCE}`,
  })
  assert.deepEqual(issued, [{ account: '000000000000', roleArn: ROLE, sessionName: 'hello', instance: INSTANCE }])
})

test('log lines are those of AWS, in the stream of the instance', async () => {
  const { make, call, engine, written } = harness()
  await make('hello')
  engine.play = (_version, invocation) => {
    invocation.output?.(INSTANCE, { timestampMs: 5, text: 'said something' })
    return { kind: 'result', payload: Buffer.from('1'), metering: { ...metering, initMs: 12.5, cold: true } }
  }
  const answer = await call('Invoke', { FunctionName: 'hello', LogType: 'Tail' })
  const id = engine.invocations[0]?.invocation.id
  assert.ok(
    written.every(({ group, stream }) => group === '/aws/lambda/hello' && stream === `2026/11/21/[$LATEST]${INSTANCE}`),
  )
  const messages = written.map(({ message }) => message)
  assert.match(
    messages[0] ?? '',
    /^INIT_START Runtime Version: nodejs:22\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:/,
  )
  assert.deepEqual(messages.slice(1), [
    `START RequestId: ${id} Version: $LATEST\n`,
    'said something\n',
    `END RequestId: ${id}\n`,
    `REPORT RequestId: ${id}\tDuration: 1.23 ms\tBilled Duration: 14 ms\tMemory Size: 128 MB\tMax Memory Used: 41 MB\tInit Duration: 12.50 ms\tCPU Time: 1.00 ms\tWait Time: 0.00 ms\tBytes In: 2\tBytes Out: 1\n`,
  ])
  assert.equal(Buffer.from(answer.LogResult ?? '', 'base64').toString(), messages.slice(1).join(''))
})

test('the tail is the last 4 KB', async () => {
  const { make, call, engine } = harness()
  await make('hello')
  engine.play = (_version, invocation) => {
    for (let line = 0; line < 2000; line++) invocation.output?.(INSTANCE, { timestampMs: 0, text: `line ${line}` })
    return result('1')
  }
  const { LogResult } = await call('Invoke', { FunctionName: 'hello', LogType: 'Tail' })
  const tail = Buffer.from(LogResult ?? '', 'base64')
  assert.equal(tail.length, 4096)
  assert.match(tail.toString(), /line 1999\nEND RequestId/)
})

const FAILURES: readonly [string, InvocationOutcome, { errorType: string; errorMessage: RegExp }, RegExp][] = [
  [
    'an error of the handler',
    { kind: 'error', payload: Buffer.from('{"errorType":"TypeError","errorMessage":"no","trace":[]}'), metering },
    { errorType: 'TypeError', errorMessage: /^no$/ },
    /Billed Duration: 2 ms.*Max Memory Used: 41 MB\tCPU Time/,
  ],
  [
    'an error of the init',
    {
      kind: 'init-error',
      payload: Buffer.from('{"errorType":"Runtime.ImportModuleError","errorMessage":"x"}'),
      metering,
    },
    { errorType: 'Runtime.ImportModuleError', errorMessage: /^x$/ },
    /Status: error\tError Type: Runtime\.ImportModuleError\tCPU Time: 1\.00 ms\tWait/,
  ],
  [
    'a timeout',
    { kind: 'timeout', metering },
    { errorType: 'Sandbox.Timedout', errorMessage: /^RequestId: [0-9-]+ Error: Task timed out after 3\.00 seconds$/ },
    /Status: timeout\tCPU Time: 1\.00 ms\tWait/,
  ],
  [
    'out of memory',
    { kind: 'out-of-memory', metering },
    { errorType: 'Runtime.OutOfMemory', errorMessage: /Runtime exited with error: signal: killed$/ },
    /Error Type: Runtime\.OutOfMemory\tCPU Time: 1\.00 ms\tWait/,
  ],
  [
    'an exit with a code',
    { kind: 'exit', code: 3, signal: null, metering },
    {
      errorType: 'Runtime.ExitError',
      errorMessage: /^RequestId: [0-9-]+ Error: Runtime exited with error: exit status 3$/,
    },
    /Error Type: Runtime\.ExitError\tCPU Time: 1\.00 ms\tWait/,
  ],
  [
    'an exit without a reason',
    { kind: 'exit', code: 0, signal: null, metering },
    { errorType: 'Runtime.ExitError', errorMessage: /Runtime exited without providing a reason$/ },
    /Error Type: Runtime\.ExitError\tCPU Time: 1\.00 ms\tWait/,
  ],
  [
    'a crash',
    { kind: 'exit', code: null, signal: 'SIGSEGV', metering },
    { errorType: 'Runtime.ExitError', errorMessage: /signal: segmentation fault$/ },
    /Error Type: Runtime\.ExitError\tCPU Time: 1\.00 ms\tWait/,
  ],
  [
    'a response too large',
    { kind: 'too-large', bytes: 7_000_000, limitBytes: 6_291_556, metering },
    {
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: /^Response payload size exceeded maximum allowed payload size \(6291556 bytes\)\.$/,
    },
    /MB\tCPU Time: 1\.00 ms\tWait/,
  ],
]

for (const [what, outcome, expected, report] of FAILURES)
  test(`${what} is Unhandled, with AWS's document and report`, async () => {
    const { make, call, engine, written } = harness()
    await make('hello')
    engine.play = () => outcome
    const answer = await call('Invoke', { FunctionName: 'hello' })
    assert.deepEqual([answer.StatusCode, answer.FunctionError], [200, 'Unhandled'])
    const document = JSON.parse(textOf(answer.Payload))
    assert.equal(document.errorType, expected.errorType)
    assert.match(document.errorMessage, expected.errorMessage)
    assert.match(written.at(-1)?.message ?? '', report)
  })

test('a timeout writes its line before END', async () => {
  const { make, call, engine, written } = harness()
  await make('hello', { Timeout: 1 })
  engine.play = () => ({ kind: 'timeout', metering: { ...metering, durationMs: 1000 } })
  await call('Invoke', { FunctionName: 'hello' })
  const messages = written.slice(-3).map(({ message }) => message)
  assert.match(messages[0] ?? '', /^2026-11-21T09:30:00\.000Z [0-9-]+ Task timed out after 1\.00 seconds\n\n$/)
  assert.match(messages[1] ?? '', /^END RequestId/)
})

test('no room is 429, and nothing is logged', async () => {
  const { make, call, engine, written } = harness()
  await make('hello')
  engine.invoke = () => Promise.resolve({ kind: 'throttled', reason: 'concurrency' })
  await assert.rejects(
    call('Invoke', { FunctionName: 'hello' }),
    (error: Error & { status?: number; fields?: object }) => {
      assert.equal(error.status, 429)
      assert.equal(error.message, 'Rate Exceeded.')
      assert.deepEqual(error.fields, {
        Type: 'User',
        Reason: 'ConcurrentInvocationLimitExceeded',
        retryAfterSeconds: '1',
      })
      return true
    },
  )
  assert.deepEqual(written, [])
})

test('no room in a budget is 429 and names the budget; nothing runs', async () => {
  const { make, call, around, engine } = harness()
  await make('hello')
  engine.invoke = () => Promise.reject(new Error('it ran'))
  const budget = { account: '000000000000', region: 'us-east-1', function: 'hello', period: 'day' } as const
  around.overBudget = { budget, unit: 'invocations', max: 10, untilMs: Date.UTC(2026, 10, 22) }
  await assert.rejects(call('Invoke', { FunctionName: 'hello' }), {
    code: 'TooManyRequestsException',
    status: 429,
    message:
      'The daily budget of 10 invocations of function hello is used up. It begins anew at 2026-11-22T00:00:00Z; `mayfly budget` raises it.',
    fields: { Type: 'User', Reason: 'FunctionInvocationRateLimitExceeded' },
  })
})

test('payloads are bounded and must be JSON', async () => {
  const { make, call } = harness()
  await make('hello')
  const invoke = (Payload: Buffer, InvocationType: 'Event' | 'RequestResponse'): Promise<unknown> =>
    call('Invoke', { FunctionName: 'hello', Payload, InvocationType })
  const string = (bytes: number): Buffer => Buffer.from(`"${'x'.repeat(bytes - 2)}"`)
  await assert.rejects(
    invoke(string(6 * 1024 * 1024 + 1), 'RequestResponse'),
    refusal(
      'RequestEntityTooLargeException',
      'Request must be smaller than 6291456 bytes for the InvokeFunction operation',
    ),
  )
  await invoke(string(6 * 1024 * 1024), 'RequestResponse')
  await assert.rejects(
    invoke(string(1024 * 1024 + 1), 'Event'),
    refusal(
      'RequestEntityTooLargeException',
      '1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)',
    ),
  )
  await invoke(string(1024 * 1024), 'Event')
  for (const bad of ['{', 'undefined', '{"a":1}}', '\u0000'])
    await assert.rejects(
      invoke(Buffer.from(bad), 'RequestResponse'),
      refusal('InvalidRequestContentException', /^Could not parse request body into json: /),
    )
})

test('the client context reaches the handler; a broken one does not', async () => {
  const { make, call, engine } = harness()
  await make('hello')
  const ClientContext = Buffer.from('{"client":{"app":1}}').toString('base64')
  await call('Invoke', { FunctionName: 'hello', ClientContext })
  assert.equal(engine.invocations[0]?.invocation.context['clientContext'], '{"client":{"app":1}}')
  await assert.rejects(
    call('Invoke', { FunctionName: 'hello', ClientContext: 'no json' }),
    refusal('InvalidRequestContentException', 'Client context must be a valid Base64-encoded JSON object.'),
  )
  await assert.rejects(
    call('Invoke', { FunctionName: 'hello', ClientContext: 'x'.repeat(3584) }),
    refusal('InvalidRequestContentException', /3583/),
  )
})

test('DryRun checks and runs nothing', async () => {
  const { make, call, engine } = harness()
  await make('hello')
  const answer = await call('Invoke', { FunctionName: 'hello', InvocationType: 'DryRun' })
  assert.deepEqual([answer.StatusCode, answer.status], [204, 204])
  assert.equal(engine.invocations.length, 0)
  await assert.rejects(
    call('Invoke', { FunctionName: 'nothing', InvocationType: 'DryRun' }),
    refusal('ResourceNotFoundException', /nothing/),
  )
})

async function deliverAll(world: Harness, minutes: number): Promise<void> {
  const delivery = createDelivery({
    store: world.store,
    clock: world.clock,
    random: seededRandom(1),
    log: silentLog,
    targets: [createLambdaTarget(world.deps)],
    renderers: new Map(),
  })
  await delivery.start()
  await world.clock.advance(0)
  await world.clock.advance(minutes * 60_000)
  await delivery.stop(0)
}

test('an Event is on disk when it is acknowledged, and delivered with its id, payload and context', async () => {
  const world = harness()
  await world.make('hello')
  const answer = await world.call('Invoke', {
    FunctionName: 'hello',
    InvocationType: 'Event',
    Payload: Buffer.from('{"n":1}'),
    ClientContext: Buffer.from('{"c":2}').toString('base64'),
  })
  assert.deepEqual([answer.StatusCode, answer.status], [202, 202])
  assert.equal(world.engine.invocations.length, 0)
  assert.equal((await world.store.list({ prefix: ['events.outbox'] })).length, 1)
  await deliverAll(world, 0)
  const [{ invocation } = assert.fail()] = world.engine.invocations
  assert.equal(textOf(invocation.payload), '{"n":1}')
  assert.equal(invocation.context['clientContext'], '{"c":2}')
  assert.equal((await world.store.list({ prefix: ['events.outbox'] })).length, 0)
})

test('an Event that fails is tried three times under one id, then it is a dead letter', async () => {
  const world = harness()
  await world.make('hello')
  world.engine.play = () => ({
    kind: 'error',
    payload: Buffer.from('{"errorType":"Error","errorMessage":"no"}'),
    metering,
  })
  await world.call('Invoke', { FunctionName: 'hello', InvocationType: 'Event' })
  await deliverAll(world, 10)
  assert.equal(world.engine.invocations.length, 3)
  assert.equal(new Set(world.engine.invocations.map(({ invocation }) => invocation.id)).size, 1)
  const [letter] = await listDeadLetters(world.store)
  assert.deepEqual([letter?.attempts, letter?.reason], [3, '{"errorType":"Error","errorMessage":"no"}'])
})

test('the waits between attempts can be set', async () => {
  const world = harness({ asyncRetryDelaysMs: [10] })
  await world.make('hello')
  world.engine.play = () => ({ kind: 'timeout', metering })
  await world.call('Invoke', { FunctionName: 'hello', InvocationType: 'Event' })
  await deliverAll(world, 1)
  assert.equal(world.engine.invocations.length, 2)
})

test('an event for a function that was deleted goes to the dead letters', async () => {
  const world = harness()
  await world.make('hello')
  await world.call('Invoke', { FunctionName: 'hello', InvocationType: 'Event' })
  await world.call('DeleteFunction', { FunctionName: 'hello' })
  await deliverAll(world, 0)
  const [letter] = await listDeadLetters(world.store)
  assert.match(letter?.reason ?? '', /Function not found: arn:aws:lambda:us-east-1:000000000000:function:hello/)
})

test('what a function causes carries one hop more than what caused it', async () => {
  const world = harness()
  await world.make('hello')
  const session = {
    kind: 'session',
    account: '000000000000',
    accessKeyId: 'a',
    roleArn: ROLE,
    sessionName: 'hello',
    instance: INSTANCE,
  } as const
  const hops: number[] = []
  world.engine.play = async () => {
    hops.push(world.deps.ports.hops.next(session))
    // The function invokes itself, as a loop would.
    await world.call('Invoke', { FunctionName: 'hello', InvocationType: 'Event' }, { principal: session })
    return result('1')
  }
  await world.call('Invoke', { FunctionName: 'hello', InvocationType: 'Event' })
  await deliverAll(world, 1)
  assert.deepEqual(
    hops,
    Array.from({ length: 16 }, (_, index) => index + 1),
  )
  assert.match((await listDeadLetters(world.store))[0]?.reason ?? '', /16 hops/)
})
