// Resource policies, each seen denying and allowing across accounts and within one, by the official clients; the tags of
// resources as conditions; what NotPrincipal spares. The server is `dev --enforce`: there, a key of twelve digits is root
// of the account that it names.
import * as dynamodb from '@aws-sdk/client-dynamodb'
import * as iam from '@aws-sdk/client-iam'
import * as kms from '@aws-sdk/client-kms'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import * as secrets from '@aws-sdk/client-secrets-manager'
import * as sns from '@aws-sdk/client-sns'
import * as sqs from '@aws-sdk/client-sqs'
import * as ssm from '@aws-sdk/client-ssm'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeRole, openServer, type TestServer } from '../conformance/server-kit.ts'
import { deploy } from '../lambda/server-fixture.ts'

const OWNER = '000000000000'
const OTHER = '111122223333'

interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

let kit: TestServer
before(async () => {
  kit = await openServer({ mode: 'dev', enforce: true, readyCells: {} })
})
after(() => kit[Symbol.asyncDispose]())

const owner = (): Keys => kit.keys
const root = (accessKeyId: string): Keys => ({ accessKeyId, secretAccessKey: 'x' })

function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

/** A user with a key of its own, and what it may. */
async function makeUser(account: string, name: string, ...statements: readonly object[]): Promise<Keys> {
  const client = new iam.IAMClient({ ...kit.sdk, credentials: root(account) })
  await client.send(new iam.CreateUserCommand({ UserName: name }))
  if (statements.length > 0)
    await client.send(
      new iam.PutUserPolicyCommand({ UserName: name, PolicyName: 'may', PolicyDocument: policy(...statements) }),
    )
  const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName: name }))
  client.destroy()
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}

const EVERYTHING = { Effect: 'Allow', Action: '*', Resource: '*' }

/** One kind of resource: how it is made, given a policy, and used. */
interface Kind {
  readonly name: string
  readonly action: string
  /** Answers the resource that policies name. */
  make(): Promise<string>
  /** Undefined takes the policy away. */
  setPolicy(document: string | undefined): Promise<unknown>
  use(keys: Keys): Promise<unknown>
}

