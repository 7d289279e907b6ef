import type { DynamoOperation } from '../deps.ts'
import { invalid, noTaggable } from '../errors.ts'
import { TAGS_PAGE_MAX } from '../limits.ts'
import { taggedTable } from '../tagged-resource.ts'

export const listTagsOfResource: DynamoOperation<'ListTagsOfResource'> = async ({ tables }, input) => {
  const arn = input.ResourceArn ?? ''
  const table = await tables.find(taggedTable(arn))
  if (table === undefined) throw noTaggable(arn)
  const tags = Object.entries(table.record.tags).toSorted(([left], [right]) => (left < right ? -1 : 1))
  const start = startOf(input.NextToken)
  const page = tags.slice(start, start + TAGS_PAGE_MAX)
  const next = start + TAGS_PAGE_MAX
  return {
    Tags: page.map(([Key, Value]) => ({ Key, Value })),
    ...(next < tags.length && { NextToken: Buffer.from(String(next)).toString('base64') }),
  }
}

function startOf(token: string | undefined): number {
  if (token === undefined) return 0
  const start = Number(Buffer.from(token, 'base64').toString())
  if (!Number.isSafeInteger(start) || start < 0) throw invalid('Invalid NextToken')
  return start
}
