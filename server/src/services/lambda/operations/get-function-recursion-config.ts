// GetFunctionRecursionConfig: what PutFunctionRecursionConfig put; Terminate where it put nothing.
import type { RequestContext } from '#protocol/operation.ts'
import { recursion } from '../async-settings.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { parseFunctionName } from '../function-name.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function getFunctionRecursionConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'GetFunctionRecursionConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetFunctionRecursionConfig'>> {
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  const owner = await requireFunction(ports.store, ref)
  const found = await recursion.get(ports.store, [owner.id])
  return { RecursiveLoop: found?.value.loop ?? 'Terminate' }
}
