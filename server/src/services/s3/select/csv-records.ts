// Reads CSV as it comes. Works on bytes and holds one record at a time. Source: API page of CSVInput.
import { selectError } from './select-error.ts'
import type { SqlRecord } from './sql-evaluate.ts'
import { SELECT_RECORD_BYTES_MAX } from '../limits.ts'

export interface CsvFormat {
  readonly header: 'USE' | 'IGNORE' | 'NONE'
  readonly comments: string
  readonly escape: string
  readonly recordDelimiter: string
  readonly fieldDelimiter: string
  /** Empty: fields are not quoted. */
  readonly quote: string
  readonly quotedRecordDelimiters: boolean
}

/** Bytes of which the records are wanted that begin in a range of them. */
export interface ScannedBytes {
  readonly chunks: AsyncIterable<Uint8Array>
  /** The chunks begin in the middle of a record, or just before its delimiter: it is not taken. */
  readonly fromMiddle: boolean
  /** Records that begin at or behind this many bytes of the chunks are not taken. */
  readonly endBytes: number
}

/** The names of the columns, from the first record of an object. */
export async function csvHeader(chunks: AsyncIterable<Uint8Array>, format: CsvFormat): Promise<readonly string[]> {
  const whole = { chunks, fromMiddle: false, endBytes: Number.POSITIVE_INFINITY }
  for await (const line of recordTexts(whole, format)) return fieldsOf(line, format)
  return []
}

/** `header`: where the bytes do not begin with it. Throws OverMaxRecordSize, MissingHeaders. */
export async function* csvRecords(
  bytes: ScannedBytes,
  format: CsvFormat,
  header: readonly string[] | undefined,
): AsyncGenerator<SqlRecord> {
  let names = header && namesOf(header)
  let first = !bytes.fromMiddle
  for await (const line of recordTexts(bytes, format)) {
    if (line === '' || (format.comments !== '' && line.startsWith(format.comments))) continue
    const fields = fieldsOf(line, format)
    if (first && format.header !== 'NONE') {
      if (format.header === 'USE') names = namesOf(fields)
      first = false
      continue
    }
    first = false
    yield new CsvRecord(fields, names)
  }
}

function namesOf(header: readonly string[]): ReadonlyMap<string, number> {
  return new Map(header.map((name, index) => [name.trim(), index]))
}

class CsvRecord implements SqlRecord {
  readonly #fields: readonly string[]
  readonly #names: ReadonlyMap<string, number> | undefined

  constructor(fields: readonly string[], names: ReadonlyMap<string, number> | undefined) {
    this.#fields = fields
    this.#names = names
  }

  column(name: string, exact: boolean): string | undefined {
    const position = /^_([1-9]\d{0,5})$/.exec(name)
    if (position) return this.#fields[Number(position[1]) - 1]
    if (!this.#names) throw missingHeaders()
    const index = this.#names.get(name) ?? (exact ? undefined : this.#loose(name))
    if (index === undefined) throw missingHeaders()
    return this.#fields[index]
  }

  columns(): readonly (readonly [string, string])[] {
    const names = this.#names && [...this.#names.keys()]
    return this.#fields.map((value, index) => [names?.[index] ?? `_${index + 1}`, value])
  }

  #loose(name: string): number | undefined {
    const lower = name.toLowerCase()
    for (const [known, index] of this.#names ?? []) if (known.toLowerCase() === lower) return index
    return undefined
  }
}

function missingHeaders(): Error {
  return selectError(
    'MissingHeaders',
    'Some headers in the query are missing from the file. Check the file and try again.',
  )
}

/** The records as text, without their delimiters. */
export async function* recordTexts(
  { chunks, fromMiddle, endBytes }: ScannedBytes,
  format: Pick<CsvFormat, 'recordDelimiter' | 'quotedRecordDelimiters' | 'quote' | 'escape'>,
): AsyncGenerator<string> {
  let drops = fromMiddle
  const delimiter = Buffer.from(format.recordDelimiter)
  const quote = format.quotedRecordDelimiters && format.quote !== '' ? Buffer.from(format.quote) : undefined
  let held: Buffer = Buffer.alloc(0)
  let searched = 0
  let at = 0
  for await (const chunk of chunks) {
    held = held.length === 0 ? asBuffer(chunk) : Buffer.concat([held, chunk])
    for (;;) {
      const end = recordEnd(held, searched, delimiter, quote)
      if (end < 0) break
      if (at >= endBytes) return
      if (drops) drops = false
      else yield textOf(held.subarray(0, end), format.recordDelimiter)
      at += end + delimiter.length
      held = held.subarray(end + delimiter.length)
      searched = 0
    }
    if (held.length > SELECT_RECORD_BYTES_MAX)
      throw selectError(
        'OverMaxRecordSize',
        'The character number in one record is more than our max threshold, maxCharsPerRecord: 1,048,576',
      )
    // With quotes a record is looked at from its beginning; without them only what is new.
    if (!quote) searched = Math.max(0, held.length - delimiter.length + 1)
  }
  if (held.length > 0 && at < endBytes && !drops) yield textOf(held, format.recordDelimiter)
}

/** Where the first delimiter outside of quotes begins; -1: not yet. */
function recordEnd(held: Buffer, from: number, delimiter: Buffer, quote: Buffer | undefined): number {
  let end = held.indexOf(delimiter, from)
  if (!quote || end < 0) return end
  let quotes = 0
  let counted = 0
  while (end >= 0) {
    for (let at = held.indexOf(quote, counted); at >= 0 && at < end; at = held.indexOf(quote, at + quote.length))
      quotes++
    if (quotes % 2 === 0) return end
    counted = end
    end = held.indexOf(delimiter, end + delimiter.length)
  }
  return -1
}

function textOf(bytes: Buffer, recordDelimiter: string): string {
  const text = bytes.toString()
  // Files with CRLF are read with the usual delimiter LF, too.
  return recordDelimiter === '\n' && text.endsWith('\r') ? text.slice(0, -1) : text
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}

function fieldsOf(line: string, { fieldDelimiter, quote, escape }: CsvFormat): readonly string[] {
  if (quote === '' || !line.includes(quote)) return line.split(fieldDelimiter)
  const fields: string[] = []
  let field = ''
  let quoted = false
  for (let at = 0; at < line.length;) {
    if (quoted) {
      const isEscaped = escape !== '' && line.startsWith(escape, at) && line.startsWith(quote, at + escape.length)
      if (isEscaped) {
        field += quote
        at += escape.length + quote.length
      } else if (line.startsWith(quote, at)) {
        quoted = false
        at += quote.length
      } else field += line[at++]
    } else if (line.startsWith(fieldDelimiter, at)) {
      fields.push(field)
      field = ''
      at += fieldDelimiter.length
    } else if (line.startsWith(quote, at) && field === '') {
      quoted = true
      at += quote.length
    } else field += line[at++]
  }
  fields.push(field)
  return fields
}
