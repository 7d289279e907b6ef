// GetLayerVersion: a layer version, and where its content can be fetched.
import type { RequestContext } from '#protocol/operation.ts'
import type { LambdaDeps } from '../deps.ts'
import { layerVersionAnswer } from '../layer-answer.ts'
import { parseLayerName, requireLayerVersion } from '../layer-record.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function getLayerVersion(
  { ports, codeLocations }: LambdaDeps,
  input: LambdaInput<'GetLayerVersion'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetLayerVersion'>> {
  const ref = parseLayerName(input.LayerName ?? '', context)
  const record = await requireLayerVersion(ports.store, ref, input.VersionNumber ?? 0)
  return layerVersionAnswer(ref, record, codeLocations, context)
}
