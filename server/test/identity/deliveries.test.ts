// Permissions where no client calls: roles that functions are given, senders of events, destinations and event sources. All
// of it by the official clients, against a server that enforces.
import * as dynamodb from '@aws-sdk/client-dynamodb'
import * as iam from '@aws-sdk/client-iam'
import * as kms from '@aws-sdk/client-kms'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import * as sns from '@aws-sdk/client-sns'
import * as sqs from '@aws-sdk/client-sqs'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, makeRole, openServer, type TestServer } from '../conformance/server-kit.ts'
import { deploy } from '../lambda/server-fixture.ts'
import { zipOf } from '../lambda/zip-file.ts'

const ACCOUNT = '000000000000'
const ECHO = 'export const handler = async (event) => event'

let kit: TestServer
let roles: iam.IAMClient
let functions: lambda.LambdaClient
let buckets: s3.S3Client
let topics: sns.SNSClient
let queues: sqs.SQSClient
before(async () => {
  kit = await openServer({ readyCells: {} })
  roles = new iam.IAMClient(kit.sdk)
  functions = new lambda.LambdaClient(kit.sdk)
  buckets = new s3.S3Client(kit.sdk)
  topics = new sns.SNSClient(kit.sdk)
  queues = new sqs.SQSClient(kit.sdk)
})
after(async () => {
  for (const client of [roles, functions, buckets, topics, queues]) client.destroy()
  await kit[Symbol.asyncDispose]()
})

function arnOf(service: string, resource: string): string {
  return `arn:aws:${service}:${kit.sdk.region}:${ACCOUNT}:${resource}`
}

function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

/** What a resource's policy says to let a bucket or topic in. */
function lets(service: string, Action: string, Resource: string, sourceArn: string): string {
  const Condition = { ArnEquals: { 'aws:SourceArn': sourceArn }, StringEquals: { 'aws:SourceAccount': ACCOUNT } }
  return policy({ Effect: 'Allow', Principal: { Service: service }, Action, Resource, Condition })
}

async function makeQueue(name: string): Promise<{ readonly QueueUrl: string; readonly arn: string }> {
  const { QueueUrl = '' } = await queues.send(new sqs.CreateQueueCommand({ QueueName: name }))
  return { QueueUrl, arn: arnOf('sqs', name) }
}

async function setPolicy(QueueUrl: string, Policy: string): Promise<void> {
  await queues.send(new sqs.SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
}

/** The bodies of what is in the queue; it waits for at least one that `wanted` holds for. */
async function bodies(QueueUrl: string, wanted: (body: string) => boolean): Promise<readonly string[]> {
  return await eventually('the message', async () => {
    const { Messages = [] } = await queues.send(
      new sqs.ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
    )
    const found = Messages.map(({ Body = '' }) => Body)
    return found.some(wanted) ? found : undefined
  })
}

interface DeadLetter {
  readonly reason: string
}

/** The first dead letter for an ARN. */
async function deadLetter(holds: (reason: string) => boolean): Promise<string> {
  return await eventually('the dead letter', async () => {
    const page = (await (await fetch(`${kit.endpoint}/_mayfly/dead-letters`)).json()) as {
      readonly deadLetters: readonly DeadLetter[]
    }
    return page.deadLetters.map(({ reason }) => reason).find(holds)
  })
}

function notify(Bucket: string, NotificationConfiguration: s3.NotificationConfiguration): Promise<unknown> {
  return buckets.send(new s3.PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }))
}

const REFUSED = { name: 'InvalidArgument', message: 'Unable to validate the following destination configurations' }
const CREATED: s3.Event[] = ['s3:ObjectCreated:*']

test('a function needs a role that Lambda can assume', async () => {
  const create = (Role: string): Promise<unknown> => deploy(functions, 'roleless', ECHO, { Role })
  const notAssumable = {
    name: 'InvalidParameterValueException',
    message: 'The role defined for the function cannot be assumed by Lambda.',
  }
  await assert.rejects(create(`arn:aws:iam::${ACCOUNT}:role/missing`), notAssumable)
  const trust = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }
  const { Role: made } = await roles.send(
    new iam.CreateRoleCommand({ RoleName: 'for-machines', AssumeRolePolicyDocument: policy(trust) }),
  )
  await assert.rejects(create(made?.Arn ?? ''), notAssumable)
  // Nobody passes a role of another account.
  await assert.rejects(create('arn:aws:iam::111122223333:role/theirs'), { name: 'AccessDeniedException' })
  await create(await makeRole(kit, 'good'))
  const update = (Role: string): Promise<unknown> =>
    functions.send(new lambda.UpdateFunctionConfigurationCommand({ FunctionName: 'roleless', Role }))
  await assert.rejects(update(made?.Arn ?? ''), notAssumable)
  await update(await makeRole(kit, 'better'))
})

