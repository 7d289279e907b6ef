import { after, type EventPosition, parsePosition, positionText, startOf } from '#telemetry/log-position.ts'
import type { LogGroup, StoredLogEvent } from '#telemetry/logs.ts'
import { Constraints } from '../constraints.ts'
import { invalidParameter, noSuchGroup, noSuchStream } from '../errors.ts'
import {
  PAGE_BYTES_MAX,
  PAGE_EVENTS_MAX,
  PREFIX_STREAMS_MAX,
  SCAN_BYTES_MAX,
  SCAN_MS_MAX,
  STREAM_NAMES_MAX,
} from '../limits.ts'
import type { LogsDeps, LogsOperation } from '../model.ts'
import { groupOfEither, groupRef } from '../names.ts'
import { invalidToken } from '../page-token.ts'
import { parseFilter } from '../pattern/pattern.ts'

const END_OF_TIME_MS = 99_999_999_999_999
const STREAM_PAGE = 1000

export const filterLogEvents: LogsOperation<'FilterLogEvents'> = async (deps, input, context) => {
  const { logGroupName, logGroupIdentifier, logStreamNames, logStreamNamePrefix } = input
  const { startTime, endTime, filterPattern, nextToken, limit } = input
  new Constraints()
    .groupName('logGroupName', logGroupName)
    .groupIdentifier('logGroupIdentifier', logGroupIdentifier)
    .streamNames('logStreamNames', logStreamNames, STREAM_NAMES_MAX)
    .streamName('logStreamNamePrefix', logStreamNamePrefix)
    .timestamp('startTime', startTime)
    .timestamp('endTime', endTime)
    .filterPattern('filterPattern', filterPattern)
    .range('limit', limit, { min: 1, max: PAGE_EVENTS_MAX })
    .check()
  if (logStreamNames !== undefined && logStreamNamePrefix !== undefined)
    throw invalidParameter('logStreamNames and logStreamNamePrefix are mutually exclusive parameters.')
  const name = groupOfEither(context, { logGroupName, logGroupIdentifier })
  const pattern = parseFilter(filterPattern)
  const position =
    nextToken === undefined ? startOf(Math.min(startTime ?? 0, END_OF_TIME_MS)) : parsePosition(nextToken)
  if (!position) throw invalidToken()
  await deps.logs.flush()
  const group = await deps.logs.getGroup(groupRef(context, name))
  if (!group) throw noSuchGroup()
  // Unlike in GetLogEvents, events at endTime are included.
  const end = startOf(Math.min(endTime ?? END_OF_TIME_MS, END_OF_TIME_MS) + (endTime === undefined ? 0 : 1))
  const batches = await openBatches(deps, group, { position, end, logStreamNames, logStreamNamePrefix })
  const { found, next } = await search(deps, batches, (message) => pattern.matches(message), limit ?? PAGE_EVENTS_MAX)
  // AWS answers no stream here any more.
  return { events: found.map(described), searchedLogStreams: [], ...(next && { nextToken: positionText(next) }) }
}

interface Selection {
  readonly position: EventPosition
  readonly end: EventPosition
  readonly logStreamNames: readonly string[] | undefined
  readonly logStreamNamePrefix: string | undefined
}

async function openBatches(
  { logs }: LogsDeps,
  group: LogGroup,
  { position, end, logStreamNames, logStreamNamePrefix }: Selection,
): Promise<AsyncIterable<readonly StoredLogEvent[]>> {
  if (logStreamNames !== undefined) {
    const streams = await Promise.all(logStreamNames.map((name) => logs.getStream(group.id, name)))
    if (streams.includes(undefined)) throw noSuchStream()
    const [only] = streams
    if (streams.length === 1 && only)
      return logs.readStream(group, only, { direction: 'forward', start: position, end })
    return logs.readGroup(group, position, end, new Set(streams.flatMap((stream) => stream?.number ?? [])))
  }
  if (logStreamNamePrefix === undefined) return logs.readGroup(group, position, end)
  return logs.readGroup(group, position, end, await numbersOf(logs, group, logStreamNamePrefix))
}

async function numbersOf(logs: LogsDeps['logs'], group: LogGroup, prefix: string): Promise<ReadonlySet<number>> {
  const numbers = new Set<number>()
  for (let last: string | undefined; ;) {
    const page = await logs.listStreams(group.id, {
      orderBy: 'name',
      descending: false,
      prefix,
      limit: STREAM_PAGE,
      ...(last !== undefined && { after: { name: last, lastEventMs: undefined } }),
    })
    for (const { stream } of page) numbers.add(stream.number)
    if (page.length < STREAM_PAGE) return numbers
    if (numbers.size >= PREFIX_STREAMS_MAX)
      throw invalidParameter(`More than ${PREFIX_STREAMS_MAX} log streams begin with ${prefix}: use a longer prefix.`)
    last = page.at(-1)?.name
  }
}

interface SearchResult {
  readonly found: readonly StoredLogEvent[]
  /** Where the next page begins; undefined at the end. */
  readonly next: EventPosition | undefined
}

/** Looks for matches until the page is full, or until enough has been looked at for one request. */
async function search(
  { clock }: LogsDeps,
  batches: AsyncIterable<readonly StoredLogEvent[]>,
  matches: (message: string) => boolean,
  limit: number,
): Promise<SearchResult> {
  const found: StoredLogEvent[] = []
  const startedMs = clock.monotonicMs()
  let foundBytes = 0
  let scannedBytes = 0
  for await (const batch of batches)
    for (const event of batch) {
      scannedBytes += event.message.length
      if (matches(event.message)) {
        foundBytes += Buffer.byteLength(event.message)
        if (found.length > 0 && foundBytes > PAGE_BYTES_MAX) return { found, next: event.position }
        found.push(event)
      }
      const isEnough = scannedBytes > SCAN_BYTES_MAX || clock.monotonicMs() - startedMs > SCAN_MS_MAX
      if (found.length === limit || isEnough) return { found, next: after(event.position) }
    }
  return { found, next: undefined }
}

function described(event: StoredLogEvent) {
  return {
    logStreamName: event.stream,
    timestamp: event.timestampMs,
    message: event.message,
    ingestionTime: event.ingestionMs,
    eventId: positionText(event.position),
  }
}
