// A schedule over SIGKILL and downtime on the machine's own clock: every slot comes, each once, with the time that it was
// due. The quickest schedule has a minute, so this takes five.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import * as events from '@aws-sdk/client-eventbridge'
import { SQSClient } from '@aws-sdk/client-sqs'
import { REGION } from '../conformance/server-kit.ts'
import { KillableServer } from '../events/killable-server.ts'
import { makeQueue } from '../sns/kit.ts'

const MINUTE_MS = 60_000

test('slots that passed while the server was down are made up for, and none comes twice', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'mayfly-schedule-'))
  let node = await KillableServer.start(dataFolder, { region: REGION })
  try {
    const bus = new events.EventBridgeClient(node.settings)
    const queue = await makeQueue(new SQSClient(node.settings), 'ticks')
    await bus.send(new events.PutRuleCommand({ Name: 'tick', ScheduleExpression: 'rate(1 minute)' }))
    const beganMs = Date.now()
    await bus.send(new events.PutTargetsCommand({ Rule: 'tick', Targets: [{ Id: 'q', Arn: queue.arn }] }))
    bus.destroy()
    await sleep(MINUTE_MS + 5000)
    await node.kill()
    // Two slots pass.
    await sleep(2 * MINUTE_MS)
    node = await KillableServer.start(dataFolder, { region: REGION })
    await sleep(MINUTE_MS)
    await node.kill()
    node = await KillableServer.start(dataFolder, { region: REGION })
    const due = Math.floor((Date.now() - 2000 - beganMs) / MINUTE_MS)
    const again = await makeQueue(new SQSClient(node.settings), 'ticks')
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
