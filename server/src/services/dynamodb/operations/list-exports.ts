import { tableOfArn } from '../arn.ts'
import { listByArn } from '../arn-store.ts'
import { exportsOf } from '../backup-record.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { describeExport } from '../describe-backups.ts'

const PAGE_MAX = 25

export const listExports: DynamoOperation<'ListExports'> = async ({ store }, input, context) => {
  const { MaxResults: limit = PAGE_MAX, TableArn, NextToken: after } = input
  new Constraints().atLeast('maxResults', limit, 1).atMost('maxResults', limit, PAGE_MAX).check()
  const place = TableArn === undefined ? undefined : tableOfArn(TableArn)
  const { found, more } = await listByArn(store, exportsOf, place ?? context, { table: place?.name, after, limit })
  const last = found.at(-1)
  return {
    ExportSummaries: found.map((record) => {
      const { ExportArn, ExportStatus, ExportType } = describeExport(record)
      return { ExportArn, ExportStatus, ExportType }
    }),
    ...(more && last !== undefined && { NextToken: last.arn }),
  }
}
