// What mappings do with the stream of a table, against a whole server with real functions: what poisons a batch, what a
// function reports, windows, lanes, positions.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as dynamodb from '@aws-sdk/client-dynamodb'
import * as lambda from '@aws-sdk/client-lambda'
import * as sqs from '@aws-sdk/client-sqs'
import { awsJson, boto3, eventually, makeRole, openServer, type TestServer } from '../conformance/server-kit.ts'
import { zipOf } from './zip-file.ts'

/**
 * Tells the queue OUT what it got and how it ended. A record `poison-...` fails the batch, `report-...` is reported, `slow-...`
 * takes a while; in a window the state counts the records.
 */
const WITNESS = `
import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs'
const sqs = new SQSClient({})
const nowNs = () => Number(process.hrtime.bigint())
export const handler = async (event) => {
  const begin = nowNs()
  const records = event.Records ?? []
  const ids = records.map((record) => record.dynamodb.Keys.id.S + '/' + (record.dynamodb.NewImage?.n?.N ?? ''))
  if (ids.some((id) => id.startsWith('slow'))) await new Promise((resolve) => setTimeout(resolve, 150))
  const failed = ids.some((id) => id.startsWith('poison'))
  const reported = records.filter((record) => record.dynamodb.Keys.id.S.startsWith('report')).map((record) => ({ itemIdentifier: record.dynamodb.SequenceNumber }))
  const { Records, ...window } = event
  const told = { ids, failed, reported: reported.length, begin, end: nowNs(), ...(event.window && { window }) }
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.OUT, MessageBody: JSON.stringify(told) }))
  if (failed) throw new Error('poisoned')
  if (event.window) return { state: { count: (event.state?.count ?? 0) + records.length } }
  return { batchItemFailures: reported }
}
`

let server: TestServer
let functions: lambda.LambdaClient
let queues: sqs.SQSClient
let tables: dynamodb.DynamoDBClient
let Role: string

before(async () => {
  server = await openServer()
  functions = new lambda.LambdaClient(server.sdk)
  queues = new sqs.SQSClient(server.sdk)
  tables = new dynamodb.DynamoDBClient(server.sdk)
  Role = await makeRole(server, 'streams')
})
after(async () => {
  for (const client of [functions, queues, tables]) client.destroy()
  await server[Symbol.asyncDispose]()
})

interface Told {
  readonly ids: readonly string[]
  readonly failed: boolean
  readonly reported: number
  /** The machine's monotonic clock. */
  readonly begin: number
  readonly end: number
  readonly window?: {
    readonly window: { readonly start: string; readonly end: string }
    readonly state: { readonly count?: number }
    readonly isFinalInvokeForWindow: boolean
    readonly isWindowTerminatedEarly: boolean
    readonly shardId: string
    readonly eventSourceARN: string
  }
}

interface Stage {
  readonly streamArn: string
  /** What the function told so far, in the order in which it began. */
  readonly told: Told[]
  put(...ids: readonly string[]): Promise<void>
  update(id: string, n: number): Promise<void>
  map(settings: Partial<lambda.CreateEventSourceMappingCommandInput>): Promise<string>
  /** Takes what was told until `enough` says so. */
  until(what: string, enough: (told: readonly Told[]) => boolean): Promise<void>
}

