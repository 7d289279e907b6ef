// A notification, and an asynchronous invocation, survive SIGKILL of the server between their acknowledgement and the
// invocation. The server is killed at a random moment after each acknowledged put, several times on one data folder, and
// every function call that was promised has happened in the end (at least once).
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import { seededRandom } from '../../../src/base/ids.ts'
import { zipOf } from '../../lambda/zip-file.ts'
import { eventually, makeRole, readKeys, REGION, type TestServer } from '../server-kit.ts'

const ROUNDS = 6
const KILL_WITHIN_MS = 40

const HANDLER = `
import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3'
const s3 = new S3Client({ forcePathStyle: true })
export const handler = async (event) => {
  const key = event.key ?? event.Records[0].s3.object.key
  await s3.send(new PutObjectCommand({ Bucket: 'made', Key: key, Body: 'x' }))
}
`

interface Child {
  readonly process: ChildProcess
  readonly sdk: TestServer['sdk']
  readonly buckets: s3.S3Client
  readonly functions: lambda.LambdaClient
}

async function startChild(folder: string): Promise<Child> {
  const script = fileURLToPath(new URL('child-server.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was ready`)))
  })
  const { endpoint, credentialsFile } = JSON.parse(line) as { endpoint: string; credentialsFile: string }
  const credentials = await readKeys(credentialsFile)
  const options = { endpoint, region: REGION, credentials, maxAttempts: 1 }
  return {
    process: child,
    sdk: { ...options, forcePathStyle: true },
    buckets: new s3.S3Client({ ...options, forcePathStyle: true }),
    functions: new lambda.LambdaClient(options),
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })
}

/** Kills without a chance to tidy up. */
async function kill({ process: child, buckets, functions }: Child): Promise<void> {
  child.kill('SIGKILL')
  await ended(child)
  buckets.destroy()
  functions.destroy()
}

async function setUp({ sdk, buckets, functions }: Child): Promise<void> {
  const Role = await makeRole({ sdk }, 'copy')
  for (const Bucket of ['incoming', 'made']) await buckets.send(new s3.CreateBucketCommand({ Bucket }))
  const { FunctionArn } = await functions.send(
    new lambda.CreateFunctionCommand({
      FunctionName: 'copy',
      Runtime: 'nodejs22.x',
      Role,
      Handler: 'index.handler',
      Code: { ZipFile: zipOf({ 'index.mjs': HANDLER }) },
      Timeout: 20,
    }),
  )
  await lambda.waitUntilFunctionActiveV2({ client: functions, maxWaitTime: 20 }, { FunctionName: 'copy' })
  await functions.send(
    new lambda.AddPermissionCommand({
      FunctionName: 'copy',
      StatementId: 's3',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
    }),
  )
  await buckets.send(
    new s3.PutBucketNotificationConfigurationCommand({
      Bucket: 'incoming',
      NotificationConfiguration: {
        LambdaFunctionConfigurations: [{ LambdaFunctionArn: FunctionArn, Events: ['s3:ObjectCreated:*'] }],
      },
    }),
  )
}

/** Ids of all processes below `pid` that still live. */
async function descendants(pid: number): Promise<readonly number[]> {
  const parents = new Map<number, number>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    parents.set(Number(name), Number(/\) \S (\d+)/.exec(stat)?.[1] ?? 0))
  }
  const isBelow = (id: number): boolean => {
    for (let at = parents.get(id); at; at = parents.get(at)) if (at === pid) return true
    return false
  }
  return [...parents.keys()].filter(isBelow)
}

/** Runs, or could: what is dead and only waits to be collected by its parent does not count. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}

test('notifications and asynchronous invocations survive SIGKILL', async (context) => {
  const seed = Date.now() % 1_000_000
  const random = seededRandom(seed)
  context.diagnostic(`seed ${seed}`)
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-kill-'))
  const promised: string[] = []
  let child = await startChild(folder)
  try {
    await setUp(child)
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 2 === 0) {
        await child.buckets.send(new s3.PutObjectCommand({ Bucket: 'incoming', Key: `put-${round}`, Body: 'x' }))
        promised.push(`put-${round}`)
      } else {
        const Payload = JSON.stringify({ key: `event-${round}` })
        await child.functions.send(new lambda.InvokeCommand({ FunctionName: 'copy', InvocationType: 'Event', Payload }))
        promised.push(`event-${round}`)
      }
      // Half of the kills come at once, when hardly anything has begun.
      if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, random() * KILL_WITHIN_MS))
      const below = await descendants(child.process.pid ?? 0)
      await kill(child)
      await eventually('the end of all cells of the killed server', async () => {
        const alive = await Promise.all(below.map(isAlive))
        return alive.includes(true) ? undefined : true
      })
      child = await startChild(folder)
    }
    const made = await eventually('every promised call', async () => {
      const { Contents } = await child.buckets.send(new s3.ListObjectsV2Command({ Bucket: 'made' }))
      const keys = new Set((Contents ?? []).map((object) => object.Key))
      return promised.every((key) => keys.has(key)) ? keys : undefined
    })
    assert.equal(made.size, promised.length)
    child.process.kill('SIGTERM')
    await ended(child.process)
    assert.equal(child.process.exitCode, 0)
  } finally {
    await kill(child)
    await rm(folder, { recursive: true, force: true })
  }
})
