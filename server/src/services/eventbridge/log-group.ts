// Log groups as targets: an event becomes a line of a stream that its rule has there. As on AWS the group must exist.
import type { LogEvent, LogGroupRef, LogStreamRef } from '#telemetry/logs.ts'
import type { EventBridgeDeps } from './deps.ts'

const LOG_GROUP = /^arn:aws[\w-]*:logs:([a-z0-9-]+):(\d{12}):log-group:([^:*]+)(?::\*)?$/

export function isLogGroup(arn: string): boolean {
  return arn.split(':')[2] === 'logs'
}

/** Undefined for what is not the ARN of a log group. */
export function readLogGroupArn(arn: string): LogGroupRef | undefined {
  const [, region, account, group] = LOG_GROUP.exec(arn) ?? []
  if (region === undefined || account === undefined || group === undefined) return undefined
  return { region, account, group }
}

/** Durable when it says `stored`. */
export async function writeToLogGroup(
  logs: EventBridgeDeps['logs'],
  ref: LogStreamRef,
  event: LogEvent,
): Promise<'stored' | 'missing'> {
  const outcome = await logs.putEvents(ref, [event])
  if (outcome !== 'no-stream') return outcome === 'stored' ? 'stored' : 'missing'
  if ((await logs.createStream(ref)) === 'no-group') return 'missing'
  return (await logs.putEvents(ref, [event])) === 'stored' ? 'stored' : 'missing'
}
