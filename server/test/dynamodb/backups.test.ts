// Point-in-time recovery, backups, exports and imports through the SDK.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import {
  CreateBackupCommand,
  CreateTableCommand,
  DeleteBackupCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeBackupCommand,
  DescribeContinuousBackupsCommand,
  DescribeExportCommand,
  DescribeImportCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ExportTableToPointInTimeCommand,
  GetItemCommand,
  ImportTableCommand,
  ListBackupsCommand,
  ListExportsCommand,
  PutItemCommand,
  QueryCommand,
  RestoreTableFromBackupCommand,
  RestoreTableToPointInTimeCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { eventually, openServer, type TestServer } from '../conformance/server-kit.ts'

let server: TestServer
let db: DynamoDBClient
let s3: S3Client

before(async () => {
  server = await openServer()
  db = new DynamoDBClient(server.sdk)
  s3 = new S3Client(server.sdk)
})
after(async () => {
  db.destroy()
  s3.destroy()
  await server[Symbol.asyncDispose]()
})

async function createOrders(name: string): Promise<void> {
  await db.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'state', AttributeType: 'S' },
      ],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-state',
          KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  )
}

async function put(table: string, id: string, state: string): Promise<void> {
  const Item = { id: { S: id }, state: { S: state }, seal: { B: Buffer.from([0, 1, 255]) } }
  await db.send(new PutItemCommand({ TableName: table, Item }))
}

async function active(table: string): Promise<void> {
  await eventually(`${table} is active`, async () => {
    const { Table } = await db.send(new DescribeTableCommand({ TableName: table }))
    return Table?.TableStatus === 'ACTIVE' ? true : undefined
  })
}

/** Id and state of every item, in order of the id. */
async function contents(table: string): Promise<readonly string[]> {
  const { Items = [] } = await db.send(new ScanCommand({ TableName: table, ConsistentRead: true }))
  return Items.map((item) => `${item['id']?.S} ${item['state']?.S}`).toSorted()
}

async function indexed(table: string, state: string): Promise<readonly string[]> {
  const { Items = [] } = await db.send(
    new QueryCommand({
      TableName: table,
      IndexName: 'by-state',
      KeyConditionExpression: '#s = :s',
      ExpressionAttributeNames: { '#s': 'state' },
      ExpressionAttributeValues: { ':s': { S: state } },
    }),
  )
  return Items.map((item) => item['id']?.S ?? '').toSorted()
}

