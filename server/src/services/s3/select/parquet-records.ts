// Reads Parquet, a row group at a time: only the bytes of one group's columns are held. Source: API page of ParquetInput.
import { gunzipSync } from 'node:zlib'
import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { SELECT_ROW_GROUP_BYTES_MAX } from '../limits.ts'
import { selectError } from './select-error.ts'
import { memberOf, type SqlRecord } from './sql-evaluate.ts'
import { type SqlValue, Timestamp } from './sql-expression.ts'

/** Reads the bytes from `start` to `end` (exclusive) of the object. */
export type ReadBytes = (start: number, end: number) => Promise<Uint8Array>

/** S3 Select takes these two; Snappy comes with the reader. */
const COMPRESSORS = { GZIP: (input: Uint8Array): Uint8Array => gunzipSync(input) }

/** Throws ParquetParsingError, OverMaxParquetBlockSize, ParquetUnsupportedCompressionCodec. */
export async function* parquetRecords(size: number, read: ReadBytes): AsyncGenerator<SqlRecord> {
  const file: AsyncBuffer = {
    byteLength: size,
    async slice(start, end = size) {
      const from = start < 0 ? size + start : start
      const bytes = await read(from, end)
      // A buffer of its own: what was read may be a part of a larger one.
      return Uint8Array.from(bytes).buffer
    },
  }
  const metadata = await parsing(() => parquetMetadataAsync(file))
  let rowStart = 0
  for (const group of metadata.row_groups) {
    if (group.total_byte_size > SELECT_ROW_GROUP_BYTES_MAX)
      throw selectError('OverMaxParquetBlockSize', 'The Parquet block size is above what is read at once')
    const rowEnd = rowStart + Number(group.num_rows)
    const rows = await parsing(() => parquetReadObjects({ file, metadata, rowStart, rowEnd, compressors: COMPRESSORS }))
    for (const row of rows) yield new ParquetRecord(row)
    rowStart = rowEnd
  }
}

async function parsing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (String(error).includes('compression codec'))
      throw selectError(
        'ParquetUnsupportedCompressionCodec',
        'The compression codec of the Parquet file is not supported',
        error,
      )
    throw selectError('ParquetParsingError', 'Error parsing the Parquet file. Check the file and try again.', error)
  }
}

class ParquetRecord implements SqlRecord {
  readonly #row: { readonly [name: string]: SqlValue }

  constructor(row: Readonly<Record<string, unknown>>) {
    this.#row = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, sqlValueOf(value)]))
  }

  column(name: string, exact: boolean): SqlValue {
    const position = /^_([1-9]\d{0,5})$/.exec(name)
    if (position && !Object.hasOwn(this.#row, name)) return Object.values(this.#row)[Number(position[1]) - 1]
    return memberOf(this.#row, name, exact)
  }

  columns(): readonly (readonly [string, SqlValue])[] {
    return Object.entries(this.#row)
  }
}

function sqlValueOf(value: unknown): SqlValue {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Date) return new Timestamp(value.getTime())
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(sqlValueOf)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, sqlValueOf(one)]))
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null)
    return value
  return undefined
}
