// GetFunctionEventInvokeConfig: the settings of asynchronous invocations of a function, a version or an alias.
import type { RequestContext } from '#protocol/operation.ts'
import { asyncConfigAnswer, asyncOwner, requireSettings } from '../async-config-answer.ts'
import type { LambdaDeps } from '../deps.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function getFunctionEventInvokeConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'GetFunctionEventInvokeConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetFunctionEventInvokeConfig'>> {
  const found = await asyncOwner(ports.store, input, context)
  return asyncConfigAnswer(found.ref, found.qualifier, await requireSettings(ports.store, found))
}
