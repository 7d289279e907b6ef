import { readByArn } from '../arn-store.ts'
import { imports } from '../backup-record.ts'
import type { DynamoOperation } from '../deps.ts'
import { describeImport as describe } from '../describe-backups.ts'
import { notFound } from '../errors.ts'

export const describeImport: DynamoOperation<'DescribeImport'> = async ({ store }, input) => {
  const arn = input.ImportArn ?? ''
  const found = await readByArn(store, imports, arn)
  if (found === undefined) throw notFound('ImportNotFoundException', `Import not found: ${arn}`)
  return { ImportTableDescription: describe(found) }
}
