// Publishes survive SIGKILL: what was acknowledged reaches every subscriber, in order where order was promised, however
// often the process ends in between.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import { KillableServer } from '../events/killable-server.ts'
import { makeQueue, openSubscriber, parse } from './kit.ts'

const ROUNDS = 4
const WRITERS = 6
const GROUPS = 3

class Node {
  readonly sns: SNSClient
  readonly sqs: SQSClient
  readonly #server: KillableServer

  constructor(server: KillableServer) {
    this.#server = server
    this.sns = server.client(SNSClient)
    this.sqs = server.client(SQSClient)
  }

  static async start(dataFolder: string): Promise<Node> {
    return new Node(await KillableServer.start(dataFolder))
  }

  kill(): Promise<void> {
    return this.#server.kill()
  }
}

test('no acknowledged publish is lost over kills, and FIFO order holds', { timeout: 120_000 }, async (context) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  context.diagnostic(`SEED=${seed}`)
  let random = seed
  const next = (): number => (random = (random * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648
  const dataFolder = await mkdtemp(join(tmpdir(), 'mayfly-sns-kill-'))
  await using subscriber = await openSubscriber()
  let node = await Node.start(dataFolder)
  try {
    const plain = (await node.sns.send(new CreateTopicCommand({ Name: 'plain' }))).TopicArn ?? ''
    const fifo =
      (await node.sns.send(new CreateTopicCommand({ Name: 'kept.fifo', Attributes: { FifoTopic: 'true' } })))
        .TopicArn ?? ''
    await makeQueue(node.sqs, 'plain')
    await makeQueue(node.sqs, 'kept.fifo')
    const arn = (name: string): string => `arn:aws:sqs:eu-west-1:000000000000:${name}`
    const Attributes = { RawMessageDelivery: 'true' }
    await node.sns.send(new SubscribeCommand({ TopicArn: plain, Protocol: 'sqs', Endpoint: arn('plain'), Attributes }))
    await node.sns.send(
      new SubscribeCommand({ TopicArn: fifo, Protocol: 'sqs', Endpoint: arn('kept.fifo'), Attributes }),
    )
    await node.sns.send(new SubscribeCommand({ TopicArn: plain, Protocol: 'http', Endpoint: subscriber.url }))
    await fetch(parse((await subscriber.call(0)).body)['SubscribeURL'] ?? '')

    const acknowledged = new Set<string>()
    const ordered: string[][] = Array.from({ length: GROUPS }, () => [])
    const numbers = Array.from({ length: GROUPS }, () => 0)
    for (let round = 0; round < ROUNDS; round++) {
      const before = acknowledged.size + ordered.flat().length
      const writers = Array.from({ length: WRITERS }, async (_, writer) => {
        try {
          for (let index = 0; ; index++) {
            const text = `${round}-${writer}-${index}`
            await node.sns.send(new PublishCommand({ TopicArn: plain, Message: text }))
            acknowledged.add(text)
          }
        } catch {
          // The node is gone: this one was not acknowledged.
        }
      })
      const inOrder = Array.from({ length: GROUPS }, async (_, group) => {
        try {
          for (;;) {
            const text = `${group}-${numbers[group]}`
            const input = { TopicArn: fifo, Message: text, MessageGroupId: `g${group}`, MessageDeduplicationId: text }
            await node.sns.send(new PublishCommand(input))
            ordered[group]?.push(text)
            numbers[group] = (numbers[group] ?? 0) + 1
          }
        } catch {
          // Sent again after the restart under the same deduplication id.
        }
      })
      // Killed in the middle of the work, however quick the machine is.
      const enough = before + 15 + Math.floor(next() * 50)
      while (acknowledged.size + ordered.flat().length < enough) await new Promise((resolve) => setTimeout(resolve, 5))
      await new Promise((resolve) => setTimeout(resolve, next() * 20))
      await node.kill()
      await Promise.all([...writers, ...inOrder])
      node = await Node.start(dataFolder)
    }
    context.diagnostic(`${acknowledged.size} publishes and ${ordered.flat().length} in order were acknowledged`)
    assert.ok(acknowledged.size + ordered.flat().length >= ROUNDS * 15)

    const plainQueue = await makeQueue(node.sqs, 'plain')
    const got = new Map<string, number>()
    for (let page = await plainQueue.take(1); page.length > 0; page = await plainQueue.rest())
      for (const { Body = '' } of page) got.set(Body, (got.get(Body) ?? 0) + 1)
    const missing = [...acknowledged].filter((text) => !got.has(text))
    for (const { Body = '' } of missing.length > 0 ? await plainQueue.take(missing.length) : []) got.set(Body, 1)
    assert.deepEqual(
      [...acknowledged].filter((text) => !got.has(text)),
      [],
    )

    const fifoQueue = await makeQueue(node.sqs, 'kept.fifo')
    const kept = [...(await fifoQueue.take(ordered.flat().length))]
    // What was not acknowledged before the last kill may be there, too.
    for (let page = await fifoQueue.rest(); page.length > 0; page = await fifoQueue.rest()) kept.push(...page)
    const inQueue = kept.map(({ Body = '' }) => Body)
    for (const [group, texts] of ordered.entries()) {
      const seen = inQueue.filter((text) => text.startsWith(`${group}-`))
      assert.equal(new Set(seen).size, seen.length, 'a message came twice')
      assert.deepEqual(seen.slice(0, texts.length), texts)
    }

    const endMs = Date.now() + 60_000
    const called = (): Set<string | undefined> => new Set(subscriber.calls.map(({ body }) => parse(body)['Message']))
    while ([...acknowledged].some((text) => !called().has(text)) && Date.now() < endMs)
      await new Promise((resolve) => setTimeout(resolve, 200))
    const seen = called()
    assert.deepEqual(
      [...acknowledged].filter((text) => !seen.has(text)),
      [],
    )
  } finally {
    await node.kill()
    await rm(dataFolder, { recursive: true, force: true })
  }
})
