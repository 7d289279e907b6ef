// An item, or an entry of an index, as it lies in the Store: packed text (packed-text.ts) behind its size. Reads that need no
// look inside copy the text into the answer; only what evaluates an expression parses it.
import { EncodedJson } from '#protocol/encoded-json.ts'
import type { Item } from './language/attribute-value.ts'
import { itemBytes } from './language/item-size.ts'
import { readItemText, textOfItem } from './item-text.ts'
import { packText, unpackText } from './packed-text.ts'

/** The size as DynamoDB counts it, unsigned, little end first. */
const HEAD_BYTES = 4

/** The value to store. `sizeBytes` is `itemBytes(item)`, for those who know it already. */
export function storeItem(item: Item, sizeBytes = itemBytes(item)): Buffer {
  const bytes = packText(textOfItem(item), HEAD_BYTES)
  bytes.writeUInt32LE(sizeBytes, 1)
  return bytes
}

/** A stored item that is opened only as far as somebody asks. */
export class StoredItem {
  readonly bytes: Uint8Array
  #text: string | undefined
  #item: Item | undefined

  /** `item`: for those who have it already. */
  constructor(bytes: Uint8Array, item?: Item) {
    this.bytes = bytes
    this.#item = item
  }

  /** As DynamoDB counts for limits and capacity. */
  get sizeBytes(): number {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength).readUInt32LE(1)
  }

  get text(): string {
    return (this.#text ??= unpackText(this.bytes, HEAD_BYTES))
  }

  get item(): Item {
    return (this.#item ??= readItemText(this.text))
  }

  /** For an answer: the text is copied as it is. The cast: the wire writes an EncodedJson wherever a map may stand. */
  answer(): Item {
    return new EncodedJson(this.text, readItemText) as unknown as Item
  }
}
