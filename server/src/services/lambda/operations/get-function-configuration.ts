// GetFunctionConfiguration: the settings of a version; what the waiters FunctionActive and FunctionUpdated ask.
import type { RequestContext } from '#protocol/operation.ts'
import { configurationAnswer, weakIsolation } from '../configuration-answer.ts'
import { requireVersion } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { showEnvironment } from '../environment-encryption.ts'
import { parseFunctionName } from '../function-name.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function getFunctionConfiguration(
  { ports }: LambdaDeps,
  input: LambdaInput<'GetFunctionConfiguration'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetFunctionConfiguration'>> {
  const ref = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context)
  const { record } = await requireVersion(ports.store, ref)
  const answer = configurationAnswer(ports, ref, record, ref.qualifier)
  return { ...(await showEnvironment(ports, ref, record, answer, context)), ...weakIsolation(ports.engine) }
}
