// Tables through the SDK: creation and its refusals, changes, indexes that are added and removed, settings, tags, policies.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteResourcePolicyCommand,
  DeleteTableCommand,
  DescribeContributorInsightsCommand,
  DescribeEndpointsCommand,
  DescribeKinesisStreamingDestinationCommand,
  DescribeLimitsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DisableKinesisStreamingDestinationCommand,
  DynamoDBClient,
  EnableKinesisStreamingDestinationCommand,
  GetResourcePolicyCommand,
  ListContributorInsightsCommand,
  ListImportsCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  PutResourcePolicyCommand,
  QueryCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateContributorInsightsCommand,
  UpdateKinesisStreamingDestinationCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import { eventually, openServer, type TestServer } from '../conformance/server-kit.ts'

let server: TestServer
let db: DynamoDBClient

before(async () => {
  server = await openServer()
  db = new DynamoDBClient(server.sdk)
})
after(async () => {
  db.destroy()
  await server[Symbol.asyncDispose]()
})

const HASH = { AttributeName: 'a', KeyType: 'HASH' } as const
const RANGE = { AttributeName: 'b', KeyType: 'RANGE' } as const
const A = { AttributeName: 'a', AttributeType: 'S' } as const
const B = { AttributeName: 'b', AttributeType: 'N' } as const
const ALL = { ProjectionType: 'ALL' } as const

function input(TableName: string, more: Partial<CreateTableCommandInput> = {}): CreateTableCommandInput {
  return { TableName, AttributeDefinitions: [A], KeySchema: [HASH], BillingMode: 'PAY_PER_REQUEST', ...more }
}

async function refused(promise: Promise<unknown>, name: string, message: string): Promise<void> {
  await assert.rejects(promise, (error: Error) => {
    assert.deepEqual([error.name, error.message], [name, message])
    return true
  })
}

const invalid = (promise: Promise<unknown>, message: string): Promise<void> =>
  refused(promise, 'ValidationException', message)
const PARAMETERS = 'One or more parameter values were invalid: '

