// UpdateEventSourceMapping: changes the settings of a mapping, or switches it on and off; what the input leaves out stays.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { LambdaDeps } from '../deps.ts'
import { mappingToChange, requireMapping } from '../event-sources/find-mapping.ts'
import { mappingAnswer } from '../event-sources/mapping-answer.ts'
import { checkMappingConstraints, queueSettings, streamSettings } from '../event-sources/mapping-input.ts'
import {
  type MappingRecord,
  type MappingState,
  mappingKey,
  mappingPairs,
  mappings,
  pairKey,
} from '../event-sources/mapping-record.ts'
import {
  alreadyMapped,
  checkOnFailure,
  checkQueue,
  checkStream,
  mappedFunction,
} from '../event-sources/source-check.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

type UpdateInput = LambdaInput<'UpdateEventSourceMapping'>

export async function updateEventSourceMapping(
  deps: LambdaDeps,
  input: UpdateInput,
  context: RequestContext,
): Promise<LambdaOutput<'UpdateEventSourceMapping'>> {
  checkMappingConstraints(input)
  const { store } = deps.ports
  const { value: found } = await requireMapping(store, input.UUID, context)
  const target = await mappedFunction(deps.ports, input.FunctionName ?? found.settings.functionArn, context)
  const wished = changed(found, input, target.arn, deps.ports.clock.nowMs())
  if (wished.kind === 'queue') await checkQueue(deps.ports, wished.sourceArn, target)
  else {
    await checkStream(deps.ports, wished.sourceArn, target)
    await checkOnFailure(deps.ports, wished.settings.onFailureArn, target)
  }
  const updated = await transact(store, async (transaction) => {
    const before = await mappingToChange(transaction, input.UUID, context, 'update')
    const after = changed(before, input, target.arn, wished.lastModifiedMs)
    if (after.settings.functionArn !== before.settings.functionArn) {
      const pair = await mappingPairs.get(transaction, pairKey(after))
      if (pair) throw alreadyMapped(after, target.ref.name, pair.value.uuid)
      await mappingPairs.delete(transaction, pairKey(before))
      await mappingPairs.set(transaction, pairKey(after), { uuid: after.uuid })
    }
    await mappings.set(transaction, mappingKey(after), after)
    return after
  })
  deps.mappings.start()
  context.setStatus(202)
  return mappingAnswer(updated, await deps.mappings.lastResult(updated))
}

function changed(before: MappingRecord, input: UpdateInput, functionArn: string, nowMs: number): MappingRecord {
  const enabled = input.Enabled ?? before.enabled
  const common = { enabled, state: nextState(before, enabled), lastModifiedMs: nowMs }
  if (before.kind === 'queue')
    return { ...before, ...common, settings: queueSettings(input, functionArn, before.fifo, before.settings) }
  return { ...before, ...common, settings: streamSettings(input, functionArn, before.service, before.settings) }
}

function nextState(before: MappingRecord, enabled: boolean): MappingState {
  if (enabled === before.enabled) return 'Updating'
  return enabled ? 'Enabling' : 'Disabling'
}
