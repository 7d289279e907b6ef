// The log of one invocation: the platform's lines around it, what the function prints, and the tail that a caller may ask
// for.
import type { Clock } from '#base/clock.ts'
import type { OutputLine } from '#engine/engine.ts'
import type { LogStreamRef } from '#telemetry/logs.ts'
import type { Usage } from '#telemetry/usage/usage-record.ts'
import type { DeployedVersion } from './deployed-versions.ts'
import type { InstanceLogs } from './instance-logs.ts'
import { LOG_TAIL_BYTES_MAX } from './limits.ts'
import type { EndedOutcome } from './invocation-usage.ts'
import type { InvocationFacts } from './system-log.ts'

export class InvocationLog implements InvocationFacts {
  readonly requestId: string
  readonly tenantId: string | undefined
  readonly version: string
  readonly memoryMb: number
  readonly timeoutMs: number
  readonly #logs: InstanceLogs
  readonly #clock: Clock
  /** Whether the caller wants the last lines. */
  readonly #tails: boolean
  #tail = ''
  /** Kept from the start on: the instance may be gone before its last lines are written. */
  #stream: LogStreamRef | undefined

  /** `tail`: whether the caller wants the last lines. */
  constructor(
    { logs, record, runnable }: Pick<DeployedVersion, 'logs' | 'record' | 'runnable'>,
    {
      requestId,
      tail,
      tenantId,
    }: { readonly requestId: string; readonly tail: boolean; readonly tenantId: string | undefined },
    clock: Clock,
  ) {
    this.requestId = requestId
    this.tenantId = tenantId
    this.version = record.version
    this.memoryMb = record.memoryMb
    this.timeoutMs = runnable.timeoutMs
    this.#logs = logs
    this.#clock = clock
    this.#tails = tail
  }

  /** `initMs` for the first invocation of an instance. */
  start(instance: string, initMs?: number): void {
    if (this.#stream) return
    this.#stream = this.#logs.streamOf(instance)
    const nowMs = this.#clock.nowMs()
    this.#platform(nowMs, false, () => this.#logs.system.start(nowMs, this, initMs))
  }

  /** A line that the function printed. `start` was called before. */
  line(line: OutputLine): void {
    if (this.#logs.keeps(line)) this.#write(line.timestampMs, line.text)
  }

  /** Writes what happened, END and REPORT. */
  end(outcome: EndedOutcome, errorType: string | undefined, used: Usage): void {
    const { metering } = outcome
    this.start(metering.instance, metering.initMs)
    const nowMs = this.#clock.nowMs()
    this.#platform(nowMs, true, () => this.#logs.system.end(nowMs, this, outcome, errorType, used))
  }

  /** The last 4 KB of this invocation's lines, base64. */
  tail(): string {
    return Buffer.from(this.#tail).subarray(-LOG_TAIL_BYTES_MAX).toString('base64')
  }

  /** Nobody waits for these lines, unless for their tail: an answer need not either. */
  #platform(timestampMs: number, last: boolean, lines: () => readonly string[]): void {
    const write = (): void => {
      for (const text of lines()) this.#write(timestampMs, text)
    }
    if (this.#tails) write()
    else this.#logs.later(write, last)
  }

  #write(timestampMs: number, text: string | Buffer): void {
    if (this.#stream) this.#logs.writeTo(this.#stream, timestampMs, text)
    if (!this.#tails) return
    this.#tail += `${text.toString()}\n`
    // Cut now and then, so that a function that prints without end costs no memory.
    if (this.#tail.length > 4 * LOG_TAIL_BYTES_MAX) this.#tail = this.#tail.slice(-LOG_TAIL_BYTES_MAX)
  }
}
