// What the on-failure destination of a stream's mapping gets: where the lost records are, not the records themselves;
// only a bucket gets them as well. Source: developer guide, "Retain discarded batches" for DynamoDB and Kinesis.
import { newRequestId } from '#base/ids.ts'
import type { Envelope } from '#events/envelope.ts'
import type { OutboxRecord } from '#events/outbox.ts'
import type { EventOrigin } from '#events/target.ts'
import { recordPlace } from '../record-object.ts'
import type { StreamMapping } from './mapping-record.ts'
import { eventOf } from './poller.ts'
import type { Loss, Pending } from './stream-batch.ts'

/** Source of the envelopes that carry records of failures and of asynchronous invocations; their payload is the document. */
export const LAMBDA_RECORD_SOURCE = 'mayfly.lambda.record'

interface LostBatch {
  readonly mapping: StreamMapping
  /** The execution role of the function, which the record is sent with; undefined when the function is gone. */
  readonly role: string | undefined
  readonly shard: string
  readonly records: readonly Pending[]
  readonly loss: Loss
  readonly nowMs: number
}

/** The event that tells of a loss; undefined where the mapping names no destination or nothing was lost. */
export function failureRecord(lost: LostBatch): OutboxRecord | undefined {
  const arn = lost.mapping.settings.onFailureArn
  const first = lost.records[0]?.record
  const last = lost.records.at(-1)?.record
  if (arn === undefined || first === undefined || last === undefined) return undefined
  const { mapping, nowMs } = lost
  const requestId = newRequestId()
  const destination = recordPlace(arn, `${mapping.uuid}/${lost.shard}`, { id: requestId, timeMs: nowMs })
  return {
    envelope: {
      id: requestId,
      source: LAMBDA_RECORD_SOURCE,
      type: 'Lambda Event Source Mapping Failure',
      subject: mapping.settings.functionArn,
      timeMs: nowMs,
      account: mapping.account,
      region: mapping.region,
      hops: 1,
      data: sentWith(lost.role),
      payload: Buffer.from(
        JSON.stringify(documentOf(lost, requestId, first.createdMs, last.createdMs, destination.target === 's3')),
      ),
    },
    destination,
  }
}

/** The data of an envelope of LAMBDA_RECORD_SOURCE. */
export function sentWith(role: string | undefined): object {
  return role === undefined ? {} : { role }
}

/** With which role and for which function a record is sent; undefined where none was noted. */
export function recordOrigin({ data, subject, account }: Envelope): EventOrigin | undefined {
  if (typeof data !== 'object' || data === null || !('role' in data) || typeof data.role !== 'string') return undefined
  return { principal: data.role, sourceArn: subject, account }
}

function documentOf(
  { mapping, shard, records, loss, nowMs }: LostBatch,
  requestId: string,
  firstMs: number,
  lastMs: number,
  whole: boolean,
): object {
  const { last } = loss
  const batchInfo = {
    shardId: shard,
    startSequenceNumber: records[0]?.record.sequence,
    endSequenceNumber: records.at(-1)?.record.sequence,
    approximateArrivalOfFirstRecord: seconds(firstMs),
    approximateArrivalOfLastRecord: seconds(lastMs),
    batchSize: records.length,
    streamArn: mapping.sourceArn,
  }
  return {
    requestContext: {
      requestId,
      functionArn: mapping.settings.functionArn,
      condition: loss.condition,
      approximateInvokeCount: loss.invokeCount,
    },
    ...(last &&
      'executedVersion' in last && {
        responseContext: {
          statusCode: 200,
          executedVersion: last.executedVersion,
          functionError: last.kind === 'failed' ? 'Unhandled' : null,
        },
      }),
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    [mapping.service === 'dynamodb' ? 'DDBStreamBatchInfo' : 'KinesisBatchInfo']: batchInfo,
    ...(whole && { payload: Buffer.from(eventOf(records.map(({ record }) => record))).toString('utf8') }),
  }
}

/** `2020-07-30T17:00:00Z`: arrival times come without milliseconds. */
function seconds(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`
}
