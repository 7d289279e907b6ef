// GetLayerVersionByArn: as GetLayerVersion, by the version's ARN.
import type { RequestContext } from '#protocol/operation.ts'
import type { LambdaDeps } from '../deps.ts'
import { invalidParameter } from '../errors.ts'
import { layerVersionAnswer } from '../layer-answer.ts'
import { parseLayerVersionArn, requireLayerVersion } from '../layer-record.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function getLayerVersionByArn(
  { ports, codeLocations }: LambdaDeps,
  input: LambdaInput<'GetLayerVersionByArn'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetLayerVersionByArn'>> {
  const ref = parseLayerVersionArn(input.Arn ?? '')
  if (!ref) throw invalidParameter(`${input.Arn} is not the ARN of a layer version`)
  return layerVersionAnswer(ref, await requireLayerVersion(ports.store, ref, ref.number), codeLocations, context)
}
