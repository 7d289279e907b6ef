// What is deleted while something is hung on it, and made again under the same name, has nothing hanging on it: no member,
// message, policy or version of its former life.
import * as dynamo from '@aws-sdk/client-dynamodb'
import * as events from '@aws-sdk/client-eventbridge'
import * as iam from '@aws-sdk/client-iam'
import * as lambda from '@aws-sdk/client-lambda'
import * as logs from '@aws-sdk/client-cloudwatch-logs'
import * as s3 from '@aws-sdk/client-s3'
import * as secrets from '@aws-sdk/client-secrets-manager'
import * as sns from '@aws-sdk/client-sns'
import * as sqs from '@aws-sdk/client-sqs'
import * as ssm from '@aws-sdk/client-ssm'
import { type Random, seededRandom } from '#base/ids.ts'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { zipOf } from '../lambda/zip-file.ts'
import { makeRole, openServer, REGION, type TestServer } from './server-kit.ts'

const ROUNDS = 12
/** How far apart two requests begin that race. */
const APART_MS_MAX = 6
const ACCOUNT = '000000000000'
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
})
const ZipFile = zipOf({ 'index.js': 'exports.handler = async () => 1' })

const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))
const random: Random = seededRandom(seed)

let kit: TestServer
let clients: ReturnType<typeof connect>
before(async () => {
  kit = await openServer({ readyCells: {} })
  clients = connect(kit)
  await makeRole(kit, 'runs')
  await clients.iam.send(new iam.CreateUserCommand({ UserName: 'bound' }))
})
after(() => kit[Symbol.asyncDispose]())

function connect({ sdk }: TestServer) {
  return {
    dynamo: new dynamo.DynamoDBClient(sdk),
    events: new events.EventBridgeClient(sdk),
    iam: new iam.IAMClient(sdk),
    lambda: new lambda.LambdaClient(sdk),
    logs: new logs.CloudWatchLogsClient(sdk),
    s3: new s3.S3Client(sdk),
    secrets: new secrets.SecretsManagerClient(sdk),
    sns: new sns.SNSClient(sdk),
    sqs: new sqs.SQSClient(sdk),
    ssm: new ssm.SSMClient(sdk),
  }
}

interface Case {
  readonly make: (name: string) => Promise<unknown>
  /** Whoever may be refused because there is nothing to hang it on any more. */
  readonly hang: readonly ((name: string) => Promise<unknown>)[]
  readonly remove: (name: string) => Promise<unknown>
  /** What hangs on it; rejects when it is not there. */
  readonly hanging: (name: string) => Promise<readonly unknown[]>
}

/** Runs all at once, each a little later or not. Who comes too late is refused, and not by a fault of the server. */
async function race(work: readonly (() => Promise<unknown>)[]): Promise<void> {
  const begun = work.map(async (one) => {
    await sleep(random() < 0.3 ? 0 : random() * APART_MS_MAX)
    await one()
  })
  for (const end of await Promise.allSettled(begun))
    if (end.status === 'rejected') assert.equal(end.reason?.$fault, 'client', String(end.reason))
}