/** A table with its stream, a function, and the queue that it tells. */
async function stage(name: string): Promise<Stage> {
  const { QueueUrl = '' } = await queues.send(new sqs.CreateQueueCommand({ QueueName: `${name}-out` }))
  await functions.send(
    new lambda.CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs22.x',
      Role,
      Handler: 'index.handler',
      Timeout: 10,
      Code: { ZipFile: zipOf({ 'index.mjs': WITNESS }) },
      Environment: { Variables: { OUT: QueueUrl } },
    }),
  )
  const { TableDescription } = await tables.send(
    new dynamodb.CreateTableCommand({
      TableName: name,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  )
  await dynamodb.waitUntilTableExists(
    { client: tables, minDelay: 1, maxDelay: 2, maxWaitTime: 30 },
    { TableName: name },
  )
  const streamArn = TableDescription?.LatestStreamArn ?? ''
  const told: Told[] = []
  const update = async (id: string, n: number): Promise<void> => {
    const Item = { id: { S: id }, n: { N: String(n) } }
    await tables.send(new dynamodb.PutItemCommand({ TableName: name, Item }))
  }
  return {
    streamArn,
    told,
    update,
    async put(...ids) {
      for (const id of ids) await update(id, 0)
    },
    async map(settings) {
      const { UUID = '' } = await functions.send(
        new lambda.CreateEventSourceMappingCommand({
          FunctionName: name,
          EventSourceArn: streamArn,
          StartingPosition: 'TRIM_HORIZON',
          ...settings,
        }),
      )
      await stateOf(UUID, 'Enabled')
      return UUID
    },
    async until(what, enough) {
      await eventually(
        what,
        async () => {
          const { Messages = [] } = await queues.send(
            new sqs.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
          )
          for (const { Body = '', ReceiptHandle } of Messages) {
            told.push(JSON.parse(Body) as Told)
            await queues.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
          }
          told.sort((one, other) => one.begin - other.begin)
          return enough(told) ? true : undefined
        },
        60_000,
      )
    },
  }
}

function stateOf(UUID: string, state: string): Promise<string> {
  return eventually(`the mapping to be ${state}`, async () => {
    const { State } = await functions.send(new lambda.GetEventSourceMappingCommand({ UUID }))
    return State === state ? State : undefined
  })
}

interface Letter {
  readonly requestContext: Readonly<Record<string, unknown>>
  readonly responseContext?: Readonly<Record<string, unknown>>
  readonly version: string
  readonly timestamp: string
  readonly DDBStreamBatchInfo: Readonly<Record<string, unknown>>
}

async function lossQueue(name: string): Promise<{ readonly arn: string; take(): Promise<Letter> }> {
  const { QueueUrl = '' } = await queues.send(new sqs.CreateQueueCommand({ QueueName: name }))
  return {
    arn: `arn:aws:sqs:eu-west-1:000000000000:${name}`,
    async take() {
      const { Messages = [] } = await eventually('a loss', async () => {
        const got = await queues.send(new sqs.ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 2 }))
        return got.Messages ? got : undefined
      })
      await queues.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle }))
      return JSON.parse(Messages[0]?.Body ?? '{}') as Letter
    },
  }
}

const idsOf = (told: readonly Told[]): readonly string[] => told.flatMap(({ ids }) => ids)