test('a table is created, described, listed and deleted', async () => {
  const { TableDescription } = await db.send(
    new CreateTableCommand(
      input('first', {
        AttributeDefinitions: [A, B],
        KeySchema: [HASH, RANGE],
        BillingMode: 'PROVISIONED',
        ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 },
        LocalSecondaryIndexes: [
          { IndexName: 'local', KeySchema: [HASH, RANGE], Projection: { ProjectionType: 'KEYS_ONLY' } },
        ],
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
        Tags: [{ Key: 'team', Value: 'blue' }],
        TableClass: 'STANDARD_INFREQUENT_ACCESS',
        SSESpecification: { Enabled: true },
      }),
    ),
  )
  assert.equal(TableDescription?.TableStatus, 'CREATING')
  const { Table } = await db.send(new DescribeTableCommand({ TableName: 'first' }))
  assert.equal(Table?.TableStatus, 'ACTIVE')
  assert.equal(Table.TableArn, `arn:aws:dynamodb:eu-west-1:000000000000:table/first`)
  assert.match(Table.LatestStreamArn ?? '', /table\/first\/stream\/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/)
  assert.deepEqual(Table.StreamSpecification, { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' })
  assert.equal(Table.ProvisionedThroughput?.WriteCapacityUnits, 6)
  assert.equal(Table.TableClassSummary?.TableClass, 'STANDARD_INFREQUENT_ACCESS')
  assert.equal(Table.SSEDescription?.Status, 'ENABLED')
  assert.equal(Table.LocalSecondaryIndexes?.[0]?.IndexArn, `${Table.TableArn}/index/local`)
  // A table may be named by its ARN.
  assert.equal((await db.send(new DescribeTableCommand({ TableName: Table.TableArn }))).Table?.TableId, Table.TableId)
  await refused(
    db.send(new CreateTableCommand(input('first'))),
    'ResourceInUseException',
    'Table already exists: first',
  )
  const gone = await db.send(new DeleteTableCommand({ TableName: 'first' }))
  assert.equal(gone.TableDescription?.TableStatus, 'DELETING')
  await refused(
    db.send(new DescribeTableCommand({ TableName: 'first' })),
    'ResourceNotFoundException',
    'Requested resource not found: Table: first not found',
  )
})

test('tables are listed in pages', async () => {
  for (const name of ['page-1', 'page-2', 'page-3']) await db.send(new CreateTableCommand(input(name)))
  const first = await db.send(new ListTablesCommand({ Limit: 2, ExclusiveStartTableName: 'page-0' }))
  assert.deepEqual(first.TableNames, ['page-1', 'page-2'])
  assert.equal(first.LastEvaluatedTableName, 'page-2')
  const rest = await db.send(new ListTablesCommand({ ExclusiveStartTableName: 'page-2' }))
  assert.equal(rest.TableNames?.[0], 'page-3')
  assert.equal(rest.LastEvaluatedTableName, undefined)
})

test('what makes no table is refused in the words of the service', async () => {
  const create = (more: Partial<CreateTableCommandInput>, name = 'never') =>
    db.send(new CreateTableCommand(input(name, more)))
  await invalid(
    create({}, 'a;'),
    "2 validation errors detected: Value 'a;' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; " +
      "Value 'a;' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
  )
  await invalid(
    create({ BillingMode: 'PROVISIONED' }),
    `${PARAMETERS}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED`,
  )
  await invalid(
    create({ ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } }),
    `${PARAMETERS}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST`,
  )
  await invalid(
    create({ KeySchema: [HASH, RANGE] }),
    `${PARAMETERS}Some index key attributes are not defined in AttributeDefinitions. Keys: [a, b], AttributeDefinitions: [a]`,
  )
  await invalid(
    create({ AttributeDefinitions: [A, B] }),
    `${PARAMETERS}Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions`,
  )
  await invalid(
    create({ KeySchema: [{ AttributeName: 'a', KeyType: 'RANGE' }] }),
    'Invalid KeySchema: The first KeySchemaElement is not a HASH key type',
  )
  await invalid(
    create({ LocalSecondaryIndexes: [{ IndexName: 'index', KeySchema: [HASH], Projection: ALL }] }),
    `${PARAMETERS}Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex`,
  )
  await invalid(
    create({
      GlobalSecondaryIndexes: [
        { IndexName: 'index', KeySchema: [HASH], Projection: { ...ALL, NonKeyAttributes: ['x'] } },
      ],
    }),
    `${PARAMETERS}ProjectionType is ALL, but NonKeyAttributes is specified`,
  )
  const index = { IndexName: 'index', KeySchema: [HASH], Projection: ALL }
  await invalid(create({ GlobalSecondaryIndexes: [index, index] }), `${PARAMETERS}Duplicate index name: index`)
  await invalid(
    create({ StreamSpecification: { StreamEnabled: true } }),
    `${PARAMETERS}StreamViewType is required when StreamEnabled is set to true.`,
  )
  await invalid(
    db.send(new UpdateTableCommand({ TableName: 'never' })),
    'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required',
  )
})

test('an index is added to a table with items, and removed', async () => {
  await db.send(new CreateTableCommand(input('indexed')))
  const ids = Array.from({ length: 300 }, (_, id) => id)
  await Promise.all(
    ids.map((id) =>
      db.send(
        new PutItemCommand({
          TableName: 'indexed',
          // Some lack the attribute, and some have it with another type: those are not in the index.
          Item: {
            a: { S: `k${id}` },
            ...(id % 3 !== 0 && { b: id % 3 === 1 ? { N: String(id % 10) } : { S: 'text' } }),
          },
        }),
      ),
    ),
  )
  const { TableDescription } = await db.send(
    new UpdateTableCommand({
      TableName: 'indexed',
      AttributeDefinitions: [A, B],
      GlobalSecondaryIndexUpdates: [
        { Create: { IndexName: 'by-b', KeySchema: [{ AttributeName: 'b', KeyType: 'HASH' }], Projection: ALL } },
      ],
    }),
  )
  assert.equal(TableDescription?.TableStatus, 'UPDATING')
  const [building] = TableDescription.GlobalSecondaryIndexes ?? []
  assert.deepEqual([building?.IndexStatus, building?.Backfilling], ['CREATING', true])
  const ready = await eventually('the index is active', async () => {
    const { Table } = await db.send(new DescribeTableCommand({ TableName: 'indexed' }))
    return Table?.GlobalSecondaryIndexes?.[0]?.IndexStatus === 'ACTIVE' ? Table : undefined
  })
  assert.equal(ready.TableStatus, 'ACTIVE')
  assert.equal(ready.GlobalSecondaryIndexes?.[0]?.ItemCount, 100)
  const query = new QueryCommand({
    TableName: 'indexed',
    IndexName: 'by-b',
    KeyConditionExpression: 'b = :b',
    ExpressionAttributeValues: { ':b': { N: '4' } },
  })
  assert.equal((await db.send(query)).Count, 10)
  await refused(
    db.send(
      new UpdateTableCommand({
        TableName: 'indexed',
        GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'other' } }],
      }),
    ),
    'ResourceNotFoundException',
    'Requested resource not found',
  )
  const deleting = await db.send(
    new UpdateTableCommand({ TableName: 'indexed', GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'by-b' } }] }),
  )
  assert.equal(deleting.TableDescription?.GlobalSecondaryIndexes?.[0]?.IndexStatus, 'DELETING')
  const { Table } = await db.send(new DescribeTableCommand({ TableName: 'indexed' }))
  assert.deepEqual([Table?.GlobalSecondaryIndexes, Table?.AttributeDefinitions], [undefined, [A]])
  await invalid(db.send(query), 'The table does not have the specified index: by-b')
})

