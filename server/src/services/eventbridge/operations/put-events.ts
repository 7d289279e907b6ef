// PutEvents: brings events to buses. Each entry is taken or refused by itself; those that are taken are on disk, in one
// commit, when the answer comes. Matching with rules follows at once.
import { outboxAppend } from '#events/outbox.ts'
import { requestedBus } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { EventBridgeDeps } from '../deps.ts'
import { type Entry, entryBytes, type EntryFault, type EntryInput, readEntry } from '../entry.ts'
import { validation } from '../errors.ts'
import { eventText, toBus } from '../event.ts'
import { ENTRIES_BYTES_MAX, ENTRIES_MAX } from '../limits.ts'
import type { EventBridgeOperation } from '../model.ts'
import type { OutboxRecord } from '#events/outbox.ts'
import type { RequestContext } from '#protocol/operation.ts'

export const putEvents: EventBridgeOperation<'PutEvents'> = async (deps, input, context) => {
  const entries = input.Entries ?? []
  check(entries)
  if (input.EndpointId !== undefined) throw validation(`Endpoint ${input.EndpointId} does not exist.`)
  const read = entries.map((given) => ({ given, entry: readEntry(given) }))
  const records = await Promise.all(
    read.map(async ({ given, entry }) =>
      entry.kind === 'entry' ? await recordOf(deps, given, entry, context) : undefined,
    ),
  )
  const appends = records.flatMap((record) => (record === undefined ? [] : [outboxAppend(record)]))
  if (appends.length > 0) await deps.store.commit({ appends })
  return {
    FailedEntryCount: read.filter(({ entry }) => entry.kind === 'fault').length,
    Entries: read.map(({ entry }) => answerTo(entry)),
  }
}

function check(entries: readonly EntryInput[]): void {
  const constraints = new Constraints().count('entries', entries, { min: 1, max: ENTRIES_MAX })
  for (const [index, { EventBusName, TraceHeader }] of entries.entries())
    constraints
      .busNameOrArn(`entries.${index + 1}.member.eventBusName`, EventBusName)
      .length(`entries.${index + 1}.member.traceHeader`, TraceHeader, { min: 1, max: 500 })
  constraints.check()
  if (entries.reduce((sum, entry) => sum + entryBytes(entry), 0) > ENTRIES_BYTES_MAX)
    throw validation('Total size of the entries in the request is over the limit.')
}

/** Undefined where there is no such bus: as on AWS the event is taken and nobody hears of it. */
async function recordOf(
  { clock, hops, views }: EventBridgeDeps,
  { EventBusName }: EntryInput,
  { id, source, detailType, detail, resources, timeMs }: Entry,
  context: RequestContext,
): Promise<OutboxRecord | undefined> {
  const bus = requestedBus(EventBusName, context)
  if ((await views.get(bus)) === undefined) return undefined
  const nowMs = clock.nowMs()
  const payload = Buffer.from(
    eventText({
      id,
      detailType,
      source,
      account: context.account,
      region: bus.region,
      timeMs: timeMs ?? nowMs,
      resources,
      detail,
    }),
  )
  const occurrence = { type: detailType, subject: source, timeMs: nowMs, hops: hops.next(context.principal), payload }
  return toBus(bus, { ...occurrence, data: {} }, id)
}

function answerTo(entry: Entry | EntryFault) {
  if (entry.kind === 'entry') return { EventId: entry.id }
  return { ErrorCode: entry.code, ErrorMessage: entry.message }
}
