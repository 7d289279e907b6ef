import type { Store } from '#storage/store.ts'
import { Constraints } from '../../constraints.ts'
import { invalid } from '../../language/invalid.ts'
import type { StreamDescription, StreamShard } from '../../stream-record.ts'
import type { StreamsInput, StreamsOperation } from '../deps.ts'
import { noShard, trimmed } from '../errors.ts'
import { requireStream } from '../find-stream.ts'
import { sequenceOf, shardOf } from '../shard-id.ts'
import { writeIterator } from '../shard-iterator.ts'
import { boundsOfShard } from '../shard-read.ts'

const TYPES = ['AFTER_SEQUENCE_NUMBER', 'LATEST', 'AT_SEQUENCE_NUMBER', 'TRIM_HORIZON'] as const

export const getShardIterator: StreamsOperation<'GetShardIterator'> = async ({ store, clock }, input) => {
  const { StreamArn: streamArn, ShardId: shardId, ShardIteratorType } = input
  new Constraints().oneOf('shardIteratorType', ShardIteratorType, TYPES).check()
  const stream = await requireStream(store, streamArn)
  const shard = shardOf(stream, shardId)
  if (shard === undefined) throw noShard(shardId)
  const after = await placeOf(store, stream, shard, input)
  return { ShardIterator: writeIterator({ streamArn, shardId, after, atMs: clock.nowMs() }) }
}

/** The sequence behind which the iterator reads. */
async function placeOf(
  store: Store,
  stream: StreamDescription,
  shard: StreamShard,
  { ShardIteratorType: type, SequenceNumber }: StreamsInput<'GetShardIterator'>,
): Promise<number> {
  if (type === 'TRIM_HORIZON') return 0
  const { first, last } = await boundsOfShard(store, stream, shard)
  if (type === 'LATEST') return last ?? 0
  if (SequenceNumber === undefined) throw invalid(`SequenceNumber must be specified for ShardIteratorType ${type}`)
  const sequence = sequenceOf(shard, SequenceNumber)
  if (sequence === undefined) throw invalid(`Invalid SequenceNumber: ${SequenceNumber}`)
  const after = type === 'AT_SEQUENCE_NUMBER' ? sequence - 1 : sequence
  if (first !== undefined && sequence < first) throw trimmed()
  return Math.max(0, after)
}
