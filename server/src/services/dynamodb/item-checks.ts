// Whether keys and items fit the schema of their table and its indexes. Messages are the service's.
import { invalid, invalidParameter } from './errors.ts'
import { namesOfKey } from './projected-item.ts'
import { attributeOf, typeOf, type AttributeValue, type Item } from './language/attribute-value.ts'
import { HASH_KEY_BYTES_MAX, RANGE_KEY_BYTES_MAX } from './language/limits.ts'
import { isKeyValue, keyValueBytes, type KeyValue } from './language/key-encoding.ts'
import { typeOfKeyAttribute, type IndexRecord, type KeyNames, type TableRecord } from './table-record.ts'

export const WRONG_KEY = 'The provided key element does not match the schema'

/** Checks the `Key` of a request: exactly the key attributes, each of its type. Throws ValidationException. */
export function checkKey(record: TableRecord, key: Item): void {
  const names = namesOfKey(record.key)
  if (Object.keys(key).length !== names.length) throw invalid(WRONG_KEY)
  for (const name of names) checkKeyPart(record, name, attributeOf(key, name))
}

function checkKeyPart(record: TableRecord, name: string, value: AttributeValue | undefined): void {
  if (value === undefined || !isKeyValue(value) || !(typeOfKeyAttribute(record, name) in value))
    throw invalid(WRONG_KEY)
  refuseEmpty(value, `Key: ${name}`)
  checkBytes(value, name === record.key.hash)
}

/** Checks the keys of an item that is to be stored, the table's and those of its indexes. Throws ValidationException. */
export function checkStorable(record: TableRecord, item: Item): void {
  for (const name of namesOfKey(record.key)) {
    const value = attributeOf(item, name)
    const type = typeOfKeyAttribute(record, name)
    if (value === undefined) throw invalidParameter(`Missing the key ${name} in the item`)
    if (!isKeyValue(value) || !(type in value))
      throw invalidParameter(`Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`)
    refuseEmpty(value, `Key: ${name}`)
    checkBytes(value, name === record.key.hash)
  }
  checkIndexKeys(record, item)
}

/** Checks the attributes of an item that are keys of indexes. Throws ValidationException. */
export function checkIndexKeys(record: TableRecord, item: Item): void {
  for (const index of record.indexes)
    for (const name of namesOfKey(index.key)) {
      const value = attributeOf(item, name)
      if (value !== undefined) checkIndexKey(record, index, name, value)
    }
}

function checkIndexKey(record: TableRecord, index: IndexRecord, name: string, value: AttributeValue): void {
  const type = typeOfKeyAttribute(record, name)
  if (!isKeyValue(value) || !(type in value))
    throw invalidParameter(
      `Type mismatch for Index Key ${name} Expected: ${type} Actual: ${typeOf(value)} IndexName: ${index.name}`,
    )
  refuseEmpty(value, `IndexName: ${index.name}, IndexKey: ${name}`, true)
  checkBytes(value, name === index.key.hash)
}

function refuseEmpty(value: KeyValue, where: string, ofIndex = false): void {
  const kind =
    'S' in value && value.S === '' ? 'string' : 'B' in value && value.B.byteLength === 0 ? 'binary' : undefined
  if (kind === undefined) return
  const lead = ofIndex ? 'A value specified for a secondary index key is not supported. ' : ''
  throw invalid(
    `One or more parameter values are not valid. ${lead}The AttributeValue for a key attribute cannot contain an empty ${kind} value. ${where}`,
  )
}

function checkBytes(value: KeyValue, isHash: boolean): void {
  const bytes = keyValueBytes(value)
  if (isHash && bytes > HASH_KEY_BYTES_MAX)
    // The missing space is the service's.
    throw invalidParameter(`Size of hashkey has exceeded the maximum size limit of${HASH_KEY_BYTES_MAX} bytes`)
  if (!isHash && bytes > RANGE_KEY_BYTES_MAX)
    throw invalidParameter(
      `Aggregated size of all range keys has exceeded the size limit of ${RANGE_KEY_BYTES_MAX} bytes`,
    )
}

interface Paths {
  readonly paths: readonly (readonly (string | number)[])[]
}

/** No part of a request may look inside a key attribute: they are scalars. Throws ValidationException. */
export function checkKeyPaths(record: TableRecord, ...parts: readonly (Paths | undefined)[]): void {
  for (const part of parts)
    for (const path of part?.paths ?? []) {
      if (path.length < 2) continue
      const [name] = path
      const isKey = ({ hash, range }: KeyNames): boolean => name === hash || name === range
      const kind = isKey(record.key) ? 'Key' : record.indexes.some((index) => isKey(index.key)) ? 'IndexKey' : undefined
      if (kind !== undefined)
        throw invalid(
          `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${kind}: ${name}`,
        )
    }
}
