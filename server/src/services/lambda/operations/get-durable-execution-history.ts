// GetDurableExecutionHistory: what happened in an execution, in its order or backwards.
import type { RequestContext } from '#protocol/operation.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { checkPage } from '../durable/checkpoint-input.ts'
import { checkExecutionArn } from '../durable/execution-arn.ts'
import { events } from '../durable/execution-record.ts'
import { requireExecution } from '../durable/find-execution.ts'
import type { ShownEvent } from '../durable/model.ts'
import { shownEvent } from '../durable/shown-event.ts'
import { DURABLE_PAGE_BYTES_MAX, DURABLE_PAGE_ITEMS_DEFAULT } from '../limits.ts'
import { markerOf, readNumberMarker } from '../markers.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

/** Events that are read at once: each may have a payload of 1 MB. */
const READ = 20

export async function getDurableExecutionHistory(
  { ports: { store } }: LambdaDeps,
  input: LambdaInput<'GetDurableExecutionHistory'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetDurableExecutionHistory'>> {
  const { DurableExecutionArn: arn, IncludeExecutionData: withData = true, ReverseOrder: reverse = false } = input
  checkPage(checkExecutionArn(new Constraints(), arn), input).check()
  const { id } = await requireExecution(store, arn, context)
  const limit = input.MaxItems || DURABLE_PAGE_ITEMS_DEFAULT
  const shown: ShownEvent[] = []
  let bytes = 0
  for (let last = readNumberMarker(input.Marker); ;) {
    const cut = last === undefined ? {} : reverse ? { before: [id, last] } : { after: [id, last] }
    const page = await events.list(store, { prefix: [id], ...cut }, { limit: READ, reverse })
    for (const { key, value } of page) {
      const event = shownEvent(value, Number(key[1]), withData)
      bytes += JSON.stringify(event).length
      if (shown.length >= limit || (shown.length > 0 && bytes > DURABLE_PAGE_BYTES_MAX))
        return { Events: shown, NextMarker: markerOf([Number(shown.at(-1)?.EventId)]) }
      shown.push(event)
      last = Number(key[1])
    }
    if (page.length < READ) return { Events: shown }
  }
}
