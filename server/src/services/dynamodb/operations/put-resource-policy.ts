import type { DynamoOperation } from '../deps.ts'
import { noPolicy, noPolicyResource, policyOf, policyResource, withPolicy } from '../policy-resource.ts'
import { newPolicy } from '../resource-policy.ts'

/** An expected revision that stands for "there is no policy yet". */
const NO_POLICY = 'NO_POLICY'

export const putResourcePolicy: DynamoOperation<'PutResourcePolicy'> = async ({ tables }, input) => {
  const { arn, place, label } = policyResource(input.ResourceArn)
  const policy = newPolicy(input.Policy ?? '', arn)
  if ((await tables.find(place)) === undefined) throw noPolicyResource(arn)
  const record = await tables.update(place, (old) => {
    const found = policyOf(old, label)
    const expected = input.ExpectedRevisionId
    if (expected !== undefined && expected !== (found?.revision ?? NO_POLICY)) throw noPolicy(arn)
    // The same policy again keeps its revision.
    return found?.text === policy.text ? old : withPolicy(old, label, policy)
  })
  return { RevisionId: policyOf(record, label)?.revision }
}
