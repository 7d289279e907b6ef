// GetLayerVersionPolicy: who else may use a layer version.
import type { RequestContext } from '#protocol/operation.ts'
import type { LambdaDeps } from '../deps.ts'
import { resourceNotFound } from '../errors.ts'
import { parseLayerName, requireLayerVersion } from '../layer-record.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { renderPolicy } from '../resource-policy.ts'

export async function getLayerVersionPolicy(
  { ports }: LambdaDeps,
  input: LambdaInput<'GetLayerVersionPolicy'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetLayerVersionPolicy'>> {
  const ref = parseLayerName(input.LayerName ?? '', context)
  const { policy } = await requireLayerVersion(ports.store, ref, input.VersionNumber ?? 0)
  if (policy === undefined || policy.statements.length === 0)
    throw resourceNotFound('No policy is associated with the given resource.')
  return { Policy: renderPolicy(policy), RevisionId: policy.revisionId }
}
