// Secrets Manager through its clients: versions and stages, deletion and recovery, policies, passwords.
import * as sm from '@aws-sdk/client-secrets-manager'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { aws, boto3, openServer, type TestServer } from '../conformance/server-kit.ts'

let kit: TestServer
let client: sm.SecretsManagerClient
before(async () => {
  kit = await openServer({ readyCells: {} })
  client = new sm.SecretsManagerClient(kit.sdk)
})
after(() => kit[Symbol.asyncDispose]())

async function value(SecretId: string, more: Partial<sm.GetSecretValueCommandInput> = {}): Promise<string | undefined> {
  return (await client.send(new sm.GetSecretValueCommand({ SecretId, ...more }))).SecretString
}

test('versions and their stages', async () => {
  const made = await client.send(new sm.CreateSecretCommand({ Name: 'db/main', SecretString: 'one', Description: 'd' }))
  assert.match(made.ARN ?? '', /^arn:aws:secretsmanager:eu-west-1:000000000000:secret:db\/main-[a-zA-Z0-9]{6}$/)
  await assert.rejects(client.send(new sm.CreateSecretCommand({ Name: 'db/main', SecretString: 'x' })), {
    name: 'ResourceExistsException',
  })
  const second = await client.send(new sm.PutSecretValueCommand({ SecretId: 'db/main', SecretString: 'two' }))
  assert.deepEqual(second.VersionStages, ['AWSCURRENT'])
  assert.equal(await value('db/main'), 'two')
  assert.equal(await value(made.ARN ?? '', { VersionStage: 'AWSPREVIOUS' }), 'one')
  assert.equal(await value((made.ARN ?? '').slice(0, -7), { VersionId: made.VersionId }), 'one')
  const token = 'a'.repeat(32)
  const pending = {
    SecretId: 'db/main',
    ClientRequestToken: token,
    SecretString: 'three',
    VersionStages: ['AWSPENDING'],
  }
  await client.send(new sm.PutSecretValueCommand(pending))
  // Sent again it is the same version; with another value it is refused.
  await client.send(new sm.PutSecretValueCommand(pending))
  await assert.rejects(client.send(new sm.PutSecretValueCommand({ ...pending, SecretString: 'other' })), {
    name: 'ResourceExistsException',
  })
  assert.equal(await value('db/main'), 'two')
  await client.send(
    new sm.UpdateSecretVersionStageCommand({
      SecretId: 'db/main',
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: token,
      RemoveFromVersionId: second.VersionId,
    }),
  )
  assert.equal(await value('db/main'), 'three')
  assert.equal(await value('db/main', { VersionStage: 'AWSPREVIOUS' }), 'two')
  await client.send(new sm.UpdateSecretCommand({ SecretId: 'db/main', Description: 'other', SecretString: 'four' }))
  const shown = await client.send(new sm.DescribeSecretCommand({ SecretId: 'db/main' }))
  assert.equal(shown.Description, 'other')
  assert.equal(Object.keys(shown.VersionIdsToStages ?? {}).length, 2)
  const listed = await client.send(new sm.ListSecretVersionIdsCommand({ SecretId: 'db/main', IncludeDeprecated: true }))
  assert.equal(listed.Versions?.length, 4)
  await assert.rejects(value('db/main', { VersionStage: 'NONE' }), { name: 'ResourceNotFoundException' })
  const binary = await client.send(
    new sm.CreateSecretCommand({ Name: 'bytes', SecretBinary: Buffer.from([0, 255, 1]) }),
  )
  const bytes = await client.send(new sm.GetSecretValueCommand({ SecretId: binary.ARN }))
  assert.deepEqual(Buffer.from(bytes.SecretBinary ?? []), Buffer.from([0, 255, 1]))
})

test('deletion waits, can be taken back, or is at once', async () => {
  await client.send(new sm.CreateSecretCommand({ Name: 'gone', SecretString: 'x', Tags: [{ Key: 'a', Value: '1' }] }))
  await client.send(new sm.TagResourceCommand({ SecretId: 'gone', Tags: [{ Key: 'b', Value: '2' }] }))
  await client.send(new sm.UntagResourceCommand({ SecretId: 'gone', TagKeys: ['a'] }))
  const tagged = await client.send(new sm.ListSecretsCommand({ Filters: [{ Key: 'tag-key', Values: ['b'] }] }))
  assert.deepEqual(
    tagged.SecretList?.map(({ Name }) => Name),
    ['gone'],
  )
  await client.send(new sm.DeleteSecretCommand({ SecretId: 'gone', RecoveryWindowInDays: 7 }))
  await assert.rejects(value('gone'), { name: 'InvalidRequestException' })
  await assert.rejects(client.send(new sm.CreateSecretCommand({ Name: 'gone', SecretString: 'y' })), {
    name: 'InvalidRequestException',
  })
  await client.send(new sm.RestoreSecretCommand({ SecretId: 'gone' }))
  assert.equal(await value('gone'), 'x')
  await client.send(new sm.DeleteSecretCommand({ SecretId: 'gone', ForceDeleteWithoutRecovery: true }))
  await assert.rejects(value('gone'), { name: 'ResourceNotFoundException' })
  await client.send(new sm.CreateSecretCommand({ Name: 'gone', SecretString: 'new' }))
  const batch = await client.send(new sm.BatchGetSecretValueCommand({ SecretIdList: ['gone', 'never'] }))
  assert.deepEqual(
    batch.SecretValues?.map(({ SecretString }) => SecretString),
    ['new'],
  )
  assert.equal(batch.Errors?.[0]?.ErrorCode, 'ResourceNotFoundException')
})

