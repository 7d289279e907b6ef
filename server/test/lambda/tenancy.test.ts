// Tenant isolation on a whole server: instances, their memory and files belong to one tenant each, in every kind of runtime;
// who it is stands in the context, the headers of the Runtime API, JSON logs and telemetry.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  type CreateFunctionCommandInput,
  GetFunctionConfigurationCommand,
  InvalidParameterValueException,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  PublishLayerVersionCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda'
import { seededRandom } from '#base/ids.ts'
import { deploy, startTestServer, type TestServer } from './server-fixture.ts'
import { zipOf } from './zip-file.ts'

let world: TestServer
before(async () => {
  world = await startTestServer()
})
after(() => world.close())

const TENANCY = { TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } } as const

/** Answers with the tenants that its memory and its folder have seen. */
const MEMORY = (version: number): string => `
import { appendFileSync, readFileSync } from 'node:fs'
const seen = []
export const handler = async ({ waitMs = 0 }, context) => {
  seen.push(context.tenantId)
  appendFileSync('/tmp/seen', context.tenantId + '\\n')
  if (waitMs > 0) await new Promise((done) => setTimeout(done, waitMs))
  return {
    version: ${version},
    tenant: context.tenantId,
    inMemory: [...new Set(seen)],
    inFolder: [...new Set(readFileSync('/tmp/seen', 'utf8').trim().split('\\n'))],
    calls: seen.length,
  }
}`

async function invoke(FunctionName: string, TenantId: string | undefined, event: object = {}) {
  const Payload = Buffer.from(JSON.stringify(event))
  const { FunctionError, Payload: answer } = await world.client.send(
    new InvokeCommand({ FunctionName, Payload, ...(TenantId !== undefined && { TenantId }) }),
  )
  const value = JSON.parse(answer?.transformToString() || 'null')
  assert.equal(FunctionError, undefined, JSON.stringify(value))
  return value
}

test('an instance serves one tenant, which finds its own memory and files again', async () => {
  await deploy(world.client, 'memory', MEMORY(1), TENANCY)
  const mine = { version: 1, tenant: 'blue', inMemory: ['blue'], inFolder: ['blue'] }
  assert.deepEqual(await invoke('memory', 'blue'), { ...mine, calls: 1 })
  const other = await invoke('memory', 'green')
  assert.deepEqual([other.inMemory, other.inFolder, other.calls], [['green'], ['green'], 1])
  assert.deepEqual(await invoke('memory', 'blue'), { ...mine, calls: 2 })
})

test('many tenants at once, in any order, with and without room, never meet', async () => {
  const seed = Date.now() % 1_000_000
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  for (const [name, more] of [
    ['crowd', {}],
    ['shared-crowd', { Environment: { Variables: { MAYFLY_CONCURRENCY: '4' } } }],
  ] as const) {
    await deploy(world.client, name, MEMORY(1), { ...TENANCY, ...more })
    const calls = Array.from({ length: 120 }, async (_, index) => {
      const tenant = `tenant-${Math.floor(random() * 7)}`
      const waitMs = Math.floor(random() * 20)
      await new Promise((resolve) => setTimeout(resolve, index * random() * 10))
      const answer = await invoke(name, tenant, { waitMs })
      assert.deepEqual([answer.tenant, answer.inMemory, answer.inFolder], [tenant, [tenant], [tenant]])
    })
    await Promise.all(calls)
  }
})

test('with room for one instance only, tenants take turns, each in an instance of its own', async () => {
  await deploy(world.client, 'narrow', MEMORY(1), TENANCY)
  const reserved = { FunctionName: 'narrow', ReservedConcurrentExecutions: 1 }
  await world.client.send(new PutFunctionConcurrencyCommand(reserved))
  for (const tenant of ['blue', 'green', 'blue']) {
    const { inMemory, calls } = await invoke('narrow', tenant)
    assert.deepEqual([inMemory, calls], [[tenant], 1])
  }
  const both = await Promise.all(['blue', 'green'].map((tenant) => invoke('narrow', tenant, { waitMs: 50 })))
  assert.deepEqual(
    both.map(({ inMemory }) => inMemory),
    [['blue'], ['green']],
  )
})

