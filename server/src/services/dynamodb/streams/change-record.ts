// A change as the API answers it, and as functions see it: the same document, binary as bytes in one and as base64 in the
// other.
import { hash } from 'node:crypto'
import { textOfItem } from '../item-text.ts'
import type { Item } from '../language/attribute-value.ts'
import type { StreamChange, StreamDescription, StreamShard } from '../stream-record.ts'
import type { StreamsOutput } from './deps.ts'
import { arnOfStream } from './find-stream.ts'
import { sequenceNumber } from './shard-id.ts'
import type { ShardRecord } from './shard-read.ts'

type ApiRecord = NonNullable<StreamsOutput<'GetRecords'>['Records']>[number]

const EVENT_VERSION = '1.1'
const EVENT_SOURCE = 'aws:dynamodb'

interface Source {
  readonly stream: StreamDescription
  readonly shard: StreamShard
}

/** As GetRecords answers it. */
export function apiRecord(source: Source, { sequence, change }: ShardRecord): ApiRecord {
  const { stream, shard } = source
  return {
    ...head(source, sequence, change),
    dynamodb: {
      ApproximateCreationDateTime: new Date(seconds(change.atMs) * 1000),
      Keys: change.keys,
      ...(change.newImage && { NewImage: change.newImage }),
      ...(change.oldImage && { OldImage: change.oldImage }),
      SequenceNumber: sequenceNumber(shard, sequence),
      SizeBytes: change.sizeBytes,
      StreamViewType: stream.viewType,
    },
    ...(change.byTimeToLive && { userIdentity: { PrincipalId: TIME_TO_LIVE, Type: 'Service' } }),
  }
}

/** As an entry of `Records` of a function's event. */
export function eventRecord(source: Source, { sequence, change }: ShardRecord): Readonly<Record<string, unknown>> {
  const { stream, shard } = source
  return {
    ...head(source, sequence, change),
    dynamodb: {
      ApproximateCreationDateTime: seconds(change.atMs),
      Keys: plain(change.keys),
      ...(change.newImage && { NewImage: plain(change.newImage) }),
      ...(change.oldImage && { OldImage: plain(change.oldImage) }),
      SequenceNumber: sequenceNumber(shard, sequence),
      SizeBytes: change.sizeBytes,
      StreamViewType: stream.viewType,
    },
    ...(change.byTimeToLive && { userIdentity: { principalId: TIME_TO_LIVE, type: 'Service' } }),
    eventSourceARN: arnOfStream(stream),
  }
}

/** Who deletes items whose time is over. */
const TIME_TO_LIVE = 'dynamodb.amazonaws.com'

function head({ stream, shard }: Source, sequence: number, { kind }: StreamChange) {
  return {
    eventID: hash('md5', `${stream.space}/${shard.number}/${sequence}`),
    eventName: kind,
    eventVersion: EVENT_VERSION,
    eventSource: EVENT_SOURCE,
    awsRegion: stream.region,
  } as const
}

/** The service tells whole seconds. */
function seconds(atMs: number): number {
  return Math.floor(atMs / 1000)
}

function plain(item: Item): unknown {
  return JSON.parse(textOfItem(item))
}
