// What the platform writes into the log of a function: INIT_START, START, END and REPORT as text, or as the events of the
// Telemetry API in JSON, of which the function's SystemLogLevel lets some through. Source: developer guide, "Configuring JSON
// and plain text log formats" and "Log-level filtering", table of system events.
import type { Usage } from '#telemetry/usage/usage-record.ts'
import type { EndedOutcome } from './invocation-usage.ts'

/** From the most to the least detail. */
export const SYSTEM_LEVELS = ['DEBUG', 'INFO', 'WARN'] as const
export type SystemLevel = (typeof SYSTEM_LEVELS)[number]

export interface InvocationFacts {
  readonly requestId: string
  /** For whom it runs. */
  readonly tenantId: string | undefined
  readonly version: string
  readonly memoryMb: number
  readonly timeoutMs: number
}

export interface InitFacts {
  readonly functionName: string
  readonly functionVersion: string
  /** None for a container image. */
  readonly runtime?: { readonly label: string; readonly arn: string }
}

/** The lines for each moment, in their order, without newlines at their ends. */
export interface SystemLog {
  initStart(nowMs: number, facts: InitFacts): readonly string[]
  /** `initMs` for the first invocation of an instance. */
  start(nowMs: number, facts: InvocationFacts, initMs: number | undefined): readonly string[]
  /** `errorType` when it failed. */
  end(
    nowMs: number,
    facts: InvocationFacts,
    outcome: EndedOutcome,
    errorType: string | undefined,
    used: Usage,
  ): readonly string[]
}

const INIT = { initializationType: 'on-demand', phase: 'init' }

/** The events of JSON logs, from `least` on. */
export function jsonSystemLog(least: SystemLevel): SystemLog {
  const lines = (nowMs: number, ...events: readonly (readonly [SystemLevel, string, object])[]): readonly string[] =>
    events
      .filter(([level]) => SYSTEM_LEVELS.indexOf(level) >= SYSTEM_LEVELS.indexOf(least))
      .map(([, type, record]) => JSON.stringify({ time: new Date(nowMs).toISOString(), type, record }))
  return {
    initStart: (nowMs, { runtime, ...facts }) =>
      lines(nowMs, [
        'INFO',
        'platform.initStart',
        { ...INIT, ...(runtime && { runtimeVersion: runtime.label, runtimeVersionArn: runtime.arn }), ...facts },
      ]),
    start(nowMs, { requestId, tenantId, version }, initMs) {
      const init: readonly (readonly [SystemLevel, string, object])[] =
        initMs === undefined
          ? []
          : [
              ['DEBUG', 'platform.initRuntimeDone', { ...INIT, status: 'success' }],
              [
                'DEBUG',
                'platform.initReport',
                { ...INIT, status: 'success', metrics: { durationMs: rounded(initMs) } },
              ],
            ]
      return lines(nowMs, ...init, ['INFO', 'platform.start', { requestId, version, tenantId }])
    },
    end(nowMs, { requestId, tenantId, memoryMb }, outcome, errorType, used) {
      const { metering } = outcome
      const status = statusOf(outcome)
      const error = { status, ...(errorType !== undefined && { errorType }) }
      const metrics = {
        durationMs: rounded(metering.durationMs),
        billedDurationMs: used.billedMs,
        memorySizeMB: memoryMb,
        maxMemoryUsedMB: used.peakMemoryMb,
        ...(metering.initMs !== undefined && { initDurationMs: rounded(metering.initMs) }),
      }
      const durationMs = rounded(metering.durationMs)
      // Beside AWS's fields, as in the text form.
      const mayfly = {
        ...(metering.cpuMs !== undefined && { cpuTimeMs: rounded(metering.cpuMs) }),
        waitTimeMs: used.waitedUs / 1000,
        bytesIn: used.bytesIn,
        bytesOut: used.bytesOut,
      }
      return lines(
        nowMs,
        [
          status === 'success' ? 'DEBUG' : 'WARN',
          'platform.runtimeDone',
          { requestId, ...error, metrics: { durationMs } },
        ],
        [status === 'success' ? 'INFO' : 'WARN', 'platform.report', { requestId, ...error, metrics, tenantId, mayfly }],
      )
    },
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

function statusOf({ kind }: EndedOutcome): 'success' | 'error' | 'failure' | 'timeout' {
  if (kind === 'result') return 'success'
  if (kind === 'timeout') return 'timeout'
  return kind === 'error' || kind === 'too-large' ? 'error' : 'failure'
}
