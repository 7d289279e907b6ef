import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Harness, harness, refusal } from '../../../../test/lambda/harness.ts'

const COUNT = 'ProvisionedConcurrentExecutions'

/** A function `f` with version 1 and the alias `live` for it. */
async function published(): Promise<Harness> {
  const made = harness()
  await made.make('f', { Publish: true })
  await made.call('CreateAlias', { FunctionName: 'f', Name: 'live', FunctionVersion: '1' })
  return made
}

function put({ call }: Harness, qualifier: string, count: number) {
  return call('PutProvisionedConcurrencyConfig', { FunctionName: 'f', Qualifier: qualifier, [COUNT]: count })
}

function get({ call }: Harness, qualifier: string) {
  return call('GetProvisionedConcurrencyConfig', { FunctionName: 'f', Qualifier: qualifier })
}

/** However late a busy machine lets a timer fire, what is in the background has its turns. */
async function background(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20))
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** What the engine was told, after the background had its turn. */
async function ordered({ engine, deps }: Harness): Promise<Record<string, number>> {
  await background()
  await deps.provisioning.settled()
  return Object.fromEntries([...engine.ordered.values()].map(({ version, count }) => [version.id.split('/')[3], count]))
}

test('an order is in progress, then ready; the engine is told how many', async () => {
  const made = await published()
  const answer = await put(made, '1', 3)
  assert.deepEqual(answer, {
    RequestedProvisionedConcurrentExecutions: 3,
    AvailableProvisionedConcurrentExecutions: 0,
    AllocatedProvisionedConcurrentExecutions: 0,
    Status: 'IN_PROGRESS',
    LastModified: '2026-11-21T09:30:00+0000',
    status: 202,
  })
  assert.deepEqual(await ordered(made), { 1: 3 })
  const [id = ''] = made.engine.ordered.keys()
  made.engine.allocated.set(id, { allocated: 1, available: 1, fault: undefined })
  assert.equal((await get(made, '1')).Status, 'IN_PROGRESS')
  made.engine.allocated.set(id, { allocated: 3, available: 2, fault: undefined })
  const ready = await get(made, '1')
  assert.deepEqual(
    [ready.Status, ready.AllocatedProvisionedConcurrentExecutions, ready.AvailableProvisionedConcurrentExecutions],
    ['READY', 3, 2],
  )
})

test('an init that fails is FAILED with AWS’s reason', async () => {
  const made = await published()
  await put(made, 'live', 2)
  await ordered(made)
  const [id = ''] = made.engine.ordered.keys()
  const fault = { kind: 'init', reason: 'its init failed' } as const
  made.engine.allocated.set(id, { allocated: 0, available: 0, fault })
  const { Status, StatusReason } = await get(made, 'live')
  assert.deepEqual([Status, StatusReason], ['FAILED', 'FUNCTION_ERROR_INIT_FAILURE'])
})

test('an alias with weights shares its order out, and takes it along when it is pointed elsewhere', async () => {
  const made = await published()
  const { call } = made
  await call('UpdateFunctionConfiguration', { FunctionName: 'f', Description: 'two' })
  await call('PublishVersion', { FunctionName: 'f' })
  await put(made, 'live', 10)
  assert.deepEqual(await ordered(made), { 1: 10 })
  await call('UpdateAlias', {
    FunctionName: 'f',
    Name: 'live',
    RoutingConfig: { AdditionalVersionWeights: { 2: 0.3 } },
  })
  assert.deepEqual(await ordered(made), { 1: 7, 2: 3 })
  await call('UpdateAlias', {
    FunctionName: 'f',
    Name: 'live',
    FunctionVersion: '2',
    RoutingConfig: { AdditionalVersionWeights: {} },
  })
  assert.deepEqual(await ordered(made), { 2: 10 })
  await call('DeleteAlias', { FunctionName: 'f', Name: 'live' })
  assert.deepEqual(await ordered(made), {})
})

test('orders are listed in pages, and taken back', async () => {
  const made = await published()
  const { call } = made
  await put(made, 'live', 1)
  await call('UpdateFunctionConfiguration', { FunctionName: 'f', Description: 'two' })
  await call('PublishVersion', { FunctionName: 'f' })
  await put(made, '2', 2)
  const first = await call('ListProvisionedConcurrencyConfigs', { FunctionName: 'f', MaxItems: 1 })
  const second = await call('ListProvisionedConcurrencyConfigs', { FunctionName: 'f', Marker: first.NextMarker })
  const arns = [first, second].flatMap((page) =>
    (page.ProvisionedConcurrencyConfigs ?? []).map(({ FunctionArn }) => FunctionArn?.split(':').at(-1)),
  )
  assert.deepEqual(arns, ['2', 'live'])
  assert.equal(second.NextMarker, undefined)
  const gone = await call('DeleteProvisionedConcurrencyConfig', { FunctionName: 'f', Qualifier: '2' })
  assert.equal(gone.status, 204)
  await call('DeleteProvisionedConcurrencyConfig', { FunctionName: 'f', Qualifier: '2' })
  assert.deepEqual(await ordered(made), { 1: 1 })
  await assert.rejects(
    get(made, '2'),
    refusal(
      'ProvisionedConcurrencyConfigNotFoundException',
      'No Provisioned Concurrency Config found for this function',
    ),
  )
  await call('DeleteFunction', { FunctionName: 'f' })
  assert.deepEqual(await ordered(made), {})
})

