// A rotation goes on after SIGKILL: whatever moment the server is killed at, the secret ends rotated, with the value that
// the rotation made, and no step is forgotten.
import * as lambda from '@aws-sdk/client-lambda'
import * as secrets from '@aws-sdk/client-secrets-manager'
import { seededRandom } from '#base/ids.ts'
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventually, makeRole, readKeys, REGION } from '../conformance/server-kit.ts'
import { deploy } from '../lambda/server-fixture.ts'

const ROUNDS = 3
const KILL_WITHIN_MS = 400
/** A step that failed waits ten seconds. */
const WAIT_MS = 60_000

/** Takes its time in each step, and may be called twice for one. */
const ROTATOR = `
import { DescribeSecretCommand, GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager'
const client = new SecretsManagerClient({})
export const handler = async ({ Step, SecretId, ClientRequestToken: token }) => {
  await new Promise((resolve) => setTimeout(resolve, 60))
  const { VersionIdsToStages: stages } = await client.send(new DescribeSecretCommand({ SecretId }))
  if (stages[token]?.includes('AWSCURRENT')) return
  if (Step === 'createSecret')
    await client.send(new PutSecretValueCommand({ SecretId, ClientRequestToken: token, SecretString: 'made for ' + token, VersionStages: ['AWSPENDING'] }))
  if (Step === 'testSecret')
    await client.send(new GetSecretValueCommand({ SecretId, VersionId: token, VersionStage: 'AWSPENDING' }))
  if (Step === 'finishSecret') {
    const current = Object.keys(stages).find((id) => stages[id].includes('AWSCURRENT'))
    await client.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: token, RemoveFromVersionId: current }))
  }
}`

interface Child {
  readonly process: ChildProcess
  readonly sdk: {
    readonly endpoint: string
    readonly region: string
    readonly credentials: Awaited<ReturnType<typeof readKeys>>
    readonly maxAttempts: number
    readonly forcePathStyle: boolean
  }
  readonly client: secrets.SecretsManagerClient
}

async function start(folder: string): Promise<Child> {
  const script = fileURLToPath(new URL('../conformance/crash/child-server.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was ready`)))
  })
  const { endpoint, credentialsFile } = JSON.parse(line) as { endpoint: string; credentialsFile: string }
  const credentials = await readKeys(credentialsFile)
  const sdk = { endpoint, region: REGION, credentials, maxAttempts: 1, forcePathStyle: true }
  return { process: child, sdk, client: new secrets.SecretsManagerClient(sdk) }
}

async function kill({ process: child, client }: Child): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
  client.destroy()
}

test('a rotation goes on after SIGKILL', { timeout: 240_000 }, async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  t.diagnostic(`SEED=${seed}`)
  const random = seededRandom(seed)
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-rotation-'))
  let child = await start(folder)
  try {
    const functions = new lambda.LambdaClient(child.sdk)
    await deploy(functions, 'rotator', ROTATOR, {
      Role: await makeRole(child, 'rotator'),
      Timeout: 20,
      MemorySize: 512,
    })
    await functions.send(
      new lambda.AddPermissionCommand({
        FunctionName: 'rotator',
        StatementId: 'rotation',
        Action: 'lambda:InvokeFunction',
        Principal: 'secretsmanager.amazonaws.com',
      }),
    )
    functions.destroy()
    await child.client.send(new secrets.CreateSecretCommand({ Name: 'login', SecretString: 'first' }))
    const RotationLambdaARN = `arn:aws:lambda:${REGION}:000000000000:function:rotator`
    for (let round = 0; round < ROUNDS; round++) {
      const { LastRotatedDate } = await child.client.send(new secrets.DescribeSecretCommand({ SecretId: 'login' }))
      const before = LastRotatedDate?.getTime()
      const { VersionId = '' } = await child.client.send(
        new secrets.RotateSecretCommand({ SecretId: 'login', RotationLambdaARN }),
      )
      await new Promise((resolve) => setTimeout(resolve, random() * KILL_WITHIN_MS))
      await kill(child)
      child = await start(folder)
      const { client } = child
      const value = await eventually(
        'the new value',
        async () => {
          const found = await client.send(new secrets.GetSecretValueCommand({ SecretId: 'login' }))
          return found.VersionId === VersionId ? found.SecretString : undefined
        },
        WAIT_MS,
      )
      assert.equal(value, `made for ${VersionId}`)
      // The next one may begin only when this one is over.
      await eventually(
        'the end of the rotation',
        async () => {
          const described = await client.send(new secrets.DescribeSecretCommand({ SecretId: 'login' }))
          return described.LastRotatedDate?.getTime() === before ? undefined : true
        },
        WAIT_MS,
      )
    }
  } finally {
    await kill(child)
    await rm(folder, { recursive: true, force: true })
  }
})
