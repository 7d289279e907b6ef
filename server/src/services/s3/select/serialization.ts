// What a request says about the form of its input and output. Throws the errors of SelectObjectContent for what S3 does not
// take.
import type { S3Input } from '../deps.ts'
import { s3Error } from '../errors.ts'
import type { CsvFormat } from './csv-records.ts'
import { csvWriter, jsonWriter, type WriteRow } from './record-writer.ts'
import { selectError } from './select-error.ts'

type Input = S3Input<'SelectObjectContent'>

type Compression = 'NONE' | 'GZIP'

export type InputForm =
  | { readonly kind: 'csv'; readonly compression: Compression; readonly format: CsvFormat }
  | { readonly kind: 'json-lines' | 'json-document' | 'parquet'; readonly compression: Compression }

/** Exactly one of CSV, JSON and Parquet. */
export function readInputForm({
  CSV,
  JSON: json,
  Parquet,
  CompressionType,
}: NonNullable<Input['InputSerialization']>): InputForm {
  if ([CSV, json, Parquet].filter((one) => one !== undefined).length !== 1)
    throw selectError('InvalidDataSource', 'Exactly one of CSV, JSON and Parquet must be given in InputSerialization')
  const compression = compressionOf(CompressionType)
  if (CSV) return { kind: 'csv', compression, format: csvFormat(CSV) }
  if (json) {
    const type = json.Type?.toUpperCase()
    if (type !== 'LINES' && type !== 'DOCUMENT')
      throw selectError('InvalidJsonType', 'The JsonType is invalid. Only DOCUMENT and LINES are supported.')
    return { kind: type === 'LINES' ? 'json-lines' : 'json-document', compression }
  }
  if (compression !== 'NONE')
    throw selectError('InvalidCompressionFormat', 'Whole-object compression is not supported for Parquet objects.')
  return { kind: 'parquet', compression }
}

function compressionOf(type: string | undefined): 'NONE' | 'GZIP' {
  switch (type?.toUpperCase()) {
    case undefined:
    case 'NONE':
      return 'NONE'
    case 'GZIP':
      return 'GZIP'
    case 'BZIP2':
      throw s3Error('NotImplemented', { message: 'CompressionType BZIP2 is not available here; use NONE or GZIP' })
    default:
      throw selectError(
        'InvalidCompressionFormat',
        'The file is not in a supported compression format. Only GZIP and BZIP2 are supported.',
      )
  }
}

function csvFormat(csv: NonNullable<NonNullable<Input['InputSerialization']>['CSV']>): CsvFormat {
  const header = (csv.FileHeaderInfo ?? 'NONE').toUpperCase()
  if (header !== 'USE' && header !== 'IGNORE' && header !== 'NONE')
    throw selectError(
      'InvalidFileHeaderInfo',
      'The FileHeaderInfo is invalid. Only NONE, USE, and IGNORE are supported.',
    )
  const quote = csv.QuoteCharacter ?? '"'
  return {
    header,
    comments: csv.Comments ?? '',
    escape: csv.QuoteEscapeCharacter ?? '"',
    recordDelimiter: delimiter(csv.RecordDelimiter, '\n'),
    fieldDelimiter: delimiter(csv.FieldDelimiter, ','),
    quote,
    quotedRecordDelimiters: csv.AllowQuotedRecordDelimiter === true,
  }
}

function delimiter(given: string | undefined, usual: string): string {
  return given === undefined || given === '' ? usual : given
}

/** Exactly one of CSV and JSON. */
export function readOutputForm({ CSV, JSON: json }: NonNullable<Input['OutputSerialization']>): WriteRow {
  if ((CSV === undefined) === (json === undefined))
    throw selectError('InvalidRequestParameter', 'Exactly one of CSV and JSON must be given in OutputSerialization')
  if (json) return jsonWriter(delimiter(json.RecordDelimiter, '\n'))
  const quoteFields = (CSV?.QuoteFields ?? 'ASNEEDED').toUpperCase()
  if (quoteFields !== 'ALWAYS' && quoteFields !== 'ASNEEDED')
    throw selectError('InvalidQuoteFields', 'The QuoteFields is invalid. Only ALWAYS and ASNEEDED are supported.')
  return csvWriter({
    quoteFields,
    escape: CSV?.QuoteEscapeCharacter ?? '"',
    recordDelimiter: delimiter(CSV?.RecordDelimiter, '\n'),
    fieldDelimiter: delimiter(CSV?.FieldDelimiter, ','),
    quote: CSV?.QuoteCharacter ?? '"',
  })
}
