// GetFunctionUrlConfig: the address of a function or an alias, and who may use it.
import type { RequestContext } from '#protocol/operation.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { requireFunctionUrl } from '../function-url-record.ts'
import { functionUrlAnswer, parseUrlFunction } from '../function-url-settings.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function getFunctionUrlConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'GetFunctionUrlConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetFunctionUrlConfig'>> {
  const ref = parseUrlFunction(input, context)
  const owner = await requireFunction(ports.store, ref)
  return functionUrlAnswer(await requireFunctionUrl(ports.store, owner.id, ref.qualifier), context)
}