test('billing, protection and streams are changed', async () => {
  await db.send(new CreateTableCommand(input('changed', { DeletionProtectionEnabled: true })))
  await invalid(
    db.send(new DeleteTableCommand({ TableName: 'changed' })),
    'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
  )
  const update = (more: object) => db.send(new UpdateTableCommand({ TableName: 'changed', ...more }))
  const units = { ReadCapacityUnits: 3, WriteCapacityUnits: 4 }
  await invalid(
    update({ BillingMode: 'PROVISIONED' }),
    `${PARAMETERS}ProvisionedThroughput must be specified when BillingMode is PROVISIONED`,
  )
  await update({ BillingMode: 'PROVISIONED', ProvisionedThroughput: units })
  await invalid(
    update({ ProvisionedThroughput: units }),
    'The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: 3. Requested ReadCapacityUnits: 3. Current WriteCapacityUnits provisioned for the table: 4. Requested WriteCapacityUnits: 4. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.',
  )
  await update({
    ProvisionedThroughput: { ReadCapacityUnits: 2, WriteCapacityUnits: 9 },
    DeletionProtectionEnabled: false,
  })
  await update({ StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } })
  await invalid(
    update({ StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } }),
    'Table already has an enabled stream',
  )
  await update({ StreamSpecification: { StreamEnabled: false } })
  const { Table } = await db.send(new DescribeTableCommand({ TableName: 'changed' }))
  assert.equal(Table?.ProvisionedThroughput?.WriteCapacityUnits, 9)
  assert.equal(Table.ProvisionedThroughput.NumberOfDecreasesToday, 1)
  assert.equal(Table.StreamSpecification, undefined)
  assert.ok(Table.LatestStreamArn)
  await db.send(new DeleteTableCommand({ TableName: 'changed' }))
})

test('time to live is switched on and off', async () => {
  await db.send(new CreateTableCommand(input('expiring')))
  const set = (Enabled: boolean, AttributeName = 'expires') =>
    db.send(new UpdateTimeToLiveCommand({ TableName: 'expiring', TimeToLiveSpecification: { Enabled, AttributeName } }))
  const status = async () =>
    (await db.send(new DescribeTimeToLiveCommand({ TableName: 'expiring' }))).TimeToLiveDescription
  assert.deepEqual(await status(), { TimeToLiveStatus: 'DISABLED' })
  await invalid(set(false), 'TimeToLive is already disabled')
  await set(true)
  await eventually('time to live is on', async () =>
    (await status())?.TimeToLiveStatus === 'ENABLED' ? true : undefined,
  )
  assert.equal((await status())?.AttributeName, 'expires')
  await invalid(set(true), 'TimeToLive is already enabled')
  await invalid(
    set(false, 'other'),
    'TimeToLive is active on a different AttributeName: current AttributeName is expires',
  )
  await set(false)
  assert.deepEqual(await status(), { TimeToLiveStatus: 'DISABLED' })
})

