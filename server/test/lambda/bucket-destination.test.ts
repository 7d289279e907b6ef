// Buckets as destinations of failures: of asynchronous invocations, and of a stream's batches. The function's role writes, so
// it must be allowed to, when the destination is named and with every record. Against a server that enforces.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as dynamodb from '@aws-sdk/client-dynamodb'
import * as iam from '@aws-sdk/client-iam'
import * as kms from '@aws-sdk/client-kms'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import { eventually, makeRole, openServer, type TestServer } from '../conformance/server-kit.ts'
import { deploy } from './server-fixture.ts'

const FAILS = `export const handler = async () => { throw new Error('out of paper') }`
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

let server: TestServer
let functions: lambda.LambdaClient
let buckets: s3.S3Client
let roles: iam.IAMClient
before(async () => {
  server = await openServer({ readyCells: {} })
  functions = new lambda.LambdaClient(server.sdk)
  buckets = new s3.S3Client(server.sdk)
  roles = new iam.IAMClient(server.sdk)
})
after(async () => {
  for (const client of [functions, buckets, roles]) client.destroy()
  await server[Symbol.asyncDispose]()
})

/** A bucket, a function that fails, and a role of the same name that may do nothing yet. */
async function stage(name: string): Promise<string> {
  await buckets.send(new s3.CreateBucketCommand({ Bucket: name }))
  await deploy(functions, name, FAILS, { Role: await makeRole(server, name, []) })
  return `arn:aws:s3:::${name}`
}

async function allow(RoleName: string, ...statements: readonly (readonly [string, string])[]): Promise<void> {
  const Statement = statements.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource }))
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await roles.send(new iam.PutRolePolicyCommand({ RoleName, PolicyName: 'write', PolicyDocument }))
}

const mayWrite = (arn: string) => [['s3:PutObject', `${arn}/*`] as const, ['s3:ListBucket', arn] as const]

function configure(FunctionName: string, Destination: string, which: 'OnFailure' | 'OnSuccess' = 'OnFailure') {
  const DestinationConfig = { [which]: { Destination } }
  const settings = { FunctionName, MaximumRetryAttempts: 0, DestinationConfig }
  return functions.send(new lambda.PutFunctionEventInvokeConfigCommand(settings))
}

async function invoke(FunctionName: string, event: object): Promise<string> {
  const input = { FunctionName, InvocationType: 'Event', Payload: JSON.stringify(event) } as const
  return (await functions.send(new lambda.InvokeCommand(input))).$metadata.requestId ?? ''
}

async function keysOf(Bucket: string): Promise<string[]> {
  const { Contents = [] } = await buckets.send(new s3.ListObjectsV2Command({ Bucket }))
  return Contents.map(({ Key = '' }) => Key)
}

/** The first `count` objects of a bucket, once they are there. */
async function objects(Bucket: string, count = 1) {
  const keys = await eventually(`${count} objects in ${Bucket}`, async () => {
    const found = await keysOf(Bucket)
    return found.length >= count ? found : undefined
  })
  return await Promise.all(
    keys.map(async (Key) => {
      const { Body, ContentType } = await buckets.send(new s3.GetObjectCommand({ Bucket, Key }))
      return { key: Key, type: ContentType, document: JSON.parse((await Body?.transformToString()) ?? '') }
    }),
  )
}

function deadLetter(holds: (reason: string) => boolean): Promise<string> {
  return eventually('the dead letter', async () => {
    const page = (await (await fetch(`${server.endpoint}/_mayfly/dead-letters`)).json()) as {
      readonly deadLetters: readonly { readonly reason: string }[]
    }
    return page.deadLetters.map(({ reason }) => reason).find(holds)
  })
}

