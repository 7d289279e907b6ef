import type { Store } from '#storage/store.ts'
import { Constraints } from '../../constraints.ts'
import type { StreamDescription, StreamShard } from '../../stream-record.ts'
import type { StreamsInput, StreamsOperation, StreamsOutput } from '../deps.ts'
import { noShard } from '../errors.ts'
import { arnOfStream, requireStream } from '../find-stream.ts'
import { SHARDS_PAGE_MAX } from '../limits.ts'
import { sequenceNumber, shardId, shardOf } from '../shard-id.ts'
import { boundsOfShard } from '../shard-read.ts'

type Description = NonNullable<StreamsOutput<'DescribeStream'>['StreamDescription']>
type ShardAnswer = NonNullable<Description['Shards']>[number]

export const describeStream: StreamsOperation<'DescribeStream'> = async ({ store }, input) => {
  const { StreamArn, Limit = SHARDS_PAGE_MAX } = input
  new Constraints().atLeast('limit', Limit, 1).atMost('limit', Limit, SHARDS_PAGE_MAX).check()
  const stream = await requireStream(store, StreamArn)
  const shards = shardsAsked(stream, input)
  const page = shards.slice(0, Limit)
  const last = shards.length > Limit ? page.at(-1) : undefined
  return {
    StreamDescription: {
      StreamArn: arnOfStream(stream),
      StreamLabel: stream.label,
      StreamStatus: stream.disabledMs === undefined ? 'ENABLED' : 'DISABLED',
      StreamViewType: stream.viewType,
      CreationRequestDateTime: new Date(stream.createdMs),
      TableName: stream.name,
      KeySchema: [
        { AttributeName: stream.key.hash, KeyType: 'HASH' },
        ...(stream.key.range === undefined ? [] : [{ AttributeName: stream.key.range, KeyType: 'RANGE' as const }]),
      ],
      Shards: await Promise.all(page.map((shard) => describeShard(store, stream, shard))),
      ...(last && { LastEvaluatedShardId: shardId(stream, last) }),
    },
  }
}

/** Behind the shard that the page before ended with; only children of a shard when that is asked. */
function shardsAsked(stream: StreamDescription, input: StreamsInput<'DescribeStream'>): readonly StreamShard[] {
  const { ExclusiveStartShardId, ShardFilter } = input
  const parent = ShardFilter?.Type === 'CHILD_SHARDS' ? requireShard(stream, ShardFilter.ShardId ?? '') : undefined
  const wanted = parent === undefined ? stream.shards : stream.shards.filter((shard) => shard.parent === parent.number)
  if (ExclusiveStartShardId === undefined) return wanted
  const start = requireShard(stream, ExclusiveStartShardId)
  return wanted.filter(({ number }) => number > start.number)
}

function requireShard(stream: StreamDescription, id: string): StreamShard {
  const shard = shardOf(stream, id)
  if (shard === undefined) throw noShard(id)
  return shard
}

async function describeShard(store: Store, stream: StreamDescription, shard: StreamShard): Promise<ShardAnswer> {
  const { first, last } = await boundsOfShard(store, stream, shard)
  const parent = stream.shards.find(({ number }) => number === shard.parent)
  return {
    ShardId: shardId(stream, shard),
    SequenceNumberRange: {
      StartingSequenceNumber: sequenceNumber(shard, first ?? 1),
      ...(shard.closedMs !== undefined && { EndingSequenceNumber: sequenceNumber(shard, last ?? first ?? 1) }),
    },
    ...(parent && { ParentShardId: shardId(stream, parent) }),
  }
}
