// Layers and aliases in real cells, through the unmodified SDK and the AWS CLI.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import {
  CreateAliasCommand,
  InvokeCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { deploy, startTestServer, type TestServer } from './server-fixture.ts'
import { zipOf } from './zip-file.ts'

const run = promisify(execFile)

let world: TestServer
before(async () => {
  world = await startTestServer()
})
after(() => world.close())

async function publish(LayerName: string, files: Parameters<typeof zipOf>[0]): Promise<string> {
  const Content = { ZipFile: zipOf(files) }
  const { LayerVersionArn } = await world.client.send(new PublishLayerVersionCommand({ LayerName, Content }))
  return LayerVersionArn ?? ''
}

async function invoke(FunctionName: string): Promise<unknown> {
  const { Payload, FunctionError } = await world.client.send(new InvokeCommand({ FunctionName }))
  const text = Payload?.transformToString() ?? ''
  assert.equal(FunctionError, undefined, text)
  return JSON.parse(text)
}

test('a Node.js function finds modules, programs and files of its layers', async () => {
  const first = await publish('modules', {
    'nodejs/node_modules/greet/index.js': 'module.exports = () => "hello from a layer"',
    'nodejs/node22/node_modules/for22/index.js': 'module.exports = 22',
    'data.txt': 'covered',
  })
  const second = await publish('files', [
    { name: 'data.txt', content: 'from the second layer' },
    { name: 'bin/say', content: '#!/bin/sh\necho said', mode: 0o100755 },
  ])
  const source = `
    const { execFileSync } = require('node:child_process')
    exports.handler = async () => ({
      greeting: require('greet')(),
      version: require('for22'),
      data: require('node:fs').readFileSync('/opt/data.txt', 'utf8'),
      said: execFileSync('say').toString(),
    })`
  await deploy(world.client, 'layered', '', {
    Code: { ZipFile: zipOf({ 'index.js': source }) },
    Layers: [first, second],
  })
  const expected = { greeting: 'hello from a layer', version: 22, data: 'from the second layer', said: 'said\n' }
  assert.deepEqual(await invoke('layered'), expected)
  const update = new UpdateFunctionConfigurationCommand({ FunctionName: 'layered', Layers: [first] })
  await world.client.send(update)
  const { Payload, FunctionError } = await world.client.send(new InvokeCommand({ FunctionName: 'layered' }))
  assert.equal(FunctionError, 'Unhandled')
  assert.match(Payload?.transformToString() ?? '', /say/)
})

test('a Python function finds modules of its layers, its own first', async () => {
  const layer = await publish('pythons', {
    'python/shared.py': 'WHERE = "layer"',
    'python/covered.py': 'WHERE = "layer"',
  })
  const source = `
import shared, covered
def handler(event, context):
    return [shared.WHERE, covered.WHERE]`
  await deploy(world.client, 'pylayered', '', {
    Runtime: 'python3.12',
    Code: { ZipFile: zipOf({ 'index.py': source, 'covered.py': 'WHERE = "own"' }) },
    Layers: [layer],
  })
  assert.deepEqual(await invoke('pylayered'), ['layer', 'own'])
})

test('a function without layers has nothing at /opt, and cannot write there', async () => {
  const source = `
    import { readdirSync, writeFileSync } from 'node:fs'
    const codeOf = (act) => { try { return act() } catch (error) { return error.code } }
    export const handler = async () => [codeOf(() => readdirSync('/opt')), codeOf(() => writeFileSync('/opt/x', ''))]`
  await deploy(world.client, 'bare', source)
  assert.deepEqual(await invoke('bare'), ['ENOENT', 'ENOENT'])
})

test('an alias chooses the version that runs, and the handler sees its ARN', async () => {
  const { client } = world
  const answer = (version: number): string =>
    `export const handler = async (event, { invokedFunctionArn }) => [${version}, invokedFunctionArn]`
  await deploy(client, 'aliased', answer(1), { Publish: true })
  await client.send(new CreateAliasCommand({ FunctionName: 'aliased', Name: 'live', FunctionVersion: '1' }))
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'aliased', Description: 'second' }))
  await client.send(new PublishVersionCommand({ FunctionName: 'aliased' }))
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:aliased:live'
  assert.deepEqual(await invoke('aliased:live'), [1, arn])
})

test('awscli publishes, lists and weighs', async () => {
  const aws = async (...args: string[]): Promise<Record<string, unknown>> => {
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_DEFAULT_REGION: 'us-east-1',
    }
    const all = ['--endpoint-url', world.endpoint, '--output', 'json', 'lambda', ...args]
    return JSON.parse((await run('aws', all, { env })).stdout || '{}')
  }
  await publish('cli', { a: '' })
  const listed = await aws('list-layer-versions', '--layer-name', 'cli')
  assert.equal((listed['LayerVersions'] as unknown[]).length, 1)
  await deploy(world.client, 'weighed', 'export const handler = async () => 1', { Publish: true })
  await world.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'weighed', Timeout: 9 }))
  await aws('publish-version', '--function-name', 'weighed')
  const routing = '--routing-config=AdditionalVersionWeights={2=0.1}'
  const made = await aws('create-alias', '--function-name=weighed', '--name=live', '--function-version=1', routing)
  assert.deepEqual(made['RoutingConfig'], { AdditionalVersionWeights: { '2': 0.1 } })
  const put = ['put-function-concurrency', '--function-name=weighed', '--reserved-concurrent-executions=5']
  assert.deepEqual(await aws(...put), { ReservedConcurrentExecutions: 5 })
})
