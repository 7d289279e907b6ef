// Event streams of every kind, read by the real SDK clients: REST JSON (Lambda), REST XML (S3 Select), awsJson over
// HTTP/2 (Kinesis) and HTTP/1.1 (CloudWatch Logs), with errors before and in the middle of a stream.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AwsError } from '#protocol/errors.ts'
import { serviceWire } from '#protocol/service-wire.ts'
import type { ServiceId } from '#protocol/services.ts'
import type { ProtocolId } from '#protocol/wire.ts'
import { SdkExchange } from './sdk-exchange.ts'

let exchange: SdkExchange

before(async () => {
  exchange = new SdkExchange()
  await exchange.start()
})
after(() => exchange.stop())

async function* source(events: readonly unknown[], end?: Error): AsyncGenerator {
  for (const event of events) yield event
  if (end !== undefined) throw end
}

/** The events that the client sees, and the error that ends them. */
async function stream(
  service: ServiceId,
  protocol: ProtocolId,
  operation: string,
  input: object,
  answer: object,
  member: string,
): Promise<{ result: Record<string, unknown>; events: unknown[]; error: Error | undefined }> {
  const { result } = await exchange.exchange({ service, protocol, answer }, operation, input)
  if (result instanceof Error) throw result
  const events: unknown[] = []
  try {
    for await (const event of result[member] as AsyncIterable<unknown>) events.push(event)
  } catch (error) {
    return { result, events, error: error as Error }
  }
  return { result, events, error: undefined }
}

const text = (value: unknown): string => Buffer.from(value as Uint8Array).toString()

test('Lambda streams a response: payload chunks, then the end', async () => {
  const answer = {
    StatusCode: 200,
    ExecutedVersion: '$LATEST',
    EventStream: source([
      { PayloadChunk: { Payload: Buffer.from('one') } },
      { PayloadChunk: { Payload: Buffer.from('two') } },
      { InvokeComplete: { ErrorCode: 'Unhandled', LogResult: 'bG9n' } },
    ]),
  }
  const input = { FunctionName: 'f', Payload: Buffer.from('{}') }
  const { result, events } = await stream(
    'lambda',
    'restJson1',
    'InvokeWithResponseStream',
    input,
    answer,
    'EventStream',
  )
  assert.equal(result['ExecutedVersion'], '$LATEST')
  const [first, second, last] = events as { PayloadChunk: { Payload: Uint8Array }; InvokeComplete: object }[]
  assert.deepEqual([text(first?.PayloadChunk.Payload), text(second?.PayloadChunk.Payload)], ['one', 'two'])
  assert.deepEqual(last?.InvokeComplete, { ErrorCode: 'Unhandled', LogResult: 'bG9n' })
})

test('S3 Select: blobs, XML events, events without content', async () => {
  const answer = {
    Payload: source([
      { Records: { Payload: Buffer.from('a,b\n') } },
      { Cont: {} },
      { Stats: { Details: { BytesScanned: 1, BytesProcessed: 2, BytesReturned: 3 } } },
      { End: {} },
    ]),
  }
  const input = {
    Bucket: 'b',
    Key: 'k',
    Expression: 'select * from s3object',
    ExpressionType: 'SQL',
    InputSerialization: { CSV: {} },
    OutputSerialization: { CSV: {} },
  }
  const { events } = await stream('s3', 'restXml', 'SelectObjectContent', input, answer, 'Payload')
  const [records, , stats] = events as { Records: { Payload: Uint8Array }; Stats: { Details: object } }[]
  assert.equal(events.length, 4)
  assert.equal(text(records?.Records.Payload), 'a,b\n')
  assert.deepEqual({ ...stats?.Stats.Details }, { BytesScanned: 1, BytesProcessed: 2, BytesReturned: 3 })
})

