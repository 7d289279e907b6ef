import {
  after,
  comparePositions,
  type EventPosition,
  parsePosition,
  positionText,
  startOf,
} from '#telemetry/log-position.ts'
import type { StoredLogEvent } from '#telemetry/logs.ts'
import { Constraints } from '../constraints.ts'
import { noSuchGroup, noSuchStream } from '../errors.ts'
import { PAGE_BYTES_MAX, PAGE_EVENTS_MAX } from '../limits.ts'
import type { LogsOperation } from '../model.ts'
import { groupOfEither, groupRef } from '../names.ts'
import { invalidToken } from '../page-token.ts'

/** No event is later. */
const END_OF_TIME_MS = 99_999_999_999_999
const TOKEN = /^([fb])\/(\d{56})\/s$/

export const getLogEvents: LogsOperation<'GetLogEvents'> = async ({ logs }, input, context) => {
  const { logGroupName, logGroupIdentifier, logStreamName, startTime, endTime, limit, nextToken } = input
  new Constraints()
    .groupName('logGroupName', logGroupName)
    .groupIdentifier('logGroupIdentifier', logGroupIdentifier)
    .streamName('logStreamName', logStreamName)
    .timestamp('startTime', startTime)
    .timestamp('endTime', endTime)
    .range('limit', limit, { min: 1, max: PAGE_EVENTS_MAX })
    .check()
  const name = groupOfEither(context, { logGroupName, logGroupIdentifier })
  const token = nextToken === undefined ? undefined : parseToken(nextToken)
  await logs.flush()
  const group = await logs.getGroup(groupRef(context, name))
  if (!group) throw noSuchGroup()
  const stream = await logs.getStream(group.id, logStreamName)
  if (!stream) throw noSuchStream()
  const first = startOf(Math.min(startTime ?? 0, END_OF_TIME_MS))
  const end = startOf(Math.min(endTime ?? END_OF_TIME_MS, END_OF_TIME_MS))
  const isForward = token ? token.isForward : input.startFromHead === true
  const position = token?.position ?? (isForward ? first : end)
  const batches = logs.readStream(
    group,
    stream,
    isForward
      ? { direction: 'forward', start: later(position, first), end }
      : { direction: 'backward', start: earlier(position, end), end: first },
  )
  const page = await takePage(batches, limit ?? PAGE_EVENTS_MAX)
  if (!isForward) page.reverse()
  return { events: page.map(described), ...tokensOf(page, token ? position : first) }
}

interface Token {
  readonly isForward: boolean
  /** Forwards: the page begins at it. Backwards: the page ends before it. */
  readonly position: EventPosition
}

function parseToken(text: string): Token {
  const [, direction, digits = ''] = TOKEN.exec(text) ?? []
  const position = parsePosition(digits)
  if (direction === undefined || !position) throw invalidToken()
  return { isForward: direction === 'f', position }
}

/**
 * Both tokens always: the one goes on after the page, the other before it. With an empty page both stay where they are,
 * by which clients see that they are at the end.
 */
function tokensOf(page: readonly StoredLogEvent[], position: EventPosition) {
  const [first] = page
  const last = page.at(-1)
  return {
    nextForwardToken: `f/${positionText(last ? after(last.position) : position)}/s`,
    nextBackwardToken: `b/${positionText(first?.position ?? position)}/s`,
  }
}

async function takePage(batches: AsyncIterable<readonly StoredLogEvent[]>, limit: number): Promise<StoredLogEvent[]> {
  const page: StoredLogEvent[] = []
  let bytes = 0
  for await (const batch of batches)
    for (const event of batch) {
      bytes += Buffer.byteLength(event.message)
      if (page.length > 0 && bytes > PAGE_BYTES_MAX) return page
      page.push(event)
      if (page.length === limit) return page
    }
  return page
}

function described({ timestampMs, message, ingestionMs }: StoredLogEvent) {
  return { timestamp: timestampMs, message, ingestionTime: ingestionMs }
}

function later(a: EventPosition, b: EventPosition): EventPosition {
  return comparePositions(a, b) >= 0 ? a : b
}

function earlier(a: EventPosition, b: EventPosition): EventPosition {
  return comparePositions(a, b) <= 0 ? a : b
}