test('new code ends the instances of all tenants', async () => {
  await deploy(world.client, 'renewed', MEMORY(1), TENANCY)
  for (const tenant of ['blue', 'green']) assert.equal((await invoke('renewed', tenant)).version, 1)
  const code = { FunctionName: 'renewed', ZipFile: zipOf({ 'index.mjs': MEMORY(2) }) }
  await world.client.send(new UpdateFunctionCodeCommand(code))
  await waitUntilFunctionUpdatedV2({ client: world.client, maxWaitTime: 10 }, { FunctionName: 'renewed' })
  for (const tenant of ['blue', 'green']) {
    const { version, calls } = await invoke('renewed', tenant)
    assert.deepEqual([version, calls], [2, 1])
  }
  const { TenancyConfig } = await world.client.send(new GetFunctionConfigurationCommand({ FunctionName: 'renewed' }))
  assert.deepEqual(TenancyConfig, TENANCY.TenancyConfig)
})

test('who names no tenant, or one for nothing, is told so', async () => {
  await deploy(world.client, 'asking', MEMORY(1), TENANCY)
  await deploy(world.client, 'not-asking', MEMORY(1))
  await assert.rejects(invoke('asking', undefined), (error) => {
    assert.ok(error instanceof InvalidParameterValueException)
    assert.match(error.message, /^The invoked function is enabled with tenancy configuration\. Add a valid tenant ID/)
    return true
  })
  await assert.rejects(invoke('not-asking', 'blue'), InvalidParameterValueException)
})

test('a stream is made for its tenant', async () => {
  const source = `
    export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
      stream.write('for ')
      stream.end(context.tenantId)
    })`
  await deploy(world.client, 'streaming', source, TENANCY)
  const { EventStream = [] } = await world.client.send(
    new InvokeWithResponseStreamCommand({ FunctionName: 'streaming', TenantId: 'blue' }),
  )
  let text = ''
  for await (const { PayloadChunk } of EventStream) text += Buffer.from(PayloadChunk?.Payload ?? []).toString()
  assert.equal(text, 'for blue')
})

const NODE = `export const handler = async (_event, context) => {
  console.log('at work')
  return context.tenantId
}`
const PYTHON = `
import logging
def handler(event, context):
    logging.getLogger().warning("at work")
    if event.get("fail"):
        raise ValueError("no")
    return context.tenant_id
`
const BOOTSTRAP = `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
  curl -sS -D /tmp/headers "$api/invocation/next" > /tmp/event
  id=$(grep -i lambda-runtime-aws-request-id /tmp/headers | tr -d '\\r' | cut -d' ' -f2)
  tenant=$(grep -i lambda-runtime-aws-tenant-id /tmp/headers | tr -d '\\r' | cut -d' ' -f2)
  curl -sS -X POST "$api/invocation/$id/response" -d "\\"$tenant\\"" > /tmp/reply
done
`
const KINDS: Readonly<Record<string, Partial<CreateFunctionCommandInput>>> = {
  node: { Code: { ZipFile: zipOf({ 'index.mjs': NODE }) } },
  python: { Runtime: 'python3.12', Code: { ZipFile: zipOf({ 'index.py': PYTHON }) } },
  program: {
    Runtime: 'provided.al2023',
    Code: { ZipFile: zipOf([{ name: 'bootstrap', content: BOOTSTRAP, mode: 0o100755 }]) },
  },
}

