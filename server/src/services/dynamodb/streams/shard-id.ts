// Names of shards and of places in them, as the API shows them.
//
//   shardId-<time of opening, 20 digits>-<4 hex digits of the stream><number, 4 hex digits>
//   sequence number: 1, the shard's number in 6 digits, the log's sequence in 17: rises within a shard
import type { StreamDescription, StreamShard } from '../stream-record.ts'

export function shardId({ space }: Pick<StreamDescription, 'space'>, { number, openedMs }: StreamShard): string {
  return `shardId-${String(openedMs).padStart(20, '0')}-${space.slice(0, 4)}${number.toString(16).padStart(4, '0')}`
}

/** The shard of that name; undefined when the stream has none. */
export function shardOf(stream: StreamDescription, id: string): StreamShard | undefined {
  return stream.shards.find((shard) => shardId(stream, shard) === id)
}

export function sequenceNumber({ number }: Pick<StreamShard, 'number'>, sequence: number): string {
  return `1${String(number).padStart(6, '0')}${String(sequence).padStart(17, '0')}`
}

const SEQUENCE_NUMBER = /^1(\d{6})(\d{17})$/

/** The log's sequence of a sequence number; undefined when it is none of this shard. */
export function sequenceOf({ number }: Pick<StreamShard, 'number'>, text: string): number | undefined {
  const [, shard, sequence] = SEQUENCE_NUMBER.exec(text) ?? []
  return shard !== undefined && Number(shard) === number ? Number(sequence) : undefined
}
