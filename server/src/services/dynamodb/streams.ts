// Beginning and ending the stream of a table. Records are appended by the writes of items (item-write.ts); whoever reads
// them begins at stream-record.ts.
import type { Transaction } from '#storage/transact.ts'
import { invalidParameter } from './errors.ts'
import { newSpace } from './tables.ts'
import { streamCodec, streamKey, type StreamDescription } from './stream-record.ts'
import { typeOfKeyAttribute, type StreamViewType, type TableRecord } from './table-record.ts'
import { namesOfKey } from './projected-item.ts'

interface StreamSpecification {
  readonly StreamEnabled: boolean | undefined
  readonly StreamViewType?: string | undefined
}

const VIEW_TYPES = ['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY'] as const

/** The view type asked for; undefined when no stream is. Throws ValidationException. */
export function viewTypeOf(specification: StreamSpecification | undefined): StreamViewType | undefined {
  if (specification === undefined) return undefined
  const { StreamEnabled, StreamViewType } = specification
  if (StreamEnabled !== true) {
    if (StreamViewType !== undefined)
      throw invalidParameter('StreamViewType should not be set when StreamEnabled is set to false.')
    return undefined
  }
  const viewType = VIEW_TYPES.find((name) => name === StreamViewType)
  if (viewType === undefined) throw invalidParameter('StreamViewType is required when StreamEnabled is set to true.')
  return viewType
}

/** A label that AWS makes of the time of creation. */
function labelAt(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, -1)
}

/** The record with a new stream, which is written in the same transaction. */
export function beginStream(
  record: TableRecord,
  viewType: StreamViewType,
  nowMs: number,
  transaction: Transaction,
): TableRecord {
  const label = labelAt(nowMs)
  const space = newSpace()
  const stream: StreamDescription = {
    account: record.account,
    region: record.region,
    name: record.name,
    label,
    space,
    viewType,
    key: record.key,
    keyTypes: Object.fromEntries(namesOfKey(record.key).map((name) => [name, typeOfKeyAttribute(record, name)])),
    createdMs: nowMs,
    shards: [{ number: 0, openedMs: nowMs }],
  }
  transaction.set(streamKey(record, label), streamCodec.encode(stream))
  return { ...record, stream: { label, space, viewType, openShards: [0] }, latestStreamLabel: label }
}

/** The record without its stream, whose shards are closed: they stay readable for a day. */
export async function endStream(record: TableRecord, nowMs: number, transaction: Transaction): Promise<TableRecord> {
  const { stream, ...rest } = record
  if (stream === undefined) return record
  const key = streamKey(record, stream.label)
  const entry = await transaction.get(key)
  if (entry === undefined) return rest
  const description = streamCodec.decode(entry.value)
  const shards = description.shards.map((shard) => ({ ...shard, closedMs: shard.closedMs ?? nowMs }))
  transaction.set(key, streamCodec.encode({ ...description, shards, disabledMs: nowMs }))
  return rest
}
