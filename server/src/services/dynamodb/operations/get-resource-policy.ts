import type { DynamoOperation } from '../deps.ts'
import { noPolicy, noPolicyResource, policyOf, policyResource } from '../policy-resource.ts'

export const getResourcePolicy: DynamoOperation<'GetResourcePolicy'> = async ({ tables }, input) => {
  const { arn, place, label } = policyResource(input.ResourceArn)
  const table = await tables.find(place)
  if (table === undefined) throw noPolicyResource(arn)
  const policy = policyOf(table.record, label)
  if (policy === undefined) throw noPolicy(arn)
  return { Policy: policy.text, RevisionId: policy.revision }
}