const RECORDS = {
  SubscribeToShardEvent: {
    Records: [
      { SequenceNumber: '1', Data: Buffer.from('x'), PartitionKey: 'p', ApproximateArrivalTimestamp: new Date(1e12) },
    ],
    ContinuationSequenceNumber: '2',
    MillisBehindLatest: 0,
  },
}
const SUBSCRIBE = { ConsumerARN: 'arn', ShardId: 's', StartingPosition: { Type: 'LATEST' } }

test('Kinesis over HTTP/2: events after the initial response', async () => {
  const answer = { EventStream: source([RECORDS, RECORDS]) }
  const { events, error } = await stream('kinesis', 'awsJson1_1', 'SubscribeToShard', SUBSCRIBE, answer, 'EventStream')
  assert.equal(error, undefined)
  const [first] = events as (typeof RECORDS)[]
  assert.equal(events.length, 2)
  assert.equal(text(first?.SubscribeToShardEvent.Records[0]?.Data), 'x')
  assert.deepEqual(first?.SubscribeToShardEvent.Records[0]?.ApproximateArrivalTimestamp, new Date(1e12))
})

test('a modelled error in the middle of a stream arrives as that exception', async () => {
  const broken = new AwsError('KMSDisabledException', 400, 'the key is disabled')
  const answer = { EventStream: source([RECORDS], broken) }
  const { events, error } = await stream('kinesis', 'awsJson1_1', 'SubscribeToShard', SUBSCRIBE, answer, 'EventStream')
  assert.equal(events.length, 1)
  assert.equal(error?.name, 'KMSDisabledException')
  assert.match(error.message, /the key is disabled/)
})

test('another service error arrives as an error event', async () => {
  const answer = { EventStream: source([], new AwsError('Whatever', 400, 'no')) }
  const { error } = await stream('kinesis', 'awsJson1_1', 'SubscribeToShard', SUBSCRIBE, answer, 'EventStream')
  assert.match(String(error), /Whatever|no/)
})

test('a bug ends the stream as an internal failure without its message, and whoever pumps the stream hears of it', async () => {
  const wire = serviceWire('kinesis')
  const { body } = wire.write(
    'awsJson1_1',
    'SubscribeToShard',
    { EventStream: source([], new TypeError('secret')) },
    'id',
  )
  assert.ok(!(body instanceof Uint8Array))
  const frames: string[] = []
  await assert.rejects(async () => {
    for await (const chunk of body) frames.push(Buffer.from(chunk).toString('latin1'))
  }, TypeError)
  assert.equal(frames.length, 2)
  assert.match(frames[1] ?? '', /InternalFailure/)
  assert.doesNotMatch(frames.join(''), /secret/)
})

test('an error before the stream begins is an ordinary answer', async () => {
  const answer = new AwsError('ResourceNotFoundException', 400, 'no such consumer')
  const { result } = await exchange.exchange(
    { service: 'kinesis', protocol: 'awsJson1_1', answer },
    'SubscribeToShard',
    SUBSCRIBE,
  )
  assert.ok(result instanceof Error)
  assert.equal(result.name, 'ResourceNotFoundException')
})

test('CloudWatch Logs tails over HTTP/1.1', async () => {
  const answer = {
    responseStream: source([
      { sessionStart: { sessionId: 'id', logGroupIdentifiers: ['g'] } },
      { sessionUpdate: { sessionMetadata: { sampled: false }, sessionResults: [{ message: 'm', timestamp: 1 }] } },
    ]),
  }
  const { events } = await stream(
    'cloudwatch-logs',
    'awsJson1_1',
    'StartLiveTail',
    { logGroupIdentifiers: ['g'] },
    answer,
    'responseStream',
  )
  assert.deepEqual(JSON.parse(JSON.stringify(events)), [
    { sessionStart: { sessionId: 'id', logGroupIdentifiers: ['g'] } },
    { sessionUpdate: { sessionMetadata: { sampled: false }, sessionResults: [{ message: 'm', timestamp: 1 }] } },
  ])
})
