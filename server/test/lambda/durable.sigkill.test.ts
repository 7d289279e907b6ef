// Kills a server again and again under durable executions: what they have done stays done, what they wait for comes, and
// each ends once, with the right result.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  type LambdaClient,
} from '@aws-sdk/client-lambda'
import { durablePackage } from './durable-package.ts'
import { KilledServer } from './killed-server.ts'
import { deploy, eventually } from './server-fixture.ts'

let dataFolder = ''
let node: KilledServer
before(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'mayfly-durable-'))
  node = await KilledServer.start(dataFolder)
})
after(async () => {
  await node.kill()
  await rm(dataFolder, { recursive: true, force: true })
})

const KILLS = 5
const SOURCE = `
import { withDurableExecution } from './sdk.mjs'
export const handler = withDurableExecution(async ({ n }, context) => {
  const seen = []
  for (let round = 0; round < 4; round++) {
    seen.push(await context.step('step-' + round, async () => {
      await new Promise((done) => setTimeout(done, 100))
      return n * 10 + round
    }))
    if ((n + round) % 2 === 0) await context.wait({ seconds: 1 })
  }
  seen.push(await context.invoke('last', n % 2 === 0 ? 'plain' : 'child:$LATEST', { n }))
  return seen
})`

async function begin(client: LambdaClient, n: number): Promise<string> {
  const { DurableExecutionArn: arn = '' } = await client.send(
    new InvokeCommand({
      FunctionName: 'survivor:$LATEST',
      InvocationType: 'Event',
      DurableExecutionName: `number-${n}`,
      Payload: JSON.stringify({ n }),
    }),
  )
  return arn
}

test(`executions over ${KILLS} kills end once, and do nothing twice that was checkpointed`, async () => {
  const settings = { Timeout: 20, DurableConfig: { ExecutionTimeout: 600 } }
  await deploy(node.lambda, 'plain', 'export const handler = async ({ n }) => n + 1000')
  const child = `import { withDurableExecution } from './sdk.mjs'
export const handler = withDurableExecution(async ({ n }, context) => { await context.wait({ seconds: 1 }); return n + 1000 })`
  await deploy(node.lambda, 'child', '', { Code: { ZipFile: await durablePackage(child) }, ...settings })
  await deploy(node.lambda, 'survivor', '', { Code: { ZipFile: await durablePackage(SOURCE) }, ...settings })
  const arns: string[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    for (let more = 0; more < 4; more++) arns.push(await begin(node.lambda, arns.length))
    await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 1500))
    await node.kill()
    node = await KilledServer.start(dataFolder)
  }
  // Whoever did not hear the answer asks again, and means the same execution.
  assert.equal(await begin(node.lambda, 0), arns[0])
  for (const [n, DurableExecutionArn] of arns.entries()) {
    const ended = await eventually(`the end of ${n}`, async () => {
      const found = await node.lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn }))
      return found.Status === 'RUNNING' ? undefined : found
    })
    assert.deepEqual(
      [ended.Status, JSON.parse(ended.Result ?? 'null')],
      ['SUCCEEDED', [n * 10, n * 10 + 1, n * 10 + 2, n * 10 + 3, n + 1000]],
      JSON.stringify(ended.Error),
    )
    const { Events = [] } = await node.lambda.send(
      new GetDurableExecutionHistoryCommand({ DurableExecutionArn, MaxItems: 1000 }),
    )
    const ends = Events.filter(({ EventType = '' }) => /^(Step|Wait|ChainedInvoke|Execution)Succeeded$/.test(EventType))
    const ids = ends.map(({ Id }) => Id)
    assert.equal(new Set(ids).size, ids.length)
    assert.deepEqual(
      Events.map(({ EventId }) => EventId),
      Events.map((_, index) => index + 1),
    )
  }
})
