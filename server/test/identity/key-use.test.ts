// Services that encrypt with a customer's KMS key ask whether their caller may use it: refused without the right, served with
// it, and held to the conditions that tell KMS through which service and for what it is used.
import * as iam from '@aws-sdk/client-iam'
import * as kms from '@aws-sdk/client-kms'
import * as secrets from '@aws-sdk/client-secrets-manager'
import * as sns from '@aws-sdk/client-sns'
import * as ssm from '@aws-sdk/client-ssm'
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { openServer, REGION, type TestServer } from '../conformance/server-kit.ts'

const USER = 'clerk'

let kit: TestServer
let keyArn = ''
let userArn = ''
let user: TestServer['sdk']
before(async () => {
  kit = await openServer({ readyCells: {} })
  const made = await new kms.KMSClient(kit.sdk).send(new kms.CreateKeyCommand({}))
  keyArn = made.KeyMetadata?.Arn ?? ''
  const directory = new iam.IAMClient(kit.sdk)
  userArn = (await directory.send(new iam.CreateUserCommand({ UserName: USER }))).User?.Arn ?? ''
  await allow('services', { Action: ['secretsmanager:*', 'ssm:*', 'sns:*'], Resource: '*' })
  const { AccessKey } = await directory.send(new iam.CreateAccessKeyCommand({ UserName: USER }))
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  user = { ...kit.sdk, credentials }
})
after(() => kit[Symbol.asyncDispose]())
beforeEach(() => allowKey([]))

async function allow(PolicyName: string, statement: object): Promise<void> {
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] })
  await new iam.IAMClient(kit.sdk).send(new iam.PutUserPolicyCommand({ UserName: USER, PolicyName, PolicyDocument }))
}

/** What the user may do with the key, and when; nothing else is left of what it was allowed before. */
function allowKey(actions: readonly string[], equal: Record<string, string> = {}): Promise<void> {
  return allow('key', {
    Action: ['kms:ListAliases', ...actions],
    Resource: keyArn,
    ...(Object.keys(equal).length > 0 && { Condition: { StringEquals: equal } }),
  })
}

const via = (service: string, region = REGION) => ({ 'kms:ViaService': `${service}.${region}.amazonaws.com` })

test('Secrets Manager writes and reads under a key of the customer only for who may use it', async () => {
  const own = new secrets.SecretsManagerClient(kit.sdk)
  const asked = new secrets.SecretsManagerClient(user)
  const refused = { name: 'AccessDeniedException', message: 'Access to KMS is not allowed' }
  const isRefused = (sending: Promise<unknown>): Promise<void> =>
    assert.rejects(sending, (error: unknown) => {
      assert.ok(error instanceof secrets.SecretsManagerServiceException, String(error))
      assert.deepEqual([error.name, error.message], [refused.name, refused.message])
      assert.equal(error.$metadata.httpStatusCode, 400)
      return true
    })
  const { ARN = '' } = await own.send(
    new secrets.CreateSecretCommand({ Name: 'sealed', SecretString: 'x', KmsKeyId: keyArn }),
  )
  await own.send(new secrets.CreateSecretCommand({ Name: 'open', SecretString: 'y' }))
  const read = () => asked.send(new secrets.GetSecretValueCommand({ SecretId: 'sealed' }))
  const batch = () =>
    asked.send(new secrets.BatchGetSecretValueCommand({ SecretIdList: ['sealed', 'open'] })).then((answer) => ({
      told: answer.SecretValues?.map(({ SecretString }) => SecretString),
      errors: answer.Errors?.map(({ ErrorCode, Message }) => [ErrorCode, Message]),
    }))
  const put = () => asked.send(new secrets.PutSecretValueCommand({ SecretId: 'sealed', SecretString: 'z' }))
  const change = () => asked.send(new secrets.UpdateSecretCommand({ SecretId: 'sealed', SecretString: 'z' }))
  const rekey = () => asked.send(new secrets.UpdateSecretCommand({ SecretId: 'open', KmsKeyId: keyArn }))
  const create = (Name: string) =>
    asked.send(new secrets.CreateSecretCommand({ Name, SecretString: 'x', KmsKeyId: keyArn }))

  // Nobody asks for the service's own key.
  assert.equal((await asked.send(new secrets.GetSecretValueCommand({ SecretId: 'open' }))).SecretString, 'y')
  for (const one of [read, put, change, rekey, () => create('new')]) await isRefused(one())
  await assert.rejects(asked.send(new secrets.DescribeSecretCommand({ SecretId: 'new' })), {
    name: 'ResourceNotFoundException',
  })
  assert.deepEqual(await batch(), { told: ['y'], errors: [[refused.name, refused.message]] })

  await allowKey(['kms:Decrypt'], via('ssm'))
  await isRefused(read())
  await allowKey(['kms:Decrypt'], { ...via('secretsmanager'), 'kms:EncryptionContext:SecretARN': `${ARN}x` })
  await isRefused(read())
  await allowKey(['kms:Decrypt'], {
    ...via('secretsmanager'),
    'kms:CallerAccount': ARN.split(':')[4] ?? '',
    'kms:EncryptionContext:SecretARN': ARN,
  })
  assert.equal((await read()).SecretString, 'x')
  assert.deepEqual(await batch(), { told: ['x', 'y'], errors: [] })
  for (const one of [put, change, rekey]) await isRefused(one())
  // Who may only write may not write either: a token that is sent again is compared with what is there.
  await allowKey(['kms:GenerateDataKey'], via('secretsmanager'))
  await isRefused(put())
  await allowKey(['kms:GenerateDataKey', 'kms:Decrypt'], via('secretsmanager'))
  for (const one of [put, change, rekey, () => create('new')]) await one()
  assert.equal((await read()).SecretString, 'z')
})