function kinds(): readonly Kind[] {
  const as = (keys: Keys) => ({ ...kit.sdk, credentials: keys })
  const { region } = kit.sdk
  const queueArn = `arn:aws:sqs:${region}:${OWNER}:shared`
  const topicArn = `arn:aws:sns:${region}:${OWNER}:shared`
  const tableArn = `arn:aws:dynamodb:${region}:${OWNER}:table/shared`
  let queueUrl = ''
  let secretArn = ''
  let keyArn = ''
  const ownersKey = (): object => ({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${OWNER}:root` },
    Action: 'kms:*',
    Resource: '*',
  })
  return [
    {
      name: 'a bucket',
      action: 's3:GetObject',
      async make() {
        const client = new s3.S3Client(as(owner()))
        await client.send(new s3.CreateBucketCommand({ Bucket: 'shared' }))
        await client.send(new s3.PutObjectCommand({ Bucket: 'shared', Key: 'a', Body: 'x' }))
        return 'arn:aws:s3:::shared/*'
      },
      setPolicy: (Policy) =>
        Policy === undefined
          ? new s3.S3Client(as(owner())).send(new s3.DeleteBucketPolicyCommand({ Bucket: 'shared' }))
          : new s3.S3Client(as(owner())).send(new s3.PutBucketPolicyCommand({ Bucket: 'shared', Policy })),
      use: (keys) => new s3.S3Client(as(keys)).send(new s3.GetObjectCommand({ Bucket: 'shared', Key: 'a' })),
    },
    {
      name: 'a queue',
      action: 'sqs:SendMessage',
      async make() {
        const made = await new sqs.SQSClient(as(owner())).send(new sqs.CreateQueueCommand({ QueueName: 'shared' }))
        queueUrl = made.QueueUrl ?? ''
        return queueArn
      },
      setPolicy: (Policy = '') =>
        new sqs.SQSClient(as(owner())).send(
          new sqs.SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes: { Policy } }),
        ),
      use: (keys) =>
        new sqs.SQSClient(as(keys)).send(new sqs.SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'x' })),
    },
    {
      name: 'a topic',
      action: 'sns:Publish',
      async make() {
        await new sns.SNSClient(as(owner())).send(new sns.CreateTopicCommand({ Name: 'shared' }))
        return topicArn
      },
      // A topic always has a policy: without a wish, one that only lets the owner look at it.
      setPolicy: (
        AttributeValue = policy({
          Effect: 'Allow',
          Principal: { AWS: OWNER },
          Action: 'sns:GetTopicAttributes',
          Resource: topicArn,
        }),
      ) =>
        new sns.SNSClient(as(owner())).send(
          new sns.SetTopicAttributesCommand({ TopicArn: topicArn, AttributeName: 'Policy', AttributeValue }),
        ),
      use: (keys) => new sns.SNSClient(as(keys)).send(new sns.PublishCommand({ TopicArn: topicArn, Message: 'x' })),
    },
    {
      name: 'a table',
      action: 'dynamodb:GetItem',
      async make() {
        await new dynamodb.DynamoDBClient(as(owner())).send(
          new dynamodb.CreateTableCommand({
            TableName: 'shared',
            AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
            BillingMode: 'PAY_PER_REQUEST',
          }),
        )
        return tableArn
      },
      setPolicy: (Policy) =>
        Policy === undefined
          ? new dynamodb.DynamoDBClient(as(owner())).send(
              new dynamodb.DeleteResourcePolicyCommand({ ResourceArn: tableArn }),
            )
          : new dynamodb.DynamoDBClient(as(owner())).send(
              new dynamodb.PutResourcePolicyCommand({ ResourceArn: tableArn, Policy }),
            ),
      use: (keys) =>
        new dynamodb.DynamoDBClient(as(keys)).send(
          new dynamodb.GetItemCommand({ TableName: tableArn, Key: { id: { S: 'a' } } }),
        ),
    },
    {
      name: 'a secret',
      action: 'secretsmanager:GetSecretValue',
      async make() {
        const client = new secrets.SecretsManagerClient(as(owner()))
        // The key of a secret that others may read is the customer's own, and lets them in as well.
        const key = await new kms.KMSClient(as(owner())).send(
          new kms.CreateKeyCommand({
            Policy: policy(ownersKey(), {
              Effect: 'Allow',
              Principal: { AWS: [OTHER, `arn:aws:iam::${OWNER}:user/local`] },
              Action: 'kms:Decrypt',
              Resource: '*',
            }),
          }),
        )
        const made = await client.send(
          new secrets.CreateSecretCommand({ Name: 'shared', SecretString: 'x', KmsKeyId: key.KeyMetadata?.Arn }),
        )
        secretArn = made.ARN ?? ''
        return secretArn
      },
      setPolicy: (ResourcePolicy) =>
        ResourcePolicy === undefined
          ? new secrets.SecretsManagerClient(as(owner())).send(
              new secrets.DeleteResourcePolicyCommand({ SecretId: secretArn }),
            )
          : new secrets.SecretsManagerClient(as(owner())).send(
              new secrets.PutResourcePolicyCommand({ SecretId: secretArn, ResourcePolicy }),
            ),
      use: (keys) =>
        new secrets.SecretsManagerClient(as(keys)).send(new secrets.GetSecretValueCommand({ SecretId: secretArn })),
    },
    {
      name: 'a key',
      action: 'kms:Encrypt',
      async make() {
        const made = await new kms.KMSClient(as(owner())).send(new kms.CreateKeyCommand({}))
        keyArn = made.KeyMetadata?.Arn ?? ''
        return keyArn
      },
      // A key never is without a policy; its owner keeps it in hand.
      setPolicy: (document) => {
        const given = document === undefined ? [] : (JSON.parse(document) as { readonly Statement: object[] }).Statement
        return new kms.KMSClient(as(owner())).send(
          new kms.PutKeyPolicyCommand({ KeyId: keyArn, Policy: policy(ownersKey(), ...given) }),
        )
      },
      use: (keys) =>
        new kms.KMSClient(as(keys)).send(new kms.EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from('x') })),
    },
  ]
}

const DENIED = { name: /AccessDenied|AuthorizationError|AccessDeniedException/ }

test('resource policies, across accounts and within one', async (t) => {
  const guest = await makeUser(OTHER, 'guest', EVERYTHING)
  const poor = await makeUser(OTHER, 'poor')
  const local = await makeUser(OWNER, 'local')
  const rich = await makeUser(OWNER, 'rich', EVERYTHING)
  const guestArn = `arn:aws:iam::${OTHER}:user/guest`
  for (const kind of kinds())
    await t.test(kind.name, async () => {
      const Resource = await kind.make()
      const statement = (Effect: string, AWS: string): object => ({
        Effect,
        Principal: { AWS },
        Action: kind.action,
        Resource,
      })
      const may = (keys: Keys): Promise<unknown> => kind.use(keys)
      const mayNot = (keys: Keys): Promise<void> => assert.rejects(kind.use(keys), DENIED)
      // Without a word of the resource, only its own account gets in.
      await kind.setPolicy(undefined)
      await mayNot(guest)
      await mayNot(local)
      await may(rich)
      await may(owner())
      // Between accounts both sides must allow; within one, either is enough.
      await kind.setPolicy(policy(statement('Allow', guestArn), statement('Allow', `arn:aws:iam::${OWNER}:user/local`)))
      await may(guest)
      await mayNot(poor)
      await may(local)
      // Trust in an account leaves it to that account.
      await kind.setPolicy(policy(statement('Allow', `arn:aws:iam::${OTHER}:root`)))
      await may(guest)
      await may(root(OTHER))
      await mayNot(poor)
      // A Deny beats everything, root of the owner included, who can still mend it.
      await kind.setPolicy(policy(statement('Allow', guestArn), statement('Deny', '*')))
      await mayNot(guest)
      await mayNot(rich)
      await mayNot(owner())
      await kind.setPolicy(undefined)
      await may(owner())
      // NotPrincipal spares a user that it names with its account, and nobody whom it names alone.
      const spare = (...AWS: readonly string[]): object => ({
        ...statement('Deny', ''),
        Principal: undefined,
        NotPrincipal: { AWS },
      })
      const ownerRoot = `arn:aws:iam::${OWNER}:root`
      const allowed = [statement('Allow', guestArn)]
      await kind.setPolicy(policy(...allowed, spare(guestArn, `arn:aws:iam::${OTHER}:root`, ownerRoot)))
      await may(guest)
      await may(owner())
      await mayNot(rich)
      await kind.setPolicy(policy(...allowed, spare(guestArn, ownerRoot)))
      await mayNot(guest)
      await kind.setPolicy(undefined)
    })
})

test("a service's own key is for its own account", async () => {
  const reader = await makeUser(OTHER, 'reader', EVERYTHING)
  const own = new secrets.SecretsManagerClient(kit.sdk)
  const { ARN } = await own.send(new secrets.CreateSecretCommand({ Name: 'kept', SecretString: 'x' }))
  const ResourcePolicy = policy({ Effect: 'Allow', Principal: { AWS: OTHER }, Action: '*', Resource: '*' })
  await own.send(new secrets.PutResourcePolicyCommand({ SecretId: ARN, ResourcePolicy }))
  const other = new secrets.SecretsManagerClient({ ...kit.sdk, credentials: reader })
  assert.equal((await other.send(new secrets.DescribeSecretCommand({ SecretId: ARN }))).Name, 'kept')
  await assert.rejects(other.send(new secrets.GetSecretValueCommand({ SecretId: ARN })), {
    name: 'AccessDeniedException',
    message: 'Access to KMS is not allowed',
  })
})

test('a function of another account', async () => {
  const functions = new lambda.LambdaClient(kit.sdk)
  await deploy(functions, 'shared', 'export const handler = async () => 1', { Role: await makeRole(kit, 'shared') })
  const caller = await makeUser(OTHER, 'caller', EVERYTHING)
  const other = new lambda.LambdaClient({ ...kit.sdk, credentials: caller })
  const FunctionName = `arn:aws:lambda:${kit.sdk.region}:${OWNER}:function:shared`
  const invoke = (): Promise<lambda.InvokeCommandOutput> => other.send(new lambda.InvokeCommand({ FunctionName }))
  await assert.rejects(invoke(), { name: 'AccessDeniedException' })
  const permission = { FunctionName, StatementId: 'them' }
  await functions.send(
    new lambda.AddPermissionCommand({ ...permission, Action: 'lambda:InvokeFunction', Principal: OTHER }),
  )
  assert.equal((await invoke()).StatusCode, 200)
  await functions.send(new lambda.RemovePermissionCommand(permission))
  await assert.rejects(invoke(), { name: 'AccessDeniedException' })
  functions.destroy()
  other.destroy()
})

test('the tags of resources are conditions', async (t) => {
  const Condition = { StringEquals: { 'aws:ResourceTag/stage': 'test' } }
  const keys = await makeUser(
    OWNER,
    'tagged',
    { Effect: 'Allow', NotAction: 's3:*', Resource: '*', Condition },
    {
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: '*',
      Condition: { StringEquals: { 's3:ExistingObjectTag/stage': 'test' } },
    },
    {
      Effect: 'Deny',
      Action: 'kms:Encrypt',
      Resource: '*',
      Condition: { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': 'alias/closed*' } },
    },
  )
  const mine = kit.sdk
  const theirs = { ...kit.sdk, credentials: keys }
  const pair = (stage: string) => [{ Key: 'stage', Value: stage }]
  const cases: Readonly<Record<string, (stage: string) => Promise<() => Promise<unknown>>>> = {
    async queue(stage) {
      const { QueueUrl } = await new sqs.SQSClient(mine).send(
        new sqs.CreateQueueCommand({ QueueName: `tags-${stage}`, tags: { stage } }),
      )
      return () => new sqs.SQSClient(theirs).send(new sqs.SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    },
    async topic(stage) {
      const { TopicArn } = await new sns.SNSClient(mine).send(
        new sns.CreateTopicCommand({ Name: `tags-${stage}`, Tags: pair(stage) }),
      )
      return () => new sns.SNSClient(theirs).send(new sns.PublishCommand({ TopicArn, Message: 'x' }))
    },
    async table(stage) {
      const TableName = `tags-${stage}`
      await new dynamodb.DynamoDBClient(mine).send(
        new dynamodb.CreateTableCommand({
          TableName,
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
          Tags: pair(stage),
        }),
      )
      return () => new dynamodb.DynamoDBClient(theirs).send(new dynamodb.ScanCommand({ TableName }))
    },
    async function(stage) {
      const FunctionName = `tags-${stage}`
      await deploy(new lambda.LambdaClient(mine), FunctionName, 'export const handler = async () => 1', {
        Tags: { stage },
        Role: await makeRole(kit, FunctionName),
      })
      return () => new lambda.LambdaClient(theirs).send(new lambda.InvokeCommand({ FunctionName }))
    },
    async secret(stage) {
      const { ARN } = await new secrets.SecretsManagerClient(mine).send(
        new secrets.CreateSecretCommand({ Name: `tags-${stage}`, SecretString: 'x', Tags: pair(stage) }),
      )
      return () => new secrets.SecretsManagerClient(theirs).send(new secrets.DescribeSecretCommand({ SecretId: ARN }))
    },
    async parameter(stage) {
      const Name = `/tags/${stage}`
      await new ssm.SSMClient(mine).send(
        new ssm.PutParameterCommand({ Name, Value: 'x', Type: 'String', Tags: pair(stage) }),
      )
      return () => new ssm.SSMClient(theirs).send(new ssm.GetParameterCommand({ Name }))
    },
    async key(stage) {
      const { KeyMetadata } = await new kms.KMSClient(mine).send(
        new kms.CreateKeyCommand({ Tags: [{ TagKey: 'stage', TagValue: stage }] }),
      )
      const KeyId = KeyMetadata?.KeyId
      return () => new kms.KMSClient(theirs).send(new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))
    },
    async role(stage) {
      const RoleName = `tags-role-${stage}`
      await new iam.IAMClient(mine).send(
        new iam.CreateRoleCommand({
          RoleName,
          Path: '/staged/',
          AssumeRolePolicyDocument: policy({ Effect: 'Allow', Principal: { AWS: OWNER }, Action: 'sts:AssumeRole' }),
          Tags: pair(stage),
        }),
      )
      return () => new iam.IAMClient(theirs).send(new iam.GetRoleCommand({ RoleName }))
    },
    async object(stage) {
      const client = new s3.S3Client(mine)
      await client.send(new s3.CreateBucketCommand({ Bucket: `tags-${stage}` }))
      const place = { Bucket: `tags-${stage}`, Key: 'a' }
      await client.send(new s3.PutObjectCommand({ ...place, Body: 'x', Tagging: `stage=${stage}` }))
      return () => new s3.S3Client(theirs).send(new s3.GetObjectCommand(place))
    },
  }
  for (const [name, make] of Object.entries(cases))
    await t.test(name, async () => {
      await (
        await make('test')
      )()
      await assert.rejects(await make('live'), DENIED)
    })
  await t.test('the aliases of a key', async () => {
    const client = new kms.KMSClient(mine)
    const { KeyMetadata } = await client.send(
      new kms.CreateKeyCommand({ Tags: [{ TagKey: 'stage', TagValue: 'test' }] }),
    )
    const KeyId = KeyMetadata?.KeyId
    const encrypt = new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from('x') })
    await new kms.KMSClient(theirs).send(encrypt)
    await client.send(new kms.CreateAliasCommand({ AliasName: 'alias/closed-one', TargetKeyId: KeyId }))
    await assert.rejects(new kms.KMSClient(theirs).send(encrypt), DENIED)
  })
})
