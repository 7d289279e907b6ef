// Shows a function's invocations as they end: one line about each, what it printed indented below.
import type { Logs } from '../aws/logs.ts'
import { logGroupOf } from '../aws/logs.ts'
import { tailLog } from '../log-tail.ts'
import type { Output } from '../terminal/output.ts'
import { type Grouped, type InvocationGroup, InvocationGroups, type LogLine } from './invocation-groups.ts'

/** Follows the log until the signal says stop. Throws what the server answers, except that there is no log yet. */
export async function showLog(output: Output, logs: Logs, name: string, signal: AbortSignal): Promise<void> {
  const groups = new InvocationGroups()
  const group = () => Promise.resolve([logGroupOf(name)])
  for await (const event of tailLog(logs, { groups: group, startMs: Date.now(), follow: true, signal }))
    for (const grouped of groups.add(event)) print(output, name, grouped)
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