test('tags are put on, read in pages and taken off', async () => {
  await db.send(new CreateTableCommand(input('tagged')))
  const ResourceArn = 'arn:aws:dynamodb:eu-west-1:000000000000:table/tagged'
  const Tags = Array.from({ length: 12 }, (_, at) => ({ Key: `key-${String(at).padStart(2, '0')}`, Value: `v${at}` }))
  await db.send(new TagResourceCommand({ ResourceArn, Tags }))
  const first = await db.send(new ListTagsOfResourceCommand({ ResourceArn }))
  const second = await db.send(new ListTagsOfResourceCommand({ ResourceArn, NextToken: first.NextToken }))
  assert.deepEqual([...(first.Tags ?? []), ...(second.Tags ?? [])], Tags)
  await db.send(new UntagResourceCommand({ ResourceArn, TagKeys: Tags.slice(1).map(({ Key }) => Key) }))
  assert.deepEqual((await db.send(new ListTagsOfResourceCommand({ ResourceArn }))).Tags, Tags.slice(0, 1))
  await refused(
    db.send(new ListTagsOfResourceCommand({ ResourceArn: `${ResourceArn}-not` })),
    'ResourceNotFoundException',
    `Requested resource not found: ResourcArn: ${ResourceArn}-not not found`,
  )
})

test('a policy is put, read and deleted by its revision', async () => {
  await db.send(new CreateTableCommand(input('guarded')))
  const ResourceArn = 'arn:aws:dynamodb:eu-west-1:000000000000:table/guarded'
  const statement = { Effect: 'Allow', Principal: '*', Action: 'dynamodb:GetItem', Resource: ResourceArn }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await assert.rejects(db.send(new GetResourcePolicyCommand({ ResourceArn })), { name: 'PolicyNotFoundException' })
  const { RevisionId } = await db.send(new PutResourcePolicyCommand({ ResourceArn, Policy }))
  const read = await db.send(new GetResourcePolicyCommand({ ResourceArn }))
  assert.deepEqual([read.Policy, read.RevisionId], [Policy, RevisionId])
  await assert.rejects(db.send(new DeleteResourcePolicyCommand({ ResourceArn, ExpectedRevisionId: 'other' })), {
    name: 'PolicyNotFoundException',
  })
  await db.send(new DeleteResourcePolicyCommand({ ResourceArn, ExpectedRevisionId: RevisionId }))
  await assert.rejects(db.send(new GetResourcePolicyCommand({ ResourceArn })), { name: 'PolicyNotFoundException' })
})

test('destinations and insights are kept and described', async () => {
  await db.send(new CreateTableCommand(input('described')))
  const TableName = 'described'
  const StreamArn = 'arn:aws:kinesis:eu-west-1:000000000000:stream/changes'
  await db.send(new EnableKinesisStreamingDestinationCommand({ TableName, StreamArn }))
  await db.send(
    new UpdateKinesisStreamingDestinationCommand({
      TableName,
      StreamArn,
      UpdateKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision: 'MICROSECOND' },
    }),
  )
  const destinations = async () =>
    (await db.send(new DescribeKinesisStreamingDestinationCommand({ TableName }))).KinesisDataStreamDestinations
  assert.deepEqual(await destinations(), [
    { StreamArn, DestinationStatus: 'ACTIVE', ApproximateCreationDateTimePrecision: 'MICROSECOND' },
  ])
  await db.send(new DisableKinesisStreamingDestinationCommand({ TableName, StreamArn }))
  assert.equal((await destinations())?.[0]?.DestinationStatus, 'DISABLED')
  await db.send(new UpdateContributorInsightsCommand({ TableName, ContributorInsightsAction: 'ENABLE' }))
  const insights = await db.send(new DescribeContributorInsightsCommand({ TableName }))
  assert.equal(insights.ContributorInsightsStatus, 'ENABLED')
  const listed = await db.send(new ListContributorInsightsCommand({}))
  assert.deepEqual(listed.ContributorInsightsSummaries, [{ TableName, ContributorInsightsStatus: 'ENABLED' }])
})

test('the account is described', async () => {
  const limits = await db.send(new DescribeLimitsCommand({}))
  assert.equal(limits.TableMaxReadCapacityUnits, 40_000)
  const { Endpoints } = await db.send(new DescribeEndpointsCommand({}))
  assert.equal(Endpoints?.[0]?.Address, new URL(server.endpoint).host)
  assert.deepEqual((await db.send(new ListImportsCommand({}))).ImportSummaryList, [])
})
