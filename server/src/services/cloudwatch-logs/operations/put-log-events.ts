import { StoreFullError } from '#storage/store.ts'
import { EVENT_OVERHEAD_BYTES } from '#telemetry/log-limits.ts'
import type { LogEvent, LogGroup } from '#telemetry/logs.ts'
import { Constraints } from '../constraints.ts'
import { invalidParameter, noSuchGroup, noSuchStream, unavailable } from '../errors.ts'
import {
  BATCH_BYTES_MAX,
  BATCH_EVENTS_MAX,
  BATCH_SPAN_MS_MAX,
  EVENT_AGE_MS_MAX,
  EVENT_BYTES_MAX,
  EVENT_FUTURE_MS_MAX,
} from '../limits.ts'
import type { LogsOperation } from '../model.ts'
import { groupRef, streamRef } from '../names.ts'

const DAY_MS = 86_400_000

export const putLogEvents: LogsOperation<'PutLogEvents'> = async ({ logs, clock }, input, context) => {
  const { logGroupName, logStreamName } = input
  const events = eventsOf(input.logEvents)
  const constraints = new Constraints()
    .groupName('logGroupName', logGroupName)
    .streamName('logStreamName', logStreamName)
    .count('logEvents', events, { min: 1, max: BATCH_EVENTS_MAX })
    .length('sequenceToken', input.sequenceToken, { min: 1, max: Number.MAX_SAFE_INTEGER })
  if (events.length <= BATCH_EVENTS_MAX) checkEach(constraints, events)
  constraints.check()
  checkBatch(events)
  const group = await logs.getGroup(groupRef(context, logGroupName))
  if (!group) throw noSuchGroup()
  if (!(await logs.getStream(group.id, logStreamName))) throw noSuchStream()
  const nowMs = clock.nowMs()
  const bounds = boundsOf(group, nowMs)
  const { accepted, rejected } = sortOut(events, bounds)
  checkSpan(accepted)
  if (accepted.length > 0) {
    const stored = await logs.putEvents(streamRef(context, logGroupName, logStreamName), accepted).catch(refused)
    if (stored === 'no-group') throw noSuchGroup()
    if (stored === 'no-stream') throw noSuchStream()
  }
  // Tokens mean nothing any more, but old clients expect one.
  const nextSequenceToken = String(nowMs).padStart(56, '0')
  return { nextSequenceToken, ...(rejected && { rejectedLogEventsInfo: rejected }) }
}

type InputEvents = Parameters<typeof putLogEvents>[1]['logEvents']

function eventsOf(events: InputEvents): readonly LogEvent[] {
  return (events ?? []).map(({ timestamp, message }) => ({ timestampMs: timestamp ?? 0, message: message ?? '' }))
}

function checkEach(constraints: Constraints, events: readonly LogEvent[]): void {
  for (const [index, { timestampMs, message }] of events.entries()) {
    if (timestampMs < 0) constraints.timestamp(`logEvents.${index + 1}.member.timestamp`, timestampMs)
    if (message === '') constraints.length(`logEvents.${index + 1}.member.message`, message, { min: 1, max: Infinity })
  }
}

function checkBatch(events: readonly LogEvent[]): void {
  let latestMs = 0
  let bytes = 0
  for (const { timestampMs, message } of events) {
    if (timestampMs < latestMs)
      throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.')
    latestMs = timestampMs
    const eventBytes = Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES
    if (eventBytes > EVENT_BYTES_MAX)
      throw invalidParameter(`Log event too large: ${eventBytes} bytes exceeds limit of ${EVENT_BYTES_MAX}`)
    bytes += eventBytes
  }
  if (bytes > BATCH_BYTES_MAX)
    throw invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${BATCH_BYTES_MAX}`)
}

function checkSpan(events: readonly LogEvent[]): void {
  const spanMs = (events.at(-1)?.timestampMs ?? 0) - (events[0]?.timestampMs ?? 0)
  if (spanMs > BATCH_SPAN_MS_MAX)
    throw invalidParameter('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.')
}

interface Bounds {
  readonly oldestMs: number
  readonly unexpiredMs: number
  readonly newestMs: number
}

function boundsOf({ retentionDays }: LogGroup, nowMs: number): Bounds {
  return {
    oldestMs: nowMs - EVENT_AGE_MS_MAX,
    unexpiredMs: retentionDays === undefined ? 0 : nowMs - retentionDays * DAY_MS,
    newestMs: nowMs + EVENT_FUTURE_MS_MAX,
  }
}

/** Events come in order of time, so what is too old is at the beginning and what is too new at the end. */
function sortOut(events: readonly LogEvent[], { oldestMs, unexpiredMs, newestMs }: Bounds) {
  const countBefore = (ms: number): number => {
    const found = events.findIndex((event) => event.timestampMs >= ms)
    return found < 0 ? events.length : found
  }
  const tooOld = countBefore(oldestMs)
  const expired = countBefore(unexpiredMs)
  const tooNew = countBefore(newestMs + 1)
  const accepted = events.slice(Math.max(tooOld, expired), tooNew)
  if (accepted.length === events.length) return { accepted, rejected: undefined }
  return {
    accepted,
    rejected: {
      ...(tooNew < events.length && { tooNewLogEventStartIndex: tooNew }),
      ...(tooOld > 0 && { tooOldLogEventEndIndex: tooOld }),
      ...(expired > 0 && { expiredLogEventEndIndex: expired }),
    },
  }
}

function refused(error: unknown): never {
  throw error instanceof StoreFullError ? unavailable(error) : error
}