test('a replica that stands alone is no way round the key of its primary', async () => {
  const elsewhere = 'us-east-1'
  await new secrets.SecretsManagerClient(kit.sdk).send(
    new secrets.CreateSecretCommand({
      Name: 'followed',
      SecretString: 'x',
      KmsKeyId: keyArn,
      AddReplicaRegions: [{ Region: elsewhere }],
    }),
  )
  const replicas = new secrets.SecretsManagerClient({ ...user, region: elsewhere })
  const stand = () => replicas.send(new secrets.StopReplicationToReplicaCommand({ SecretId: 'followed' }))
  const read = () => replicas.send(new secrets.GetSecretValueCommand({ SecretId: 'followed' }))
  await assert.rejects(stand(), { name: 'AccessDeniedException' })
  await assert.rejects(read(), { name: 'AccessDeniedException' })
  await allowKey(['kms:Decrypt'], via('secretsmanager'))
  await stand()
  await allowKey([])
  // It lies under the service's own key now.
  assert.equal((await read()).SecretString, 'x')
})

test('Parameter Store seals and opens under a key of the customer only for who may use it', async () => {
  const client = new ssm.SSMClient(user)
  const refused = (sending: Promise<unknown>, message: string): Promise<void> =>
    assert.rejects(sending, (error: unknown) => {
      assert.ok(error instanceof ssm.SSMServiceException, String(error))
      assert.deepEqual([error.name, error.message], ['AccessDeniedException', message])
      assert.equal(error.$metadata.httpStatusCode, 400)
      return true
    })
  const cannot = (action: string) => `User: ${userArn} is not authorized to perform: ${action} on resource: ${keyArn}`
  const hidden =
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.'
  const put = (
    more: { readonly Tier?: ssm.ParameterTier; readonly KeyId?: string } = { KeyId: keyArn },
    Name = '/a/b',
  ) => client.send(new ssm.PutParameterCommand({ Name, Value: 'x', Type: 'SecureString', Overwrite: true, ...more }))
  const Name = '/a/b'
  const readers: readonly ((WithDecryption: boolean) => Promise<string | undefined>)[] = [
    async (WithDecryption) =>
      (await client.send(new ssm.GetParameterCommand({ Name, WithDecryption }))).Parameter?.Value,
    async (WithDecryption) =>
      (await client.send(new ssm.GetParametersCommand({ Names: [Name], WithDecryption }))).Parameters?.[0]?.Value,
    async (WithDecryption) =>
      (await client.send(new ssm.GetParametersByPathCommand({ Path: '/a', WithDecryption }))).Parameters?.[0]?.Value,
    async (WithDecryption) =>
      (await client.send(new ssm.GetParameterHistoryCommand({ Name, WithDecryption }))).Parameters?.[0]?.Value,
  ]

  // Nobody asks for the service's own key.
  await put({}, '/own')
  const { Parameter } = await client.send(new ssm.GetParameterCommand({ Name: '/own', WithDecryption: true }))
  assert.equal(Parameter?.Value, 'x')

  await refused(put(), cannot('kms:Encrypt'))
  await allowKey(['kms:Encrypt'], via('secretsmanager'))
  await refused(put(), cannot('kms:Encrypt'))
  await allowKey(['kms:Encrypt'], {
    ...via('ssm'),
    'kms:EncryptionContext:PARAMETER_ARN': `arn:aws:ssm:${REGION}:${keyArn.split(':')[4]}:parameter/a/b`,
  })
  await refused(put({ KeyId: keyArn }, '/a/other'), cannot('kms:Encrypt'))
  await put()
  await refused(put({ KeyId: keyArn, Tier: 'Advanced' }), cannot('kms:GenerateDataKey'))
  for (const read of readers) {
    await refused(read(true), hidden)
    assert.notEqual(await read(false), 'x')
  }
  await allowKey(['kms:Decrypt', 'kms:GenerateDataKey'], via('ssm'))
  for (const read of readers) assert.equal(await read(true), 'x')
  await put({ KeyId: keyArn, Tier: 'Advanced' })
  await refused(put({ KeyId: keyArn }, '/a/c'), cannot('kms:Encrypt'))
})

