// The platform's lines as text.
import type { InvocationOutcome, Metering } from '#engine/engine.ts'
import type { Usage } from '#telemetry/usage/usage-record.ts'
import type { EndedOutcome } from './invocation-usage.ts'
import type { InvocationFacts, SystemLog } from './system-log.ts'

export const TEXT_SYSTEM_LOG: SystemLog = {
  initStart: (_nowMs, { runtime }) =>
    runtime ? [`INIT_START Runtime Version: ${runtime.label}\tRuntime Version ARN: ${runtime.arn}`] : [],
  start: (_nowMs, { requestId, version }) => [`START RequestId: ${requestId} Version: ${version}`],
  end: (nowMs, facts, outcome, errorType, used) => [
    ...misfortune(nowMs, facts, outcome),
    `END RequestId: ${facts.requestId}`,
    `${report(facts, outcome, errorType, used)}${ownFigures(outcome.metering, used)}`,
  ],
}

function misfortune(
  nowMs: number,
  { requestId, timeoutMs }: InvocationFacts,
  outcome: EndedOutcome,
): readonly string[] {
  if (outcome.kind === 'timeout')
    return [`${new Date(nowMs).toISOString()} ${requestId} Task timed out after ${seconds(timeoutMs)} seconds\n`]
  if (outcome.kind === 'out-of-memory')
    return [`RequestId: ${requestId} Error: Runtime exited with error: signal: killed\nRuntime.ExitError`]
  if (outcome.kind === 'exit') return [`RequestId: ${requestId} Error: ${exitReason(outcome)}\nRuntime.ExitError`]
  return []
}

function report(
  { requestId, memoryMb }: InvocationFacts,
  outcome: EndedOutcome,
  errorType: string | undefined,
  used: Usage,
): string {
  const { metering } = outcome
  const init = metering.initMs === undefined ? '' : `Init Duration: ${metering.initMs.toFixed(2)} ms\t`
  const memory = `Memory Size: ${memoryMb} MB\tMax Memory Used: ${used.peakMemoryMb} MB`
  return `REPORT RequestId: ${requestId}\tDuration: ${metering.durationMs.toFixed(2)} ms\tBilled Duration: ${used.billedMs} ms\t${memory}\t${init}${statusOf(outcome, errorType)}`
}

/** Behind AWS's fields, in their form: whoever reads those by name still does. */
function ownFigures(metering: Metering, { waitedUs, bytesIn, bytesOut }: Usage): string {
  const cpu = metering.cpuMs === undefined ? '' : `CPU Time: ${metering.cpuMs.toFixed(2)} ms\t`
  return `${cpu}Wait Time: ${(waitedUs / 1000).toFixed(2)} ms\tBytes In: ${bytesIn}\tBytes Out: ${bytesOut}`
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
