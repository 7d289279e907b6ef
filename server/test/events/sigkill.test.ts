// Events survive SIGKILL: what was acknowledged reaches its function, however the process ends in between.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { LambdaOptions } from '#services/lambda/ports.ts'
import { deploy, eventually } from '../lambda/server-fixture.ts'
import { KillableServer } from './killable-server.ts'

/** Writes an object `seen/<key>` for each notification and `seen/<id>` for each direct event. */
const RECORDER = `
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
const s3 = new S3Client({})
export const handler = async (event) => {
  const names = event.id ? [event.id] : (event.Records ?? []).map((record) => record.s3.object.key.replace('in/', ''))
  for (const name of names) await s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'seen/' + name, Body: 'x' }))
}`
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:recorder'

class Node {
  readonly s3: S3Client
  readonly lambda: LambdaClient
  readonly #server: KillableServer

  constructor(server: KillableServer) {
    this.#server = server
    this.s3 = server.client(S3Client)
    this.lambda = server.client(LambdaClient)
  }

  static async start(dataFolder: string, lambda: Partial<LambdaOptions> = {}): Promise<Node> {
    return new Node(await KillableServer.start(dataFolder, { region: 'us-east-1', lambda }))
  }

  kill(): Promise<void> {
    return this.#server.kill()
  }

  async put(key: string): Promise<void> {
    await this.s3.send(new PutObjectCommand({ Bucket: 'photos', Key: `in/${key}`, Body: 'photo' }))
  }

  async invokeLater(id: string): Promise<void> {
    const Payload = Buffer.from(JSON.stringify({ id }))
    await this.lambda.send(new InvokeCommand({ FunctionName: 'recorder', InvocationType: 'Event', Payload }))
  }

  async seen(): Promise<Set<string>> {
    const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket: 'photos', Prefix: 'seen/' }))
    return new Set(Contents.map(({ Key = '' }) => Key.slice('seen/'.length)))
  }

  async waitForAll(names: readonly string[]): Promise<void> {
    await eventually(
      names.join(', '),
      async () => {
        const seen = await this.seen()
        return names.every((name) => seen.has(name)) ? true : undefined
      },
      30_000,
    )
  }
}

let dataFolder: string
before(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'mayfly-kill-'))
  const node = await Node.start(dataFolder)
  await deploy(node.lambda, 'recorder', RECORDER, { Timeout: 20, MemorySize: 512 })
  await node.s3.send(new CreateBucketCommand({ Bucket: 'photos' }))
  await node.s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: 'photos',
      NotificationConfiguration: {
        LambdaFunctionConfigurations: [
          {
            LambdaFunctionArn: ARN,
            Events: ['s3:ObjectCreated:*'],
            Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'in/' }] } },
          },
        ],
      },
    }),
  )
  await node.kill()
})
after(() => rm(dataFolder, { recursive: true, force: true }))

test('a notification survives SIGKILL between the put and the invocation', async () => {
  // No instance is allowed, so the notification certainly waits when the process dies.
  const first = await Node.start(dataFolder, { concurrencyMax: 0 })
  await first.put('waiting.jpg')
  await first.invokeLater('waiting-event')
  await first.kill()
  const second = await Node.start(dataFolder)
  await second.waitForAll(['waiting.jpg', 'waiting-event'])
  await second.kill()
})

test('whatever was acknowledged before a SIGKILL at any moment is delivered afterwards', async (t) => {
  const acknowledged: string[] = []
  for (let round = 0; round < 3; round++) {
    const node = await Node.start(dataFolder)
    const killing = new AbortController()
    const { signal } = killing
    const producers = [0, 1].map(async (producer) => {
      for (let index = 0; !signal.aborted; index++) {
        const name = `r${round}-p${producer}-${index}`
        try {
          if (producer === 0) await node.put(name)
          else await node.invokeLater(name)
          acknowledged.push(name)
        } catch (error) {
          if (!signal.aborted) throw error
        }
      }
    })
    // By what was acknowledged, not by time, so that a slow machine tests the same.
    const until = acknowledged.length + 5 + Math.floor(Math.random() * 25)
    await eventually('acknowledgements', async () => (acknowledged.length >= until ? true : undefined), 60_000)
    t.diagnostic(`round ${round}: killed after ${acknowledged.length} acknowledgements`)
    killing.abort()
    await node.kill()
    await Promise.all(producers)
  }
  // However slow the machine is: without this nothing would have been tested.
  assert.ok(acknowledged.length > 0, 'none was acknowledged')
  const last = await Node.start(dataFolder)
  await eventually(
    'all of them',
    async () => {
      const prefixes = new Set((await Promise.all([0, 1, 2].map((round) => seenOf(last, `r${round}-`)))).flat())
      return acknowledged.every((name) => prefixes.has(name)) ? true : undefined
    },
    60_000,
  )
  await last.kill()
})

/** All names with a prefix, over as many pages as it takes. */
async function seenOf(node: Node, prefix: string): Promise<string[]> {
  const names: string[] = []
  let ContinuationToken: string | undefined
  do {
    const page = await node.s3.send(
      new ListObjectsV2Command({
        Bucket: 'photos',
        Prefix: `seen/${prefix}`,
        ...(ContinuationToken !== undefined && { ContinuationToken }),
      }),
    )
    names.push(...(page.Contents ?? []).map(({ Key = '' }) => Key.slice('seen/'.length)))
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
  return names
}
