// The items in the files of an import: lines of DynamoDB JSON (`{"Item":{...}}`, as exports have it) or CSV, whose values are
// strings unless they are key attributes of another type. "Amazon DynamoDB Developer Guide", "S3 import formats".
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { Readable } from 'node:stream'
import { setAttribute, type AttributeValue, type Item } from './language/attribute-value.ts'
import { checkItem } from './language/check-value.ts'
import { invalid } from './errors.ts'
import { revivedMap } from './item-text.ts'
import { IMPORT_LINE_CHARS_MAX } from './limits.ts'
import { typeOfKeyAttribute, type TableRecord } from './table-record.ts'

export type Compression = 'GZIP' | 'ZSTD' | 'NONE'

/** The lines of a file, without their ends. Throws what the decompressor throws. */
export async function* linesOf(body: AsyncIterable<Uint8Array>, compression: Compression): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of decompressed(body, compression)) {
    rest += decoder.decode(chunk, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > IMPORT_LINE_CHARS_MAX) throw invalid('A line of the import is too long')
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
}

function decompressed(body: AsyncIterable<Uint8Array>, compression: Compression): AsyncIterable<Uint8Array> {
  if (compression === 'NONE') return body
  return Readable.from(body).pipe(compression === 'GZIP' ? createGunzip() : createZstdDecompress())
}

/** The item of a line of DynamoDB JSON. Throws what makes it an error of the import. */
export function itemOfJson(line: string): Item {
  const parsed: unknown = JSON.parse(line)
  const item = typeof parsed === 'object' && parsed !== null && 'Item' in parsed ? parsed.Item : undefined
  if (typeof item !== 'object' || item === null || Array.isArray(item)) throw invalid('A line has no Item')
  // The cast: checkItem refuses what is no item; base64 is text until it is revived.
  return checkItem(revivedMap(item as Record<string, AttributeValue>))
}

/** The item of the fields of a CSV line; empty fields are no attributes. */
export function itemOfFields(record: TableRecord, header: readonly string[], fields: readonly string[]): Item {
  const item: Record<string, AttributeValue> = {}
  for (const [at, name] of header.entries()) {
    const text = fields[at]
    if (text === undefined || text === '') continue
    const isKey = record.attributes.some((attribute) => attribute.name === name)
    const type = isKey ? typeOfKeyAttribute(record, name) : 'S'
    setAttribute(
      item,
      name,
      type === 'B' ? { B: Buffer.from(text, 'base64') } : type === 'N' ? { N: text } : { S: text },
    )
  }
  return checkItem(item)
}

/** The fields of a CSV line; a field may be quoted, a quote in it is doubled. */
export function fieldsOf(line: string, delimiter: string): string[] {
  const fields: string[] = []
  let field = ''
  let quoted = false
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at)
    if (quoted) {
      if (character !== '"') field += character
      else if (line.charAt(at + 1) === '"') {
        field += '"'
        at++
      } else quoted = false
    } else if (character === '"' && field === '') quoted = true
    else if (character === delimiter) {
      fields.push(field)
      field = ''
    } else field += character
  }
  fields.push(field)
  return fields
}