test('SNS takes messages for a topic under a key of the customer only from who may use it', async () => {
  const own = new sns.SNSClient(kit.sdk)
  const client = new sns.SNSClient(user)
  const make = async (Name: string, Attributes: Record<string, string>): Promise<string> =>
    (await own.send(new sns.CreateTopicCommand({ Name, Attributes }))).TopicArn ?? ''
  const sealed = await make('sealed', { KmsMasterKeyId: keyArn })
  const managed = await make('managed', { KmsMasterKeyId: 'alias/aws/sns' })
  const plain = await make('plain', {})
  const publish = (TopicArn = sealed) => client.send(new sns.PublishCommand({ TopicArn, Message: 'x' }))
  const batch = () =>
    client.send(
      new sns.PublishBatchCommand({ TopicArn: sealed, PublishBatchRequestEntries: [{ Id: 'a', Message: 'x' }] }),
    )
  const refused = (sending: Promise<unknown>, action: string): Promise<void> =>
    assert.rejects(sending, (error: unknown) => {
      assert.ok(error instanceof sns.KMSAccessDeniedException, String(error))
      assert.equal(error.message, `User: ${userArn} is not authorized to perform: ${action} on resource: ${keyArn}`)
      assert.equal(error.$metadata.httpStatusCode, 400)
      return true
    })

  for (const arn of [managed, plain]) assert.ok((await publish(arn)).MessageId)
  for (const one of [publish, batch]) await refused(one(), 'kms:GenerateDataKey')
  await allowKey(['kms:GenerateDataKey'], via('sns'))
  for (const one of [publish, batch]) await refused(one(), 'kms:Decrypt')
  await allowKey(['kms:GenerateDataKey', 'kms:Decrypt'], via('sqs'))
  await refused(publish(), 'kms:GenerateDataKey')
  await allowKey(['kms:GenerateDataKey', 'kms:Decrypt'], {
    ...via('sns'),
    'kms:EncryptionContext:aws:sns:topicArn': sealed,
  })
  assert.ok((await publish()).MessageId)
  assert.equal((await batch()).Successful?.length, 1)
})
