// The lines that the platform writes around an invocation, as AWS writes them in text format, and the tail that a caller
// may ask for.
import type { InvocationOutcome, Metering, OutputLine } from '#engine/engine.ts'
import type { LogStreamRef } from '#telemetry/logs.ts'
import type { Usage } from '#telemetry/usage/usage-record.ts'
import type { InstanceLogs } from './instance-logs.ts'
import { LOG_TAIL_BYTES_MAX } from './limits.ts'

export interface InvocationLogOptions {
  readonly requestId: string
  readonly version: string
  readonly memoryMb: number
  readonly timeoutMs: number
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

  start(instance: string): void {
    if (this.#stream) return
    this.#stream = this.#logs.streamOf(instance)
    this.#platform(`START RequestId: ${this.#options.requestId} Version: ${this.#options.version}`)
  }

  /** A line that the function printed. `start` was called before. */
  line(line: OutputLine): void {
    if (this.#stream) this.#logs.writeTo(this.#stream, line)
    if (!this.#options.tail) return
    this.#tail += `${line.text}\n`
    // Cut now and then, so that a function that prints without end costs no memory.
    if (this.#tail.length > 4 * LOG_TAIL_BYTES_MAX) this.#tail = this.#tail.slice(-LOG_TAIL_BYTES_MAX)
  }

  /** Writes what happened, END and REPORT. Answers what was used. */
  end(
    outcome: Ended,
    errorType: string | undefined,
    came: { readonly waitedMs: number; readonly bytesIn: number },
  ): Usage {
    const { metering } = outcome
    this.start(metering.instance)
    const misfortune = this.#misfortune(outcome)
    if (misfortune !== undefined) this.#platform(misfortune)
    this.#platform(`END RequestId: ${this.#options.requestId}`)
    const used = usageOf(outcome, this.#options.memoryMb, came)
    this.#platform(
      `${this.#report(metering, used.billedMs, statusOf(outcome, errorType))}${ownFigures(metering, used)}`,
    )
    return used
  }

  /** The last 4 KB of this invocation's lines, base64. */
  tail(): string {
    return Buffer.from(this.#tail).subarray(-LOG_TAIL_BYTES_MAX).toString('base64')
  }

  #platform(text: string): void {
    this.line({ timestampMs: this.#options.nowMs(), text })
  }

  #misfortune(outcome: InvocationOutcome): string | undefined {
    const { requestId, timeoutMs, nowMs } = this.#options
    if (outcome.kind === 'timeout')
      return `${new Date(nowMs()).toISOString()} ${requestId} Task timed out after ${seconds(timeoutMs)} seconds\n`
    if (outcome.kind === 'out-of-memory')
      return `RequestId: ${requestId} Error: Runtime exited with error: signal: killed\nRuntime.ExitError`
    if (outcome.kind === 'exit') return `RequestId: ${requestId} Error: ${exitReason(outcome)}\nRuntime.ExitError`
    return undefined
  }

  #report(metering: Metering, billedMs: number, status: string): string {
    const { requestId, memoryMb } = this.#options
    const init = metering.initMs === undefined ? '' : `Init Duration: ${metering.initMs.toFixed(2)} ms\t`
    const memory = `Memory Size: ${memoryMb} MB\tMax Memory Used: ${Math.min(memoryMb, Math.ceil(metering.peakMemoryMb))} MB`
    return `REPORT RequestId: ${requestId}\tDuration: ${metering.durationMs.toFixed(2)} ms\tBilled Duration: ${billedMs} ms\t${memory}\t${init}${status}`
  }
}

type Ended = Exclude<InvocationOutcome, { readonly kind: 'throttled' }>

function usageOf(
  outcome: Ended,
  memoryMb: number,
  { waitedMs, bytesIn }: { readonly waitedMs: number; readonly bytesIn: number },
): Usage {
  const { metering } = outcome
  const billedMs = billedMilliseconds(metering)
  return {
    invocations: 1,
    errors: outcome.kind === 'result' ? 0 : 1,
    throttled: 0,
    billedMs,
    billedMbMs: billedMs * memoryMb,
    initUs: Math.round((metering.initMs ?? 0) * 1000),
    cpuUs: Math.round((metering.cpuMs ?? 0) * 1000),
    waitedUs: Math.round(waitedMs * 1000),
    peakMemoryMb: Math.min(memoryMb, Math.ceil(metering.peakMemoryMb)),
    bytesIn,
    bytesOut: bytesOutOf(outcome),
    sentBytes: metering.sentBytes,
    receivedBytes: metering.receivedBytes,
  }
}

function bytesOutOf(outcome: Ended): number {
  if (outcome.kind === 'result') return outcome.streamedBytes ?? outcome.payload.length
  return 'payload' in outcome ? outcome.payload.length : 0
}

/** Behind AWS's fields, in their form: whoever reads those by name still does. */
function ownFigures(metering: Metering, { waitedUs, bytesIn, bytesOut }: Usage): string {
  const cpu = metering.cpuMs === undefined ? '' : `CPU Time: ${metering.cpuMs.toFixed(2)} ms\t`
  return `${cpu}Wait Time: ${(waitedUs / 1000).toFixed(2)} ms\tBytes In: ${bytesIn}\tBytes Out: ${bytesOut}`
}

/** Since August 2025 AWS bills the init phase as well; each started millisecond counts. */
export function billedMilliseconds(metering: Metering): number {
  return Math.max(1, Math.ceil(metering.durationMs + (metering.initMs ?? 0)))
}

/** `3.00`, as AWS writes a timeout. */
export function seconds(timeoutMs: number): string {
  return (timeoutMs / 1000).toFixed(2)
}

const SIGNAL_TEXTS: Readonly<Record<string, string>> = {
  SIGABRT: 'aborted',
  SIGBUS: 'bus error',
  SIGFPE: 'floating point exception',
  SIGHUP: 'hangup',
  SIGILL: 'illegal instruction',
  SIGINT: 'interrupt',
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGSYS: 'bad system call',
  SIGTERM: 'terminated',
  SIGTRAP: 'trace/breakpoint trap',
}

/** How AWS names the end of a runtime process. */
export function exitReason({ code, signal }: { readonly code: number | null; readonly signal: string | null }): string {
  if (signal !== null) return `Runtime exited with error: signal: ${SIGNAL_TEXTS[signal] ?? signal}`
  if (code === null || code === 0) return 'Runtime exited without providing a reason'
  return `Runtime exited with error: exit status ${code}`
}

function statusOf(outcome: InvocationOutcome, errorType: string | undefined): string {
  if (outcome.kind === 'timeout') return 'Status: timeout\t'
  const broke = outcome.kind === 'exit' || outcome.kind === 'out-of-memory' || outcome.kind === 'init-error'
  return broke && errorType !== undefined ? `Status: error\tError Type: ${errorType}\t` : ''
}
