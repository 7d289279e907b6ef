// DynamoDB through boto3 and awscli, as people use them: resource API, waiters, paginators, parallel scans.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { awsJson, boto3, openServer, type TestServer } from '../conformance/server-kit.ts'

let server: TestServer

before(async () => {
  server = await openServer()
})
after(async () => {
  await server[Symbol.asyncDispose]()
})

test('boto3: tables with waiters, items of all types, conditions, pages and batches', async () => {
  const shown = await boto3(
    server,
    `
from decimal import Decimal
from boto3.dynamodb.conditions import Attr, Key
resource = boto3.resource('dynamodb', endpoint_url=os.environ['ENDPOINT'])
table = resource.create_table(
    TableName='music', BillingMode='PAY_PER_REQUEST',
    AttributeDefinitions=[{'AttributeName': n, 'AttributeType': t} for n, t in (('artist', 'S'), ('year', 'N'), ('genre', 'S'))],
    KeySchema=[{'AttributeName': 'artist', 'KeyType': 'HASH'}, {'AttributeName': 'year', 'KeyType': 'RANGE'}],
    GlobalSecondaryIndexes=[{'IndexName': 'by-genre', 'KeySchema': [{'AttributeName': 'genre', 'KeyType': 'HASH'}, {'AttributeName': 'year', 'KeyType': 'RANGE'}], 'Projection': {'ProjectionType': 'ALL'}}])
table.wait_until_exists()
table.reload()
show(table.table_status)
with table.batch_writer() as batch:
    for year in range(1900, 2000):
        batch.put_item(Item={'artist': 'A%d' % (year % 3), 'year': year, 'genre': 'jazz' if year % 2 else 'rock', 'score': Decimal('1.50'), 'tags': {'x', 'y'}, 'cover': b'\\x00\\xff', 'notes': {'deep': [None, True, {'n': Decimal('-3')}]}})
item = table.get_item(Key={'artist': 'A1', 'year': 1900})['Item']
show([str(item['score']), sorted(item['tags']), item['cover'].value.hex(), str(item['notes'])])
found = table.query(IndexName='by-genre', KeyConditionExpression=Key('genre').eq('jazz') & Key('year').between(1910, 1920), FilterExpression=Attr('artist').ne('A0'), ScanIndexForward=False)
show([int(one['year']) for one in found['Items']])
try:
    table.put_item(Item={'artist': 'A1', 'year': 1900}, ConditionExpression=Attr('artist').not_exists())
except ClientError as error:
    show(error.response['Error'])
try:
    table.put_item(Item={'artist': '', 'year': 1})
except ClientError as error:
    show(error.response['Error']['Code'])
pages = client('dynamodb').get_paginator('scan').paginate(TableName='music', PaginationConfig={'PageSize': 9})
show(sum(page['Count'] for page in pages))
parts = [table.scan(Segment=segment, TotalSegments=4)['Count'] for segment in range(4)]
show(sum(parts))
table.update_item(Key={'artist': 'A1', 'year': 1900}, AttributeUpdates={'plays': {'Action': 'ADD', 'Value': 5}}, Expected={'genre': {'Value': 'rock', 'Exists': True}})
show(int(table.get_item(Key={'artist': 'A1', 'year': 1900}, ProjectionExpression='plays')['Item']['plays']))
table.delete()
table.wait_until_not_exists()
show('gone')
`,
  )
  assert.deepEqual(shown, [
    'ACTIVE',
    ['1.5', ['x', 'y'], '00ff', "{'deep': [None, True, {'n': Decimal('-3')}]}"],
    [1919, 1915, 1913],
    { Message: 'The conditional request failed', Code: 'ConditionalCheckFailedException' },
    'ValidationException',
    100,
    100,
    5,
    'gone',
  ])
})

test('awscli: create, wait, put, query, delete', async () => {
  const dynamodb = (...args: string[]): Promise<unknown> => awsJson(server, ['dynamodb', ...args])
  const name = ['--table-name', 'cli']
  await dynamodb(
    'create-table',
    ...name,
    '--attribute-definitions',
    'AttributeName=id,AttributeType=S',
    '--key-schema',
    'AttributeName=id,KeyType=HASH',
    '--provisioned-throughput',
    'ReadCapacityUnits=5,WriteCapacityUnits=5',
  )
  await dynamodb('wait', 'table-exists', ...name)
  await dynamodb('put-item', ...name, '--item', '{"id":{"S":"one"},"n":{"N":"1"}}')
  const found = await dynamodb(
    'query',
    ...name,
    '--key-condition-expression',
    'id = :id',
    '--expression-attribute-values',
    '{":id":{"S":"one"}}',
  )
  assert.deepEqual((found as { Items: unknown }).Items, [{ id: { S: 'one' }, n: { N: '1' } }])
  assert.deepEqual(await dynamodb('list-tables'), { TableNames: ['cli'] })
  await dynamodb('delete-table', ...name)
  await dynamodb('wait', 'table-not-exists', ...name)
})
