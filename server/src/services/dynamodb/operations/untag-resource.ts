import type { DynamoOperation } from '../deps.ts'
import { invalid, noTaggable } from '../errors.ts'
import { taggedTable } from '../tagged-resource.ts'

export const untagResource: DynamoOperation<'UntagResource'> = async ({ tables }, input) => {
  const arn = input.ResourceArn ?? ''
  const place = taggedTable(arn)
  if (input.TagKeys === undefined || input.TagKeys.length === 0)
    throw invalid('Atleast one Tag Key needs to be provided as Input.')
  const gone = new Set(input.TagKeys)
  if ((await tables.find(place)) === undefined) throw noTaggable(arn)
  await tables.update(place, (record) => ({
    ...record,
    tags: Object.fromEntries(Object.entries(record.tags).filter(([key]) => !gone.has(key))),
  }))
  return {}
}