test('what AWS refuses is refused', async () => {
  const made = await published()
  const { call } = made
  await assert.rejects(put(made, '1', 0), refusal('ValidationException', /value greater than or equal to 1/))
  for (const qualifier of ['$LATEST'])
    await assert.rejects(
      put(made, qualifier, 1),
      refusal(
        'InvalidParameterValueException',
        'Provisioned Concurrency Configs cannot be applied to unpublished function versions.',
      ),
    )
  await assert.rejects(
    get(made, '$LATEST'),
    refusal(
      'InvalidParameterValueException',
      'The function resource provided must be an alias or a published version.',
    ),
  )
  await assert.rejects(put(made, '7', 1), refusal('ResourceNotFoundException', /Function not found: .*:f:7/))
  await assert.rejects(put(made, 'none', 1), refusal('ResourceNotFoundException', /Cannot find alias arn: .*:none/))
  await put(made, '1', 1)
  await assert.rejects(
    put(made, 'live', 1),
    refusal('ResourceConflictException', /Alias can't be used for Provisioned Concurrency/),
  )
  await call('DeleteProvisionedConcurrencyConfig', { FunctionName: 'f', Qualifier: '1' })
  await put(made, 'live', 1)
  await assert.rejects(
    put(made, '1', 1),
    refusal('ResourceConflictException', 'Version is pointed by a Provisioned Concurrency alias'),
  )
})

test('orders count in the reservation of a function, else in what all share', async () => {
  const made = await published()
  const { call } = made
  await assert.rejects(
    put(made, '1', 901),
    refusal('InvalidParameterValueException', /decreases account's UnreservedConcurrentExecution below .* \[100\]/),
  )
  await assert.rejects(
    put(made, '1', 1001),
    refusal('InvalidParameterValueException', /unreserved concurrency \[1000\]/),
  )
  await put(made, '1', 900)
  await made.make('g', { Publish: true })
  await assert.rejects(
    call('PutProvisionedConcurrencyConfig', { FunctionName: 'g', Qualifier: '1', [COUNT]: 1 }),
    refusal('InvalidParameterValueException', /below its minimum value of \[100\]/),
  )
  await put(made, '1', 4)
  await assert.rejects(
    call('PutFunctionConcurrency', { FunctionName: 'f', ReservedConcurrentExecutions: 3 }),
    refusal('InvalidParameterValueException', /not be lower than configured total provisioned execution \[4\]/),
  )
  await call('PutFunctionConcurrency', { FunctionName: 'f', ReservedConcurrentExecutions: 5 })
  await put(made, '1', 5)
  await assert.rejects(
    put(made, '1', 6),
    refusal('InvalidParameterValueException', /should not be greater than the reservedConcurrentExecution/),
  )
})

test('what all share is the quota of the account, where it has one', async () => {
  const made = await published()
  made.around.quotas = { concurrency: 200 }
  await assert.rejects(put(made, '1', 201), refusal('InvalidParameterValueException', /unreserved concurrency \[200\]/))
  await assert.rejects(put(made, '1', 101), refusal('InvalidParameterValueException', /below .* \[100\]/))
  await put(made, '1', 100)
})

test('SnapStart is shown, has an instance stand by for each published version, and excludes orders', async () => {
  const made = harness()
  const { call, engine } = made
  const SnapStart = { ApplyOn: 'PublishedVersions' } as const
  const latest = await made.make('f', { SnapStart })
  assert.deepEqual(latest.SnapStart, { ApplyOn: 'PublishedVersions', OptimizationStatus: 'Off' })
  const version = await call('PublishVersion', { FunctionName: 'f' })
  assert.deepEqual(version.SnapStart, { ApplyOn: 'PublishedVersions', OptimizationStatus: 'On' })
  await background()
  assert.deepEqual(
    engine.standingBy.map((id) => id.split('/')[3]),
    ['1'],
  )
  await assert.rejects(
    put(made, '1', 1),
    refusal(
      'InvalidParameterValueException',
      'ProvisionedConcurrency is not supported for SnapStart enabled functions.',
    ),
  )
  // A later life finds both again.
  const next = harness({}, made.store)
  await next.deps.provisioning.start()
  assert.equal(next.engine.standingBy.length, 1)
  await call('UpdateFunctionConfiguration', { FunctionName: 'f', SnapStart: { ApplyOn: 'None' } })
  const plain = await call('PublishVersion', { FunctionName: 'f' })
  assert.deepEqual(plain.SnapStart, { ApplyOn: 'None', OptimizationStatus: 'Off' })
  await call('DeleteFunction', { FunctionName: 'f' })
  const last = harness({}, made.store)
  await last.deps.provisioning.start()
  assert.equal(last.engine.standingBy.length, 0)
})

test('a later life carries the orders on', async () => {
  const made = await published()
  await put(made, 'live', 2)
  const next = harness({}, made.store)
  await next.deps.provisioning.start()
  assert.deepEqual(await ordered(next), { 1: 2 })
})
