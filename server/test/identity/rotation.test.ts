// Secrets that rotate, with a function that does as AWS's templates do, and secrets that are replicated.
import * as lambda from '@aws-sdk/client-lambda'
import * as secrets from '@aws-sdk/client-secrets-manager'
import { ManualClock } from '#base/clock.ts'
import { nextRotationMs, readRules } from '#services/secrets-manager/rotation-rules.ts'
import { beginDueRotations } from '#services/secrets-manager/rotation.ts'
import { secrets as records } from '#services/secrets-manager/secret.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { transact } from '#storage/transact.ts'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, makeRole, openServer, type TestServer } from '../conformance/server-kit.ts'
import { deploy } from '../lambda/server-fixture.ts'

let kit: TestServer
let client: secrets.SecretsManagerClient
let functions: lambda.LambdaClient
before(async () => {
  kit = await openServer({ readyCells: {} })
  client = new secrets.SecretsManagerClient(kit.sdk)
  functions = new lambda.LambdaClient(kit.sdk)
})
after(async () => {
  client.destroy()
  functions.destroy()
  await kit[Symbol.asyncDispose]()
})

/** The four steps, with the checks of AWS's template; a secret with `broken` in it fails in setSecret. */
const ROTATOR = `
import { DescribeSecretCommand, GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager'
const client = new SecretsManagerClient({})
export const handler = async ({ Step, SecretId, ClientRequestToken: token }) => {
  console.log('STEP ' + Step)
  const described = await client.send(new DescribeSecretCommand({ SecretId }))
  const stages = described.VersionIdsToStages
  if (!described.RotationEnabled) throw new Error('rotation is off')
  if (!(token in stages)) throw new Error('no such version')
  if (stages[token].includes('AWSCURRENT')) return
  if (!stages[token].includes('AWSPENDING')) throw new Error('not pending')
  const value = async (VersionStage, VersionId) =>
    (await client.send(new GetSecretValueCommand({ SecretId, VersionStage, VersionId }))).SecretString
  if (Step === 'createSecret') {
    const current = await value('AWSCURRENT')
    try { await value('AWSPENDING', token) } catch (error) {
      if (error.name !== 'ResourceNotFoundException') throw error
      await client.send(new PutSecretValueCommand({ SecretId, ClientRequestToken: token, SecretString: current + '+', VersionStages: ['AWSPENDING'] }))
    }
  }
  if (Step === 'setSecret' && (await value('AWSPENDING', token)).includes('broken')) throw new TypeError('secret is ' + await value('AWSPENDING', token))
  if (Step === 'finishSecret') {
    const current = Object.keys(stages).find((id) => stages[id].includes('AWSCURRENT'))
    await client.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: token, RemoveFromVersionId: current }))
  }
}`

async function makeRotator(name: string): Promise<string> {
  await deploy(functions, name, ROTATOR, { Role: await makeRole(kit, name), Timeout: 20, MemorySize: 512 })
  return `arn:aws:lambda:${kit.sdk.region}:000000000000:function:${name}`
}

function letIn(FunctionName: string): Promise<unknown> {
  return functions.send(
    new lambda.AddPermissionCommand({
      FunctionName,
      StatementId: 'rotation',
      Action: 'lambda:InvokeFunction',
      Principal: 'secretsmanager.amazonaws.com',
    }),
  )
}

function describe(SecretId: string): Promise<secrets.DescribeSecretCommandOutput> {
  return client.send(new secrets.DescribeSecretCommand({ SecretId }))
}

async function valueOf(SecretId: string, VersionStage?: string): Promise<string | undefined> {
  return (await client.send(new secrets.GetSecretValueCommand({ SecretId, VersionStage }))).SecretString
}

