// DeleteEventSourceMapping: the mapping says Deleting until its batches under way are over, then it is gone. Messages and
// records that were not done stay in their source.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { LambdaDeps } from '../deps.ts'
import { mappingToChange } from '../event-sources/find-mapping.ts'
import { mappingAnswer } from '../event-sources/mapping-answer.ts'
import { type MappingRecord, mappingKey, mappings } from '../event-sources/mapping-record.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function deleteEventSourceMapping(
  deps: LambdaDeps,
  input: LambdaInput<'DeleteEventSourceMapping'>,
  context: RequestContext,
): Promise<LambdaOutput<'DeleteEventSourceMapping'>> {
  const { store, clock } = deps.ports
  const deleting = await transact(store, async (transaction) => {
    const before = await mappingToChange(transaction, input.UUID, context, 'delete')
    const after: MappingRecord = { ...before, state: 'Deleting', lastModifiedMs: clock.nowMs() }
    await mappings.set(transaction, mappingKey(after), after)
    return after
  })
  const lastResult = await deps.mappings.lastResult(deleting)
  deps.mappings.start()
  context.setStatus(202)
  return mappingAnswer(deleting, lastResult)
}
