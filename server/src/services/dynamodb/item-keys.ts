// Where items and index entries lie. Keys in the Store:
//
//   item          [SPACE_PREFIX, space, digest(hash), range?]
//   index entry   [SPACE_PREFIX, space, digest(hash), range?, table's digest?, table's range?]
//
// A space belongs to one table or index. Digests are evenly spread, so ranges of them are the segments of a parallel scan, and
// a partition is a range. An entry of a local index leaves out the table's digest, which is its own. A long range key of the
// table stands in index entries as its digest: there it only has to be unique. The attributes themselves are in the value.
import type { Key, KeyPart } from '#storage/store.ts'
import { attributeOf, type Item } from './language/attribute-value.ts'
import { isKeyValue, keyDigest, keyPart, keyValueBytes, type KeyValue } from './language/key-encoding.ts'
import { TRAILING_KEY_BYTES_MAX } from './limits.ts'
import { type IndexRecord, type KeyNames, SPACE_PREFIX, type TableRecord } from './table-record.ts'

export interface Keyed {
  readonly space: string
  readonly key: KeyNames
}

/** The key attribute of an item that is known to have it. Throws TypeError otherwise. */
export function keyValueOf(item: Item, name: string): KeyValue {
  const value = attributeOf(item, name)
  if (value === undefined || !isKeyValue(value)) throw new TypeError(`the item has no key attribute ${name}`)
  return value
}

/** The prefix of everything with this hash key. */
export function partitionKey(space: string, hash: KeyValue): Key {
  return [SPACE_PREFIX, space, keyDigest(hash)]
}

/** Where an item of the table lies. `item` has the key attributes. */
export function itemKey({ space, key }: Keyed, item: Item): Key {
  const digest = keyDigest(keyValueOf(item, key.hash))
  if (key.range === undefined) return [SPACE_PREFIX, space, digest]
  return [SPACE_PREFIX, space, digest, keyPart(keyValueOf(item, key.range))]
}

/**
 * Where the index entry of an item lies; undefined when the item is not in the index: it lacks a key attribute of the index,
 * or has it with another type (possible for items that are older than the index).
 */
export function entryKey(table: TableRecord, index: IndexRecord, item: Item): Key | undefined {
  const parts = indexedParts(table, index.key, item)
  if (parts === undefined) return undefined
  const trail = trailingParts(table.key, item)
  return [SPACE_PREFIX, index.space, ...parts, ...(index.scope === 'local' ? trail.slice(1) : trail)]
}

function indexedParts(table: TableRecord, names: KeyNames, item: Item): KeyPart[] | undefined {
  const hash = indexable(table, names.hash, item)
  if (hash === undefined) return undefined
  if (names.range === undefined) return [keyDigest(hash)]
  const range = indexable(table, names.range, item)
  return range === undefined ? undefined : [keyDigest(hash), keyPart(range)]
}

function indexable(table: TableRecord, name: string, item: Item): KeyValue | undefined {
  const value = attributeOf(item, name)
  if (value === undefined || !isKeyValue(value)) return undefined
  const type = table.attributes.find((attribute) => attribute.name === name)?.type
  return type !== undefined && type in value ? value : undefined
}

/** What makes the entries of one index key unique: the key of the item in the table. */
export function trailingParts({ hash, range }: KeyNames, item: Item): KeyPart[] {
  const digest = keyDigest(keyValueOf(item, hash))
  if (range === undefined) return [digest]
  const value = keyValueOf(item, range)
  return [digest, keyValueBytes(value) > TRAILING_KEY_BYTES_MAX ? keyDigest(value) : keyPart(value)]
}

/** Where a segment of a parallel scan begins: the first digests of it. */
export function segmentStart(space: string, segment: number, totalSegments: number): Key {
  const bytes = new Uint8Array(6)
  // Six bytes: below 2^53, and more than the million segments that there may be.
  let rest = Math.ceil((segment / totalSegments) * 2 ** 48)
  for (let at = 5; at >= 0; at--) {
    bytes[at] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return [SPACE_PREFIX, space, bytes]
}

/** Only the attributes of the key. */
export function keyOfItem(item: Item, { hash, range }: KeyNames): Item {
  const key: Record<string, KeyValue> = { [hash]: keyValueOf(item, hash) }
  if (range !== undefined) key[range] = keyValueOf(item, range)
  return key
}