test('a table is restored to a moment, with its indexes, while it goes on changing', async () => {
  await createOrders('orders')
  await put('orders', 'before', 'new')
  await assert.rejects(
    db.send(
      new RestoreTableToPointInTimeCommand({
        SourceTableName: 'orders',
        TargetTableName: 'never',
        UseLatestRestorableTime: true,
      }),
    ),
    { name: 'PointInTimeRecoveryUnavailableException' },
  )
  const { ContinuousBackupsDescription: enabled } = await db.send(
    new UpdateContinuousBackupsCommand({
      TableName: 'orders',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  )
  assert.equal(enabled?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus, 'ENABLED')
  await put('orders', 'changed', 'new')
  await put('orders', 'deleted', 'new')
  // Times of restores are whole seconds.
  await new Promise((resolve) => setTimeout(resolve, 1100 - (Date.now() % 1000)))
  const moment = new Date(Math.floor(Date.now() / 1000) * 1000)
  await new Promise((resolve) => setTimeout(resolve, 20))
  await put('orders', 'changed', 'paid')
  await put('orders', 'changed', 'sent')
  await put('orders', 'later', 'new')
  await db.send(new DeleteItemCommand({ TableName: 'orders', Key: { id: { S: 'deleted' } } }))
  const { TableDescription: begun } = await db.send(
    new RestoreTableToPointInTimeCommand({
      SourceTableName: 'orders',
      TargetTableName: 'restored',
      RestoreDateTime: moment,
    }),
  )
  assert.equal(begun?.RestoreSummary?.RestoreInProgress, true)
  await put('orders', 'meanwhile', 'new')
  await active('restored')
  assert.deepEqual(await contents('restored'), ['before new', 'changed new', 'deleted new'])
  assert.deepEqual(await indexed('restored', 'new'), ['before', 'changed', 'deleted'])
  assert.deepEqual(await indexed('restored', 'sent'), [])
  const { Table } = await db.send(new DescribeTableCommand({ TableName: 'restored' }))
  assert.equal(Table?.ItemCount, 3)
  assert.deepEqual(await contents('orders'), ['before new', 'changed sent', 'later new', 'meanwhile new'])
  await assert.rejects(
    db.send(
      new RestoreTableToPointInTimeCommand({
        SourceTableName: 'orders',
        TargetTableName: 'future',
        RestoreDateTime: new Date(Date.now() + 3_600_000),
      }),
    ),
    { name: 'InvalidRestoreTimeException' },
  )
})

test('a backup outlives its table and restores it', async () => {
  await createOrders('ledger')
  for (let id = 0; id < 250; id++) await put('ledger', `id-${id}`, id % 2 === 0 ? 'even' : 'odd')
  const { BackupDetails } = await db.send(new CreateBackupCommand({ TableName: 'ledger', BackupName: 'nightly' }))
  const BackupArn = BackupDetails?.BackupArn
  await eventually('the backup is available', async () => {
    const { BackupDescription } = await db.send(new DescribeBackupCommand({ BackupArn }))
    return BackupDescription?.BackupDetails?.BackupStatus === 'AVAILABLE' ? true : undefined
  })
  await db.send(new DeleteTableCommand({ TableName: 'ledger' }))
  await assert.rejects(db.send(new DescribeTableCommand({ TableName: 'ledger' })), {
    name: 'ResourceNotFoundException',
  })
  await db.send(new RestoreTableFromBackupCommand({ BackupArn, TargetTableName: 'ledger' }))
  await assert.rejects(db.send(new RestoreTableFromBackupCommand({ BackupArn, TargetTableName: 'ledger' })), {
    name: 'TableAlreadyExistsException',
  })
  await active('ledger')
  assert.equal((await contents('ledger')).length, 250)
  assert.equal((await indexed('ledger', 'odd')).length, 125)
  const { Item } = await db.send(new GetItemCommand({ TableName: 'ledger', Key: { id: { S: 'id-7' } } }))
  assert.deepEqual(Buffer.from(Item?.['seal']?.B ?? []), Buffer.from([0, 1, 255]))
  const listed = await db.send(new ListBackupsCommand({ TableName: 'ledger' }))
  assert.deepEqual(
    listed.BackupSummaries?.map(({ BackupName, BackupStatus }) => [BackupName, BackupStatus]),
    [['nightly', 'AVAILABLE']],
  )
  await db.send(new DeleteBackupCommand({ BackupArn }))
  await assert.rejects(db.send(new DescribeBackupCommand({ BackupArn })), { name: 'BackupNotFoundException' })
})

test('an export writes files that an import reads', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'exports' }))
  await createOrders('catalogue')
  await db.send(
    new UpdateContinuousBackupsCommand({
      TableName: 'catalogue',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
    }),
  )
  const described = await db.send(new DescribeContinuousBackupsCommand({ TableName: 'catalogue' }))
  assert.equal(described.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.RecoveryPeriodInDays, 7)
  for (let id = 0; id < 30; id++) await put('catalogue', `id-${id}`, 'new')
  const { Table } = await db.send(new DescribeTableCommand({ TableName: 'catalogue' }))
  const { ExportDescription } = await db.send(
    new ExportTableToPointInTimeCommand({
      TableArn: Table?.TableArn,
      S3Bucket: 'exports',
      S3Prefix: 'daily',
      ClientToken: 'once',
    }),
  )
  const ExportArn = ExportDescription?.ExportArn
  const again = await db.send(
    new ExportTableToPointInTimeCommand({ TableArn: Table?.TableArn, S3Bucket: 'exports', ClientToken: 'once' }),
  )
  assert.equal(again.ExportDescription?.ExportArn, ExportArn)
  const done = await eventually('the export is complete', async () => {
    const { ExportDescription: found } = await db.send(new DescribeExportCommand({ ExportArn }))
    assert.notEqual(found?.ExportStatus, 'FAILED', found?.FailureMessage)
    return found?.ExportStatus === 'COMPLETED' ? found : undefined
  })
  assert.equal(done.ItemCount, 30)
  assert.equal((await db.send(new ListExportsCommand({}))).ExportSummaries?.length, 1)
  const summary = JSON.parse(await read('exports', done.ExportManifest ?? '')) as Record<string, unknown>
  assert.equal(summary['itemCount'], 30)
  const manifest = await read('exports', String(summary['manifestFilesS3Key']))
  const [file] = manifest
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { dataFileS3Key: string; itemCount: number })
  assert.equal(file?.itemCount, 30)
  const { ImportTableDescription } = await db.send(
    new ImportTableCommand({
      S3BucketSource: { S3Bucket: 'exports', S3KeyPrefix: file.dataFileS3Key },
      InputFormat: 'DYNAMODB_JSON',
      InputCompressionType: 'GZIP',
      TableCreationParameters: {
        TableName: 'copy',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'id', AttributeType: 'S' },
          { AttributeName: 'state', AttributeType: 'S' },
        ],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-state',
            KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      },
    }),
  )
  const imported = await importDone(ImportTableDescription?.ImportArn)
  assert.deepEqual([imported.ImportedItemCount, imported.ErrorCount], [30, 0])
  await active('copy')
  assert.deepEqual(await contents('copy'), await contents('catalogue'))
  assert.equal((await indexed('copy', 'new')).length, 30)
})

