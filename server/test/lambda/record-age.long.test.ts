// Records that are too old are told of and passed over. The shortest age that a mapping takes is a minute, so this takes one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import * as dynamodb from '@aws-sdk/client-dynamodb'
import * as lambda from '@aws-sdk/client-lambda'
import * as sqs from '@aws-sdk/client-sqs'
import { eventually, makeRole, openServer } from '../conformance/server-kit.ts'
import { zipOf } from './zip-file.ts'

const WITNESS = `
import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs'
const sqs = new SQSClient({})
export const handler = async ({ Records }) => {
  const MessageBody = JSON.stringify(Records.map((record) => record.dynamodb.Keys.id.S))
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.OUT, MessageBody }))
}
`

test('records older than MaximumRecordAgeInSeconds go to the destination, younger ones to the function', async () => {
  await using server = await openServer()
  const functions = new lambda.LambdaClient(server.sdk)
  const queues = new sqs.SQSClient(server.sdk)
  const tables = new dynamodb.DynamoDBClient(server.sdk)
  const makeQueue = async (QueueName: string): Promise<string> =>
    (await queues.send(new sqs.CreateQueueCommand({ QueueName }))).QueueUrl ?? ''
  const take = (QueueUrl: string): Promise<string> =>
    eventually('a message', async () => {
      const { Messages } = await queues.send(new sqs.ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 2 }))
      return Messages?.[0]?.Body
    })
  const [out, lost] = [await makeQueue('out'), await makeQueue('lost')]
  await functions.send(
    new lambda.CreateFunctionCommand({
      FunctionName: 'witness',
      Runtime: 'nodejs22.x',
      Role: await makeRole(server, 'witness'),
      Handler: 'index.handler',
      Code: { ZipFile: zipOf({ 'index.mjs': WITNESS }) },
      Environment: { Variables: { OUT: out } },
    }),
  )
  const TableName = 'aging'
  const { TableDescription } = await tables.send(
    new dynamodb.CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
    }),
  )
  await dynamodb.waitUntilTableExists({ client: tables, minDelay: 1, maxDelay: 2, maxWaitTime: 30 }, { TableName })
  const put = (id: string): Promise<unknown> =>
    tables.send(new dynamodb.PutItemCommand({ TableName, Item: { id: { S: id } } }))
  await put('old-1')
  await put('old-2')
  await sleep(62_000)
  await functions.send(
    new lambda.CreateEventSourceMappingCommand({
      FunctionName: 'witness',
      EventSourceArn: TableDescription?.LatestStreamArn,
      StartingPosition: 'TRIM_HORIZON',
      MaximumRecordAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:eu-west-1:000000000000:lost' } },
    }),
  )
  await put('young')
  assert.deepEqual(JSON.parse(await take(out)), ['young'])
  const { requestContext, DDBStreamBatchInfo: batch } = JSON.parse(await take(lost)) as {
    readonly requestContext: { readonly condition: string }
    readonly DDBStreamBatchInfo: { readonly batchSize: number }
  }
  assert.deepEqual([requestContext.condition, batch.batchSize], ['RecordAgeExceeded', 2])
  for (const client of [functions, queues, tables]) client.destroy()
})
