// Provisioned concurrency, SnapStart and several invocations in one instance, through the SDK and real sandboxes.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import {
  CreateAliasCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetFunctionConfigurationCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda'
import { type RunningServer, startServer } from '../../src/main.ts'
import { DUMMY_CREDENTIALS, deploy, eventually, logOf } from './server-fixture.ts'

const SHOW = `const began = Date.now()
  let calls = 0
  export const handler = async (event) => {
    if (event.ms) await new Promise((resolve) => setTimeout(resolve, event.ms))
    return { type: process.env.AWS_LAMBDA_INITIALIZATION_TYPE, stream: process.env.AWS_LAMBDA_LOG_STREAM_NAME, calls: ++calls }
  }`

interface Shown {
  readonly type: string
  readonly stream: string
  readonly calls: number
}

let dataFolder = ''
let server: RunningServer
let client: LambdaClient
let logs: CloudWatchLogsClient

async function start(): Promise<void> {
  server = await startServer({
    mode: 'dev',
    host: '127.0.0.1',
    port: 0,
    dataFolder,
    readyCells: { node: { small: 2 } },
  })
  const settings = { endpoint: server.endpoint, region: 'us-east-1', credentials: DUMMY_CREDENTIALS }
  client = new LambdaClient({ ...settings, maxAttempts: 1 })
  logs = new CloudWatchLogsClient(settings)
}

function endClients(): void {
  client.destroy()
  logs.destroy()
}

before(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'mayfly-scaling-'))
  await start()
})

after(async () => {
  endClients()
  await server.close(1_000)
  await rm(dataFolder, { recursive: true, force: true })
})

async function show(name: string, qualifier?: string, event: object = {}): Promise<Shown> {
  const { Payload } = await client.send(
    new InvokeCommand({ FunctionName: name, Qualifier: qualifier, Payload: JSON.stringify(event) }),
  )
  return JSON.parse(Payload?.transformToString() ?? '') as Shown
}

async function publish(name: string, more: Parameters<typeof deploy>[3] = {}): Promise<void> {
  await deploy(client, name, SHOW, more)
  await client.send(new PublishVersionCommand({ FunctionName: name }))
}

/** How many instances of a version have begun their init, by its log: those of $LATEST, and of others, come and go. */
async function begunOf(name: string, version: string): Promise<number> {
  return (await logOf(logs, `${name}:${version}`)).match(/^INIT_START/gm)?.length ?? 0
}

function ready(name: string, qualifier: string): Promise<number> {
  return eventually(`${name} is provisioned`, async () => {
    const config = { FunctionName: name, Qualifier: qualifier }
    const state = await client.send(new GetProvisionedConcurrencyConfigCommand(config))
    return state.Status === 'READY' ? state.AllocatedProvisionedConcurrentExecutions : undefined
  })
}

test('provisioned instances are there before the first call, are used first, and survive a restart', async () => {
  await publish('ordered')
  await client.send(new CreateAliasCommand({ FunctionName: 'ordered', Name: 'live', FunctionVersion: '1' }))
  const config = { FunctionName: 'ordered', Qualifier: 'live' }
  const put = await client.send(
    new PutProvisionedConcurrencyConfigCommand({ ...config, ProvisionedConcurrentExecutions: 2 }),
  )
  assert.deepEqual([put.$metadata.httpStatusCode, put.Status], [202, 'IN_PROGRESS'])
  assert.equal(await ready('ordered', 'live'), 2)
  assert.equal((await show('ordered', 'live')).type, 'provisioned-concurrency')
  // More at once than were ordered: the rest is made on demand.
  const busy = await Promise.all([1, 2, 3].map(() => show('ordered', 'live', { ms: 1_500 })))
  assert.deepEqual(busy.map(({ type }) => type).toSorted(), [
    'on-demand',
    'provisioned-concurrency',
    'provisioned-concurrency',
  ])
  assert.equal((await show('ordered')).type, 'on-demand')

  await server.close(1_000)
  endClients()
  await start()
  assert.equal(await ready('ordered', 'live'), 2)
  assert.equal((await show('ordered', 'live')).type, 'provisioned-concurrency')
  const list = await client.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName: 'ordered' }))
  assert.match(list.ProvisionedConcurrencyConfigs?.[0]?.FunctionArn ?? '', /function:ordered:live$/)
  await client.send(new DeleteProvisionedConcurrencyConfigCommand(config))
  await assert.rejects(client.send(new GetProvisionedConcurrencyConfigCommand(config)), {
    name: 'ProvisionedConcurrencyConfigNotFoundException',
  })
  await eventually('the ordered instances end', async () =>
    (await show('ordered', 'live')).type === 'on-demand' ? true : undefined,
  )
})

test('an init that fails is told by the state of the order', async () => {
  await deploy(client, 'broken', 'throw new Error("no")')
  await client.send(new PublishVersionCommand({ FunctionName: 'broken' }))
  const config = { FunctionName: 'broken', Qualifier: '1' }
  await client.send(new PutProvisionedConcurrencyConfigCommand({ ...config, ProvisionedConcurrentExecutions: 1 }))
  const reason = await eventually('the order fails', async () => {
    const state = await client.send(new GetProvisionedConcurrencyConfigCommand(config))
    return state.Status === 'FAILED' ? state.StatusReason : undefined
  })
  assert.equal(reason, 'FUNCTION_ERROR_INIT_FAILURE')
  await client.send(new DeleteProvisionedConcurrencyConfigCommand(config))
})

test('SnapStart has an initialised instance stand by, another one when it is taken, and again after a restart', async () => {
  await publish('slow', { SnapStart: { ApplyOn: 'PublishedVersions' } })
  const version = await client.send(new GetFunctionConfigurationCommand({ FunctionName: 'slow', Qualifier: '1' }))
  assert.deepEqual(version.SnapStart, { ApplyOn: 'PublishedVersions', OptimizationStatus: 'On' })
  const begun = (count: number): Promise<true> =>
    eventually(`instance ${count} of the version`, async () =>
      (await begunOf('slow', '1')) >= count ? true : undefined,
    )
  await begun(1)
  const busy = show('slow', '1', { ms: 1_500 })
  await begun(2)
  const first = await busy
  assert.deepEqual([first.type, first.calls], ['snap-start', 1])
  await server.close(1_000)
  endClients()
  await start()
  await begun(3)
  const again = await show('slow', '1')
  assert.deepEqual([again.type, again.calls], ['snap-start', 1])
  assert.notEqual(again.stream, first.stream)
})

test('with MAYFLY_CONCURRENCY one instance runs many at once', async () => {
  await deploy(client, 'shared', SHOW, { Environment: { Variables: { MAYFLY_CONCURRENCY: '10' } } })
  await show('shared')
  const shown = await Promise.all(Array.from({ length: 10 }, () => show('shared', undefined, { ms: 300 })))
  assert.equal(new Set(shown.map(({ stream }) => stream)).size, 1)
})

test('what is too much is 429, with the reason that holds', async () => {
  await deploy(client, 'stopped', SHOW)
  await client.send(new PutFunctionConcurrencyCommand({ FunctionName: 'stopped', ReservedConcurrentExecutions: 0 }))
  await assert.rejects(show('stopped'), {
    name: 'TooManyRequestsException',
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
  })
})
