// GetPolicy: the resource policy of a function or version as a JSON document.
import type { RequestContext } from '#protocol/operation.ts'
import { requireVersion } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { resourceNotFound } from '../errors.ts'
import { parseFunctionName } from '../function-name.ts'
import { policies } from '../function-record.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { renderPolicy } from '../resource-policy.ts'

export async function getPolicy(
  { ports }: LambdaDeps,
  input: LambdaInput<'GetPolicy'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetPolicy'>> {
  const ref = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context)
  const { owner } = await requireVersion(ports.store, ref)
  const found = await policies.get(ports.store, [owner.id, ref.qualifier ?? ''])
  if (!found) throw resourceNotFound('The resource you requested does not exist.')
  return { Policy: renderPolicy(found.value), RevisionId: found.value.revisionId }
}
