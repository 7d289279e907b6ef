// What an invocation used, of what is billed and what is told.
import type { InvocationOutcome, Metering } from '#engine/engine.ts'
import type { Usage } from '#telemetry/usage/usage-record.ts'

export type EndedOutcome = Exclude<InvocationOutcome, { readonly kind: 'throttled' }>

/** `waitedMs`: before it began, its init not counted; `bytesIn`: of its payload. */
export function usageOf(outcome: EndedOutcome, memoryMb: number, waitedMs: number, bytesIn: number): Usage {
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

function bytesOutOf(outcome: EndedOutcome): number {
  if (outcome.kind === 'result') return outcome.streamedBytes ?? outcome.payload.length
  return 'payload' in outcome ? outcome.payload.length : 0
}

/** Since August 2025 AWS bills the init phase as well; each started millisecond counts. */
export function billedMilliseconds(metering: Metering): number {
  return Math.max(1, Math.ceil(metering.durationMs + (metering.initMs ?? 0)))
}
