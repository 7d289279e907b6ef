// CPU time of the codec alone, in this process: reading and writing typical requests of three protocols, each in turns
// with its floor, the plainest thing that moves the same bytes (JSON.parse, JSON.stringify, or joining the text by hand).
import { AwsError } from '../server/src/protocol/errors.ts'
import { serviceWire } from '../server/src/protocol/service-wire.ts'
import type { WireRequest } from '../server/src/protocol/wire.ts'
import type { BenchRow } from './row.ts'

const ROUNDS = 15
const ROUND_MS = 40

interface Comparison {
  readonly name: string
  readonly run: () => unknown
  readonly floor: string
  readonly runFloor: () => unknown
  readonly target: string
}

const PUT_ITEM = {
  TableName: 'orders',
  Item: {
    id: { S: 'order-2026-11-21-000042' },
    customer: { S: 'c-1029384756' },
    total: { N: '129.95' },
    paid: { BOOL: true },
    lines: { L: [{ S: 'sku-1:2' }, { S: 'sku-2:1' }, { S: 'sku-3:9' }] },
    address: { M: { street: { S: 'Long Lane 17' }, city: { S: 'Hamburg' } } },
  },
}
const SEND_MESSAGE = {
  QueueUrl: 'http://127.0.0.1:4566/000000000000/orders',
  MessageBody: 'x'.repeat(200),
  MessageAttributes: { kind: { DataType: 'String', StringValue: 'order' } },
}
const LIST_OBJECTS = {
  Name: 'photos',
  Prefix: 'holiday/',
  KeyCount: 100,
  MaxKeys: 1000,
  IsTruncated: false,
  Contents: Array.from({ length: 100 }, (_none, index) => ({
    Key: `holiday/2026/photo-${index}.jpg`,
    LastModified: new Date(1_700_000_000_000 + index),
    ETag: '"d41d8cd98f00b204e9800998ecf8427e"',
    Size: 1_000_000 + index,
    StorageClass: 'STANDARD',
  })),
}

function jsonRequest(target: string): WireRequest {
  return { method: 'POST', path: '/', query: '', headers: { 'x-amz-target': target } }
}

function comparisons(): readonly Comparison[] {
  const dynamo = serviceWire('dynamodb')
  const sqs = serviceWire('sqs')
  const s3 = serviceWire('s3')
  const putItem = Buffer.from(JSON.stringify(PUT_ITEM))
  const sendMessage = Buffer.from(JSON.stringify(SEND_MESSAGE))
  const putRequest = jsonRequest('DynamoDB_20120810.PutItem')
  const sendRequest = jsonRequest('AmazonSQS.SendMessage')
  const listRequest: WireRequest = {
    method: 'GET',
    path: '/photos',
    query: 'list-type=2&prefix=holiday%2F',
    headers: {},
  }
  const answer = { Attributes: PUT_ITEM.Item }
  const sent = {
    MessageId: '5fea7756-0ea4-451a-a703-a558b933e274',
    MD5OfMessageBody: 'd41d8cd98f00b204e9800998ecf8427e',
  }
  const missing = new AwsError('NoSuchKey', 404, 'The specified key does not exist.', { fields: { Key: 'a' } })
  const none = Buffer.alloc(0)
  return [
    {
      name: 'codec: read DynamoDB PutItem',
      run: () => dynamo.read('awsJson1_0', dynamo.route('awsJson1_0', putRequest), putRequest, putItem),
      floor: 'JSON.parse',
      runFloor: () => JSON.parse(putItem.toString()) as unknown,
      target: '≤ 2.4',
    },
    {
      name: 'codec: write DynamoDB PutItem',
      run: () => dynamo.write('awsJson1_0', 'PutItem', answer, 'id'),
      floor: 'JSON.stringify',
      runFloor: () => Buffer.from(JSON.stringify(answer)),
      target: '≤ 3',
    },
    {
      name: 'codec: read SQS SendMessage',
      run: () => sqs.read('awsJson1_0', sqs.route('awsJson1_0', sendRequest), sendRequest, sendMessage),
      floor: 'JSON.parse',
      runFloor: () => JSON.parse(sendMessage.toString()) as unknown,
      target: '≤ 2.4',
    },
    {
      name: 'codec: write SQS SendMessage',
      run: () => sqs.write('awsJson1_0', 'SendMessage', sent, 'id'),
      floor: 'JSON.stringify',
      runFloor: () => Buffer.from(JSON.stringify(sent)),
      target: '≤ 2.4',
    },
    {
      name: 'codec: read S3 ListObjectsV2',
      run: () => s3.read('restXml', s3.route('restXml', listRequest), listRequest, none),
      floor: 'URLSearchParams',
      runFloor: () => new URLSearchParams(listRequest.query).get('prefix'),
      target: '≤ 8',
    },
    {
      name: 'codec: write S3 ListObjectsV2, 100 keys',
      run: () => s3.write('restXml', 'ListObjectsV2', LIST_OBJECTS, 'id'),
      floor: 'JSON.stringify',
      runFloor: () => Buffer.from(JSON.stringify(LIST_OBJECTS)),
      target: '≤ 2',
    },
    {
      name: 'codec: write an S3 error',
      run: () => s3.writeError('restXml', 'GetObject', missing, 'id', listRequest),
      floor: 'JSON.stringify',
      runFloor: () => Buffer.from(JSON.stringify({ code: missing.code, message: missing.message, ...missing.fields })),
      target: '≤ 8',
    },
  ]
}

/** The rows of `npm run bench -- protocol`: microseconds of CPU a call, and the ratio to the floor. */
export function run(): Promise<readonly BenchRow[]> {
  return Promise.resolve(comparisons().map(measure))
}

function measure({ name, run: call, floor, runFloor, target }: Comparison): BenchRow {
  for (const warm of [call, runFloor, call, runFloor]) microsecondsOf(warm)
  const values: number[] = []
  const ratios: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const value = microsecondsOf(call)
    values.push(value)
    ratios.push(value / microsecondsOf(runFloor))
  }
  return { name, value: median(values), unit: 'µs', floor, ratio: median(ratios), target }
}

function microsecondsOf(call: () => unknown): number {
  const start = process.cpuUsage()
  const endMs = performance.now() + ROUND_MS
  let calls = 0
  while (performance.now() < endMs) {
    for (let batch = 0; batch < 100; batch++) call()
    calls += 100
  }
  const { user, system } = process.cpuUsage(start)
  return (user + system) / calls
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
