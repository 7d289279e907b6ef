// Turns a function's log, as Lambda writes it, into one group per invocation: the lines between START and REPORT of one
// stream belong together, because an instance serves one invocation at a time.
import type { LogEvent } from '../aws/logs.ts'
import { GROUP_LINES_MAX, OPEN_GROUPS_MAX } from '../limits.ts'

export interface InvocationGroup {
  readonly requestId: string
  readonly stream: string
  readonly lines: readonly LogLine[]
  readonly durationMs: number | undefined
  /** Only for the first invocation of an instance. */
  readonly initMs: number | undefined
  readonly memoryMb: number | undefined
  /** As REPORT says: `timeout`, `error`; undefined when all went well. */
  readonly status: string | undefined
}

export interface LogLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug' | undefined
  readonly text: string
}

export type Grouped =
  | { readonly kind: 'invocation'; readonly group: InvocationGroup }
  /** Outside any invocation: init, or a line that came late. */
  | { readonly kind: 'line'; readonly line: LogLine }

interface OpenGroup {
  readonly requestId: string
  readonly lines: LogLine[]
}

export class InvocationGroups {
  readonly #open = new Map<string, OpenGroup>()

  /** Takes the next event of the log; gives what is complete with it. */
  add(event: LogEvent): readonly Grouped[] {
    const message = event.message.trimEnd()
    const stream = event.logStreamName
    const started = /^START RequestId: (\S+)/.exec(message)?.[1]
    if (started !== undefined) return this.#begin(stream, started)
    if (message.startsWith('END RequestId: ') || message.startsWith('INIT_START ')) return []
    if (message.startsWith('REPORT RequestId: ')) return [this.#report(stream, message)]
    const line = parseLine(message)
    const open = this.#open.get(stream)
    if (open === undefined) return [{ kind: 'line', line }]
    if (open.lines.length < GROUP_LINES_MAX) open.lines.push(line)
    return []
  }

  #begin(stream: string, requestId: string): readonly Grouped[] {
    this.#open.delete(stream)
    this.#open.set(stream, { requestId, lines: [] })
    if (this.#open.size <= OPEN_GROUPS_MAX) return []
    const [oldest] = this.#open
    if (oldest === undefined) return []
    this.#open.delete(oldest[0])
    return oldest[1].lines.map((line) => ({ kind: 'line', line }))
  }

  #report(stream: string, message: string): Grouped {
    const requestId = /^REPORT RequestId: (\S+)/.exec(message)?.[1] ?? ''
    const open = this.#open.get(stream)
    this.#open.delete(stream)
    return {
      kind: 'invocation',
      group: {
        requestId,
        stream,
        lines: open?.lines ?? [],
        durationMs: field(message, 'Duration'),
        initMs: field(message, 'Init Duration'),
        memoryMb: field(message, 'Max Memory Used'),
        status: /\tStatus: (\w+)/.exec(message)?.[1],
      },
    }
  }
}

function field(report: string, name: string): number | undefined {
  const value = new RegExp(`\\t${name}: ([\\d.]+)`).exec(report)?.[1]
  return value === undefined ? undefined : Number(value)
}

/** Lambda's text form puts time, request id and level before the message; they are known here already. */
function parseLine(message: string): LogLine {
  const match = /^\d{4}-\d\d-\d\dT[\d:.]+Z\t\S+\t(ERROR|WARN|INFO|DEBUG|TRACE|FATAL)\t([\s\S]*)$/.exec(message)
  if (match === null) return { level: undefined, text: message.replaceAll('\r', '\n') }
  const text = (match[2] ?? '').replaceAll('\r', '\n')
  return { level: LEVELS[match[1] ?? ''], text }
}

const LEVELS: Readonly<Record<string, LogLine['level']>> = {
  FATAL: 'error',
  ERROR: 'error',
  WARN: 'warn',
  INFO: 'info',
  DEBUG: 'debug',
  TRACE: 'debug',
}