test('plain dev takes any role, and says what start would say', async () => {
  const dev = await openServer({ mode: 'dev', readyCells: {} })
  const client = new lambda.LambdaClient(dev.sdk)
  let header: string | undefined
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      header = (result.response as { readonly headers: Record<string, string> }).headers['x-mayfly-would-deny']
      return result
    },
    { step: 'deserialize' },
  )
  await deploy(client, 'any', ECHO)
  assert.equal(header, 'The role defined for the function cannot be assumed by Lambda.')
  const { StatusCode } = await client.send(new lambda.InvokeCommand({ FunctionName: 'any' }))
  assert.equal(StatusCode, 200)
  client.destroy()
  await dev[Symbol.asyncDispose]()
})

test('a bucket tells a queue only what the policy of the queue permits', async () => {
  const queue = await makeQueue('uploads')
  await buckets.send(new s3.CreateBucketCommand({ Bucket: 'uploads' }))
  const configuration = { QueueConfigurations: [{ QueueArn: queue.arn, Events: CREATED }] }
  await assert.rejects(notify('uploads', configuration), REFUSED)
  await setPolicy(queue.QueueUrl, lets('s3.amazonaws.com', 'sqs:SendMessage', queue.arn, 'arn:aws:s3:::other'))
  await assert.rejects(notify('uploads', configuration), REFUSED)
  await setPolicy(queue.QueueUrl, lets('s3.amazonaws.com', 'sqs:SendMessage', queue.arn, 'arn:aws:s3:::uploads'))
  await notify('uploads', configuration)
  await buckets.send(new s3.PutObjectCommand({ Bucket: 'uploads', Key: 'seen', Body: 'x' }))
  await bodies(queue.QueueUrl, (body) => body.includes('"seen"'))
  // What was permitted once is asked again with every event.
  await setPolicy(queue.QueueUrl, '')
  await buckets.send(new s3.PutObjectCommand({ Bucket: 'uploads', Key: 'unseen', Body: 'x' }))
  const reason = await deadLetter((text) => text.includes(queue.arn))
  assert.match(
    reason,
    /^s3\.amazonaws\.com is not authorized to perform: sqs:SendMessage on resource: \S+ because no resource-based policy allows/,
  )
  const [, id = ''] = /mayfly explain (\S+)\)/.exec(reason) ?? []
  const { denial } = (await (await fetch(`${kit.endpoint}/_mayfly/explain/${id}`)).json()) as {
    readonly denial: { readonly who: string; readonly remedy: { readonly statement: string } }
  }
  assert.equal(denial.who, 's3.amazonaws.com')
  assert.deepEqual(JSON.parse(denial.remedy.statement).Principal, { Service: 's3.amazonaws.com' })
})

test('a bucket invokes a function, and tells a topic, only when those permit it', async () => {
  await deploy(functions, 'on-upload', ECHO, { Role: await makeRole(kit, 'on-upload') })
  await buckets.send(new s3.CreateBucketCommand({ Bucket: 'starts' }))
  const LambdaFunctionArn = arnOf('lambda', 'function:on-upload')
  const toFunction = { LambdaFunctionConfigurations: [{ LambdaFunctionArn, Events: CREATED }] }
  await assert.rejects(notify('starts', toFunction), REFUSED)
  const permit = (SourceArn: string, StatementId: string): Promise<unknown> =>
    functions.send(
      new lambda.AddPermissionCommand({
        FunctionName: 'on-upload',
        StatementId,
        Action: 'lambda:InvokeFunction',
        Principal: 's3.amazonaws.com',
        SourceArn,
        SourceAccount: ACCOUNT,
      }),
    )
  await permit('arn:aws:s3:::another', 'another')
  await assert.rejects(notify('starts', toFunction), REFUSED)
  await permit('arn:aws:s3:::starts', 'starts')
  await notify('starts', toFunction)
  await functions.send(new lambda.RemovePermissionCommand({ FunctionName: 'on-upload', StatementId: 'starts' }))
  await buckets.send(new s3.PutObjectCommand({ Bucket: 'starts', Key: 'a', Body: 'x' }))
  await deadLetter((text) => text.includes(LambdaFunctionArn))

  const { TopicArn = '' } = await topics.send(new sns.CreateTopicCommand({ Name: 'starts' }))
  const toTopic = { TopicConfigurations: [{ TopicArn, Events: CREATED }] }
  // The policy that a topic has by itself lets in the owner's identities, not a service.
  await assert.rejects(notify('starts', toTopic), REFUSED)
  await topics.send(
    new sns.SetTopicAttributesCommand({
      TopicArn,
      AttributeName: 'Policy',
      AttributeValue: lets('s3.amazonaws.com', 'sns:Publish', TopicArn, 'arn:aws:s3:::starts'),
    }),
  )
  await notify('starts', toTopic)
})