test('what an asynchronous invocation could not do becomes an object, named as on AWS', async () => {
  const arn = await stage('failed-events')
  await allow('failed-events', ...mayWrite(arn))
  await configure('failed-events', arn)
  const requestId = await invoke('failed-events', { page: 7 })
  const [object] = await objects('failed-events')
  const form = `^aws/lambda/async/failed-events/(\\d{4})/(\\d\\d)/(\\d\\d)/(\\d{4}-\\d\\d-\\d\\d)T\\d\\d\\.\\d\\d\\.\\d\\d-${UUID}$`
  const [, year, month, day, date] = new RegExp(form).exec(object?.key ?? '') ?? assert.fail(object?.key)
  assert.equal(`${year}-${month}-${day}`, date)
  assert.equal(object?.type, 'application/json')
  const { requestContext, requestPayload, responseContext, responsePayload, version } = object.document
  assert.deepEqual(requestPayload, { page: 7 })
  assert.equal(responsePayload.errorMessage, 'out of paper')
  assert.deepEqual(responseContext, { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' })
  assert.deepEqual(
    [version, requestContext.requestId, requestContext.condition, requestContext.approximateInvokeCount],
    ['1.0', requestId, 'RetriesExhausted', 1],
  )
})

test('a bucket is refused where it cannot be: missing, as an object, for successes, without the rights', async () => {
  const arn = await stage('refused-events')
  const invalid = (message: RegExp) => ({ name: 'InvalidParameterValueException', message })
  const noRight = invalid(/^The provided execution role does not have permissions to call PutObject on S3: /)
  await assert.rejects(configure('refused-events', arn), noRight)
  await allow('refused-events', ['s3:PutObject', `${arn}/*`])
  await assert.rejects(configure('refused-events', arn), noRight)
  await allow('refused-events', ['s3:PutObject', `${arn}/other/*`], ['s3:ListBucket', arn])
  await assert.rejects(configure('refused-events', arn), noRight)
  await allow('refused-events', ['s3:*', '*'])
  await assert.rejects(configure('refused-events', `${arn}-missing`), invalid(/there is no bucket/))
  for (const wrong of [configure('refused-events', `${arn}/folder`), configure('refused-events', arn, 'OnSuccess')])
    await assert.rejects(wrong, invalid(/^The provided destination \S+ is invalid\.$/))
  await configure('refused-events', arn)
})

test('the role is asked again with every record; what it may not write is a dead letter', async () => {
  const arn = await stage('closed-events')
  await allow('closed-events', ...mayWrite(arn))
  await configure('closed-events', arn)
  await roles.send(new iam.DeleteRolePolicyCommand({ RoleName: 'closed-events', PolicyName: 'write' }))
  await invoke('closed-events', {})
  const reason = await deadLetter((text) => text.includes('assumed-role/closed-events'))
  assert.match(
    reason,
    /is not authorized to perform: s3:PutObject on resource: "?arn:aws:s3:::closed-events\/aws\/lambda/,
  )
  assert.deepEqual(await keysOf('closed-events'), [])
})

test('a bucket under a customer’s key takes records of roles that may use the key', async () => {
  const arn = await stage('sealed-events')
  const keys = new kms.KMSClient(server.sdk)
  const { KeyMetadata } = await keys.send(new kms.CreateKeyCommand({}))
  const keyArn = KeyMetadata?.Arn ?? ''
  const byDefault = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keyArn } as const
  const Rules = [{ ApplyServerSideEncryptionByDefault: byDefault }]
  await buckets.send(
    new s3.PutBucketEncryptionCommand({ Bucket: 'sealed-events', ServerSideEncryptionConfiguration: { Rules } }),
  )
  await allow('sealed-events', ...mayWrite(arn))
  await assert.rejects(configure('sealed-events', arn), /kms:GenerateDataKey/)
  await allow('sealed-events', ...mayWrite(arn), ['kms:GenerateDataKey', keyArn])
  await configure('sealed-events', arn)
  await invoke('sealed-events', { page: 8 })
  const [object] = await objects('sealed-events')
  assert.deepEqual(object?.document.requestPayload, { page: 8 })
  keys.destroy()
})

test('records that start the function again are taken for a loop, and end', async () => {
  const arn = await stage('looping-events')
  await allow('looping-events', ...mayWrite(arn))
  await configure('looping-events', arn)
  const { FunctionArn: LambdaFunctionArn = '' } = await functions.send(
    new lambda.GetFunctionConfigurationCommand({ FunctionName: 'looping-events' }),
  )
  const permission = { StatementId: 'bucket', Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com' }
  await functions.send(
    new lambda.AddPermissionCommand({ FunctionName: 'looping-events', SourceArn: arn, ...permission }),
  )
  const Events: s3.Event[] = ['s3:ObjectCreated:Put']
  const NotificationConfiguration = { LambdaFunctionConfigurations: [{ LambdaFunctionArn, Events }] }
  await buckets.send(
    new s3.PutBucketNotificationConfigurationCommand({ Bucket: 'looping-events', NotificationConfiguration }),
  )
  await invoke('looping-events', {})
  await deadLetter((reason) => reason.endsWith('it is taken for a loop'))
  const written = await keysOf('looping-events')
  assert.ok(written.length > 1 && written.length <= 16, `${written.length} objects`)
})

test('a batch of a stream that was given up goes there whole', async () => {
  const arn = await stage('failed-batches')
  await allow('failed-batches', ...mayWrite(arn), ['dynamodb:*', '*'])
  const tables = new dynamodb.DynamoDBClient(server.sdk)
  const { TableDescription } = await tables.send(
    new dynamodb.CreateTableCommand({
      TableName: 'pages',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  )
  await dynamodb.waitUntilTableExists({ client: tables, minDelay: 1, maxWaitTime: 30 }, { TableName: 'pages' })
  await tables.send(new dynamodb.PutItemCommand({ TableName: 'pages', Item: { id: { S: 'torn' } } }))
  const { UUID: mapping } = await functions.send(
    new lambda.CreateEventSourceMappingCommand({
      FunctionName: 'failed-batches',
      EventSourceArn: TableDescription?.LatestStreamArn,
      StartingPosition: 'TRIM_HORIZON',
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: arn } },
    }),
  )
  const [object] = await objects('failed-batches')
  assert.match(
    object?.key ?? '',
    new RegExp(`^aws/lambda/${mapping}/shardId-[^/]+/\\d{4}/\\d\\d/\\d\\d/\\d{4}-\\d\\d-\\d\\dT[\\d.]{8}-${UUID}$`),
  )
  const { requestContext, DDBStreamBatchInfo, payload } = object?.document ?? {}
  assert.equal(requestContext.condition, 'RetryAttemptsExhausted')
  assert.equal(object?.key.split('/')[3], DDBStreamBatchInfo.shardId)
  assert.deepEqual(JSON.parse(payload).Records[0].dynamodb.Keys, { id: { S: 'torn' } })
  tables.destroy()
})
