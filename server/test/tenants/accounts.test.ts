// Accounts are tenants: what one names the same as another stays its own, and neither reaches into the other. Quotas hold
// one of them without disturbing the others.
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { CloudWatchLogsClient, CreateLogGroupCommand, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import { CreateUserCommand, IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, DescribeKeyCommand, KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { CreateTopicCommand, ListTopicsCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { seededRandom } from '../../src/base/ids.ts'
import { mayfly } from '../conformance/mayfly.ts'
import { boto3, eventually, makeRole, openServer, type TestServer } from '../conformance/server-kit.ts'
import { zipOf } from '../lambda/zip-file.ts'

interface Tenant {
  readonly account: string
  readonly sdk: TestServer['sdk']
}

const HANDLER = `export const handler = async (event) => ({ account: process.env.WHO, hold: await new Promise((done) => setTimeout(done, event.ms ?? 0)) })`

describe('accounts', () => {
  let server: TestServer
  let operator: { endpoint: string; credentials: TestServer['keys'] }
  const command = async (...args: readonly string[]) => {
    const { status, stdout, stderr } = await mayfly(operator, [...args, '--json'])
    assert.equal(status, 0, stderr)
    return JSON.parse(stdout)
  }
  const newTenant = async (name: string): Promise<Tenant> => {
    const { account, accessKeyId, secretAccessKey } = await command('account', 'create', '--name', name)
    return { account: account.id, sdk: { ...server.sdk, credentials: { accessKeyId, secretAccessKey } } }
  }

  before(async () => {
    server = await openServer({ readyCells: { node: { small: 1 } } })
    operator = { endpoint: server.endpoint, credentials: server.keys }
  })
  after(() => server[Symbol.asyncDispose]())

  test('the same names in two accounts are two things, and nobody sees the other', async () => {
    const tenants = [await newTenant('left'), await newTenant('right')] as const
    const made: { readonly url: string; readonly topic: string; readonly key: string }[] = []
    for (const { account, sdk } of tenants) {
      const identity = await new STSClient(sdk).send(new GetCallerIdentityCommand({}))
      assert.equal(identity.Arn, `arn:aws:iam::${account}:root`)
      assert.match(account, /^[1-9]\d{11}$/)
      const sqs = new SQSClient(sdk)
      const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }))
      await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: account }))
      const dynamo = new DynamoDBClient(sdk)
      await dynamo.send(
        new CreateTableCommand({
          TableName: 'items',
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        }),
      )
      await dynamo.send(new PutItemCommand({ TableName: 'items', Item: { id: { S: 'k' }, who: { S: account } } }))
      const { TopicArn: topic = '' } = await new SNSClient(sdk).send(new CreateTopicCommand({ Name: 'news' }))
      await new SecretsManagerClient(sdk).send(new CreateSecretCommand({ Name: 'secret', SecretString: account }))
      await new SSMClient(sdk).send(new PutParameterCommand({ Name: '/p', Value: account, Type: 'SecureString' }))
      await new CloudWatchLogsClient(sdk).send(new CreateLogGroupCommand({ logGroupName: 'group' }))
      const { KeyMetadata: key } = await new KMSClient(sdk).send(new CreateKeyCommand({}))
      await new IAMClient(sdk).send(new CreateUserCommand({ UserName: 'user' }))
      const s3 = new S3Client(sdk)
      await s3.send(new CreateBucketCommand({ Bucket: `files-${account}` }))
      await s3.send(new PutObjectCommand({ Bucket: `files-${account}`, Key: 'k', Body: account }))
      const role = await makeRole({ sdk }, 'runs')
      await new LambdaClient(sdk).send(
        new CreateFunctionCommand({
          FunctionName: 'hello',
          Role: role,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Code: { ZipFile: zipOf({ 'index.mjs': HANDLER }) },
          Environment: { Variables: { WHO: account } },
        }),
      )
      made.push({ url, topic, key: key?.Arn ?? '' })
    }
    for (const [index, { account, sdk }] of tenants.entries()) {
      const other = tenants[1 - index]?.account ?? ''
      const theirs = made[1 - index]
      const own = made[index]
      assert.ok(theirs && own)
      const lambda = new LambdaClient(sdk)
      const answer = await lambda.send(new InvokeCommand({ FunctionName: 'hello', Payload: Buffer.from('{}') }))
      assert.equal(JSON.parse(Buffer.from(answer.Payload ?? []).toString()).account, account)
      const sqs = new SQSClient(sdk)
      const received = await sqs.send(new ReceiveMessageCommand({ QueueUrl: own.url }))
      assert.deepEqual(
        received.Messages?.map(({ Body: body }) => body),
        [account],
      )
      const item = await new DynamoDBClient(sdk).send(
        new GetItemCommand({ TableName: 'items', Key: { id: { S: 'k' } } }),
      )
      assert.equal(item.Item?.['who']?.S, account)
      const parameter = await new SSMClient(sdk).send(new GetParameterCommand({ Name: '/p', WithDecryption: true }))
      assert.equal(parameter.Parameter?.Value, account)
      const secret = await new SecretsManagerClient(sdk).send(new GetSecretValueCommand({ SecretId: 'secret' }))
      assert.equal(secret.SecretString, account)
      // Lists hold one's own, once.
      assert.equal((await lambda.send(new ListFunctionsCommand({}))).Functions?.length, 1)
      assert.deepEqual((await sqs.send(new ListQueuesCommand({}))).QueueUrls, [own.url])
      assert.deepEqual((await new DynamoDBClient(sdk).send(new ListTablesCommand({}))).TableNames, ['items'])
      assert.equal((await new SNSClient(sdk).send(new ListTopicsCommand({}))).Topics?.length, 1)
      assert.equal((await new IAMClient(sdk).send(new ListUsersCommand({}))).Users?.length, 1)
      const { Keys: keys = [] } = await new KMSClient(sdk).send(new ListKeysCommand({}))
      assert.ok(keys.length > 0 && keys.every(({ KeyArn: arn = '' }) => arn.includes(`:${account}:`)))
      const groups = await new CloudWatchLogsClient(sdk).send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: 'gr' }),
      )
      assert.equal(groups.logGroups?.length, 1)
      const { Buckets: buckets } = await new S3Client(sdk).send(new ListBucketsCommand({}))
      assert.deepEqual(
        buckets?.map(({ Name: name }) => name),
        [`files-${account}`],
      )
      const { Events: events = [] } = await new CloudTrailClient(sdk).send(new LookupEventsCommand({}))
      for (const { CloudTrailEvent: text = '' } of events) assert.ok(!text.includes(other), text)
      // What the other has cannot be reached by any of its names.
      const s3 = new S3Client(sdk)
      const foreign: readonly (() => Promise<unknown>)[] = [
        () => s3.send(new GetObjectCommand({ Bucket: `files-${other}`, Key: 'k' })),
        () => s3.send(new PutObjectCommand({ Bucket: `files-${other}`, Key: 'x', Body: 'x' })),
        () => s3.send(new ListObjectsV2Command({ Bucket: `files-${other}` })),
        () => s3.send(new CreateBucketCommand({ Bucket: `files-${other}` })),
        () => sqs.send(new ReceiveMessageCommand({ QueueUrl: theirs.url })),
        () => sqs.send(new SendMessageCommand({ QueueUrl: theirs.url, MessageBody: 'x' })),
        () => new SNSClient(sdk).send(new PublishCommand({ TopicArn: theirs.topic, Message: 'x' })),
        () => new KMSClient(sdk).send(new DescribeKeyCommand({ KeyId: theirs.key })),
        () => lambda.send(new GetFunctionCommand({ FunctionName: `arn:aws:lambda:eu-west-1:${other}:function:hello` })),
        () => lambda.send(new InvokeCommand({ FunctionName: `arn:aws:lambda:eu-west-1:${other}:function:hello` })),
        () =>
          new DynamoDBClient(sdk).send(
            new GetItemCommand({
              TableName: `arn:aws:dynamodb:eu-west-1:${other}:table/items`,
              Key: { id: { S: 'k' } },
            }),
          ),
        () =>
          new SecretsManagerClient(sdk).send(
            new GetSecretValueCommand({ SecretId: `arn:aws:secretsmanager:eu-west-1:${other}:secret:secret-abcdef` }),
          ),
      ]
      for (const [at, call] of foreign.entries()) await assert.rejects(call, `call ${at} of ${account}`)
    }
    const { accounts } = await command('account', 'list')
    assert.equal(accounts.length, 3)
    assert.ok(
      accounts.some(({ id, name }: { id: string; name?: string }) => id === tenants[0].account && name === 'left'),
    )
  })

  test('root of a tenant is no operator; what the operator does is in the trail', async () => {
    const { account, sdk } = await newTenant('watched')
    for (const args of [
      ['account', 'list'],
      ['account', 'create'],
      ['account', 'quota', account, '--rps', '9'],
      ['audit'],
    ]) {
      const { status, stderr } = await mayfly({ endpoint: server.endpoint, credentials: sdk.credentials }, args)
      assert.equal(status, 6, stderr)
    }
    assert.equal((await fetch(`${server.endpoint}/_mayfly/accounts`)).status, 403)
    const { status } = await mayfly(operator, ['account', 'show', '999999999999'])
    assert.equal(status, 5)
    await command('account', 'quota', account, '--functions', '3')
    const { stdout } = await mayfly(operator, ['audit', '--what', 'mayfly', '--resource', `${account}:root`])
    assert.match(stdout, /mayfly:CreateAccount.*\n.*mayfly:SetAccountQuotas/)
  })

  test('functions: one more than the quota is refused, also when many come at once', async () => {
    const { account, sdk } = await newTenant('functions')
    await command('account', 'quota', account, '--functions', '3')
    const role = await makeRole({ sdk }, 'runs')
    const lambda = new LambdaClient(sdk)
    const create = (name: string) =>
      lambda.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Role: role,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Code: { ZipFile: zipOf({ 'index.mjs': HANDLER }) },
        }),
      )
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, index) => create(`f${index}`)))
    const refused = outcomes.filter((one) => one.status === 'rejected')
    assert.equal(refused.length, 5)
    for (const { reason } of refused) assert.equal(reason.name, 'CodeStorageExceededException')
    const { Functions: functions = [] } = await lambda.send(new ListFunctionsCommand({}))
    assert.equal(functions.length, 3)
    await lambda.send(new DeleteFunctionCommand({ FunctionName: functions[0]?.FunctionName }))
    await create('again')
    const shown = await command('account', 'show', account)
    assert.deepEqual([shown.usage.functions, shown.account.quotas], [3, { functions: 3 }])
    await command('account', 'quota', account, '--functions', 'none')
    await create('free')
  })

  test('concurrency: an account has its own, and GetAccountSettings says so', async () => {
    const { account, sdk } = await newTenant('instances')
    await command('account', 'quota', account, '--concurrency', '2', '--storage', '1MiB')
    const lambda = new LambdaClient(sdk)
    const { AccountLimit: limit } = await lambda.send(new GetAccountSettingsCommand({}))
    assert.equal(limit?.ConcurrentExecutions, 2)
    assert.equal(limit?.UnreservedConcurrentExecutions, 2)
    assert.equal(limit?.TotalCodeSize, 1024 * 1024)
    const role = await makeRole({ sdk }, 'runs')
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'slow',
        Role: role,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Timeout: 60,
        Code: { ZipFile: zipOf({ 'index.mjs': HANDLER }) },
      }),
    )
    const invoke = () => lambda.send(new InvokeCommand({ FunctionName: 'slow', Payload: Buffer.from('{"ms":8000}') }))
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, invoke))
    const refused = outcomes.filter((one) => one.status === 'rejected')
    assert.equal(refused.length, 4)
    for (const { reason } of refused) assert.equal(reason.name, 'TooManyRequestsException')
  })

  test('storage: durable executions count, and wait until there is room', async () => {
    const { account, sdk } = await newTenant('lasting')
    await command('account', 'quota', account, '--storage', '300000')
    const lambda = new LambdaClient({ ...sdk, maxAttempts: 1 })
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'lasting',
        Role: await makeRole({ sdk }, 'runs'),
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        DurableConfig: { ExecutionTimeout: 60 },
        Code: { ZipFile: zipOf({ 'index.mjs': `export const handler = async () => ({ Status: 'SUCCEEDED' })` }) },
      }),
    )
    const begin = () =>
      lambda.send(
        new InvokeCommand({
          FunctionName: 'lasting:$LATEST',
          InvocationType: 'Event',
          Payload: Buffer.from(JSON.stringify('x'.repeat(80_000))),
        }),
      )
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, begin))
    const refused = outcomes.filter((one) => one.status === 'rejected')
    assert.equal(refused.length, 5)
    for (const { reason } of refused) {
      assert.equal(reason.name, 'TooManyRequestsException')
      assert.match(reason.message, /stores 300000 bytes, which is its quota; durable executions have no room/)
    }
    const { usage } = await command('account', 'show', account)
    assert.ok(usage.storageBytes > 240_000 && usage.storageBytes < 300_000, String(usage.storageBytes))
  })

  test('storage: objects, parts, copies and code count together; what was deleted makes room', async () => {
    const { account, sdk } = await newTenant('bytes')
    await command('account', 'quota', account, '--storage', '300000')
    const s3 = new S3Client(sdk)
    const Bucket = `bytes-${account}`
    await s3.send(new CreateBucketCommand({ Bucket }))
    const put = (key: string, bytes: number) =>
      s3.send(new PutObjectCommand({ Bucket, Key: key, Body: Buffer.alloc(bytes) }))
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => put(`k${index}`, 50_000)))
    const refused = outcomes.filter((one) => one.status === 'rejected')
    assert.equal(refused.length, 4)
    for (const { reason } of refused) assert.equal(reason.name, 'QuotaExceeded')
    const { Contents: contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }))
    assert.equal(contents.length, 6)
    const [first, second] = contents.map(({ Key: key = '' }) => key)
    await assert.rejects(put('more', 1), { name: 'QuotaExceeded' })
    await assert.rejects(s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${first}` })), {
      name: 'QuotaExceeded',
    })
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'big' }))
    const part = { Bucket, Key: 'big', UploadId, PartNumber: 1, Body: Buffer.alloc(50_000) }
    await assert.rejects(s3.send(new UploadPartCommand(part)), { name: 'QuotaExceeded' })
    await s3.send(new DeleteObjectCommand({ Bucket, Key: first }))
    await s3.send(new DeleteObjectCommand({ Bucket, Key: second }))
    await eventually('room', () => s3.send(new UploadPartCommand(part)).catch(() => undefined))
    const lambda = new LambdaClient(sdk)
    const role = await makeRole({ sdk }, 'runs')
    const code = (bytes: number) => zipOf({ 'index.mjs': HANDLER, 'data.bin': noise(bytes) })
    const created = {
      FunctionName: 'f',
      Role: role,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: code(40_000) },
    } as const
    await lambda.send(new CreateFunctionCommand(created))
    await assert.rejects(lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'f', ZipFile: code(90_000) })), {
      name: 'CodeStorageExceededException',
    })
    const { usage } = await command('account', 'show', account)
    assert.ok(usage.storageBytes > 240_000 && usage.storageBytes <= 300_000, String(usage.storageBytes))
    // Nobody else is held.
    const other = await newTenant('free')
    const theirs = new S3Client(other.sdk)
    await theirs.send(new CreateBucketCommand({ Bucket: `bytes-${other.account}` }))
    await theirs.send(new PutObjectCommand({ Bucket: `bytes-${other.account}`, Key: 'k', Body: Buffer.alloc(400_000) }))
  })

  test('requests: ten times the quota of one disturbs no other; each service throttles in its own words', async () => {
    const held = await newTenant('held')
    const free = await newTenant('free')
    const RPS = 20
    const calls = 10 * RPS
    await command('account', 'quota', held.account, '--rps', String(RPS))
    const beganMs = performance.now()
    const ask = (sdk: Tenant['sdk']) => {
      const sqs = new SQSClient(sdk)
      return Promise.allSettled(Array.from({ length: calls }, () => sqs.send(new ListQueuesCommand({}))))
    }
    const [ofHeld, ofFree] = await Promise.all([ask(held.sdk), ask(free.sdk)])
    const tookS = (performance.now() - beganMs) / 1000
    assert.equal(ofFree.filter((one) => one.status === 'fulfilled').length, calls)
    const served = ofHeld.filter((one) => one.status === 'fulfilled').length
    assert.ok(served >= RPS && served <= RPS + Math.ceil(tookS * RPS), `${served} in ${tookS} s`)
    for (const one of ofHeld) if (one.status === 'rejected') assert.equal(one.reason.name, 'RequestThrottled')

    await command('account', 'quota', held.account, '--rps', '1')
    const words: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['SlowDown', () => new S3Client(held.sdk).send(new ListBucketsCommand({}))],
      ['TooManyRequestsException', () => new LambdaClient(held.sdk).send(new ListFunctionsCommand({}))],
      ['RequestLimitExceeded', () => new DynamoDBClient(held.sdk).send(new ListTablesCommand({}))],
      ['Throttling', () => new IAMClient(held.sdk).send(new ListUsersCommand({}))],
      ['ThrottlingException', () => new KMSClient(held.sdk).send(new ListKeysCommand({}))],
    ]
    for (const [name, call] of words) {
      const errors = (await Promise.allSettled(Array.from({ length: 30 }, call))).flatMap((one) =>
        one.status === 'rejected' ? [one.reason] : [],
      )
      assert.ok(errors.length > 0, `nothing was throttled by ${name}`)
      for (const error of errors) assert.equal(error.name, name)
      if (name === 'TooManyRequestsException') assert.match(errors[0].$response.headers['retry-after'], /^\d+$/)
    }
    const { usage } = await command('account', 'show', held.account)
    assert.ok(usage.refusedRequests > 0)
    await command('account', 'quota', held.account, '--rps', 'none')
    const { Events: refused = [] } = await new CloudTrailClient(held.sdk).send(
      new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'ListTables' }] }),
    )
    const throttled = refused
      .map(({ CloudTrailEvent: text = '' }) => JSON.parse(text))
      .filter(({ errorCode }) => errorCode === 'RequestLimitExceeded')
    assert.ok(throttled.length > 0, 'what was throttled is in the trail')
    assert.equal(throttled[0].userIdentity.accountId, held.account)
    const [arn] = await boto3(
      { endpoint: server.endpoint, keys: held.sdk.credentials },
      `show([client('sts').get_caller_identity()['Arn'] for _ in range(40)][-1])`,
    )
    assert.equal(arn, `arn:aws:iam::${held.account}:root`)
  })
})

/** Text that does not shrink in a zip. */
function noise(bytes: number): string {
  const random = seededRandom(7)
  return Array.from({ length: bytes }, () => String.fromCharCode(32 + Math.floor(random() * 90))).join('')
}
