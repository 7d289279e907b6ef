import { Constraints } from '../../constraints.ts'
import { apiRecord } from '../change-record.ts'
import type { StreamsOperation } from '../deps.ts'
import { noShard } from '../errors.ts'
import { requireStream } from '../find-stream.ts'
import { RECORDS_MAX } from '../limits.ts'
import { shardOf } from '../shard-id.ts'
import { readIterator, writeIterator } from '../shard-iterator.ts'
import { readShard } from '../shard-read.ts'

export const getRecords: StreamsOperation<'GetRecords'> = async ({ store, clock }, input) => {
  const { ShardIterator, Limit = RECORDS_MAX } = input
  new Constraints().atLeast('limit', Limit, 1).atMost('limit', Limit, RECORDS_MAX).check()
  const { streamArn, shardId, after } = readIterator(ShardIterator, clock.nowMs())
  const stream = await requireStream(store, streamArn)
  const shard = shardOf(stream, shardId)
  if (shard === undefined) throw noShard(shardId)
  const { records, last, isEnd } = await readShard(store, stream, shard, after, Limit)
  const isOver = isEnd && shard.closedMs !== undefined
  return {
    Records: records.map((record) => apiRecord({ stream, shard }, record)),
    ...(!isOver && { NextShardIterator: writeIterator({ streamArn, shardId, after: last, atMs: clock.nowMs() }) }),
  }
}
