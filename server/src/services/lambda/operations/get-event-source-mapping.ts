// GetEventSourceMapping: the settings and the state of a mapping.
import type { RequestContext } from '#protocol/operation.ts'
import type { LambdaDeps } from '../deps.ts'
import { requireMapping } from '../event-sources/find-mapping.ts'
import { mappingAnswer } from '../event-sources/mapping-answer.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function getEventSourceMapping(
  { ports, mappings }: LambdaDeps,
  input: LambdaInput<'GetEventSourceMapping'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetEventSourceMapping'>> {
  const { value } = await requireMapping(ports.store, input.UUID, context)
  return mappingAnswer(value, await mappings.lastResult(value))
}
