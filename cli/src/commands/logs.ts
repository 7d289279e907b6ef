// `mayfly logs`: the lines of a function's log, or of all functions', to the end or as they come.
import { AwsClient } from '../aws/client.ts'
import { LAMBDA_LOG_GROUPS, logGroupOf, Logs } from '../aws/logs.ts'
import { begin, type CliContext } from '../context.ts'
import { Interrupted } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import type { ServerFlags } from '../flags.ts'
import { type TailedEvent, tailLog } from '../log-tail.ts'
import { timeOf } from '../since.ts'
import type { Output } from '../terminal/output.ts'

export interface LogsFlags extends ServerFlags {
  readonly follow?: boolean | undefined
  readonly since?: string | undefined
  readonly filter?: string | undefined
  readonly group?: string | undefined
}

const DEFAULT_SINCE_MS = 600_000

/** Throws Interrupted when a signal ends --follow. */
export async function logs(context: CliContext, flags: LogsFlags, name?: string): Promise<void> {
  const output = begin(context, flags)
  const one = flags.group ?? (name === undefined ? undefined : logGroupOf(functionPart(name)))
  const stop = new AbortController()
  let endedBy: number | undefined
  const end = (exitCode: number) => () => {
    endedBy = exitCode
    stop.abort()
  }
  const onInterrupt = end(EXIT.interrupted)
  const onTerminate = end(EXIT.terminated)
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate)
  try {
    const logs = new Logs(new AwsClient(flags, context.env))
    const events = tailLog(logs, {
      groups: groupsOf(logs, one, stop.signal),
      startMs: startMs(flags.since, Date.now()),
      pattern: flags.filter,
      follow: flags.follow === true,
      signal: stop.signal,
    })
    for await (const event of events) print(output, event, one === undefined)
  } finally {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate)
  }
  if (endedBy !== undefined) throw new Interrupted(endedBy)
}

function print(output: Output, event: TailedEvent, withName: boolean): void {
  const time = new Date(event.timestamp).toISOString()
  const message = event.message.trimEnd()
  const name = event.group.replace(LAMBDA_LOG_GROUPS, '')
  const { group, logStreamName: stream, eventId } = event
  output.record(
    { timestamp: time, group, stream, message, eventId },
    `${output.style('dim', time)} ${withName ? `${output.style('cyan', name)} ` : ''}${message}`,
  )
}

/** The one group that was named, or all groups of functions. */
function groupsOf(logs: Logs, one: string | undefined, signal: AbortSignal): () => Promise<readonly string[]> {
  return one === undefined ? () => logs.groups(LAMBDA_LOG_GROUPS, signal) : () => Promise.resolve([one])
}

/** An ARN's last part, without a version. */
function functionPart(name: string): string {
  const arn = /^arn:[^:]*:lambda:[^:]*:\d{12}:function:([^:]+)/.exec(name)
  return arn?.[1] ?? name
}

function startMs(since: string | undefined, nowMs: number): number {
  return since === undefined ? nowMs - DEFAULT_SINCE_MS : timeOf('--since', since, nowMs)
}
