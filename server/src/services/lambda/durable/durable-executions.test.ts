// Durable executions on a memory store, with code that a test plays: it sees what an invocation sees, and makes checkpoints.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newRequestId, type Random, seededRandom } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import type { InvocationOutcome } from '#engine/engine.ts'
import { createDelivery, type Delivery } from '#events/delivery.ts'
import type { Target } from '#events/target.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { createMemoryStore, type MemoryStore } from '#storage/memory/memory-store.ts'
import { type Harness, harness, metering, result } from '../../../../test/lambda/harness.ts'
import type { LambdaOutput } from '../model.ts'
import { createLambdaTarget } from '../target.ts'
import type { OperationUpdate, ShownOperation } from './model.ts'

const DAY_MS = 86_400_000
const DIED: InvocationOutcome = {
  kind: 'error',
  payload: Buffer.from('{"errorType":"Runtime.ExitError","errorMessage":"died"}'),
  metering,
}

/** What an invocation gets. */
interface Input {
  readonly DurableExecutionArn: string
  readonly CheckpointToken: string
  readonly InitialExecutionState: { readonly Operations: ShownOperation[]; readonly NextMarker: string }
  readonly UpdatedOperationIds: readonly string[]
}

/** Ends an invocation that waits. */
class Pending extends Error {}

/** What a handler needs of an SDK. */
class Code {
  readonly arn: string
  readonly input: unknown
  readonly updated: readonly string[]
  readonly #call: Harness['call']
  readonly #known = new Map<string, ShownOperation>()
  #token: string

  private constructor(call: Harness['call'], { DurableExecutionArn, CheckpointToken, ...more }: Input, input: unknown) {
    this.#call = call
    this.arn = DurableExecutionArn
    this.#token = CheckpointToken
    this.updated = more.UpdatedOperationIds
    this.input = input
  }

  static async of(call: Harness['call'], payload: Uint8Array): Promise<Code> {
    const invocation = JSON.parse(Buffer.from(payload).toString()) as Input
    const operations = [...invocation.InitialExecutionState.Operations]
    for (let Marker = invocation.InitialExecutionState.NextMarker; Marker !== '';) {
      const { DurableExecutionArn, CheckpointToken } = invocation
      const page = await call('GetDurableExecutionState', { DurableExecutionArn, CheckpointToken, Marker })
      operations.push(...(page.Operations ?? []))
      Marker = page.NextMarker ?? ''
    }
    const [execution] = operations
    const code = new Code(call, invocation, JSON.parse(execution?.ExecutionDetails?.InputPayload ?? 'null'))
    for (const operation of operations) code.#known.set(operation.Id ?? '', operation)
    return code
  }

  get(id: string): ShownOperation | undefined {
    return this.#known.get(id)
  }

  /** `repeat`: the answer is lost once. */
  async checkpoint(Updates: OperationUpdate[], repeat = false): Promise<readonly ShownOperation[]> {
    const request = {
      DurableExecutionArn: this.arn,
      CheckpointToken: this.#token,
      Updates,
      ClientToken: newRequestId(),
    }
    const first = await this.#call('CheckpointDurableExecution', request)
    const answer = repeat ? await this.#call('CheckpointDurableExecution', request) : first
    if (repeat) assert.equal(answer.CheckpointToken, first.CheckpointToken)
    this.#token = answer.CheckpointToken ?? this.#token
    const operations = answer.NewExecutionState?.Operations ?? []
    for (const operation of operations) this.#known.set(operation.Id ?? '', operation)
    return operations
  }

  async step(id: string, work: () => string, repeat = false): Promise<string> {
    if (this.get(id)?.Status !== 'SUCCEEDED') {
      const named = { Id: id, Name: id, Type: 'STEP' as const }
      if (this.get(id) === undefined) await this.checkpoint([{ ...named, Action: 'START' }])
      await this.checkpoint([{ ...named, Action: 'SUCCEED', Payload: work() }], repeat)
    }
    return this.get(id)?.StepDetails?.Result ?? ''
  }

  async wait(id: string, WaitSeconds: number): Promise<void> {
    const { Status } = this.get(id) ?? {}
    if (Status === 'SUCCEEDED') return
    if (Status === undefined)
      await this.checkpoint([{ Id: id, Type: 'WAIT', Action: 'START', WaitOptions: { WaitSeconds } }])
    throw new Pending()
  }

  async invoke(id: string, FunctionName: string, Payload: string): Promise<string> {
    const operation = this.get(id)
    if (operation === undefined)
      await this.checkpoint([
        { Id: id, Type: 'CHAINED_INVOKE', Action: 'START', Payload, ChainedInvokeOptions: { FunctionName } },
      ])
    if (this.get(id)?.Status === 'STARTED') throw new Pending()
    return this.get(id)?.ChainedInvokeDetails?.Result ?? ''
  }
}

