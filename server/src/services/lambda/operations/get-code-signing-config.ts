// GetCodeSigningConfig: one configuration by its ARN.
import type { RequestContext } from '#protocol/operation.ts'
import { codeSigningConfigAnswer, requireCodeSigningConfig } from '../code-signing.ts'
import type { LambdaDeps } from '../deps.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function getCodeSigningConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'GetCodeSigningConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetCodeSigningConfig'>> {
  const config = await requireCodeSigningConfig(ports.store, input.CodeSigningConfigArn, context)
  return { CodeSigningConfig: codeSigningConfigAnswer(config) }
}