test('an import of CSV counts the lines that are no items', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'csv' }))
  const text = 'sku,price,"name"\n1,5.50,"a ""b"", c"\nnot-a-number,1,x\n2,,y\n'
  await s3.send(new PutObjectCommand({ Bucket: 'csv', Key: 'in/a.csv.gz', Body: gzipSync(text) }))
  const { ImportTableDescription } = await db.send(
    new ImportTableCommand({
      S3BucketSource: { S3Bucket: 'csv', S3KeyPrefix: 'in/' },
      InputFormat: 'CSV',
      InputCompressionType: 'GZIP',
      TableCreationParameters: {
        TableName: 'prices',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'sku', AttributeType: 'N' }],
        KeySchema: [{ AttributeName: 'sku', KeyType: 'HASH' }],
      },
    }),
  )
  const done = await importDone(ImportTableDescription?.ImportArn)
  assert.deepEqual([done.ProcessedItemCount, done.ImportedItemCount, done.ErrorCount], [3, 2, 1])
  await active('prices')
  const one = await db.send(new GetItemCommand({ TableName: 'prices', Key: { sku: { N: '1' } } }))
  assert.deepEqual(one.Item, { sku: { N: '1' }, price: { S: '5.50' }, name: { S: 'a "b", c' } })
  const two = await db.send(new GetItemCommand({ TableName: 'prices', Key: { sku: { N: '2' } } }))
  assert.deepEqual(two.Item, { sku: { N: '2' }, name: { S: 'y' } })
})

test('an export to a bucket that is not there fails and says so', async () => {
  await createOrders('lonely')
  await db.send(
    new UpdateContinuousBackupsCommand({
      TableName: 'lonely',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  )
  const { Table } = await db.send(new DescribeTableCommand({ TableName: 'lonely' }))
  const { ExportDescription } = await db.send(
    new ExportTableToPointInTimeCommand({ TableArn: Table?.TableArn, S3Bucket: 'no-such-bucket-here' }),
  )
  const failed = await eventually('the export failed', async () => {
    const { ExportDescription: found } = await db.send(
      new DescribeExportCommand({ ExportArn: ExportDescription?.ExportArn }),
    )
    return found?.ExportStatus === 'FAILED' ? found : undefined
  })
  assert.equal(failed.FailureCode, 'NoSuchBucket')
})

async function importDone(ImportArn: string | undefined) {
  return await eventually('the import is complete', async () => {
    const { ImportTableDescription: found } = await db.send(new DescribeImportCommand({ ImportArn }))
    assert.notEqual(found?.ImportStatus, 'FAILED', found?.FailureMessage)
    return found?.ImportStatus === 'COMPLETED' ? found : undefined
  })
}

async function read(Bucket: string, Key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
  const bytes = Buffer.from((await Body?.transformToByteArray()) ?? [])
  return (Key.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
}

test('what an export leaves in the bucket is what its page says', async () => {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'exports', Prefix: 'daily/' }))
  const names = Contents.map(({ Key = '' }) =>
    Key.replace(/^daily\/AWSDynamoDB\/[^/]+\//, '').replace(/^data\/.*$/, 'data'),
  )
  assert.deepEqual(names.toSorted(), [
    '_started',
    'data',
    'manifest-files.json',
    'manifest-files.md5',
    'manifest-summary.json',
    'manifest-summary.md5',
  ])
})
