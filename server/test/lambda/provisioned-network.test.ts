// Provisioned concurrency of a function with a network of its own: its instances have one before they are called, and other
// instances take over when the tags say otherwise, without anybody's call.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  DeleteProvisionedConcurrencyConfigCommand,
  GetFunctionCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-lambda'
import { stacksBesides, uplinksBelow } from '../engine/network-namespaces.ts'
import { deploy, eventually, startTestServer, type TestServer } from './server-fixture.ts'

const FunctionName = 'kept-ready'
const ORDERED = 2
const SOURCE = `
  import os from 'node:os'
  export const handler = async () => [process.env.AWS_LAMBDA_INITIALIZATION_TYPE, 'uplink' in os.networkInterfaces()]`

let world: TestServer
let others: readonly number[]
before(async () => {
  // Only what is ordered.
  world = await startTestServer({ prepareChanges: false })
  others = uplinksBelow(process.pid).pids
})
after(() => world.close())

const networks = (): number => stacksBesides(others).length

async function ordered(): Promise<true | undefined> {
  const wanted = { FunctionName, Qualifier: '1' }
  const state = await world.client.send(new GetProvisionedConcurrencyConfigCommand(wanted))
  assert.notEqual(state.Status, 'FAILED', state.StatusReason)
  return state.Status === 'READY' && state.AvailableProvisionedConcurrentExecutions === ORDERED ? true : undefined
}

async function answer(): Promise<unknown> {
  const { Payload } = await world.client.send(new InvokeCommand({ FunctionName, Qualifier: '1' }))
  return JSON.parse(Payload?.transformToString() ?? '')
}

test('provisioned instances get and lose a network of their own with the tag, and end with the order', async (t) => {
  const { uplink } = world.server.engineStatus()
  if (!uplink.available) return t.skip(`${uplink.what}: ${uplink.mend}`)
  const { client } = world
  await deploy(client, FunctionName, SOURCE, { Tags: { 'mayfly:network': 'direct' }, Timeout: 30 })
  await client.send(new PublishVersionCommand({ FunctionName }))
  const order = { FunctionName, Qualifier: '1', ProvisionedConcurrentExecutions: ORDERED }
  await client.send(new PutProvisionedConcurrencyConfigCommand(order))
  await eventually('instances with networks', async () => ((await ordered()) && networks() === ORDERED) || undefined)
  assert.deepEqual(await answer(), ['provisioned-concurrency', true])

  const Resource = (await client.send(new GetFunctionCommand({ FunctionName }))).Configuration?.FunctionArn
  await client.send(new UntagResourceCommand({ Resource, TagKeys: ['mayfly:network'] }))
  await eventually('instances without', async () => ((await ordered()) && networks() === 0) || undefined)
  assert.deepEqual(await answer(), ['provisioned-concurrency', false])

  await client.send(new TagResourceCommand({ Resource, Tags: { 'mayfly:network': 'direct' } }))
  await eventually(
    'instances with networks again',
    async () => ((await ordered()) && networks() === ORDERED) || undefined,
  )
  assert.deepEqual(await answer(), ['provisioned-concurrency', true])

  await client.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: '1' }))
  await eventually('the end of the order', async () => (networks() === 0 ? true : undefined))
})
