// Events survive SIGKILL: what PutEvents acknowledged reaches its queue and its archive, however often the process ends in
// between, and what a schedule owes.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as events from '@aws-sdk/client-eventbridge'
import { SQSClient } from '@aws-sdk/client-sqs'
import { eventually, REGION } from '../conformance/server-kit.ts'
import { KillableServer } from '../events/killable-server.ts'
import { ACCOUNT, makeQueue } from '../sns/kit.ts'

const ROUNDS = 4
const WRITERS = 4
const BUS = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`

class Node {
  readonly bus: events.EventBridgeClient
  readonly sqs: SQSClient
  readonly #server: KillableServer

  constructor(server: KillableServer) {
    this.#server = server
    this.bus = server.client(events.EventBridgeClient)
    this.sqs = server.client(SQSClient)
  }

  static async start(dataFolder: string): Promise<Node> {
    return new Node(await KillableServer.start(dataFolder, { region: REGION }))
  }

  kill(): Promise<void> {
    return this.#server.kill()
  }
}

test('no acknowledged event is lost over kills', { timeout: 120_000 }, async (context) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  context.diagnostic(`SEED=${seed}`)
  let random = seed
  const next = (): number => (random = (random * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648
  const dataFolder = await mkdtemp(join(tmpdir(), 'mayfly-events-kill-'))
  let node = await Node.start(dataFolder)
  try {
    const EventPattern = JSON.stringify({ source: ['kept'] })
    const queue = await makeQueue(node.sqs, 'kept')
    await node.bus.send(new events.PutRuleCommand({ Name: 'kept', EventPattern }))
    await node.bus.send(new events.PutTargetsCommand({ Rule: 'kept', Targets: [{ Id: 'q', Arn: queue.arn }] }))
    await node.bus.send(new events.CreateArchiveCommand({ ArchiveName: 'kept', EventSourceArn: BUS, EventPattern }))
    await node.bus.send(new events.PutRuleCommand({ Name: 'clock', ScheduleExpression: 'rate(1 day)' }))
    const acknowledged = new Set<string>()
    for (let round = 0; round < ROUNDS; round++) {
      const enough = acknowledged.size + 20 + Math.floor(next() * 60)
      const writers = Array.from({ length: WRITERS }, async () => {
        try {
          for (;;) {
            const entry = { Source: 'kept', DetailType: 'd', Detail: '{}' }
            const { Entries = [] } = await node.bus.send(new events.PutEventsCommand({ Entries: [entry, entry] }))
            for (const { EventId = '' } of Entries) acknowledged.add(EventId)
          }
        } catch {
          // The node is gone: this one was not acknowledged.
        }
      })
      // Killed in the middle of the work, however quick the machine is.
      while (acknowledged.size < enough) await new Promise((resolve) => setTimeout(resolve, 5))
      await new Promise((resolve) => setTimeout(resolve, next() * 20))
      await node.kill()
      await Promise.all(writers)
      node = await Node.start(dataFolder)
    }
    context.diagnostic(`${acknowledged.size} events were acknowledged`)
    const seen = new Set<string>()
    const after = await makeQueue(node.sqs, 'kept')
    await eventually(
      'every event in the queue',
      async () => {
        for (const { Body = '' } of await after.take(1)) seen.add((JSON.parse(Body) as { id: string }).id)
        for (const { Body = '' } of await after.rest()) seen.add((JSON.parse(Body) as { id: string }).id)
        return [...acknowledged].every((id) => seen.has(id)) ? true : undefined
      },
      60_000,
    )
    await eventually('every event in the archive', async () => {
      const { EventCount = 0 } = await node.bus.send(new events.DescribeArchiveCommand({ ArchiveName: 'kept' }))
      return EventCount >= acknowledged.size ? true : undefined
    })
    const { ScheduleExpression } = await node.bus.send(new events.DescribeRuleCommand({ Name: 'clock' }))
    assert.equal(ScheduleExpression, 'rate(1 day)')
  } finally {
    await node.kill()
    await rm(dataFolder, { recursive: true, force: true })
  }
})
