// Contributor insights: whether they are switched on, for a table and for each of its indexes. Nothing is gathered.
import { noResource } from './errors.ts'
import type { TableRecord } from './table-record.ts'

/** The name under which a table's own setting is kept. */
export const TABLE_ITSELF = ''

/** Throws ResourceNotFoundException when the table has no such index. */
export function insightsName(record: TableRecord, indexName: string | undefined): string {
  if (indexName === undefined) return TABLE_ITSELF
  if (!record.indexes.some((index) => index.scope === 'global' && index.name === indexName)) throw noResource()
  return indexName
}
