// `mayfly usage`: what functions used, in a table.
import { accountOf } from '../aws/credentials.ts'
import { AwsClient } from '../aws/client.ts'
import { clientSettings } from '../config.ts'
import { begin, type CliContext } from '../context.ts'
import { askServer } from '../control-routes.ts'
import { CliError } from '../errors.ts'
import type { ServerFlags } from '../flags.ts'
import { table } from '../terminal/table.ts'

export interface UsageFlags extends ServerFlags {
  readonly since?: string | undefined
  readonly by?: string | undefined
}

/** As the server tells it. */
interface UsageLine {
  readonly function: string
  readonly region: string
  readonly from: string
  readonly invocations: number
  readonly errors: number
  readonly throttled: number
  readonly gbSeconds: number
  readonly billedMs: number
  readonly cpuMs: number
  readonly waitedMs: number
  readonly peakMemoryMb: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly sentBytes: number
  readonly receivedBytes: number
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

export async function usage(context: CliContext, flags: UsageFlags, name?: string): Promise<void> {
  const output = begin(context, flags)
  const { region } = clientSettings(flags, context.env)
  const query = new URLSearchParams({
    account: accountOf(new AwsClient(flags, context.env).credentials),
    by: flags.by ?? 'total',
    ...(flags.since !== undefined && { from: since(flags.since) }),
    ...(name !== undefined && { function: name, region }),
  })
  const request = { method: 'GET', path: `/_mayfly/usage?${query.toString()}` } as const
  // The server's answer to this request, schema version 1.
  const answer = (await askServer(
    context,
    flags,
    request,
    'Usage is told on the machine that the server runs on.',
  )) as {
    readonly from: string
    readonly until: string
    readonly complete: boolean
    readonly usage: readonly UsageLine[]
  }
  output.result(
    { ...answer },
    table(
      headOf(flags.by),
      answer.usage.map((line) => cells(line, flags.by)),
    ),
  )
  if (answer.usage.length === 0) output.note(`nothing ran since ${answer.from}`)
  if (!answer.complete) output.note('there is more than one answer holds: ask for a shorter time')
}

const HEAD = [
  'FUNCTION',
  'INVOCATIONS',
  'ERRORS',
  'THROTTLED',
  'GB-S',
  'BILLED',
  'CPU',
  'WAITED',
  'PEAK',
  'IN/OUT',
  'NETWORK',
]

function headOf(by: string | undefined): readonly string[] {
  return by === 'day' || by === 'hour' ? ['FROM', ...HEAD] : HEAD
}

function cells(line: UsageLine, by: string | undefined): readonly string[] {
  const shown = [
    line.function,
    String(line.invocations),
    String(line.errors),
    String(line.throttled),
    line.gbSeconds.toFixed(3),
    duration(line.billedMs),
    duration(line.cpuMs),
    duration(line.waitedMs),
    `${line.peakMemoryMb} MB`,
    `${bytes(line.bytesIn)}/${bytes(line.bytesOut)}`,
    bytes(line.sentBytes + line.receivedBytes),
  ]
  if (by !== 'day' && by !== 'hour') return shown
  return [by === 'day' ? line.from.slice(0, 10) : line.from.slice(0, 13), ...shown]
}

function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}

function bytes(count: number): string {
  if (count < 1_024) return `${count} B`
  return count < 1_048_576 ? `${(count / 1_024).toFixed(1)} KB` : `${(count / 1_048_576).toFixed(1)} MB`
}

/** `30m`, `12h`, `7d`, or a date. */
function since(text: string): string {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  const ms = count === undefined ? Date.parse(text) : Date.now() - Number(count) * (UNIT_MS[unit] ?? 0)
  if (Number.isFinite(ms)) return new Date(ms).toISOString()
  throw new CliError('MF1002', `--since: ${text} is no time`, { mend: 'Give 30m, 12h, 7d or a date.' })
}