type Handler = (code: Code) => Promise<unknown>

/** Plays a handler as the code of every durable function. */
function playing(world: Harness, handler: Handler): void {
  world.engine.play = async (_version, { payload }) => result(await answerOf(world, handler, payload))
}

async function answerOf(world: Harness, handler: Handler, payload: Uint8Array): Promise<string> {
  try {
    const value = await handler(await Code.of(world.call, payload))
    return JSON.stringify({ Status: 'SUCCEEDED', Result: JSON.stringify(value) })
  } catch (error) {
    if (error instanceof Pending) return JSON.stringify({ Status: 'PENDING' })
    throw error
  }
}

const DURABLE = { DurableConfig: { ExecutionTimeout: 366 * 86_400, RetentionPeriodInDays: 2, KMSKeyArn: undefined } }

/** Lets everything happen that needs no time. */
async function calm(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await new Promise((resolve) => setImmediate(resolve))
}

async function pass(world: Harness, ms: number): Promise<void> {
  await calm()
  await world.clock.advance(ms)
  await calm()
}

/** Waits for the end of an execution, while time goes on by steps; transactions that lose a race pause by the real clock. */
async function over(world: Harness, arn: string, stepMs = 0): Promise<LambdaOutput<'GetDurableExecution'>> {
  for (let turn = 0; turn < 1000; turn++) {
    await pass(world, stepMs)
    const execution = await found(world, arn)
    if (execution.Status !== 'RUNNING') return execution
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error(`${arn} does not end`)
}

async function begin(world: Harness, name = 'flow', input: unknown = {}): Promise<string> {
  const answer = await world.call('Invoke', {
    FunctionName: `${name}:$LATEST`,
    InvocationType: 'Event',
    Payload: Buffer.from(JSON.stringify(input)),
  })
  return answer.DurableExecutionArn ?? ''
}

const found = (world: Harness, DurableExecutionArn: string): Promise<LambdaOutput<'GetDurableExecution'>> =>
  world.call('GetDurableExecution', { DurableExecutionArn })

async function typesOf(world: Harness, DurableExecutionArn: string): Promise<unknown[]> {
  const { Events = [] } = await world.call('GetDurableExecutionHistory', { DurableExecutionArn, MaxItems: 1000 })
  assert.deepEqual(
    Events.map(({ EventId }) => EventId),
    Events.map((_, index) => index + 1),
  )
  return Events.map(({ EventType }) => EventType)
}

test('an execution rests for ten days, and then goes on', async () => {
  const world = harness()
  await world.make('flow', DURABLE)
  playing(world, async (code) => {
    await code.wait('long', 10 * 86_400)
    return code.updated
  })
  const arn = await begin(world)
  await pass(world, 10 * DAY_MS - 1000)
  assert.equal(world.engine.invocations.length, 1)
  assert.equal((await found(world, arn)).Status, 'RUNNING')
  await pass(world, 2000)
  assert.deepEqual([(await found(world, arn)).Status, (await found(world, arn)).Result], ['SUCCEEDED', '["long"]'])
  assert.equal(world.engine.invocations.length, 2)
})

test('code that fails is run again after waits that grow, until the time of the execution is over', async () => {
  const world = harness()
  await world.make('flow', { DurableConfig: { ...DURABLE.DurableConfig, ExecutionTimeout: 600 } })
  const atMs: number[] = []
  const outcomes: InvocationOutcome[] = [
    { kind: 'throttled', reason: 'concurrency' },
    DIED,
    { kind: 'timeout', metering },
  ]
  world.engine.play = () => {
    atMs.push(world.clock.nowMs())
    return outcomes[(atMs.length - 1) % outcomes.length] ?? assert.fail()
  }
  const startMs = world.clock.nowMs()
  const arn = await begin(world)
  for (let second = 0; second < 605; second++) await pass(world, 1000)
  assert.equal((await found(world, arn)).Status, 'TIMED_OUT')
  const gaps = atMs.map((ms, index) => ms - (atMs[index - 1] ?? startMs)).slice(1)
  assert.deepEqual(gaps.slice(0, 7), [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000])
  const types = await typesOf(world, arn)
  assert.equal(types.at(-1), 'ExecutionTimedOut')
  // Those that were throttled never ran.
  const ran = atMs.filter((_, index) => index % 3 !== 0).length
  assert.equal(types.filter((type) => type === 'InvocationCompleted').length, ran)
})

test('what was running when a server ended runs again in the next life, from where it was', async () => {
  const store = createMemoryStore()
  const first = harness({}, store)
  await first.make('flow', DURABLE)
  playing(first, async (code) => {
    await code.step('one', () => 'first life')
    await new Promise(() => {})
  })
  const arn = await begin(first)
  await calm()
  await first.deps.executions.stop()
  const second = harness({}, store)
  playing(second, async (code) => [await code.step('one', () => 'second life'), await code.step('two', () => 'here')])
  second.deps.executions.start()
  await pass(second, 10)
  assert.equal((await found(second, arn)).Result, '["first life","here"]')
})

test('a checkpoint that says something impossible is refused in AWS’s words, and changes nothing', async () => {
  const world = harness()
  await world.make('flow', DURABLE)
  await world.make('other')
  const step = { Id: 's', Type: 'STEP' } as const
  const context = { Id: 'c', Type: 'CONTEXT' } as const
  const wait = { Id: 'w', Type: 'WAIT', Action: 'START', WaitOptions: { WaitSeconds: 9 } } as const
  const done = { Id: 'd', Type: 'STEP' } as const
  const call = { Id: 'i', Type: 'CHAINED_INVOKE', Action: 'START' } as const
  const large = 'x'.repeat(1024 * 1024 + 1)
  const refusals: [OperationUpdate[], string][] = [
    [
      [
        { ...step, Action: 'START' },
        { ...step, Action: 'START' },
      ],
      'Cannot checkpoint multiple operations with the same ID.',
    ],
    [[wait, { ...wait, Action: 'CANCEL' }], 'Cannot checkpoint multiple operations with the same ID.'],
    [[{ ...step, Action: 'START', ParentId: 'nobody' }], 'Invalid parent operation id.'],
    [[{ ...step, Action: 'START', ParentId: 'd' }], 'Invalid parent operation id.'],
    [[{ ...step, Action: 'CANCEL' }], 'Invalid action for the given operation type.'],
    [[{ Id: 'e', Type: 'EXECUTION', Action: 'START' }], 'Invalid action for the given operation type.'],
    [
      [
        { Id: 'e', Type: 'EXECUTION', Action: 'SUCCEED' },
        { ...step, Action: 'START' },
      ],
      'EXECUTION checkpoint must be the last update.',
    ],
    [
      [
        { Id: 'e', Type: 'EXECUTION', Action: 'SUCCEED' },
        { Id: 'e', Type: 'EXECUTION', Action: 'FAIL' },
      ],
      'Cannot checkpoint multiple EXECUTION updates.',
    ],
    [[{ ...done, Action: 'START' }], 'Invalid current STEP state to start.'],
    [[{ ...done, Action: 'SUCCEED' }], 'Invalid current STEP state to close.'],
    [
      [{ ...done, Action: 'RETRY', StepOptions: { NextAttemptDelaySeconds: 1 } }],
      'Invalid current STEP state to re-attempt.',
    ],
    [[{ ...done, Type: 'WAIT', Action: 'CANCEL' }], 'Inconsistent operation type.'],
    [[{ ...done, Name: 'other', Action: 'SUCCEED' }], 'Inconsistent operation name.'],
    [[{ ...done, SubType: 'Other', Action: 'SUCCEED' }], 'Inconsistent operation subtype.'],
    [
      [
        { ...context, Action: 'START' },
        { ...done, ParentId: 'c', Action: 'SUCCEED' },
      ],
      'Inconsistent parent operation id.',
    ],
    [[{ ...step, Action: 'RETRY' }], 'Invalid StepOptions for the given action.'],
    [
      [{ ...step, Action: 'RETRY', StepOptions: { NextAttemptDelaySeconds: 1 }, Payload: '1', Error: {} }],
      'Cannot provide both error and payload to RETRY a STEP.',
    ],
    [[{ ...context, Action: 'FAIL', Payload: '1' }], 'Cannot provide a Payload for FAIL action.'],
    [[{ ...context, Action: 'SUCCEED', Error: {} }], 'Cannot provide an Error for SUCCEED action.'],
    [[{ ...wait, WaitOptions: undefined }], 'Invalid WaitOptions for the given action.'],
    [[{ ...wait, Action: 'CANCEL' }], 'Cannot cancel a WAIT that does not exist or has already completed.'],
    [[call], 'Update for CHAINED_INVOKE operation requires ChainedInvokeOptions.'],
    [
      [{ ...call, ChainedInvokeOptions: { FunctionName: 'arn:aws:lambda:us-east-1:111122223333:function:x' } }],
      'Cannot start a CHAINED_INVOKE on a function in another account.',
    ],
    [
      [{ ...step, Action: 'SUCCEED', Payload: large }],
      'STEP output payload size must be less than or equal to 1048576 bytes.',
    ],
    [
      [{ ...call, Payload: large, ChainedInvokeOptions: { FunctionName: 'other' } }],
      'CHAINED_INVOKE input payload size must be less than or equal to 1048576 bytes.',
    ],
    [
      [{ ...step, Action: 'FAIL', Error: { ErrorMessage: large } }],
      'Error object size must be less than or equal to 1048576 bytes.',
    ],
  ]
  const heard: unknown[] = []
  playing(world, async (code) => {
    await code.step('d', () => '1')
    for (const [updates] of refusals)
      heard.push(
        await code.checkpoint(updates).then(
          () => 'nothing',
          (error: Error) => error.message,
        ),
      )
    // The token was never used up.
    return (await code.checkpoint([])).length
  })
  const arn = await begin(world)
  await pass(world, 10)
  assert.deepEqual(
    heard,
    refusals.map(([, message]) => message),
  )
  assert.equal((await found(world, arn)).Result, '0')
  assert.deepEqual(await typesOf(world, arn), [
    'ExecutionStarted',
    'StepStarted',
    'StepSucceeded',
    'InvocationCompleted',
    'ExecutionSucceeded',
  ])
})

test('a token is good for one checkpoint of one invocation; the same request twice is one', async () => {
  const world = harness()
  await world.make('flow', DURABLE)
  const heard: string[] = []
  let former: Input | undefined
  world.engine.play = async (_version, { payload }) => {
    const input = JSON.parse(Buffer.from(payload).toString()) as Input
    const { DurableExecutionArn, CheckpointToken } = input
    const send = (token: string, Id: string, ClientToken?: string) =>
      world
        .call('CheckpointDurableExecution', {
          DurableExecutionArn,
          CheckpointToken: token,
          ClientToken,
          Updates: [{ Id, Type: 'STEP', Action: 'START' }],
        })
        .then(
          (answer) => answer.CheckpointToken ?? '',
          (error: Error) => `refused: ${error.message}`,
        )
    const stale = former && (await send(former.CheckpointToken, 'x'))
    if (stale !== undefined) heard.push(stale)
    former ??= input
    if (stale !== undefined) return result('{"Status":"SUCCEEDED"}')
    const next = await send(CheckpointToken, 'a', 'client')
    assert.equal(await send(CheckpointToken, 'a', 'client'), next)
    heard.push(await send(CheckpointToken, 'b', 'other'), await send('bm90IGE=', 'b'))
    await assert.rejects(
      world.call('GetDurableExecutionState', { DurableExecutionArn, CheckpointToken }),
      /Invalid Checkpoint Token/,
    )
    return { kind: 'throttled', reason: 'capacity' }
  }
  const arn = await begin(world)
  await pass(world, 1500)
  assert.deepEqual(
    heard,
    Array.from({ length: 3 }, () => 'refused: Invalid Checkpoint Token'),
  )
  const types = await typesOf(world, arn)
  assert.equal(types.filter((type) => type === 'StepStarted').length, 1)
  await assert.rejects(
    world.call('CheckpointDurableExecution', {
      DurableExecutionArn: arn,
      CheckpointToken: former?.CheckpointToken ?? '',
    }),
    /Invalid Checkpoint Token/,
  )
})

test('an execution has at most 3000 operations and 100 MB', async () => {
  const world = harness()
  await world.make('flow', DURABLE)
  let fault = ''
  playing(world, async (code) => {
    for (let batch = 0; batch < 30; batch++)
      await code.checkpoint(
        Array.from({ length: 100 }, (_, index) => ({ Id: `${batch}-${index}`, Type: 'STEP', Action: 'START' })),
      )
    await code
      .checkpoint([{ Id: 'more', Type: 'STEP', Action: 'START' }])
      .catch((error: Error) => (fault = error.message))
    return 1
  })
  await begin(world)
  await pass(world, 10)
  assert.equal(fault, 'A durable execution has at most 3000 operations.')
  playing(world, async (code) => {
    const Payload = 'x'.repeat(1024 * 1024)
    for (let index = 0; index < 101; index++)
      await code
        .checkpoint([{ Id: `${index}`, Type: 'STEP', Action: 'SUCCEED', Payload }])
        .catch((error: Error) => (fault = `${index}: ${error.message}`))
    return 1
  })
  await begin(world)
  await pass(world, 10)
  assert.equal(fault, '100: The checkpoints of a durable execution hold at most 104857600 bytes.')
})

test('a thousand waits that end at once, and as many updates as one checkpoint may have', async () => {
  const world = harness()
  await world.make('flow', DURABLE)
  const waits = Array.from({ length: 1200 }, (_, index) => `w${index}`)
  let fault = ''
  playing(world, async (code) => {
    if (code.get('w0') === undefined) {
      const starts = waits.map((Id): OperationUpdate => ({
        Id,
        Type: 'WAIT',
        Action: 'START',
        WaitOptions: { WaitSeconds: 5 },
      }))
      await code.checkpoint(starts).catch((error: Error) => (fault = error.message))
      for (let at = 0; at < starts.length; at += 400) await code.checkpoint(starts.slice(at, at + 400))
    }
    if (waits.some((id) => code.get(id)?.Status !== 'SUCCEEDED')) throw new Pending()
    return 'all'
  })
  const arn = await begin(world)
  await pass(world, 4999)
  assert.equal(fault, 'A checkpoint has at most 400 updates.')
  assert.equal((await found(world, arn)).Status, 'RUNNING')
  await pass(world, 2)
  assert.equal((await found(world, arn)).Result, '"all"')
})

test('large answers of many callbacks are told a page at a time', async () => {
  const world = harness()
  await world.make('flow', DURABLE)
  const ids = Array.from({ length: 12 }, (_, index) => `c${index}`)
  const pages: number[] = []
  playing(world, async (code) => {
    await code.checkpoint(ids.map((Id) => ({ Id, Type: 'CALLBACK', Action: 'START' })))
    for (const id of ids) {
      const CallbackId = code.get(id)?.CallbackDetails?.CallbackId ?? ''
      await world.call('SendDurableExecutionCallbackSuccess', { CallbackId, Result: Buffer.alloc(1024 * 1024, 'x') })
    }
    for (let told = 0; told < ids.length; told += pages.at(-1) ?? 0) pages.push((await code.checkpoint([])).length)
    return ids.every((id) => code.get(id)?.Status === 'SUCCEEDED')
  })
  const arn = await begin(world)
  await pass(world, 10)
  assert.deepEqual([(await found(world, arn)).Result, pages], ['true', [6, 6]])
})

test('what happened in a context that is over is not replayed, unless it says so', async () => {
  const world = harness()
  await world.make('flow', DURABLE)
  const contextOf = (Id: string, ReplayChildren: boolean): OperationUpdate[] => [
    { Id, Type: 'CONTEXT', Action: 'START' },
    { Id: `${Id}-step`, ParentId: Id, Type: 'STEP', Action: 'SUCCEED', Payload: '1' },
    { Id: `${Id}-inner`, ParentId: Id, Type: 'CONTEXT', Action: 'START' },
    { Id: `${Id}-deep`, ParentId: `${Id}-inner`, Type: 'STEP', Action: 'SUCCEED', Payload: '1' },
    { Id, Type: 'CONTEXT', Action: 'SUCCEED', Payload: '2', ContextOptions: { ReplayChildren } },
  ]
  playing(world, async (code) => {
    if (code.get('closed') === undefined)
      await code.checkpoint([...contextOf('closed', false), ...contextOf('open', true)])
    await code.wait('rest', 1)
    return ['closed', 'closed-step', 'closed-deep', 'open', 'open-step', 'open-deep'].filter((id) => code.get(id))
  })
  const arn = await begin(world)
  await pass(world, 1500)
  assert.equal((await found(world, arn)).Result, '["closed","open","open-step","open-deep"]')
})

test('a callback that is answered at any moment ends its wait at once', async () => {
  for (let turns = 0; turns < 40; turns++) {
    const world = harness()
    await world.make('flow', DURABLE)
    let sent: Promise<unknown> | undefined
    playing(world, async (code) => {
      const callback = code.get('ask')
      if (callback?.Status === 'SUCCEEDED') return callback.CallbackDetails?.Result
      if (callback === undefined) {
        await code.checkpoint([{ Id: 'ask', Type: 'CALLBACK', Action: 'START' }])
        const CallbackId = code.get('ask')?.CallbackDetails?.CallbackId ?? ''
        sent = (async () => {
          for (let turn = 0; turn < turns; turn++) await Promise.resolve()
          await world.call('SendDurableExecutionCallbackSuccess', { CallbackId, Result: Buffer.from('"here"') })
        })()
      }
      throw new Pending()
    })
    const arn = await begin(world)
    assert.equal((await over(world, arn)).Result, '"\\"here\\""', `answered after ${turns} turns`)
    await sent
    await world.deps.executions.stop()
  }
})

test('an execution is reached by its own ARN only: permission was asked on that', async () => {
  const world = harness()
  await world.make('flow', DURABLE)
  playing(world, (code) => code.wait('rest', 9))
  const arn = await begin(world)
  await calm()
  const DurableExecutionArn = arn.replace(':function:flow:', ':function:other:')
  const missing = { code: 'ResourceNotFoundException' }
  await assert.rejects(found(world, DurableExecutionArn), missing)
  await assert.rejects(world.call('GetDurableExecutionHistory', { DurableExecutionArn }), missing)
  await assert.rejects(world.call('StopDurableExecution', { DurableExecutionArn }), missing)
  const CheckpointToken = 'bm9uZQ=='
  await assert.rejects(world.call('CheckpointDurableExecution', { DurableExecutionArn, CheckpointToken }), missing)
  await assert.rejects(world.call('GetDurableExecutionState', { DurableExecutionArn, CheckpointToken }), missing)
  const CallbackId = Buffer.from(JSON.stringify([DurableExecutionArn, 'rest'])).toString('base64')
  await assert.rejects(world.call('SendDurableExecutionCallbackHeartbeat', { CallbackId }), missing)
  assert.equal((await found(world, arn)).Status, 'RUNNING')
})

test('markers that no page gave are refused', async () => {
  const world = harness()
  await world.make('flow', DURABLE)
  const heard: string[] = []
  world.engine.play = async (_version, { payload }) => {
    const { DurableExecutionArn, CheckpointToken } = JSON.parse(Buffer.from(payload).toString()) as Input
    const how = { DurableExecutionArn, CheckpointToken }
    for (const parts of [['x'], [-1], [1.5], [1, 2]]) {
      const Marker = Buffer.from(JSON.stringify(parts)).toString('base64url')
      for (const call of [
        () => world.call('GetDurableExecutionState', { ...how, Marker }),
        () => world.call('GetDurableExecutionHistory', { DurableExecutionArn, Marker }),
        () => world.call('ListDurableExecutionsByFunction', { FunctionName: 'flow', Marker }),
      ])
        heard.push(
          await call().then(
            () => 'nothing',
            (error: Error) => error.message,
          ),
        )
    }
    return result('{"Status":"SUCCEEDED"}')
  }
  await begin(world)
  await calm()
  assert.deepEqual(
    heard,
    Array.from({ length: 12 }, () => 'Invalid value provided for the Marker parameter.'),
  )
})

test('the time of an execution is over while its code runs', async () => {
  const world = harness()
  await world.make('flow', { DurableConfig: { ...DURABLE.DurableConfig, ExecutionTimeout: 5 } })
  const late = Promise.withResolvers<void>()
  playing(world, () => late.promise)
  const arn = await begin(world)
  await pass(world, 5001)
  const ended = await found(world, arn)
  assert.deepEqual([ended.Status, ended.Error?.ErrorMessage], ['TIMED_OUT', 'Execution timed out after 5 seconds.'])
  // What it says then counts for nothing.
  late.resolve()
  await calm()
  assert.equal((await found(world, arn)).Status, 'TIMED_OUT')
})

test('code that never works comes to an end: each failure counts as an operation, with its error', async () => {
  const world = harness()
  await world.make('flow', DURABLE)
  const errorMessage = 'x'.repeat(1024 * 1024 - 100)
  world.engine.play = () => ({ ...DIED, payload: Buffer.from(JSON.stringify({ errorType: 'Worse', errorMessage })) })
  const arn = await begin(world)
  for (let minute = 0; minute < 110; minute++) await pass(world, 60_000)
  const { Status, Error: error } = await found(world, arn)
  assert.deepEqual([Status, error?.ErrorType], ['FAILED', 'Worse'])
  assert.equal(world.engine.invocations.length, 101)
})

test('an invocation that cannot be prepared is tried again', async () => {
  const world = harness()
  await world.make('flow', DURABLE)
  playing(world, () => Promise.resolve('ran'))
  const list = world.store.list.bind(world.store)
  let faults = 0
  world.store.list = (range, options) =>
    range.prefix[0] === 'lambda.executionPayloads' && ++faults <= 2
      ? Promise.reject(new Error('not now'))
      : list(range, options)
  const arn = await begin(world)
  await pass(world, 4000)
  assert.deepEqual([(await found(world, arn)).Result, faults > 2], ['"ran"', true])
})

test('permission to answer a callback is asked on the execution that made it', async () => {
  const world = harness()
  await world.make('flow', DURABLE)
  let CallbackId = ''
  playing(world, async (code) => {
    await code.checkpoint([{ Id: 'ask', Type: 'CALLBACK', Action: 'START' }])
    CallbackId = code.get('ask')?.CallbackDetails?.CallbackId ?? ''
    throw new Pending()
  })
  const arn = await begin(world)
  await calm()
  for (const how of ['Success', 'Failure', 'Heartbeat']) {
    const operation = world.service.operations.get(`SendDurableExecutionCallback${how}`)
    const resourceOf = (id: string) => operation?.resource?.({ CallbackId: id }, {} as never)
    assert.deepEqual([resourceOf(CallbackId), resourceOf('bm9uZQ==')], [arn, '*'])
  }
})

test('when the retention is over nothing is left, and the name is free', async () => {
  const world = harness()
  await world.make('flow', DURABLE)
  playing(world, async (code) => code.step('one', () => 'x'))
  const FunctionName = 'flow:$LATEST'
  const once = (n: number) =>
    world.call('Invoke', {
      FunctionName,
      DurableExecutionName: 'named',
      Payload: Buffer.from(String(n)),
      InvocationType: 'Event',
    })
  const { DurableExecutionArn: arn = '' } = await once(1)
  await pass(world, 10)
  await pass(world, 2 * DAY_MS - 3_600_000)
  assert.equal((await found(world, arn)).Status, 'SUCCEEDED')
  await assert.rejects(once(2), { code: 'DurableExecutionAlreadyStartedException' })
  for (let hour = 0; hour < 3; hour++) for (let minute = 0; minute < 60; minute++) await pass(world, 60_000)
  await assert.rejects(found(world, arn), { code: 'ResourceNotFoundException' })
  for (const collection of ['', 'Names', 'Operations', 'Operations#order', 'Events', 'Payloads', '#started', '#over'])
    assert.deepEqual(
      await world.store.list({
        prefix: [
          `lambda.execution${collection === '' ? 's' : collection.startsWith('#') ? `s${collection}` : collection}`,
        ],
      }),
      [],
    )
  assert.equal((await once(2)).status, 202)
})

/** One life of a server, with the delivery of its events. */
interface Life {
  readonly world: Harness
  readonly delivery: Delivery
}

async function live(store: MemoryStore, nowMs: number, told: Map<string, string[]>): Promise<Life> {
  const world = harness({}, store)
  await world.clock.advance(Math.max(0, nowMs - world.clock.nowMs()))
  const bus: Target = {
    name: 'events',
    retryPolicy: () => Promise.resolve({ delaysMs: [], ageMaxMs: Number.POSITIVE_INFINITY }),
    refusal: () => Promise.resolve(undefined),
    deliver(_envelope, _destination, payload) {
      const { detail } = JSON.parse(Buffer.from(payload).toString())
      const statuses = told.get(detail.durableExecutionArn) ?? []
      if (!statuses.includes(detail.status)) told.set(detail.durableExecutionArn, [...statuses, detail.status])
      return Promise.resolve({ kind: 'delivered' })
    },
  }
  const delivery = createDelivery({
    store,
    clock: world.clock,
    random: () => 0.5,
    log: silentLog,
    targets: [createLambdaTarget(world.deps), bus],
    renderers: new Map(),
  })
  await delivery.start()
  world.deps.executions.start()
  return { world, delivery }
}

/** Time goes on meanwhile: whoever found the store full waits before the next attempt. */
async function end({ world, delivery }: Life): Promise<void> {
  const ends = Promise.all([delivery.stop(0), world.deps.executions.stop()])
  const isOver = (): Promise<boolean> =>
    Promise.race([ends.then(() => true), world.clock.advance(1000).then(() => false)])
  while (!(await isOver()));
}

test('a call of another function carries the trace of its execution, or one of its own', async () => {
  const life = await live(createMemoryStore(), 0, new Map())
  const { world } = life
  await world.make('flow', DURABLE)
  await world.make('plain')
  const traces: string[] = []
  world.engine.play = async (version, { payload, context }) => {
    if (version.lineage?.endsWith('/flow') === true) return result(await answerOf(world, calls, payload))
    traces.push(context['traceId'] ?? '')
    return result('1')
  }
  const calls: Handler = async (code) => {
    const options = (XAmznTraceId?: string): OperationUpdate['ChainedInvokeOptions'] => ({
      FunctionName: 'plain',
      ...(XAmznTraceId !== undefined && { XAmznTraceId }),
    })
    const start = { Type: 'CHAINED_INVOKE', Action: 'START' } as const
    if (code.get('a') === undefined)
      await code.checkpoint([
        { ...start, Id: 'a', ChainedInvokeOptions: options() },
        { ...start, Id: 'b', ChainedInvokeOptions: options('Root=1-own') },
      ])
    return Promise.all([code.invoke('a', 'plain', '1'), code.invoke('b', 'plain', '1')])
  }
  const http = { headers: { 'x-amzn-trace-id': 'Root=1-caller' } } as unknown as RequestContext['http']
  const order = { FunctionName: 'flow:$LATEST', InvocationType: 'Event' } as const
  const { DurableExecutionArn: arn = '' } = await world.call('Invoke', order, { http })
  assert.equal((await over(world, arn, 100)).Status, 'SUCCEEDED')
  assert.deepEqual(traces.toSorted(), ['Root=1-caller', 'Root=1-own'])
  await end(life)
})

test('an execution that calls its own function without end is stopped, unless the function allows it', async () => {
  for (const RecursiveLoop of ['Terminate', 'Allow'] as const) {
    const life = await live(createMemoryStore(), 0, new Map())
    const { world } = life
    await world.make('flow', DURABLE)
    await world.call('PutFunctionRecursionConfig', { FunctionName: 'flow', RecursiveLoop })
    playing(world, async (code) => {
      const depth = Number(code.input)
      if (depth === 40) return ['bottom']
      const answer = await code.invoke('again', 'flow:$LATEST', String(depth + 1))
      const { Error: error } = code.get('again')?.ChainedInvokeDetails ?? {}
      return error ? [error.ErrorType] : [...JSON.parse(answer), depth]
    })
    const arn = await begin(world, 'flow', 0)
    const { Result } = await over(world, arn, 100)
    const [why, ...depths] = JSON.parse(Result ?? '[]')
    const expectedEnd = RecursiveLoop === 'Allow' ? ['bottom', 40] : ['RecursiveInvocationException', 15]
    assert.deepEqual([why, depths.length], expectedEnd)
    await end(life)
  }
})

/** A workflow that its input decides: every replay of it is the same. */
async function flow(code: Code, random: Random): Promise<string[]> {
  const { seed } = code.input as { readonly seed: number }
  const plan = seededRandom(seed)
  const values: string[] = []
  for (let index = 0; index < 6; index++) {
    const kind = Math.floor(plan() * 4)
    if (kind <= 1) values.push(await code.step(`step-${index}`, () => `${seed}.${index}`, random() < 0.3))
    else if (kind === 2) await code.wait(`wait-${index}`, 1 + Math.floor(plan() * 40))
    else values.push(await code.invoke(`call-${index}`, plan() < 0.5 ? 'plain' : 'child:$LATEST', `"${seed}.${index}"`))
  }
  return values
}

function expected(seed: number): string[] {
  const plan = seededRandom(seed)
  const values: string[] = []
  for (let index = 0; index < 6; index++) {
    const kind = Math.floor(plan() * 4)
    if (kind <= 1) values.push(`${seed}.${index}`)
    else if (kind === 2) plan()
    else values.push(plan() < 0.5 ? `"plain ${seed}.${index}"` : `"child ${seed}.${index}"`)
  }
  return values
}

const SEEDS = Number(process.env['SEEDS'] ?? 25)

test(`${SEEDS} crowds of executions over crashes, a full store, throttling, code that dies and lost answers`, async () => {
  const firstSeed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  console.log(`seed ${firstSeed}`)
  for (let round = 0; round < SEEDS; round++) await simulate(firstSeed + round)
})

async function simulate(seed: number): Promise<void> {
  const random = seededRandom(seed)
  const told = new Map<string, string[]>()
  let store = createMemoryStore()
  let life = await live(store, 0, told)
  await life.world.make('flow', DURABLE)
  await life.world.make('child', DURABLE)
  await life.world.make('plain')
  const plays = ({ world }: Life): void => {
    world.engine.play = async (version, { payload }): Promise<InvocationOutcome> => {
      if (random() < 0.1) return { kind: 'throttled', reason: 'capacity' }
      const text = Buffer.from(payload).toString()
      if (version.lineage?.endsWith('/plain') === true) return result(JSON.stringify(`plain ${JSON.parse(text)}`))
      const handler: Handler =
        version.lineage?.endsWith('/child') === true
          ? async (code) => {
              await code.wait('rest', 3)
              return `child ${String(code.input)}`
            }
          : (code) => flow(code, random)
      const answer = await answerOf(world, handler, payload)
      return random() < 0.1 ? DIED : result(answer)
    }
  }
  plays(life)
  const arns = new Map<string, number>()
  for (let index = 0; index < 4; index++)
    arns.set(await begin(life.world, 'flow', { seed: seed * 10 + index }), seed * 10 + index)
  const statusOf = async (arn: string) => (await found(life.world, arn)).Status
  for (let turn = 0; turn < 3000; turn++) {
    await life.world.clock.advance(Math.floor(random() * 4000))
    for (let spin = Math.floor(random() * 40); spin >= 0; spin--) await new Promise((resolve) => setImmediate(resolve))
    // Every life but the first has a store that is full at times, and refuses commits that others came before.
    if (turn === 0 || random() < 0.05) {
      const nowMs = life.world.clock.nowMs()
      store.crash()
      await end(life)
      store = store.restart({ faults: { seed: seed + turn, conflictRate: 0.1, fullRate: 0.05 } })
      life = await live(store, nowMs, told)
      plays(life)
    }
    const statuses = await Promise.all([...arns.keys()].map(statusOf))
    if (statuses.every((status) => status !== 'RUNNING')) break
  }
  await pass(life.world, 5000)
  for (const [arn, own] of arns) {
    const { Status, Result } = await found(life.world, arn)
    const types = await typesOf(life.world, arn)
    assert.deepEqual(
      [Status, JSON.parse(Result ?? 'null')],
      ['SUCCEEDED', expected(own)],
      `seed ${seed}: ${types.join(' ')}`,
    )
    assert.equal(types.filter((type) => type === 'ExecutionSucceeded').length, 1, `seed ${seed}`)
    const { Events = [] } = await life.world.call('GetDurableExecutionHistory', {
      DurableExecutionArn: arn,
      MaxItems: 1000,
    })
    const ends = Events.filter(({ EventType = '' }) => /^(Step|Wait|ChainedInvoke)Succeeded$/.test(EventType)).map(
      ({ Id }) => Id,
    )
    assert.equal(new Set(ends).size, ends.length, `seed ${seed}: an operation ended twice`)
    assert.deepEqual(told.get(arn)?.toSorted(), ['RUNNING', 'SUCCEEDED'], `seed ${seed}`)
  }
  await end(life)
}