/** The events of a JSON log. */
async function eventsOf(name: string, ...wanted: readonly RegExp[]): Promise<readonly Record<string, unknown>[]> {
  const lines = (await world.logWith(name, ...wanted)).trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

for (const [kind, settings] of Object.entries(KINDS))
  test(`a ${kind} function knows its tenant, and so does its JSON log`, async () => {
    const name = `knowing-${kind}`
    await deploy(world.client, name, '', { ...settings, ...TENANCY, LoggingConfig: { LogFormat: 'JSON' } })
    for (const tenant of ['blue', 'green']) assert.equal(await invoke(name, tenant), tenant)
    const events = await eventsOf(name, /platform\.report.*platform\.report/s)
    const both = new Set(['blue', 'green'])
    for (const type of ['platform.start', 'platform.report']) {
      const records = events.filter((event) => event['type'] === type).map(({ record }) => record)
      assert.deepEqual(new Set(records.map((record) => (record as { tenantId?: string }).tenantId)), both, type)
    }
    if (kind === 'program') return
    const printed = events.filter(({ message }) => message === 'at work')
    assert.deepEqual(new Set(printed.map(({ tenantId }) => tenantId)), both)
  })

test('functions without tenants tell of none', async () => {
  await deploy(world.client, 'plain', NODE, { LoggingConfig: { LogFormat: 'JSON' } })
  assert.equal(await invoke('plain', undefined), null)
  assert.doesNotMatch(await world.logWith('plain', /platform\.report/), /tenantId/)
})

test('an error that a Python function raises is logged with its tenant', async () => {
  await deploy(world.client, 'raising', '', {
    ...KINDS['python'],
    ...TENANCY,
    LoggingConfig: { LogFormat: 'JSON' },
  })
  const Payload = Buffer.from('{"fail":true}')
  const { FunctionError } = await world.client.send(
    new InvokeCommand({ FunctionName: 'raising', TenantId: 'blue', Payload }),
  )
  assert.equal(FunctionError, 'Unhandled')
  const events = await eventsOf('raising', /platform\.report/)
  assert.equal(events.find(({ errorType }) => errorType === 'ValueError')?.['tenantId'], 'blue')
})

/** Subscribes to the platform's events, and prints those that begin and report an invocation. */
const OBSERVER = `#!/run/mayfly/bin/node
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API
async function main() {
  const server = require('node:http').createServer((request, response) => {
    let text = ''
    request.on('data', (part) => { text += part }).on('end', () => {
      response.end()
      for (const { type, record } of JSON.parse(text))
        if (type === 'platform.start' || type === 'platform.report') console.log('told ' + type + ' ' + record.tenantId)
    })
  })
  await new Promise((resolve) => server.listen(4243, 'sandbox.localdomain', resolve))
  const registered = await fetch(api + '/2020-01-01/extension/register', {
    method: 'POST', body: JSON.stringify({ events: ['INVOKE', 'SHUTDOWN'] }), headers: { 'lambda-extension-name': 'observer' } })
  const headers = { 'lambda-extension-identifier': registered.headers.get('lambda-extension-identifier') }
  await fetch(api + '/2022-07-01/telemetry', { method: 'PUT', headers, body: JSON.stringify({
    schemaVersion: '2022-12-13', types: ['platform'], buffering: { maxItems: 1000, maxBytes: 262144, timeoutMs: 25 },
    destination: { protocol: 'HTTP', URI: 'http://sandbox.localdomain:4243' } }) })
  for (;;) await (await fetch(api + '/2020-01-01/extension/event/next', { headers })).json()
}
main()
`

test('the Telemetry API tells the tenant', async () => {
  const Content = { ZipFile: zipOf([{ name: 'extensions/observer', content: OBSERVER, mode: 0o100755 }]) }
  const layer = await world.client.send(new PublishLayerVersionCommand({ LayerName: 'observer', Content }))
  await deploy(world.client, 'observed', NODE, { ...TENANCY, Layers: [layer.LayerVersionArn ?? ''] })
  assert.equal(await invoke('observed', 'blue'), 'blue')
  // The report of an invocation is told with the next one at the latest.
  assert.equal(await invoke('observed', 'blue'), 'blue')
  await world.logWith('observed', /told platform\.start blue/, /told platform\.report blue/)
})
