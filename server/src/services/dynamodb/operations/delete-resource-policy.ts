import type { DynamoOperation } from '../deps.ts'
import { noPolicy, noPolicyResource, policyOf, policyResource, withPolicy } from '../policy-resource.ts'

/** Deleting what is not there is fine, unless a revision is expected. */
export const deleteResourcePolicy: DynamoOperation<'DeleteResourcePolicy'> = async ({ tables }, input) => {
  const { arn, place, label } = policyResource(input.ResourceArn)
  if ((await tables.find(place)) === undefined) throw noPolicyResource(arn)
  let revision: string | undefined
  await tables.update(place, (old) => {
    const found = policyOf(old, label)
    const expected = input.ExpectedRevisionId
    if (expected !== undefined && expected !== found?.revision) throw noPolicy(arn)
    revision = found?.revision
    return found === undefined ? old : withPolicy(old, label, undefined)
  })
  return revision === undefined ? {} : { RevisionId: revision }
}
