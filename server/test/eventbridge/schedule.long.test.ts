// A schedule over SIGKILL and downtime on the machine's own clock: every slot comes, each once, with the time that it was
// due. The quickest schedule has a minute, so this takes five.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as events from '@aws-sdk/client-eventbridge'
import { SQSClient } from '@aws-sdk/client-sqs'
import { REGION } from '../conformance/server-kit.ts'
import { makeQueue } from '../sns/kit.ts'

const MINUTE_MS = 60_000

interface Node {
  readonly sdk: {
    readonly endpoint: string
    readonly region: string
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  }
  kill(): Promise<void>
}

async function startNode(dataFolder: string): Promise<Node> {
  const file = fileURLToPath(new URL('../events/server-process.ts', import.meta.url))
  const child: ChildProcess & { readonly stdout: NodeJS.ReadableStream } = spawn(process.execPath, [file, dataFolder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const endpoint of createInterface({ input: child.stdout }))
    return {
      sdk: { endpoint, region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
      async kill() {
        const ended = new Promise((resolve) => child.once('exit', resolve))
        child.kill('SIGKILL')
        await ended
      },
    }
  throw new Error('the server ended before it was ready')
}

test('slots that passed while the server was down are made up for, and none comes twice', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'mayfly-schedule-'))
  let node = await startNode(dataFolder)
  try {
    const bus = new events.EventBridgeClient(node.sdk)
    const queue = await makeQueue(new SQSClient(node.sdk), 'ticks')
    await bus.send(new events.PutRuleCommand({ Name: 'tick', ScheduleExpression: 'rate(1 minute)' }))
    const beganMs = Date.now()
    await bus.send(new events.PutTargetsCommand({ Rule: 'tick', Targets: [{ Id: 'q', Arn: queue.arn }] }))
    bus.destroy()
    await sleep(MINUTE_MS + 5000)
    await node.kill()
    // Two slots pass.
    await sleep(2 * MINUTE_MS)
    node = await startNode(dataFolder)
    await sleep(MINUTE_MS)
    await node.kill()
    node = await startNode(dataFolder)
    const due = Math.floor((Date.now() - 2000 - beganMs) / MINUTE_MS)
    const again = await makeQueue(new SQSClient(node.sdk), 'ticks')
    const ticks = (await again.take(due)).map(({ Body = '' }) => JSON.parse(Body) as Readonly<Record<string, unknown>>)
    ticks.push(...(await again.rest()).map(({ Body = '' }) => JSON.parse(Body) as Readonly<Record<string, unknown>>))
    const times = ticks.map(({ time }) => Date.parse(String(time))).toSorted((one, other) => one - other)
    assert.ok(times.length >= due && due >= 4, `${times.length} ticks of ${due}`)
    for (const [index, time] of times.entries()) if (index > 0) assert.equal(time - (times[index - 1] ?? 0), MINUTE_MS)
    for (const tick of ticks)
      assert.deepEqual([tick['source'], tick['detail-type'], tick['detail']], ['aws.events', 'Scheduled Event', {}])
  } finally {
    await node.kill()
    await rm(dataFolder, { recursive: true, force: true })
  }
})