test('a secret rotates in four steps, again and again, and stops', async () => {
  const RotationLambdaARN = await makeRotator('rotator')
  await client.send(new secrets.CreateSecretCommand({ Name: 'login', SecretString: 'one' }))
  const rotate = (more: object = {}): Promise<secrets.RotateSecretCommandOutput> =>
    client.send(new secrets.RotateSecretCommand({ SecretId: 'login', ...more }))
  await assert.rejects(rotate(), {
    name: 'InvalidRequestException',
    message: 'No Lambda rotation function ARN is associated with this secret.',
  })
  const first = { RotationLambdaARN, RotationRules: { AutomaticallyAfterDays: 7 } }
  await assert.rejects(rotate(first), {
    name: 'AccessDeniedException',
    message: /^Secrets Manager cannot invoke the specified Lambda function/,
  })
  await letIn('rotator')
  const { VersionId = '' } = await rotate(first)
  await eventually('the new value', async () => ((await valueOf('login')) === 'one+' ? true : undefined))
  const rotated = await eventually('the date', async () => {
    const found = await describe('login')
    return found.LastRotatedDate === undefined ? undefined : found
  })
  assert.equal(await valueOf('login', 'AWSPREVIOUS'), 'one')
  assert.ok(rotated.VersionIdsToStages?.[VersionId]?.includes('AWSCURRENT'))
  assert.equal(rotated.RotationEnabled, true)
  assert.deepEqual(rotated.RotationRules, { AutomaticallyAfterDays: 7 })
  const days = ((rotated.NextRotationDate?.getTime() ?? 0) - Date.now()) / 86_400_000
  assert.ok(days > 6.9 && days <= 7, String(days))
  await rotate()
  await eventually('the next value', async () => ((await valueOf('login')) === 'one++' ? true : undefined))
  await client.send(new secrets.CancelRotateSecretCommand({ SecretId: 'login' }))
  const cancelled = await describe('login')
  assert.deepEqual([cancelled.RotationEnabled, cancelled.NextRotationDate], [false, undefined])
})

test('with RotateImmediately false only the test step runs, and nothing of it stays', async () => {
  const RotationLambdaARN = await makeRotator('tester')
  await letIn('tester')
  await client.send(new secrets.CreateSecretCommand({ Name: 'later', SecretString: 'as it was' }))
  const { VersionId = '' } = await client.send(
    new secrets.RotateSecretCommand({
      SecretId: 'later',
      RotationLambdaARN,
      RotationRules: { ScheduleExpression: 'rate(10 days)', Duration: '3h' },
      RotateImmediately: false,
    }),
  )
  const found = await eventually('the end of the test', async () => {
    const described = await describe('later')
    return described.VersionIdsToStages?.[VersionId] === undefined ? described : undefined
  })
  assert.deepEqual([found.RotationEnabled, found.LastRotatedDate], [true, undefined])
  assert.equal(await valueOf('later'), 'as it was')
})

test('a rotation that fails leaves the secret as it is, and its reason without the secret', async () => {
  const RotationLambdaARN = await makeRotator('breaker')
  await letIn('breaker')
  await client.send(new secrets.CreateSecretCommand({ Name: 'fragile', SecretString: 'broken' }))
  const rotate = new secrets.RotateSecretCommand({ SecretId: 'fragile', RotationLambdaARN })
  await client.send(rotate)
  await eventually('the second version', async () => valueOf('fragile', 'AWSPENDING').catch(() => undefined))
  assert.equal(await valueOf('fragile'), 'broken')
  await assert.rejects(client.send(rotate), {
    name: 'InvalidRequestException',
    message: "A previous rotation isn't complete. That rotation will be reattempted.",
  })
})

test('when rotations are due', () => {
  const at = Date.UTC(2026, 10, 21, 9, 30)
  const next = (expression: string): string => new Date(nextRotationMs({ expression }, at) ?? 0).toISOString()
  assert.equal(nextRotationMs({ days: 2 }, at), at + 2 * 86_400_000)
  assert.equal(next('rate(4 hours)'), '2026-11-21T13:30:00.000Z')
  assert.equal(next('cron(0 8 * * ? *)'), '2026-11-22T08:00:00.000Z')
  assert.equal(next('cron(0 8 1 * ? *)'), '2026-12-01T08:00:00.000Z')
  // 1 is Sunday, as AWS counts.
  assert.equal(next('cron(0 0 ? * 1 *)'), '2026-11-22T00:00:00.000Z')
  assert.equal(next('cron(0 /8 * * ? *)').slice(11), '16:00:00.000Z')
  assert.equal(next('cron( 0  8 * * * * )'), '2026-11-22T08:00:00.000Z')
  assert.equal(next('cron(0 8 * * SUN *)'), '2026-11-22T08:00:00.000Z')
  assert.equal(next('cron(0 5/6 * * ? *)').slice(11), '11:00:00.000Z')
  assert.equal(next('rate( 1 days )'), '2026-11-22T09:30:00.000Z')
  for (const ScheduleExpression of [
    'rate(1 hour)',
    'rate(1001 days)',
    'rate(600 minutes)',
    'rate(0 days)',
    'cron(0 8 ? * 8 *)',
    'cron(5 8 * * ? *)',
    'cron(0 8 * * ? 2027)',
    'daily',
    'cron(0 99 * * ? *)',
  ])
    assert.throws(() => readRules({ ScheduleExpression }), { code: 'InvalidParameterException' }, ScheduleExpression)
  assert.throws(() => readRules({ AutomaticallyAfterDays: 1001 }))
  assert.throws(() => readRules({ AutomaticallyAfterDays: 1, ScheduleExpression: 'rate(4 hours)' }))
})