test('halving a batch finds the one record that poisons it; all others are done once, in order', async () => {
  const world = await stage('bisect')
  const lost = await lossQueue('bisect-lost')
  const names = ['a', 'b', 'c', 'poison', 'd', 'e', 'f', 'g']
  await world.put(...names)
  await world.map({
    BatchSize: 100,
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 1,
    DestinationConfig: { OnFailure: { Destination: lost.arn } },
  })
  const good = names.filter((name) => name !== 'poison').map((name) => `${name}/0`)
  const done = (told: readonly Told[]): readonly string[] => idsOf(told.filter(({ failed }) => !failed))
  await world.until('the others to be done', (told) => done(told).length >= good.length)
  assert.deepEqual(done(world.told), good)
  assert.deepEqual(world.told[0]?.ids.length, names.length)
  const { requestContext, responseContext, version, timestamp, DDBStreamBatchInfo: batch } = await lost.take()
  const { requestId, functionArn, condition, approximateInvokeCount } = requestContext
  assert.match(String(requestId), /^[0-9a-f-]{36}$/)
  assert.match(String(functionArn), /:function:bisect$/)
  assert.equal(condition, 'RetryAttemptsExhausted')
  // With eight, four and two records, alone, and once more alone: halving uses no retry.
  assert.equal(approximateInvokeCount, 5)
  assert.deepEqual(responseContext, { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' })
  assert.equal(version, '1.0')
  assert.ok(Date.parse(timestamp) > 0)
  assert.deepEqual(Object.keys(batch).toSorted(), [
    'approximateArrivalOfFirstRecord',
    'approximateArrivalOfLastRecord',
    'batchSize',
    'endSequenceNumber',
    'shardId',
    'startSequenceNumber',
    'streamArn',
  ])
  assert.deepEqual([batch['batchSize'], batch['streamArn']], [1, world.streamArn])
  assert.equal(batch['startSequenceNumber'], batch['endSequenceNumber'])
})

test('without halving a poisoned batch is tried again as a whole, and given up as a whole', async () => {
  const world = await stage('whole')
  const lost = await lossQueue('whole-lost')
  await world.put('a', 'poison', 'b')
  await world.map({ MaximumRetryAttempts: 2, DestinationConfig: { OnFailure: { Destination: lost.arn } } })
  const { requestContext, DDBStreamBatchInfo: batch } = await lost.take()
  assert.deepEqual(
    [requestContext['condition'], requestContext['approximateInvokeCount']],
    ['RetryAttemptsExhausted', 3],
  )
  assert.equal(batch['batchSize'], 3)
  await world.put('after')
  await world.until('what comes after', (told) => idsOf(told).includes('after/0'))
  assert.deepEqual(
    world.told.map(({ ids }) => ids.length),
    [3, 3, 3, 1],
  )
})

test('a reported record and what follows it come again; what was before it does not', async () => {
  const world = await stage('partial')
  const lost = await lossQueue('partial-lost')
  await world.put('a', 'b', 'report', 'c', 'd')
  await world.map({
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    MaximumRetryAttempts: 1,
    BisectBatchOnFunctionError: true,
    DestinationConfig: { OnFailure: { Destination: lost.arn } },
  })
  const { DDBStreamBatchInfo: batch } = await lost.take()
  assert.equal(batch['batchSize'], 1)
  await world.until('the last', (told) => told.some(({ ids, reported }) => reported === 0 && ids.includes('d/0')))
  const [first, ...more] = world.told
  assert.deepEqual(first?.ids, ['a/0', 'b/0', 'report/0', 'c/0', 'd/0'])
  assert.ok(!idsOf(more).some((id) => id === 'a/0' || id === 'b/0'))
  const done = idsOf(more.filter(({ reported }) => reported === 0))
  assert.deepEqual(done, ['c/0', 'd/0'])
})

test('a tumbling window hands its state on, and ends with one last call', async () => {
  const world = await stage('window')
  const UUID = await world.map({ TumblingWindowInSeconds: 2, BatchSize: 2 })
  const names = Array.from({ length: 7 }, (_, index) => `r${index}`)
  await world.put(...names)
  const counted = (told: readonly Told[]): number =>
    told.reduce((sum, { window }) => sum + (window?.isFinalInvokeForWindow === true ? (window.state.count ?? 0) : 0), 0)
  await world.until('the ends of all windows', (told) => counted(told) >= names.length)
  assert.equal(counted(world.told), names.length)
  assert.deepEqual(
    idsOf(world.told),
    names.map((name) => `${name}/0`),
  )
  for (const { ids, window } of world.told) {
    assert.ok(window)
    const lengthMs = Date.parse(window.window.end) - Date.parse(window.window.start)
    assert.deepEqual([lengthMs, window.isWindowTerminatedEarly], [2000, false])
    assert.equal(window.eventSourceARN, world.streamArn)
    assert.match(window.shardId, /^shardId-/)
    if (window.isFinalInvokeForWindow) assert.deepEqual(ids, [])
  }
  const { TumblingWindowInSeconds } = await functions.send(new lambda.GetEventSourceMappingCommand({ UUID }))
  assert.equal(TumblingWindowInSeconds, 2)
})

test('lanes of a shard run side by side, and each key keeps its order', async () => {
  const world = await stage('lanes')
  const KEYS = 6
  const ROUNDS = 4
  for (let n = 0; n < ROUNDS; n++) for (let key = 0; key < KEYS; key++) await world.update(`slow-${key}`, n)
  await world.map({ ParallelizationFactor: 4, BatchSize: 2 })
  await world.until('all of them', (told) => idsOf(told).length >= KEYS * ROUNDS)
  const seen = idsOf(world.told)
  assert.equal(seen.length, KEYS * ROUNDS)
  for (let key = 0; key < KEYS; key++)
    assert.deepEqual(
      seen.filter((id) => id.startsWith(`slow-${key}/`)),
      Array.from({ length: ROUNDS }, (_, n) => `slow-${key}/${n}`),
    )
  const overlaps = (one: Told): number => world.told.filter((two) => two.begin < one.end && one.begin < two.end).length
  const most = Math.max(...world.told.map(overlaps))
  assert.ok(most >= 2, 'batches of several lanes at once')
  for (const one of world.told)
    for (const two of world.told)
      if (one !== two && two.begin < one.end && one.begin < two.end) {
        const keys = new Set(one.ids.map((id) => id.split('/')[0]))
        assert.ok(!two.ids.some((id) => keys.has(id.split('/')[0])), 'one key in two batches at once')
      }
})

test('TRIM_HORIZON reads from the oldest record on, LATEST only what comes', async () => {
  const world = await stage('positions')
  await world.put('old')
  const latest = await world.map({ StartingPosition: 'LATEST' })
  await world.put('new')
  await world.until('the new record', (told) => idsOf(told).includes('new/0'))
  assert.deepEqual(idsOf(world.told), ['new/0'])
  await functions.send(new lambda.DeleteEventSourceMappingCommand({ UUID: latest }))
  await eventually('the mapping to be gone', async () => {
    const { EventSourceMappings = [] } = await functions.send(
      new lambda.ListEventSourceMappingsCommand({ EventSourceArn: world.streamArn }),
    )
    return EventSourceMappings.length === 0 ? true : undefined
  })
  world.told.length = 0
  await world.map({ StartingPosition: 'TRIM_HORIZON' })
  await world.until('all records', (told) => idsOf(told).length >= 2)
  assert.deepEqual(idsOf(world.told), ['old/0', 'new/0'])
})

test('a mapping that is disabled goes on where it was; boto3 and awscli show it', async () => {
  const world = await stage('switched')
  const [made] = await boto3(
    server,
    `
functions = client('lambda')
show(functions.create_event_source_mapping(FunctionName='switched', EventSourceArn='${world.streamArn}', StartingPosition='TRIM_HORIZON', BatchSize=7, BisectBatchOnFunctionError=True, MaximumRecordAgeInSeconds=60, ParallelizationFactor=2))
`,
  )
  const { UUID = '', ...shown } = made as lambda.EventSourceMappingConfiguration
  assert.deepEqual(
    [shown.BatchSize, shown.BisectBatchOnFunctionError, shown.MaximumRecordAgeInSeconds, shown.MaximumRetryAttempts],
    [7, true, 60, -1],
  )
  await stateOf(UUID, 'Enabled')
  await world.put('one')
  await world.until('the first', (told) => idsOf(told).length === 1)
  await functions.send(new lambda.UpdateEventSourceMappingCommand({ UUID, Enabled: false }))
  await stateOf(UUID, 'Disabled')
  await world.put('two', 'three')
  await functions.send(new lambda.UpdateEventSourceMappingCommand({ UUID, Enabled: true }))
  await world.until('the others', (told) => idsOf(told).length >= 3)
  assert.deepEqual(idsOf(world.told), ['one/0', 'two/0', 'three/0'])
  await eventually('the result', async () => {
    const got = await awsJson(server, ['lambda', 'get-event-source-mapping', '--uuid', UUID])
    const { State, LastProcessingResult } = got as lambda.EventSourceMappingConfiguration
    return State === 'Enabled' && LastProcessingResult === 'OK' ? true : undefined
  })
})
