import { readByArn } from '../arn-store.ts'
import { exportsOf } from '../backup-record.ts'
import type { DynamoOperation } from '../deps.ts'
import { describeExport as describe } from '../describe-backups.ts'
import { notFound } from '../errors.ts'

export const describeExport: DynamoOperation<'DescribeExport'> = async ({ store }, input) => {
  const arn = input.ExportArn ?? ''
  const found = await readByArn(store, exportsOf, arn)
  if (found === undefined) throw notFound('ExportNotFoundException', `Export not found: ${arn}`)
  return { ExportDescription: describe(found) }
}
