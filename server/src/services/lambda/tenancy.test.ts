// Functions with tenants: what is taken, what is refused and in which words, and what reaches the engine.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listDeadLetters } from '#events/dead-letters.ts'
import { createDelivery } from '#events/delivery.ts'
import { seededRandom } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import { type Harness, harness, refusal } from '../../../test/lambda/harness.ts'
import { createLambdaTarget } from './target.ts'

const TENANCY = { TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } } as const
const MISSING =
  'The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.'
const NEEDLESS =
  'The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.'
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:hello'

/** Refusals look at the function only. */
const ORIGIN = { account: '000000000000', principal: 's3.amazonaws.com', sourceArn: 'arn:aws:s3:::photos' }

/** Delivers what was taken in. */
async function deliver(world: Harness): Promise<void> {
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
  await delivery.stop(0)
}

test('the configuration says it, in every version, and no change takes it away', async () => {
  const { make, call } = harness()
  const made = await make('hello', { ...TENANCY, Publish: true })
  assert.deepEqual(made.TenancyConfig, TENANCY.TenancyConfig)
  await call('UpdateFunctionConfiguration', { FunctionName: 'hello', MemorySize: 256 })
  for (const Qualifier of ['$LATEST', '1']) {
    const answer = await call('GetFunctionConfiguration', { FunctionName: 'hello', Qualifier })
    assert.deepEqual(answer.TenancyConfig, TENANCY.TenancyConfig)
  }
  await make('plain')
  assert.equal('TenancyConfig' in (await call('GetFunctionConfiguration', { FunctionName: 'plain' })), false)
})

test('a mode that is none, or is missing, is refused', async () => {
  const { make } = harness()
  await assert.rejects(
    make('hello', { TenancyConfig: { TenantIsolationMode: 'PER_USER' as 'PER_TENANT' } }),
    refusal('ValidationException', /'PER_USER' at 'tenancyConfig.tenantIsolationMode'.*\[PER_TENANT\]/),
  )
  await assert.rejects(
    make('hello', { TenancyConfig: {} as (typeof TENANCY)['TenancyConfig'] }),
    refusal('ValidationException', /tenancyConfig.tenantIsolationMode/),
  )
})

test('an invocation names its tenant, to the engine and to the handler', async () => {
  const { make, call, engine } = harness()
  await make('hello', TENANCY)
  await call('Invoke', { FunctionName: 'hello', TenantId: 'blue' })
  const [{ invocation } = assert.fail()] = engine.invocations
  assert.equal(invocation.tenant, 'blue')
  assert.deepEqual(invocation.context, { invokedFunctionArn: ARN, tenantId: 'blue' })
})

test('a tenant that is missing, or for whom no function asked, is refused before anything runs', async () => {
  const { make, call, engine } = harness()
  await make('tenants', TENANCY)
  await make('plain')
  for (const InvocationType of ['RequestResponse', 'Event', 'DryRun'] as const) {
    await assert.rejects(
      call('Invoke', { FunctionName: 'tenants', InvocationType }),
      refusal('InvalidParameterValueException', MISSING),
    )
    await assert.rejects(
      call('Invoke', { FunctionName: 'plain', InvocationType, TenantId: 'blue' }),
      refusal('InvalidParameterValueException', NEEDLESS),
    )
  }
  await assert.rejects(
    call('InvokeWithResponseStream', { FunctionName: 'tenants' }),
    refusal('InvalidParameterValueException', MISSING),
  )
  await assert.rejects(
    call('InvokeWithResponseStream', { FunctionName: 'plain', TenantId: 'blue' }),
    refusal('InvalidParameterValueException', NEEDLESS),
  )
  assert.equal(engine.invocations.length, 0)
})

test('what cannot name a tenant is refused', async () => {
  const { make, call } = harness()
  await make('hello', TENANCY)
  for (const TenantId of ['', 'x'.repeat(257), 'a,b', 'ä', 'line\nbreak'])
    await assert.rejects(
      call('Invoke', { FunctionName: 'hello', TenantId }),
      refusal('ValidationException', /tenantId/),
    )
  for (const TenantId of ['a', 'x'.repeat(256), 'Blue Tenant/7:a=b+c@d.e_f-g'])
    assert.equal((await call('Invoke', { FunctionName: 'hello', TenantId })).StatusCode, 200)
})

test('an event is delivered for its tenant', async () => {
  const world = harness()
  await world.make('hello', TENANCY)
  await world.call('Invoke', { FunctionName: 'hello', InvocationType: 'Event', TenantId: 'blue' })
  await deliver(world)
  assert.deepEqual(
    world.engine.invocations.map(({ invocation }) => invocation.tenant),
    ['blue'],
  )
})

test('an event whose function came to have tenants meanwhile ends in the dead letters, and says why', async () => {
  const world = harness()
  await world.make('hello')
  await world.call('Invoke', { FunctionName: 'hello', InvocationType: 'Event' })
  await world.call('DeleteFunction', { FunctionName: 'hello' })
  await world.make('hello', TENANCY)
  await deliver(world)
  assert.equal(world.engine.invocations.length, 0)
  const [letter] = await listDeadLetters(world.store)
  assert.match(letter?.reason ?? '', /Add a valid tenant ID/)
})

test('what has instances before a tenant is known, or events without one, is refused', async () => {
  const { make, call, deps } = harness()
  await assert.rejects(
    make('hello', { ...TENANCY, SnapStart: { ApplyOn: 'PublishedVersions' } }),
    refusal('InvalidParameterValueException', 'SnapStart is not supported for functions with tenant isolation.'),
  )
  await make('hello', { ...TENANCY, Publish: true })
  await assert.rejects(
    call('UpdateFunctionConfiguration', { FunctionName: 'hello', SnapStart: { ApplyOn: 'PublishedVersions' } }),
    refusal('InvalidParameterValueException', /^SnapStart is not supported/),
  )
  await assert.rejects(
    call('PutProvisionedConcurrencyConfig', {
      FunctionName: 'hello',
      Qualifier: '1',
      ProvisionedConcurrentExecutions: 1,
    }),
    refusal('InvalidParameterValueException', /^Provisioned concurrency is not supported/),
  )
  await assert.rejects(
    call('CreateFunctionUrlConfig', { FunctionName: 'hello', AuthType: 'NONE' }),
    refusal('InvalidParameterValueException', /^A function URL is not supported/),
  )
  await assert.rejects(
    call('CreateEventSourceMapping', {
      FunctionName: 'hello',
      EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:work',
    }),
    refusal('InvalidParameterValueException', /^An event source mapping is not supported/),
  )
  assert.match((await createLambdaTarget(deps).refusal(ARN, ORIGIN)) ?? '', /runs for one tenant at a time/)
})
