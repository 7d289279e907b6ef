import type { DynamoOperation } from '../deps.ts'
import { invalid, noTaggable } from '../errors.ts'
import { taggedTable } from '../tagged-resource.ts'
import { checkTags, refuseTooMany, tagsOf } from '../tags.ts'

export const tagResource: DynamoOperation<'TagResource'> = async ({ tables }, input) => {
  const arn = input.ResourceArn ?? ''
  const place = taggedTable(arn)
  if (input.Tags === undefined || input.Tags.length === 0)
    throw invalid('Atleast one Tag needs to be provided as Input.')
  checkTags(input.Tags)
  if ((await tables.find(place)) === undefined) throw noTaggable(arn)
  await tables.update(place, (record) => {
    const tags = { ...record.tags, ...tagsOf(input.Tags) }
    refuseTooMany(Object.keys(tags).length)
    return { ...record, tags }
  })
  return {}
}
