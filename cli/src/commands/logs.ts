// `mayfly logs`: the lines of a function's log, or of all functions', to the end or as they come.
import { AwsClient } from '../aws/client.ts'
import { LAMBDA_LOG_GROUPS, logGroupOf, Logs } from '../aws/logs.ts'
import { begin, type CliContext } from '../context.ts'
import { CliError, Interrupted } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import type { ServerFlags } from '../flags.ts'
import { type TailedEvent, tailLog } from '../log-tail.ts'
import type { Output } from '../terminal/output.ts'

export interface LogsFlags extends ServerFlags {
  readonly follow?: boolean | undefined
  readonly since?: string | undefined
  readonly filter?: string | undefined
  readonly group?: string | undefined
}

const DEFAULT_SINCE_MS = 600_000
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

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
      startMs: sinceMs(flags.since, Date.now()),
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

/** The time that `--since` means, in epoch ms. Throws CliError for what is neither a span nor a date. */
export function sinceMs(since: string | undefined, nowMs: number): number {
  if (since === undefined) return nowMs - DEFAULT_SINCE_MS
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(since) ?? []
  if (count !== undefined && unit !== undefined) return Math.max(0, nowMs - Number(count) * (UNITS_MS[unit] ?? 0))
  const date = Date.parse(since)
  if (!Number.isNaN(date)) return date
  throw new CliError('MF1002', `--since ${since} is neither a span nor a date`, {
    mend: 'Write 30s, 10m, 2h, 1d or 2026-11-21T09:00:00Z.',
  })
}