test('a rotation begins when it is due, once, and again when it hangs', async () => {
  const store = createMemoryStore()
  const clock = new ManualClock(Date.UTC(2026, 10, 21))
  const key = ['000000000000', 'us-east-1', 'due']
  const rotation = { enabled: true, functionArn: 'arn', rules: { days: 1 }, nextMs: clock.nowMs() + 86_400_000 }
  await transact(store, (transaction) =>
    records.set(transaction, key, {
      account: '000000000000',
      region: 'us-east-1',
      name: 'due',
      id: 'due-abcdef',
      tags: [],
      createdMs: 0,
      changedMs: 0,
      stages: { AWSCURRENT: 'a' },
      rotation,
    }),
  )
  const pending = async (): Promise<string | undefined> => (await records.get(store, key))?.value.stages['AWSPENDING']
  await beginDueRotations({ store, clock })
  assert.equal(await pending(), undefined)
  await clock.advance(86_400_001)
  await beginDueRotations({ store, clock })
  const token = await pending()
  assert.ok(token !== undefined)
  await beginDueRotations({ store, clock })
  await clock.advance(86_400_001)
  await beginDueRotations({ store, clock })
  assert.equal(await pending(), token)
})

test('a secret can be read in other regions, follows its primary, and can be made to stand alone', async () => {
  const far = new secrets.SecretsManagerClient({ ...kit.sdk, region: 'us-west-2' })
  const { ARN = '', ReplicationStatus } = await client.send(
    new secrets.CreateSecretCommand({
      Name: 'everywhere',
      SecretString: 'one',
      AddReplicaRegions: [{ Region: 'us-west-2' }],
    }),
  )
  assert.deepEqual(
    ReplicationStatus?.map(({ Region, Status }) => [Region, Status]),
    [['us-west-2', 'InSync']],
  )
  const read = async (): Promise<string | undefined> =>
    (await far.send(new secrets.GetSecretValueCommand({ SecretId: 'everywhere' }))).SecretString
  assert.equal(await read(), 'one')
  await client.send(new secrets.PutSecretValueCommand({ SecretId: 'everywhere', SecretString: 'two' }))
  assert.equal(await read(), 'two')
  const described = await far.send(new secrets.DescribeSecretCommand({ SecretId: 'everywhere' }))
  assert.equal(described.PrimaryRegion, kit.sdk.region)
  assert.equal(described.ARN, ARN.replace(kit.sdk.region, 'us-west-2'))
  await assert.rejects(far.send(new secrets.PutSecretValueCommand({ SecretId: 'everywhere', SecretString: 'x' })), {
    name: 'InvalidRequestException',
    message: "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
  })
  await assert.rejects(client.send(new secrets.DeleteSecretCommand({ SecretId: 'everywhere' })), {
    name: 'InvalidRequestException',
    message: /still has replica regions \[us-west-2\]/,
  })
  await client.send(
    new secrets.ReplicateSecretToRegionsCommand({
      SecretId: 'everywhere',
      AddReplicaRegions: [{ Region: 'ap-south-1' }],
    }),
  )
  await far.send(new secrets.StopReplicationToReplicaCommand({ SecretId: 'everywhere' }))
  await far.send(new secrets.PutSecretValueCommand({ SecretId: 'everywhere', SecretString: 'mine' }))
  assert.equal(await read(), 'mine')
  const previous = await far.send(
    new secrets.GetSecretValueCommand({ SecretId: 'everywhere', VersionStage: 'AWSPREVIOUS' }),
  )
  assert.equal(previous.SecretString, 'two')
  assert.equal(await valueOf('everywhere'), 'two')
  await client.send(
    new secrets.RemoveRegionsFromReplicationCommand({ SecretId: 'everywhere', RemoveReplicaRegions: ['ap-south-1'] }),
  )
  const taken = { SecretId: 'everywhere', AddReplicaRegions: [{ Region: 'us-west-2' }] }
  await assert.rejects(client.send(new secrets.ReplicateSecretToRegionsCommand(taken)), {
    name: 'ResourceExistsException',
  })
  await client.send(new secrets.ReplicateSecretToRegionsCommand({ ...taken, ForceOverwriteReplicaSecret: true }))
  assert.equal(await read(), 'two')
  await client.send(
    new secrets.RemoveRegionsFromReplicationCommand({ SecretId: 'everywhere', RemoveReplicaRegions: ['us-west-2'] }),
  )
  await assert.rejects(read(), { name: 'ResourceNotFoundException' })
  await client.send(new secrets.DeleteSecretCommand({ SecretId: 'everywhere', ForceDeleteWithoutRecovery: true }))
  far.destroy()
})
