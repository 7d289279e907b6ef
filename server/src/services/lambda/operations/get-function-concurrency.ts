// GetFunctionConcurrency: what is reserved for a function; an empty answer when nothing is.
import type { RequestContext } from '#protocol/operation.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { parseFunctionName } from '../function-name.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function getFunctionConcurrency(
  { ports }: LambdaDeps,
  input: LambdaInput<'GetFunctionConcurrency'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetFunctionConcurrency'>> {
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  const { reservedConcurrency } = await requireFunction(ports.store, ref)
  return reservedConcurrency === undefined ? {} : { ReservedConcurrentExecutions: reservedConcurrency }
}
