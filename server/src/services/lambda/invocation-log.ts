// The log of one invocation: the platform's lines around it, what the function prints, and the tail that a caller may ask
// for.
import type { OutputLine } from '#engine/engine.ts'
import type { LogStreamRef } from '#telemetry/logs.ts'
import type { Usage } from '#telemetry/usage/usage-record.ts'
import type { InstanceLogs } from './instance-logs.ts'
import { LOG_TAIL_BYTES_MAX } from './limits.ts'
import { type Came, type EndedOutcome, usageOf } from './invocation-usage.ts'
import type { InvocationFacts } from './system-log.ts'

export interface InvocationLogOptions extends InvocationFacts {
  readonly nowMs: () => number
  /** Whether the caller wants the last lines. */
  readonly tail: boolean
}

export class InvocationLog {
  readonly #logs: InstanceLogs
  readonly #options: InvocationLogOptions
  #tail = ''
  /** Kept from the start on: the instance may be gone before its last lines are written. */
  #stream: LogStreamRef | undefined

  constructor(logs: InstanceLogs, options: InvocationLogOptions) {
    this.#logs = logs
    this.#options = options
  }

  /** `initMs` for the first invocation of an instance. */
  start(instance: string, initMs?: number): void {
    if (this.#stream) return
    this.#stream = this.#logs.streamOf(instance)
    const nowMs = this.#options.nowMs()
    this.#platform(nowMs, this.#logs.system.start(nowMs, this.#options, initMs))
  }

  /** A line that the function printed. `start` was called before. */
  line(line: OutputLine): void {
    if (this.#logs.keeps(line)) this.#write(line)
  }

  /** Writes what happened, END and REPORT. Answers what was used. */
  end(outcome: EndedOutcome, errorType: string | undefined, came: Came): Usage {
    const { metering } = outcome
    this.start(metering.instance, metering.initMs)
    const nowMs = this.#options.nowMs()
    const used = usageOf(outcome, this.#options.memoryMb, came)
    this.#platform(nowMs, this.#logs.system.end(nowMs, this.#options, outcome, errorType, used))
    return used
  }

  /** The last 4 KB of this invocation's lines, base64. */
  tail(): string {
    return Buffer.from(this.#tail).subarray(-LOG_TAIL_BYTES_MAX).toString('base64')
  }

  #platform(timestampMs: number, lines: readonly string[]): void {
    for (const text of lines) this.#write({ timestampMs, text })
  }

  #write(line: OutputLine): void {
    if (this.#stream) this.#logs.writeTo(this.#stream, line)
    if (!this.#options.tail) return
    this.#tail += `${line.text}\n`
    // Cut now and then, so that a function that prints without end costs no memory.
    if (this.#tail.length > 4 * LOG_TAIL_BYTES_MAX) this.#tail = this.#tail.slice(-LOG_TAIL_BYTES_MAX)
  }
}