test('a bucket tells a topic under a key only when the key permits it as well', async () => {
  const keys = new kms.KMSClient(kit.sdk)
  const { KeyMetadata: { KeyId, Arn: keyArn = '' } = {} } = await keys.send(new kms.CreateKeyCommand({}))
  const own = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' }
  const setKeyPolicy = (...more: readonly object[]): Promise<unknown> =>
    keys.send(new kms.PutKeyPolicyCommand({ KeyId, Policy: policy(own, ...more) }))
  const Principal = { Service: 's3.amazonaws.com' }
  const mayUse = { Effect: 'Allow', Principal, Action: ['kms:GenerateDataKey*', 'kms:Decrypt'], Resource: '*' }
  await buckets.send(new s3.CreateBucketCommand({ Bucket: 'told-under-key' }))
  const sourceArn = 'arn:aws:s3:::told-under-key'
  const makeTopic = async (Name: string, KmsMasterKeyId: string): Promise<string> => {
    const Policy = lets('s3.amazonaws.com', 'sns:Publish', arnOf('sns', Name), sourceArn)
    return (
      (await topics.send(new sns.CreateTopicCommand({ Name, Attributes: { KmsMasterKeyId, Policy } }))).TopicArn ?? ''
    )
  }
  const managed = await makeTopic('under-own-key', 'alias/aws/sns')
  const TopicArn = await makeTopic('under-key', keyArn)
  const tell = (topic: string): Promise<unknown> =>
    notify('told-under-key', { TopicConfigurations: [{ TopicArn: topic, Events: CREATED }] })
  await assert.rejects(tell(TopicArn), REFUSED)
  // The policy of the key behind alias/aws/sns lets no service in, as on AWS.
  await assert.rejects(tell(managed), REFUSED)
  const only = { StringEquals: { 'kms:EncryptionContext:aws:sns:topicArn': managed } }
  await setKeyPolicy({ ...mayUse, Condition: only })
  await assert.rejects(tell(TopicArn), REFUSED)
  await setKeyPolicy({ ...mayUse, Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } })
  await tell(TopicArn)
  const queue = await makeQueue('hears-of-keys')
  await setPolicy(queue.QueueUrl, lets('sns.amazonaws.com', 'sqs:SendMessage', queue.arn, TopicArn))
  await topics.send(new sns.SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queue.arn }))
  const put = (Key: string): Promise<unknown> =>
    buckets.send(new s3.PutObjectCommand({ Bucket: 'told-under-key', Key, Body: 'x' }))
  await put('told')
  await bodies(queue.QueueUrl, (body) => body.includes('told-under-key') && body.includes('ObjectCreated'))
  await setKeyPolicy()
  await put('untold')
  assert.match(await deadLetter((reason) => reason.includes(keyArn)), /kms:GenerateDataKey/)
  keys.destroy()
})

test('a topic sends to queues that permit it, and the rest goes to the dead-letter queue of the subscription', async () => {
  const queue = await makeQueue('heard')
  const dead = await makeQueue('unheard')
  const { TopicArn = '' } = await topics.send(new sns.CreateTopicCommand({ Name: 'news' }))
  await setPolicy(dead.QueueUrl, lets('sns.amazonaws.com', 'sqs:SendMessage', dead.arn, TopicArn))
  await topics.send(
    new sns.SubscribeCommand({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: queue.arn,
      Attributes: { RawMessageDelivery: 'true', RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn }) },
    }),
  )
  await topics.send(new sns.PublishCommand({ TopicArn, Message: 'refused' }))
  await bodies(dead.QueueUrl, (body) => body === 'refused')
  await setPolicy(queue.QueueUrl, lets('sns.amazonaws.com', 'sqs:SendMessage', queue.arn, TopicArn))
  await topics.send(new sns.PublishCommand({ TopicArn, Message: 'taken' }))
  assert.deepEqual(await bodies(queue.QueueUrl, (body) => body === 'taken'), ['taken'])
})

