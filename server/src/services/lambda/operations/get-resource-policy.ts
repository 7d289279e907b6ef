// GetResourcePolicy: the resource policy of a function, version or alias, named by its ARN.
import type { RequestContext } from '#protocol/operation.ts'
import { requireVersion } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { resourceNotFound } from '../errors.ts'
import { policies } from '../function-record.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { policyBearer, renderPolicy } from '../resource-policy.ts'

export async function getResourcePolicy(
  { ports }: LambdaDeps,
  input: LambdaInput<'GetResourcePolicy'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetResourcePolicy'>> {
  const ref = policyBearer(input.ResourceArn, context)
  const { owner } = await requireVersion(ports.store, ref)
  const found = await policies.get(ports.store, [owner.id, ref.qualifier ?? ''])
  if (!found) throw resourceNotFound('The resource you requested does not exist.')
  return { Policy: renderPolicy(found.value), RevisionId: found.value.revisionId }
}
