// Writes the rows of a result as CSV or JSON. Source: API pages of CSVOutput and JSONOutput.
import type { SqlValue } from './sql-expression.ts'
import { jsonOf, textOf } from './sql-values.ts'

export type Row = readonly (readonly [name: string, value: SqlValue])[]
export type WriteRow = (row: Row) => string

export interface CsvOutput {
  readonly quoteFields: 'ALWAYS' | 'ASNEEDED'
  readonly escape: string
  readonly recordDelimiter: string
  readonly fieldDelimiter: string
  readonly quote: string
}

/** Values only, quoted where they must be or always. */
export function csvWriter({ quoteFields, escape, recordDelimiter, fieldDelimiter, quote }: CsvOutput): WriteRow {
  const special = [fieldDelimiter, recordDelimiter, quote, '\n', '\r'].filter((text) => text !== '')
  const field = (value: SqlValue): string => {
    const text = textOf(value)
    if (quote === '' || (quoteFields === 'ASNEEDED' && !special.some((one) => text.includes(one)))) return text
    return quote + text.replaceAll(quote, escape + quote) + quote
  }
  return (row) => row.map(([, value]) => field(value)).join(fieldDelimiter) + recordDelimiter
}

/** One object a record; what is MISSING is left out. */
export function jsonWriter(recordDelimiter: string): WriteRow {
  return (row) => {
    const members = row.filter(([, value]) => value !== undefined).map(([name, value]) => [name, jsonOf(value)])
    return JSON.stringify(Object.fromEntries(members)) + recordDelimiter
  }
}
