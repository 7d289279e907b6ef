// What a change of an item leaves in the table's stream, and what is kept of the stream itself. Layout in the Store:
//
//   ['dynamodb.streams', account, region, table, label]   the stream: a StreamDescription
//   ['dynamodb.stream', space, shard, sequence]           one change, appended in the commit of the change
//
// `space` is the stream's own, `shard` a number from 0, `sequence` the log's gap-free number from 1. All changes of one item
// are in one shard until the shard is closed; a table's record names the shards that are open. To close a shard and open
// another, change the table's record and the description in one transaction (every write checks the table's record).
import { jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { TablePlace } from './arn.ts'
import { hasBinary, revivedMap, textOfItem } from './item-text.ts'
import type { AttributeValue, Item } from './language/attribute-value.ts'
import { itemBytes } from './language/item-size.ts'
import { packText, unpackText } from './packed-text.ts'
import type { KeyNames, StreamViewType } from './table-record.ts'

export const STREAMS_PREFIX = 'dynamodb.streams'
const STREAM_LOG_PREFIX = 'dynamodb.stream'

export interface StreamShard {
  readonly number: number
  readonly parent?: number
  readonly openedMs: number
  /** No record follows from then on: the last one in the log is the last of the shard. */
  readonly closedMs?: number
}

export interface StreamDescription extends TablePlace {
  /** The time of creation, `2026-01-31T12:00:00.000`: the last part of the stream's ARN. */
  readonly label: string
  readonly space: string
  readonly viewType: StreamViewType
  readonly key: KeyNames
  readonly keyTypes: Readonly<Record<string, 'S' | 'N' | 'B'>>
  readonly createdMs: number
  readonly shards: readonly StreamShard[]
  /** When no more changes came: the stream was disabled or the table deleted. Readable for 24 hours from then on. */
  readonly disabledMs?: number
}

export const streamCodec = jsonCodec<StreamDescription>(1)

export function streamKey({ account, region, name }: TablePlace, label: string): Key {
  return [STREAMS_PREFIX, account, region, name, label]
}

/** The log that a shard's changes are appended to; an entry's key is the log's with the sequence behind it. */
export function streamLog(space: string, shard: number): Key {
  return [STREAM_LOG_PREFIX, space, shard]
}

export type ChangeKind = 'INSERT' | 'MODIFY' | 'REMOVE'

/** One change, with the images that the view type asks for. */
export interface StreamChange {
  readonly kind: ChangeKind
  readonly atMs: number
  readonly keys: Item
  readonly newImage?: Item
  readonly oldImage?: Item
  /** As AWS counts: keys and images. */
  readonly sizeBytes: number
  /** The item was deleted because its time to live was over: `userIdentity` is the service. */
  readonly byTimeToLive: boolean
}

/** As JSON: k kind, t time, s size, e expired, i keys, n and o images in wire form. */
interface ChangeHead {
  readonly k: ChangeKind
  readonly t: number
  readonly s: number
  readonly e?: true
}

/** The images as the text in which items are kept: they are copied, not parsed. */
export interface ChangeTexts {
  readonly kind: ChangeKind
  readonly atMs: number
  readonly keys: Item
  readonly newText?: string
  readonly oldText?: string
  readonly imagesBytes: number
  readonly byTimeToLive: boolean
}

/** The value to append. */
export function encodeChange(change: ChangeTexts): Buffer {
  const head: ChangeHead = {
    k: change.kind,
    t: change.atMs,
    s: itemBytes(change.keys) + change.imagesBytes,
    ...(change.byTimeToLive && { e: true as const }),
  }
  let text = `${JSON.stringify(head).slice(0, -1)},"i":${textOfItem(change.keys)}`
  if (change.newText !== undefined) text += `,"n":${change.newText}`
  if (change.oldText !== undefined) text += `,"o":${change.oldText}`
  return packText(`${text}}`)
}

/** The change in an entry of a shard's log. */
export function decodeChange(bytes: Uint8Array): StreamChange {
  const text = unpackText(bytes)
  // The cast: encodeChange wrote it.
  const stored = JSON.parse(text) as ChangeHead & { readonly i: Images; readonly n?: Images; readonly o?: Images }
  const imageOf = (image: Images): Item => (hasBinary(text) ? revivedMap(image) : image)
  return {
    kind: stored.k,
    atMs: stored.t,
    sizeBytes: stored.s,
    byTimeToLive: stored.e === true,
    keys: imageOf(stored.i),
    ...(stored.n !== undefined && { newImage: imageOf(stored.n) }),
    ...(stored.o !== undefined && { oldImage: imageOf(stored.o) }),
  }
}

type Images = Record<string, AttributeValue>
