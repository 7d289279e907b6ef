import { tableOfArn } from '../arn.ts'
import { listByArn } from '../arn-store.ts'
import { imports } from '../backup-record.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { describeImport } from '../describe-backups.ts'

const PAGE_MAX = 25

export const listImports: DynamoOperation<'ListImports'> = async ({ store }, input, context) => {
  const { PageSize: limit = PAGE_MAX, TableArn, NextToken: after } = input
  new Constraints().atLeast('pageSize', limit, 1).atMost('pageSize', limit, PAGE_MAX).check()
  const place = TableArn === undefined ? undefined : tableOfArn(TableArn)
  const { found, more } = await listByArn(store, imports, place ?? context, { table: place?.name, after, limit })
  const last = found.at(-1)
  return {
    ImportSummaryList: found.map((record) => {
      const {
        ImportArn,
        ImportStatus,
        TableArn: arn,
        S3BucketSource,
        InputFormat,
        StartTime,
        EndTime,
      } = describeImport(record)
      return { ImportArn, ImportStatus, TableArn: arn, S3BucketSource, InputFormat, StartTime, EndTime }
    }),
    ...(more && last !== undefined && { NextToken: last.arn }),
  }
}
