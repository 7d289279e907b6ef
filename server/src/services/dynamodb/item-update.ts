// What UpdateItem makes of an item, checked against the schema. Also an action of transactions.
import { invalid, invalidParameter } from './errors.ts'
import { checkIndexKeys } from './item-checks.ts'
import type { Decision } from './item-write.ts'
import type { Item } from './language/attribute-value.ts'
import { itemBytes } from './language/item-size.ts'
import { ITEM_BYTES_MAX } from './language/limits.ts'
import type { Update } from './language/update.ts'
import { namesOfKey } from './projected-item.ts'
import type { StoredItem } from './stored-item.ts'
import type { TableRecord } from './table-record.ts'

/** Throws ValidationException when the update touches a key attribute of the table. */
export function checkUpdatedPaths(record: TableRecord, update: Update | undefined): void {
  const keys = namesOfKey(record.key)
  for (const { path } of update?.actions ?? []) {
    const [name] = path
    if (typeof name === 'string' && path.length === 1 && keys.includes(name))
      throw invalidParameter(`Cannot update attribute ${name}. This attribute is part of the key`)
  }
}

/** Without an update the item comes to be with its key alone. Throws ValidationException. */
export function updated(
  record: TableRecord,
  key: Item,
  before: StoredItem | undefined,
  update: Update | undefined,
): Decision {
  const old = before?.item ?? key
  const item = update === undefined ? old : update.apply(old)
  if (before !== undefined && item === old) return { kind: 'keep' }
  const sizeBytes = itemBytes(item)
  if (sizeBytes > ITEM_BYTES_MAX) throw invalid('Item size to update has exceeded the maximum allowed size')
  checkIndexKeys(record, item)
  return { kind: 'put', item, sizeBytes }
}
