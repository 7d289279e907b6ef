// How the streams of tables are read by whoever feeds their records to functions.
import type { Shard, StreamPage, StreamPosition, StreamRecord, StreamSource } from '#events/stream-source.ts'
import type { Store } from '#storage/store.ts'
import { streamKey, streamLog, type StreamDescription, type StreamShard } from '../stream-record.ts'
import { textOfItem } from '../item-text.ts'
import { eventRecord } from './change-record.ts'
import { noShard, noStream } from './errors.ts'
import { findStream } from './find-stream.ts'
import { sequenceNumber, sequenceOf, shardId, shardOf } from './shard-id.ts'
import { boundsOfShard, readShard, sequenceBefore, type ShardRecord } from './shard-read.ts'

export function createStreamSource({ store }: { readonly store: Store }): StreamSource {
  return {
    async shards(arn) {
      const stream = await findStream(store, arn)
      return stream?.shards.map((shard) => describe(stream, shard))
    },
    async read(arn, id, from, recordsMax) {
      const stream = await findStream(store, arn)
      if (stream === undefined) throw noStream(arn)
      const shard = shardOf(stream, id)
      if (shard === undefined) throw noShard(id)
      return read(store, stream, shard, from, recordsMax)
    },
    watch: (arn, wake) => watch(store, arn, wake),
  }
}

function describe(stream: StreamDescription, shard: StreamShard): Shard {
  const parent = stream.shards.find(({ number }) => number === shard.parent)
  return { id: shardId(stream, shard), parents: parent === undefined ? [] : [shardId(stream, parent)] }
}

async function read(
  store: Store,
  stream: StreamDescription,
  shard: StreamShard,
  from: StreamPosition,
  recordsMax: number,
): Promise<StreamPage> {
  const at = (sequence: number): StreamPosition => ({ kind: 'after', sequence: sequenceNumber(shard, sequence) })
  if (from.kind === 'latest') {
    const { last } = await boundsOfShard(store, stream, shard)
    return { records: [], next: shard.closedMs === undefined ? at(last ?? 0) : undefined }
  }
  const after = await sequenceAfter(store, stream, shard, from)
  const page = await readShard(store, stream, shard, after, recordsMax)
  return {
    records: page.records.map((record) => streamRecord(stream, shard, record)),
    next: page.isEnd && shard.closedMs !== undefined ? undefined : at(page.last),
  }
}

async function sequenceAfter(
  store: Store,
  stream: StreamDescription,
  shard: StreamShard,
  from: Exclude<StreamPosition, { readonly kind: 'latest' }>,
): Promise<number> {
  switch (from.kind) {
    case 'oldest':
      return 0
    case 'at-time':
      return sequenceBefore(store, stream, shard, from.timeMs)
    case 'after': {
      const sequence = sequenceOf(shard, from.sequence)
      if (sequence === undefined) throw new TypeError(`${from.sequence} is no position of this shard`)
      return sequence
    }
  }
}

function streamRecord(stream: StreamDescription, shard: StreamShard, found: ShardRecord): StreamRecord {
  const record = eventRecord({ stream, shard }, found)
  return {
    sequence: sequenceNumber(shard, found.sequence),
    partitionKey: textOfItem(found.change.keys),
    createdMs: found.change.atMs,
    record,
    recordBytes: Buffer.byteLength(JSON.stringify(record)),
  }
}

/** The log's key is in the description: until it is read, nothing is missed, since the reader is woken once behind it. */
function watch(store: Store, arn: string, wake: () => void): () => void {
  const ends: (() => void)[] = []
  let hasEnded = false
  const subscribe = async (): Promise<void> => {
    const stream = await findStream(store, arn)
    if (stream === undefined || hasEnded) return
    for (const { number } of stream.shards) ends.push(store.watch(streamLog(stream.space, number), wake))
    ends.push(store.watch(streamKey(stream, stream.label), wake))
    wake()
  }
  // A store that cannot be read fails the reader's own reads, which tell.
  subscribe().catch(wake)
  return () => {
    hasEnded = true
    for (const end of ends) end()
  }
}
