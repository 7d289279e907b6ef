// Items as JSON text, exactly as the wire has them: what is stored, and what is answered without being parsed.
import { type AttributeValue, type Item, setAttribute } from './language/attribute-value.ts'

/** The text of an item, of a key, or of anything else that maps names to values. */
export function textOfItem(item: Item): string {
  let text = ''
  for (const name of Object.keys(item)) {
    const value = item[name]
    if (value !== undefined) text += `${text === '' ? '' : ','}${quoted(name)}:${textOfValue(value)}`
  }
  return `{${text}}`
}

function textOfValue(value: AttributeValue): string {
  if ('S' in value) return `{"S":${quoted(value.S)}}`
  if ('N' in value) return `{"N":"${value.N}"}`
  if ('M' in value) return `{"M":${textOfItem(value.M)}}`
  if ('L' in value) return `{"L":[${value.L.map(textOfValue).join(',')}]}`
  if ('BOOL' in value) return value.BOOL ? '{"BOOL":true}' : '{"BOOL":false}'
  if ('NULL' in value) return '{"NULL":true}'
  if ('B' in value) return `{"B":"${base64(value.B)}"}`
  if ('SS' in value) return `{"SS":[${value.SS.map(quoted).join(',')}]}`
  if ('NS' in value) return `{"NS":[${value.NS.map((number) => `"${number}"`).join(',')}]}`
  return `{"BS":[${value.BS.map((bytes) => `"${base64(bytes)}"`).join(',')}]}`
}

// What JSON cannot hold as it is, and halves of surrogate pairs.
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/ // oxlint-disable-line no-control-regex -- these are what is looked for

function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** The item of a text that `textOfItem` wrote. */
export function readItemText(text: string): Item {
  // The cast: textOfItem wrote it.
  const item = JSON.parse(text) as Record<string, AttributeValue>
  return hasBinary(text) ? revivedMap(item) : item
}

/** Inside of strings the quotes are escaped, and a name is followed by an object: so these stand for values only. */
export function hasBinary(text: string): boolean {
  return text.includes('"B":"') || text.includes('"BS":[')
}

/** The same map with base64 turned into bytes. */
export function revivedMap(item: Record<string, AttributeValue>): Record<string, AttributeValue> {
  for (const name of Object.keys(item)) {
    const value = item[name]
    if (value !== undefined) setAttribute(item, name, revived(value))
  }
  return item
}

function revived(value: AttributeValue): AttributeValue {
  if ('M' in value) return { M: revivedMap(value.M) }
  if ('L' in value) return { L: value.L.map(revived) }
  // JSON has text where the type says bytes.
  if ('B' in value) return { B: Buffer.from(value.B as unknown as string, 'base64') }
  if ('BS' in value) return { BS: value.BS.map((text) => Buffer.from(text as unknown as string, 'base64')) }
  return value
}