const queueUrl = (name: string): string => `${kit.endpoint}/${ACCOUNT}/${name}`
const topicArn = (name: string): string => `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`
const policyArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:policy/${name}`

const CASES: Readonly<Record<string, () => Case>> = {
  'a group and its members': () => ({
    make: (GroupName) => clients.iam.send(new iam.CreateGroupCommand({ GroupName })),
    hang: [
      async (GroupName) => {
        const UserName = `member-of-${GroupName}`
        await clients.iam.send(new iam.CreateUserCommand({ UserName }))
        await clients.iam.send(new iam.AddUserToGroupCommand({ GroupName, UserName }))
      },
      (GroupName) =>
        clients.iam.send(
          new iam.AttachGroupPolicyCommand({ GroupName, PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
        ),
    ],
    remove: (GroupName) => clients.iam.send(new iam.DeleteGroupCommand({ GroupName })),
    hanging: async (GroupName) => {
      const { Users = [] } = await clients.iam.send(new iam.GetGroupCommand({ GroupName }))
      const { AttachedPolicies = [] } = await clients.iam.send(new iam.ListAttachedGroupPoliciesCommand({ GroupName }))
      return [...Users, ...AttachedPolicies]
    },
  }),
  'a user and its keys': () => ({
    make: (UserName) => clients.iam.send(new iam.CreateUserCommand({ UserName })),
    hang: [
      (UserName) => clients.iam.send(new iam.CreateAccessKeyCommand({ UserName })),
      (UserName) => clients.iam.send(new iam.CreateLoginProfileCommand({ UserName, Password: 'Long-enough-1!' })),
      (UserName) =>
        clients.iam.send(new iam.PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: POLICY })),
    ],
    remove: (UserName) => clients.iam.send(new iam.DeleteUserCommand({ UserName })),
    hanging: async (UserName) => {
      const { AccessKeyMetadata = [] } = await clients.iam.send(new iam.ListAccessKeysCommand({ UserName }))
      const { PolicyNames = [] } = await clients.iam.send(new iam.ListUserPoliciesCommand({ UserName }))
      const login = await clients.iam.send(new iam.GetLoginProfileCommand({ UserName })).catch(() => undefined)
      return [...AccessKeyMetadata, ...PolicyNames, ...(login ? [login] : [])]
    },
  }),
  'a policy and whoever has it': () => ({
    make: (PolicyName) => clients.iam.send(new iam.CreatePolicyCommand({ PolicyName, PolicyDocument: POLICY })),
    hang: [
      (name) => clients.iam.send(new iam.AttachRolePolicyCommand({ RoleName: 'runs', PolicyArn: policyArn(name) })),
      (name) =>
        clients.iam.send(
          new iam.PutUserPermissionsBoundaryCommand({ UserName: 'bound', PermissionsBoundary: policyArn(name) }),
        ),
      (name) =>
        clients.iam.send(new iam.CreatePolicyVersionCommand({ PolicyArn: policyArn(name), PolicyDocument: POLICY })),
    ],
    remove: (name) => clients.iam.send(new iam.DeletePolicyCommand({ PolicyArn: policyArn(name) })),
    hanging: async (name) => {
      const PolicyArn = policyArn(name)
      const { PolicyRoles = [] } = await clients.iam.send(new iam.ListEntitiesForPolicyCommand({ PolicyArn }))
      const { PolicyUsers = [] } = await clients.iam.send(
        new iam.ListEntitiesForPolicyCommand({ PolicyArn, PolicyUsageFilter: 'PermissionsBoundary' }),
      )
      const { Versions = [] } = await clients.iam.send(new iam.ListPolicyVersionsCommand({ PolicyArn }))
      return [...PolicyRoles, ...PolicyUsers, ...Versions.slice(1)]
    },
  }),
  'a role and its instance profile': () => ({
    make: async (RoleName) => {
      await clients.iam.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust() }))
      const InstanceProfileName = RoleName
      await clients.iam.send(new iam.CreateInstanceProfileCommand({ InstanceProfileName })).catch(() => undefined)
    },
    hang: [
      (RoleName) =>
        clients.iam.send(new iam.AddRoleToInstanceProfileCommand({ RoleName, InstanceProfileName: RoleName })),
      (RoleName) =>
        clients.iam.send(new iam.PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: POLICY })),
    ],
    remove: (RoleName) => clients.iam.send(new iam.DeleteRoleCommand({ RoleName })),
    hanging: async (RoleName) => {
      const { InstanceProfiles = [] } = await clients.iam.send(new iam.ListInstanceProfilesForRoleCommand({ RoleName }))
      const { PolicyNames = [] } = await clients.iam.send(new iam.ListRolePoliciesCommand({ RoleName }))
      return [...InstanceProfiles, ...PolicyNames]
    },
  }),
  'a bucket and its objects': () => ({
    make: (Bucket) => clients.s3.send(new s3.CreateBucketCommand({ Bucket })),
    hang: [
      (Bucket) => clients.s3.send(new s3.PutObjectCommand({ Bucket, Key: 'k', Body: 'x' })),
      (Bucket) => clients.s3.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: 'k' })),
      (Bucket) =>
        clients.s3.send(new s3.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } })),
      (Bucket) =>
        clients.s3.send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } })),
    ],
    remove: (Bucket) => clients.s3.send(new s3.DeleteBucketCommand({ Bucket })),
    hanging: async (Bucket) => {
      const { Contents = [] } = await clients.s3.send(new s3.ListObjectsV2Command({ Bucket }))
      const { Uploads = [] } = await clients.s3.send(new s3.ListMultipartUploadsCommand({ Bucket }))
      const { Status } = await clients.s3.send(new s3.GetBucketVersioningCommand({ Bucket }))
      const tags = await clients.s3.send(new s3.GetBucketTaggingCommand({ Bucket })).catch(() => undefined)
      return [...Contents, ...Uploads, ...(Status ? [Status] : []), ...(tags?.TagSet ?? [])]
    },
  }),
  'a queue and its messages': () => ({
    make: (QueueName) => clients.sqs.send(new sqs.CreateQueueCommand({ QueueName })),
    hang: [
      (name) => clients.sqs.send(new sqs.SendMessageCommand({ QueueUrl: queueUrl(name), MessageBody: 'x' })),
      (name) => clients.sqs.send(new sqs.TagQueueCommand({ QueueUrl: queueUrl(name), Tags: { a: 'b' } })),
    ],
    remove: (name) => clients.sqs.send(new sqs.DeleteQueueCommand({ QueueUrl: queueUrl(name) })),
    hanging: async (name) => {
      const QueueUrl = queueUrl(name)
      const { Messages = [] } = await clients.sqs.send(new sqs.ReceiveMessageCommand({ QueueUrl }))
      const { Tags = {} } = await clients.sqs.send(new sqs.ListQueueTagsCommand({ QueueUrl }))
      return [...Messages, ...Object.keys(Tags)]
    },
  }),
  'a topic and its subscriptions': () => ({
    make: (Name) => clients.sns.send(new sns.CreateTopicCommand({ Name })),
    hang: [
      (name) =>
        clients.sns.send(
          new sns.SubscribeCommand({
            TopicArn: topicArn(name),
            Protocol: 'sqs',
            Endpoint: `arn:aws:sqs:${REGION}:${ACCOUNT}:any`,
          }),
        ),
      (name) =>
        clients.sns.send(new sns.TagResourceCommand({ ResourceArn: topicArn(name), Tags: [{ Key: 'a', Value: 'b' }] })),
    ],
    remove: (name) => clients.sns.send(new sns.DeleteTopicCommand({ TopicArn: topicArn(name) })),
    hanging: async (name) => {
      const TopicArn = topicArn(name)
      const { Subscriptions = [] } = await clients.sns.send(new sns.ListSubscriptionsByTopicCommand({ TopicArn }))
      const { Tags = [] } = await clients.sns.send(new sns.ListTagsForResourceCommand({ ResourceArn: TopicArn }))
      return [...Subscriptions, ...Tags]
    },
  }),
  'a table and its items': () => ({
    make: async (TableName) => {
      await clients.dynamo.send(
        new dynamo.CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'k', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'k', KeyType: 'HASH' }],
        }),
      )
      await dynamo.waitUntilTableExists({ client: clients.dynamo, maxWaitTime: 10, minDelay: 1 }, { TableName })
    },
    hang: [
      (TableName) => clients.dynamo.send(new dynamo.PutItemCommand({ TableName, Item: { k: { S: 'a' } } })),
      (TableName) =>
        clients.dynamo.send(
          new dynamo.UpdateTimeToLiveCommand({
            TableName,
            TimeToLiveSpecification: { AttributeName: 't', Enabled: true },
          }),
        ),
    ],
    remove: async (TableName) => {
      await clients.dynamo.send(new dynamo.DeleteTableCommand({ TableName }))
      await dynamo.waitUntilTableNotExists({ client: clients.dynamo, maxWaitTime: 10, minDelay: 1 }, { TableName })
    },
    hanging: async (TableName) => {
      const { Items = [] } = await clients.dynamo.send(new dynamo.ScanCommand({ TableName }))
      const { TimeToLiveDescription } = await clients.dynamo.send(new dynamo.DescribeTimeToLiveCommand({ TableName }))
      return [...Items, ...(TimeToLiveDescription?.TimeToLiveStatus === 'DISABLED' ? [] : ['time to live'])]
    },
  }),
  'a function and what belongs to it': () => ({
    make: (FunctionName) =>
      clients.lambda.send(
        new lambda.CreateFunctionCommand({
          FunctionName,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Role: `arn:aws:iam::${ACCOUNT}:role/runs`,
          Code: { ZipFile },
        }),
      ),
    hang: [
      (FunctionName) => clients.lambda.send(new lambda.PublishVersionCommand({ FunctionName })),
      (FunctionName) =>
        clients.lambda.send(new lambda.CreateAliasCommand({ FunctionName, Name: 'a', FunctionVersion: '$LATEST' })),
      (FunctionName) =>
        clients.lambda.send(
          new lambda.AddPermissionCommand({
            FunctionName,
            StatementId: 's',
            Action: 'lambda:InvokeFunction',
            Principal: 's3.amazonaws.com',
          }),
        ),
      (FunctionName) =>
        clients.lambda.send(new lambda.CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' })),
      (FunctionName) =>
        clients.lambda.send(new lambda.PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0 })),
      (FunctionName) =>
        clients.lambda.send(
          new lambda.PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 1 }),
        ),
    ],
    remove: (FunctionName) => clients.lambda.send(new lambda.DeleteFunctionCommand({ FunctionName })),
    hanging: async (FunctionName) => {
      const client = clients.lambda
      const none = (): undefined => undefined
      const { Versions = [] } = await client.send(new lambda.ListVersionsByFunctionCommand({ FunctionName }))
      const { Aliases = [] } = await client.send(new lambda.ListAliasesCommand({ FunctionName }))
      const { FunctionUrlConfigs = [] } = await client.send(new lambda.ListFunctionUrlConfigsCommand({ FunctionName }))
      const { FunctionEventInvokeConfigs = [] } = await client.send(
        new lambda.ListFunctionEventInvokeConfigsCommand({ FunctionName }),
      )
      const policy = await client.send(new lambda.GetPolicyCommand({ FunctionName })).catch(none)
      const reserved = await client.send(new lambda.GetFunctionConcurrencyCommand({ FunctionName }))
      return [
        ...Versions.slice(1),
        ...Aliases,
        ...FunctionUrlConfigs,
        ...FunctionEventInvokeConfigs,
        ...(policy ? [policy] : []),
        ...(reserved.ReservedConcurrentExecutions === undefined ? [] : ['a reservation']),
      ]
    },
  }),
  'a bus and its rules': () => ({
    make: (Name) => clients.events.send(new events.CreateEventBusCommand({ Name })),
    hang: [
      (EventBusName) =>
        clients.events.send(new events.PutRuleCommand({ Name: 'r', EventBusName, EventPattern: '{"source":["a"]}' })),
      (name) =>
        clients.events.send(
          new events.CreateArchiveCommand({
            ArchiveName: name,
            EventSourceArn: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${name}`,
          }),
        ),
      (EventBusName) =>
        clients.events.send(
          new events.PutPermissionCommand({
            EventBusName,
            StatementId: 's',
            Action: 'events:PutEvents',
            Principal: '111111111111',
          }),
        ),
    ],
    remove: (Name) => clients.events.send(new events.DeleteEventBusCommand({ Name })),
    hanging: async (Name) => {
      const { Rules = [] } = await clients.events.send(new events.ListRulesCommand({ EventBusName: Name }))
      const { Archives = [] } = await clients.events.send(
        new events.ListArchivesCommand({ EventSourceArn: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${Name}` }),
      )
      const { Policy } = await clients.events.send(new events.DescribeEventBusCommand({ Name }))
      return [...Rules, ...Archives, ...(Policy === undefined ? [] : [Policy])]
    },
  }),
  'a rule and its targets': () => ({
    make: (Name) => clients.events.send(new events.PutRuleCommand({ Name, EventPattern: '{"source":["a"]}' })),
    hang: [
      (Rule) =>
        clients.events.send(
          new events.PutTargetsCommand({
            Rule,
            Targets: [{ Id: 't', Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:any` }],
          }),
        ),
    ],
    remove: (Name) => clients.events.send(new events.DeleteRuleCommand({ Name })),
    hanging: async (Rule) => (await clients.events.send(new events.ListTargetsByRuleCommand({ Rule }))).Targets ?? [],
  }),
  'a log group and its streams': () => ({
    make: (logGroupName) => clients.logs.send(new logs.CreateLogGroupCommand({ logGroupName })),
    hang: [
      (logGroupName) =>
        clients.logs.send(new logs.CreateLogStreamCommand({ logGroupName, logStreamName: 's' })).then(() =>
          clients.logs.send(
            new logs.PutLogEventsCommand({
              logGroupName,
              logStreamName: 's',
              logEvents: [{ timestamp: Date.now(), message: 'x' }],
            }),
          ),
        ),
      (logGroupName) => clients.logs.send(new logs.PutRetentionPolicyCommand({ logGroupName, retentionInDays: 7 })),
    ],
    remove: (logGroupName) => clients.logs.send(new logs.DeleteLogGroupCommand({ logGroupName })),
    hanging: async (logGroupName) => {
      const { logStreams = [] } = await clients.logs.send(new logs.DescribeLogStreamsCommand({ logGroupName }))
      const { events: lines = [] } = await clients.logs.send(new logs.FilterLogEventsCommand({ logGroupName }))
      const { logGroups = [] } = await clients.logs.send(
        new logs.DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }),
      )
      return [...logStreams, ...lines, ...logGroups.filter(({ retentionInDays }) => retentionInDays !== undefined)]
    },
  }),
  'a secret and its versions': () => ({
    make: (Name) => clients.secrets.send(new secrets.CreateSecretCommand({ Name, SecretString: 'first' })),
    hang: [
      (SecretId) => clients.secrets.send(new secrets.PutSecretValueCommand({ SecretId, SecretString: 'second' })),
      (SecretId) =>
        clients.secrets.send(new secrets.PutResourcePolicyCommand({ SecretId, ResourcePolicy: secretPolicy() })),
    ],
    remove: (SecretId) =>
      clients.secrets.send(new secrets.DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true })),
    hanging: async (SecretId) => {
      const { Versions = [] } = await clients.secrets.send(
        new secrets.ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated: true }),
      )
      const { ResourcePolicy } = await clients.secrets.send(new secrets.GetResourcePolicyCommand({ SecretId }))
      return [...Versions.slice(1), ...(ResourcePolicy === undefined ? [] : [ResourcePolicy])]
    },
  }),
  'a parameter and its versions': () => ({
    make: (Name) => clients.ssm.send(new ssm.PutParameterCommand({ Name, Value: 'first', Type: 'String' })),
    hang: [
      (Name) => clients.ssm.send(new ssm.LabelParameterVersionCommand({ Name, Labels: ['live'] })),
      (ResourceId) =>
        clients.ssm.send(
          new ssm.AddTagsToResourceCommand({
            ResourceType: 'Parameter',
            ResourceId,
            Tags: [{ Key: 'a', Value: 'b' }],
          }),
        ),
    ],
    remove: (Name) => clients.ssm.send(new ssm.DeleteParameterCommand({ Name })),
    hanging: async (Name) => {
      const { Parameters = [] } = await clients.ssm.send(new ssm.GetParameterHistoryCommand({ Name }))
      const { TagList = [] } = await clients.ssm.send(
        new ssm.ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: Name }),
      )
      return [...Parameters.slice(1), ...Parameters.flatMap(({ Labels = [] }) => Labels), ...TagList]
    },
  }),
}

function trust(): string {
  const statement = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}

function secretPolicy(): string {
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: '111111111111' },
    Action: 'secretsmanager:GetSecretValue',
    Resource: '*',
  }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}

for (const [what, open] of Object.entries(CASES))
  test(`${what} (seed ${seed})`, async (t) => {
    const { make, hang, remove, hanging } = open()
    let deleted = 0
    for (let round = 0; round < ROUNDS; round++) {
      const name = `${what.replaceAll(' ', '-')}-${round}`
      await make(name)
      // Where something that hangs keeps it from being deleted, less of it gives the deletion a chance.
      const some = round % 2 === 0 ? hang : [hang[Math.trunc(random() * hang.length)] ?? remove]
      await race([...some.map((one) => () => one(name)), () => remove(name)])
      if ((await hanging(name).catch(() => undefined)) !== undefined) continue
      deleted++
      await make(name)
      assert.deepEqual(await hanging(name), [], name)
    }
    t.diagnostic(`deleted in ${deleted} of ${ROUNDS} rounds`)
  })
