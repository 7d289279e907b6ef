// The history of a table with point-in-time recovery: before each change, what the item was. Undone backwards from now, it
// gives the table as it was at any moment since. Layout: ['dynamodb.history', space, sequence], appended in the commit of the
// change.
import type { Key } from '#storage/store.ts'
import { hasBinary, revivedMap, textOfItem } from './item-text.ts'
import type { AttributeValue, Item } from './language/attribute-value.ts'
import { packText, unpackText } from './packed-text.ts'

const HISTORY_PREFIX = 'dynamodb.history'

/** The log that changes are appended to. */
export function historyLog(space: string): Key {
  return historyPrefix(space)
}

/** The same as texts, as a job has it. */
export function historyPrefix(space: string): readonly string[] {
  return [HISTORY_PREFIX, space]
}

/** `before` is the item's text before the change; undefined when it did not exist. */
export function encodePast(past: {
  readonly atMs: number
  readonly key: Item
  readonly before: string | undefined
}): Buffer {
  const before = past.before === undefined ? '' : `,"o":${past.before}`
  return packText(`{"t":${past.atMs},"i":${textOfItem(past.key)}${before}}`)
}

export interface Past {
  readonly atMs: number
  readonly key: Item
  readonly before: Item | undefined
}

export function decodePast(bytes: Uint8Array): Past {
  const text = unpackText(bytes)
  // The cast: encodePast wrote it.
  const stored = JSON.parse(text) as { t: number; i: Image; o?: Image }
  const imageOf = (image: Image): Item => (hasBinary(text) ? revivedMap(image) : image)
  return { atMs: stored.t, key: imageOf(stored.i), before: stored.o && imageOf(stored.o) }
}

type Image = Record<string, AttributeValue>
