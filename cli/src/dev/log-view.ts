// Shows a function's invocations as they end: one line about each, what it printed indented below.
import { logGroupOf, type Logs } from '../aws/logs.ts'
import { tailLog } from '../log-tail.ts'
import type { Output } from '../terminal/output.ts'
import { type Grouped, type InvocationGroup, InvocationGroups, type LogLine } from './invocation-groups.ts'

export interface LogViewOptions {
  readonly output: Output
  readonly logs: Logs
  /** The function. */
  readonly name: string
  readonly signal: AbortSignal
}

/** Follows the log until the signal says stop. Throws what the server answers, except that there is no log yet. */
export async function showLog({ output, logs, name, signal }: LogViewOptions): Promise<void> {
  const invocations = new InvocationGroups()
  const groups = () => Promise.resolve([logGroupOf(name)])
  for await (const event of tailLog(logs, { groups, startMs: Date.now(), follow: true, signal }))
    for (const grouped of invocations.add({ ...event, message: readable(event.message) })) print(output, name, grouped)
}

/** What the runtime logs of an error is JSON with the stack as a list: shown as Node shows an error. */
function readable(message: string): string {
  const [, before, json] = /^([^{]*\t)(\{"errorType":[\s\S]*\})\s*$/.exec(message) ?? []
  if (before === undefined || json === undefined) return message
  try {
    const { stack } = JSON.parse(json) as { stack?: readonly string[] }
    // The runtime's own frames say nothing about the function.
    const own = stack?.filter((line) => !/\/run\/mayfly\/|node:internal\//.test(line))
    return own === undefined ? message : before + own.join('\n')
  } catch {
    // Cut off, or a line of the function's own that only looks like it.
    return message
  }
}

function print(output: Output, name: string, grouped: Grouped): void {
  if (grouped.kind === 'line') {
    const { level, text } = grouped.line
    output.record({ event: 'log', function: name, level, message: text }, indent(output, grouped.line))
    return
  }
  const { group } = grouped
  output.record({ event: 'invocation', function: name, ...group }, invocationText(output, name, group))
}

function invocationText(output: Output, name: string, group: InvocationGroup): string {
  const dot = ` ${output.symbol('dot')} `
  const failed = group.status !== undefined || group.lines.some(({ level }) => level === 'error')
  const facts = [
    `${output.style(failed ? 'red' : 'green', name)} ${ms(group.durationMs)}`,
    ...(group.initMs === undefined ? [] : [`cold ${ms(group.initMs)}`]),
    ...(group.memoryMb === undefined ? [] : [`${group.memoryMb} MB`]),
    ...(group.status === undefined ? [] : [output.style('red', group.status)]),
    output.style('dim', group.requestId),
  ]
  return [facts.join(dot), ...group.lines.map((line) => indent(output, line))].join('\n')
}

function indent(output: Output, { level, text }: LogLine): string {
  const shown = text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')
  if (level === 'error') return output.style('red', shown)
  return level === 'warn' ? output.style('yellow', shown) : shown
}

function ms(value: number | undefined): string {
  return value === undefined ? '' : `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} ms`
}
