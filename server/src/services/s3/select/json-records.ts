// Reads JSON: lines, one record each, or a document, whose records are what FROM points at. Source: API page of JSONInput.
import { SELECT_DOCUMENT_BYTES_MAX } from '../limits.ts'
import { recordTexts, type ScannedBytes } from './csv-records.ts'
import { selectError } from './select-error.ts'
import { memberOf, type SqlRecord, walk } from './sql-evaluate.ts'
import type { PathStep, SqlValue } from './sql-expression.ts'

const LINES = { recordDelimiter: '\n', quotedRecordDelimiters: false, quote: '', escape: '' }

/** One record a line. Throws JSONParsingError, OverMaxRecordSize. */
export async function* jsonLines(bytes: ScannedBytes, source: readonly PathStep[]): AsyncGenerator<SqlRecord> {
  for await (const line of recordTexts(bytes, LINES)) if (line.trim() !== '') yield* recordsOf(parse(line), source)
}

/** A whole document, or several one after the other, each with a line break behind. Throws JSONParsingError, OverMaxRecordSize. */
export async function* jsonDocument(
  chunks: AsyncIterable<Uint8Array>,
  source: readonly PathStep[],
): AsyncGenerator<SqlRecord> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > SELECT_DOCUMENT_BYTES_MAX)
      throw selectError(
        'OverMaxRecordSize',
        'The document is larger than what is held at once; JSON lines have no such bound',
      )
    pieces.push(chunk)
  }
  for (const document of documentsOf(Buffer.concat(pieces).toString())) yield* recordsOf(document, source)
}

function documentsOf(text: string): readonly SqlValue[] {
  try {
    // What JSON.parse gives are values of SQL: it knows no MISSING and no timestamps.
    return [JSON.parse(text) as SqlValue]
  } catch (error) {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    if (lines.length < 2) throw broken(error)
    return lines.map(parse)
  }
}

function parse(text: string): SqlValue {
  try {
    return JSON.parse(text) as SqlValue
  } catch (error) {
    throw broken(error)
  }
}

function broken(cause: unknown): Error {
  return selectError(
    'JSONParsingError',
    'Encountered an error parsing the JSON file. Check the file and try again.',
    cause,
  )
}

/** `S3Object[*]` is the document; further wildcards go through arrays. */
function* recordsOf(document: SqlValue, source: readonly PathStep[]): Generator<SqlRecord> {
  const steps = source[0]?.kind === 'wildcard' ? source.slice(1) : source
  for (const value of spread(document, steps)) yield new JsonRecord(value)
}

function* spread(value: SqlValue, steps: readonly PathStep[]): Generator<SqlValue> {
  const at = steps.findIndex(({ kind }) => kind === 'wildcard')
  if (at < 0) return yield walk(value, steps)
  const found = walk(value, steps.slice(0, at))
  const rest = steps.slice(at + 1)
  if (Array.isArray(found)) for (const one of found as readonly SqlValue[]) yield* spread(one, rest)
  else if (found !== undefined) yield* spread(found, rest)
}

class JsonRecord implements SqlRecord {
  readonly #value: SqlValue

  constructor(value: SqlValue) {
    this.#value = value
  }

  column(name: string, exact: boolean): SqlValue {
    const found = memberOf(this.#value, name, exact)
    return found === undefined && name === '_1' ? this.#value : found
  }

  columns(): readonly (readonly [string, SqlValue])[] {
    const value = this.#value
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [['_1', value]]
    return Object.entries(value as { readonly [name: string]: SqlValue })
  }
}