test('a function sends to its destinations with its role', async () => {
  const queue = await makeQueue('ends')
  await deploy(functions, 'sender', ECHO, { Role: await makeRole(kit, 'sender', []) })
  const configure = (): Promise<unknown> =>
    functions.send(
      new lambda.PutFunctionEventInvokeConfigCommand({
        FunctionName: 'sender',
        DestinationConfig: { OnSuccess: { Destination: queue.arn } },
      }),
    )
  const refused = {
    name: 'InvalidParameterValueException',
    message: /^The provided execution role does not have permissions to call SendMessage on SQS/,
  }
  await assert.rejects(configure(), refused)
  const deadLetters = { FunctionName: 'sender', DeadLetterConfig: { TargetArn: queue.arn } }
  await assert.rejects(functions.send(new lambda.UpdateFunctionConfigurationCommand(deadLetters)), refused)
  const grant = { RoleName: 'sender', PolicyName: 'send' }
  const statement = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue.arn }
  await roles.send(new iam.PutRolePolicyCommand({ ...grant, PolicyDocument: policy(statement) }))
  await configure()
  const invoke = (n: number): Promise<unknown> =>
    functions.send(
      new lambda.InvokeCommand({
        FunctionName: 'sender',
        InvocationType: 'Event',
        Payload: Buffer.from(JSON.stringify({ n })),
      }),
    )
  await invoke(1)
  await bodies(queue.QueueUrl, (body) => body.includes('"n":1'))
  await roles.send(new iam.DeleteRolePolicyCommand(grant))
  await invoke(2)
  const reason = await deadLetter((text) => text.includes(queue.arn) && text.includes('assumed-role/sender'))
  assert.match(reason, /is not authorized to perform: sqs:SendMessage .* because no identity-based policy allows/)
})

test('a mapping reads its source with the role of the function', async () => {
  const queue = await makeQueue('jobs')
  await deploy(functions, 'worker', ECHO, { Role: await makeRole(kit, 'worker', []) })
  const map = (EventSourceArn: string, more: object = {}): Promise<lambda.EventSourceMappingConfiguration> =>
    functions.send(new lambda.CreateEventSourceMappingCommand({ FunctionName: 'worker', EventSourceArn, ...more }))
  const grant = async (Action: readonly string[], Resource: string): Promise<void> => {
    const PolicyDocument = policy({ Effect: 'Allow', Action, Resource })
    await roles.send(new iam.PutRolePolicyCommand({ RoleName: 'worker', PolicyName: 'read', PolicyDocument }))
  }
  const lacks = (action: string) => ({
    name: 'InvalidParameterValueException',
    message: `The provided execution role does not have permissions to call ${action} on SQS`,
  })
  await assert.rejects(map(queue.arn), lacks('ReceiveMessage'))
  await grant(['sqs:ReceiveMessage'], queue.arn)
  await assert.rejects(map(queue.arn), lacks('DeleteMessage'))
  await grant(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], queue.arn)
  const { UUID } = await map(queue.arn)
  const send = (MessageBody: string): Promise<unknown> =>
    queues.send(new sqs.SendMessageCommand({ QueueUrl: queue.QueueUrl, MessageBody }))
  const resultIs = (wanted: string): Promise<true> =>
    eventually(wanted, async () => {
      const { LastProcessingResult } = await functions.send(new lambda.GetEventSourceMappingCommand({ UUID }))
      return LastProcessingResult === wanted ? true : undefined
    })
  await send('one')
  await resultIs('OK')
  await roles.send(new iam.DeleteRolePolicyCommand({ RoleName: 'worker', PolicyName: 'read' }))
  // A receive that was under way may still bring one.
  await send('two')
  await send('three')
  await resultIs('PROBLEM: The execution role may not read the event source')
  await grant(['sqs:*'], queue.arn)
  await send('four')
  await resultIs('OK')

  const tables = new dynamodb.DynamoDBClient(kit.sdk)
  const { TableDescription } = await tables.send(
    new dynamodb.CreateTableCommand({
      TableName: 'orders',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  )
  tables.destroy()
  const stream = TableDescription?.LatestStreamArn ?? ''
  await assert.rejects(map(stream, { StartingPosition: 'LATEST' }), {
    name: 'InvalidParameterValueException',
    message: `Cannot access stream ${stream}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.`,
  })
  await grant(['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream'], stream)
  await map(stream, { StartingPosition: 'LATEST' })
})

test('a function whose role lost its trust is no longer created anew', async () => {
  const Role = await makeRole(kit, 'fading')
  await roles.send(
    new iam.UpdateAssumeRolePolicyCommand({
      RoleName: 'fading',
      PolicyDocument: policy({ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' }),
    }),
  )
  await assert.rejects(
    functions.send(
      new lambda.CreateFunctionCommand({
        FunctionName: 'late',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role,
        Code: { ZipFile: zipOf({ 'index.mjs': ECHO }) },
      }),
    ),
    /cannot be assumed by Lambda/,
  )
})
