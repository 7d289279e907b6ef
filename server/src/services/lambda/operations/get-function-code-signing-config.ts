// GetFunctionCodeSigningConfig: no function has one, as none can be attached yet. Deploy tools ask after each deploy.
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
  const { name } = await requireFunction(ports.store, ref)
  return { FunctionName: name, CodeSigningConfigArn: '' }
}
