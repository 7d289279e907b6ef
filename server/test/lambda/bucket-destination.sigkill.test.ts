// Kills a server while failed invocations are recorded in a bucket: the record of every acknowledged one is there in the end,
// under one name, however often its delivery was repeated.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import { eventually } from '../conformance/server-kit.ts'
import { KillableServer } from '../events/killable-server.ts'
import { deploy } from './server-fixture.ts'

const KILLS = 3
const EVENTS_PER_LIFE = 20
const Bucket = 'recorded'
const FunctionName = 'recorder'

test(`every failure is recorded in the bucket, over ${KILLS} kills`, async (t) => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e6))
  t.diagnostic(`seed ${seed}`)
  const dataFolder = await mkdtemp(join(tmpdir(), 'mayfly-records-'))
  let node = await KillableServer.start(dataFolder, { region: 'us-east-1' })
  t.after(async () => {
    await node.kill()
    await rm(dataFolder, { recursive: true, force: true })
  })
  await node.client(s3.S3Client).send(new s3.CreateBucketCommand({ Bucket }))
  await deploy(node.client(lambda.LambdaClient), FunctionName, `export const handler = () => { throw new Error('no') }`)
  const DestinationConfig = { OnFailure: { Destination: `arn:aws:s3:::${Bucket}` } }
  const settings = { FunctionName, MaximumRetryAttempts: 0, DestinationConfig }
  await node.client(lambda.LambdaClient).send(new lambda.PutFunctionEventInvokeConfigCommand(settings))

  const acknowledged: string[] = []
  // The last life is not killed.
  for (let life = 0; life <= KILLS; life++) {
    const client = node.client(lambda.LambdaClient)
    const sending = Array.from({ length: EVENTS_PER_LIFE }, async (_, at) => {
      const n = `${life}-${at}`
      const input = { FunctionName, InvocationType: 'Event', Payload: JSON.stringify({ n }) } as const
      await client.send(new lambda.InvokeCommand(input)).then(
        () => acknowledged.push(n),
        () => undefined,
      )
    })
    if (life === KILLS) {
      await Promise.all(sending)
      break
    }
    await pause(((seed * (life + 1) * 7919) % 300) + 50)
    await node.kill()
    await Promise.all(sending)
    node = await KillableServer.start(dataFolder, { region: 'us-east-1' })
  }
  const buckets = node.client(s3.S3Client)
  const numbers = await eventually('all records', async () => {
    const { Contents = [] } = await buckets.send(new s3.ListObjectsV2Command({ Bucket }))
    if (Contents.length < acknowledged.length) return undefined
    const bodies = await Promise.all(
      Contents.map(async ({ Key }) => {
        const { Body } = await buckets.send(new s3.GetObjectCommand({ Bucket, Key }))
        return JSON.parse((await Body?.transformToString()) ?? '').requestPayload.n as string
      }),
    )
    return acknowledged.every((n) => bodies.includes(n)) ? bodies : undefined
  })
  t.diagnostic(`${acknowledged.length} acknowledged, ${numbers.length} objects`)
  assert.ok(acknowledged.length >= EVENTS_PER_LIFE)
  assert.equal(new Set(numbers).size, numbers.length, 'a record is written under one name')
})
