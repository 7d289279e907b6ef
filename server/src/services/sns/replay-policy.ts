// From when to when a subscriber wants the archived messages of a FIFO topic again. Source: SNS developer guide, "Message
// archiving and replay for FIFO topic subscribers".
import { parseJsonObject } from './json-text.ts'
import type { TopicRecord } from './topic.ts'
import { archiveDaysOf } from './topic-attributes.ts'

export interface ReplayPolicy {
  /** Inclusive. */
  readonly startMs: number
  /** Inclusive; undefined: to the last message there is. */
  readonly endMs: number | undefined
}

/** Undefined when there is nothing to replay. */
export function readReplayPolicy(text: string): ReplayPolicy | undefined {
  const policy = parseJsonObject(text)
  const startMs = timeIn(policy?.['StartingPoint'])
  return startMs === undefined ? undefined : { startMs, endMs: timeIn(policy?.['EndingPoint']) }
}

function timeIn(value: unknown): number | undefined {
  const timeMs = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(timeMs) ? undefined : timeMs
}

/** Why the policy cannot be set on a subscription to this topic. */
export function checkReplayPolicy(text: string, topic: TopicRecord): string | undefined {
  if (text === '' || text === '{}') return undefined
  const policy = parseJsonObject(text)
  if (policy === undefined) return 'ReplayPolicy: failed to parse JSON.'
  if (archiveDaysOf(topic) === undefined) return 'ReplayPolicy: replay needs a FIFO topic with an ArchivePolicy'
  if (policy['PointType'] !== 'Timestamp') return 'ReplayPolicy: PointType must be Timestamp'
  const replay = readReplayPolicy(text)
  if (replay === undefined) return 'ReplayPolicy: StartingPoint must be a timestamp'
  if (policy['EndingPoint'] !== undefined && replay.endMs === undefined)
    return 'ReplayPolicy: EndingPoint must be a timestamp'
  if (replay.endMs !== undefined && replay.endMs < replay.startMs)
    return 'ReplayPolicy: StartingPoint must be before EndingPoint'
  return undefined
}