test('the policy of a secret lets a user in', async () => {
  const iam = new IAMClient(kit.sdk)
  await iam.send(new CreateUserCommand({ UserName: 'guest' }))
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: 'guest' }))
  const credentials = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
  const theirs = new sm.SecretsManagerClient({ ...kit.sdk, credentials })
  await client.send(new sm.CreateSecretCommand({ Name: 'shared', SecretString: 's' }))
  const read = new sm.GetSecretValueCommand({ SecretId: 'shared' })
  await assert.rejects(theirs.send(read), { name: 'AccessDeniedException' })
  const statement = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' }
  const policy = (principal: unknown): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, Principal: principal }] })
  const ResourcePolicy = policy({ AWS: 'arn:aws:iam::000000000000:user/guest' })
  await client.send(new sm.PutResourcePolicyCommand({ SecretId: 'shared', ResourcePolicy }))
  assert.equal((await theirs.send(read)).SecretString, 's')
  assert.equal(
    (await client.send(new sm.GetResourcePolicyCommand({ SecretId: 'shared' }))).ResourcePolicy,
    ResourcePolicy,
  )
  const open = await client.send(new sm.ValidateResourcePolicyCommand({ ResourcePolicy: policy('*') }))
  assert.equal(open.PolicyValidationPassed, false)
  await client.send(new sm.DeleteResourcePolicyCommand({ SecretId: 'shared' }))
  await assert.rejects(theirs.send(read), { name: 'AccessDeniedException' })
})

test('passwords have what was asked for', async () => {
  const made = await client.send(
    new sm.GetRandomPasswordCommand({ PasswordLength: 50, ExcludePunctuation: true, ExcludeCharacters: 'abc' }),
  )
  assert.match(made.RandomPassword ?? '', /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Zd-z0-9]{50}$/)
  await assert.rejects(
    client.send(
      new sm.GetRandomPasswordCommand({
        ExcludeLowercase: true,
        ExcludeUppercase: true,
        ExcludeNumbers: true,
        ExcludePunctuation: true,
      }),
    ),
    { name: 'InvalidParameterException' },
  )
})

test('by awscli and boto3; no secret is in the store as it is', async () => {
  const made = await aws(kit, [
    'secretsmanager',
    'create-secret',
    '--name',
    'cli',
    '--secret-string',
    'canary-88aa-secret',
  ])
  assert.equal(made.status, 0, made.stderr)
  const [told] = await boto3(kit, `show(client('secretsmanager').get_secret_value(SecretId='cli')['SecretString'])`)
  assert.equal(told, 'canary-88aa-secret')
  for (const name of ['mayfly.sqlite', 'mayfly.sqlite-wal']) {
    const bytes = await readFile(join(kit.server.dataFolder, name)).catch(() => Buffer.alloc(0))
    assert.ok(!bytes.includes('canary-88aa-secret'), name)
    assert.ok(!bytes.includes(kit.keys.secretAccessKey), name)
  }
})

test('a batch by filter tells only the secrets that the caller may read', async () => {
  const iam = new IAMClient(kit.sdk)
  await iam.send(new CreateUserCommand({ UserName: 'batcher' }))
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: 'batcher' }))
  const credentials = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
  const batcher = new sm.SecretsManagerClient({ ...kit.sdk, credentials })
  const allow = (lists: readonly string[], Resource: string): Promise<unknown> => {
    const Statement = [
      { Effect: 'Allow', Action: ['secretsmanager:BatchGetSecretValue', ...lists], Resource: '*' },
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource },
    ]
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    return iam.send(new PutUserPolicyCommand({ UserName: 'batcher', PolicyName: 'may', PolicyDocument }))
  }
  for (const Name of ['batch/mine', 'batch/theirs'])
    await client.send(new sm.CreateSecretCommand({ Name, SecretString: Name }))
  const batch = () =>
    batcher.send(new sm.BatchGetSecretValueCommand({ Filters: [{ Key: 'name', Values: ['batch/'] }] }))
  const mine = 'arn:aws:secretsmanager:*:*:secret:batch/mine-*'
  await allow([], mine)
  await assert.rejects(batch(), { name: 'AccessDeniedException' })
  await allow(['secretsmanager:ListSecrets'], mine)
  const { SecretValues, Errors } = await batch()
  assert.deepEqual(
    SecretValues?.map(({ SecretString }) => SecretString),
    ['batch/mine'],
  )
  assert.deepEqual(
    Errors?.map(({ SecretId, ErrorCode }) => [SecretId, ErrorCode]),
    [['batch/theirs', 'AccessDeniedException']],
  )
})
