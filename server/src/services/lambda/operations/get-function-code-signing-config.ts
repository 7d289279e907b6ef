// GetFunctionCodeSigningConfig: the configuration of a function; an empty ARN where it has none, as on AWS.
import type { RequestContext } from '#protocol/operation.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { parseFunctionName } from '../function-name.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function getFunctionCodeSigningConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'GetFunctionCodeSigningConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetFunctionCodeSigningConfig'>> {
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  const { name, codeSigningConfigArn = '' } = await requireFunction(ports.store, ref)
  return { FunctionName: name, CodeSigningConfigArn: codeSigningConfigArn }
}
