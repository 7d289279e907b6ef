// What the function wrote to its log, read through CloudWatch Logs.
import { type CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { setTimeout as sleep } from 'node:timers/promises'
import { FUNCTION } from './deploy.ts'

export interface InvocationReport {
  /** What the function said first. */
  readonly about: string
  readonly durationMs: number
  readonly memoryMb: number
  /** Set for a cold start. */
  readonly initMs: number | undefined
}

export interface FunctionLog {
  readonly lines: readonly string[]
  readonly invocations: readonly InvocationReport[]
}

const LOGGED_WITHIN_MS = 20_000
const LOOK_EVERY_MS = 50

/** The log, once every key was spoken of by an invocation that is over. Throws when it does not come to that. */
export async function waitForLog(logs: CloudWatchLogsClient, keys: readonly string[]): Promise<FunctionLog> {
  const deadline = performance.now() + LOGGED_WITHIN_MS
  for (;;) {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${FUNCTION}` }))
    const lines = events.map(({ message }) => message?.trimEnd() ?? '')
    const invocations = invocationsOf(lines)
    const missing = keys.filter((key) => !invocations.some(({ about }) => about.startsWith(`${key}:`)))
    if (missing.length === 0) return { lines, invocations }
    if (performance.now() > deadline) throw new Error(`nothing about ${missing.join(', ')} in:\n${lines.join('\n')}`)
    await sleep(LOOK_EVERY_MS)
  }
}

function invocationsOf(lines: readonly string[]): readonly InvocationReport[] {
  const said = new Map<string, string>()
  const reports: InvocationReport[] = []
  for (const line of lines) {
    // Lines of the function: time, request id, level, message.
    const [, requestId = '', , message = ''] = line.split('\t')
    if (line.startsWith('REPORT ')) reports.push(reportOf(line, said))
    else if (message !== '' && !said.has(requestId)) said.set(requestId, message)
  }
  return reports
}

function reportOf(line: string, said: ReadonlyMap<string, string>): InvocationReport {
  const requestId = /^REPORT RequestId: (\S+)/.exec(line)?.[1] ?? ''
  return {
    about: said.get(requestId) ?? requestId,
    durationMs: figure(line, 'Duration') ?? Number.NaN,
    memoryMb: figure(line, 'Max Memory Used') ?? Number.NaN,
    initMs: figure(line, 'Init Duration'),
  }
}

function figure(line: string, name: string): number | undefined {
  const value = new RegExp(`\\t${name}: ([\\d.]+)`).exec(line)?.[1]
  return value === undefined ? undefined : Number(value)
}
