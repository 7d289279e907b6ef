// What follows from the end of an invocation: the execution is over, waits, or is run again a while later.
import type { Random } from '#base/ids.ts'
import {
  DURABLE_IDLE_PENDING_MAX,
  DURABLE_PAYLOAD_BYTES_MAX,
  DURABLE_RETRY_MS_MAX,
  DURABLE_RETRY_MS_MIN,
} from '../limits.ts'
import { endExecution } from './end-execution.ts'
import { versionArn } from './execution-arn.ts'
import type { ExecutionChange } from './execution-change.ts'
import type { ExecutionKey, ExecutionRecord } from './execution-record.ts'
import type { InvocationOutcome } from './invocation-outcome.ts'
import { boundedError, type StoredEnd } from './payload-pieces.ts'

/** What was written; undefined where somebody had ended the execution meanwhile. */
export async function settleInvocation(
  change: ExecutionChange,
  invocation: NonNullable<ExecutionRecord['invocation']>,
  outcome: InvocationOutcome,
  random: Random,
): Promise<{ readonly execution: ExecutionRecord; readonly parent: ExecutionKey | undefined } | undefined> {
  const { execution, nowMs } = change
  const isCurrent = execution.status === 'RUNNING' && execution.invocation?.id === invocation.id
  if (outcome.kind !== 'throttled' && outcome.kind !== 'gone')
    change.tell('InvocationCompleted', undefined, {
      startMs: invocation.startMs,
      endMs: nowMs,
      requestId: invocation.id,
      ...(outcome.kind === 'failed' && { error: boundedError(outcome.error) }),
    })
  if (!isCurrent) {
    await change.write()
    return undefined
  }
  delete execution.invocation
  delete execution.token
  const parent = await proceed(change, outcome, random)
  return { execution: await change.write(), parent }
}

async function proceed(
  change: ExecutionChange,
  outcome: InvocationOutcome,
  random: Random,
): Promise<ExecutionKey | undefined> {
  const { execution } = change
  switch (outcome.kind) {
    case 'over': {
      const fault = endFault(execution, outcome.end)
      return endExecution(change, fault ? 'FAILED' : outcome.status, fault ?? outcome.end)
    }
    case 'invalid':
      return endExecution(change, 'FAILED', { error: outcome.error })
    case 'gone':
      return endExecution(change, 'FAILED', { error: goneError(execution) })
    case 'pending':
      if (Object.keys(execution.open).length > 0 || execution.unseen.length > 0) {
        execution.failures = 0
        return undefined
      }
      // What it waited for may have come while it said so: a replay finds out.
      if (execution.failures + 1 >= DURABLE_IDLE_PENDING_MAX)
        return endExecution(change, 'FAILED', { error: IDLE_PENDING })
      return runAgain(change, random)
    case 'failed':
      // Each counts as an operation: even code that never works comes to an end.
      if (!change.takes(JSON.stringify(outcome.error).length))
        return endExecution(change, 'FAILED', { error: outcome.error })
      return runAgain(change, random)
    case 'throttled':
      return runAgain(change, random)
  }
}

/** Later each time, and spread. */
function runAgain({ execution, nowMs }: ExecutionChange, random: Random): undefined {
  const doublings = Math.min(execution.failures++, 20)
  const delayMs = Math.min(DURABLE_RETRY_MS_MAX, DURABLE_RETRY_MS_MIN * 2 ** doublings)
  execution.retryMs = Math.round(nowMs + delayMs * (0.75 + random() / 2))
}

const IDLE_PENDING = {
  ErrorType: 'InvalidParameterValueException',
  ErrorMessage: 'Cannot return PENDING status with no pending operations.',
}

export function goneError(execution: ExecutionRecord): NonNullable<StoredEnd['error']> {
  return { ErrorType: 'ResourceNotFoundException', ErrorMessage: `Function not found: ${versionArn(execution)}` }
}

/**
 * Where nobody waits at the door for it, an answer is as large as that of an operation. Undefined when it is small enough.
 */
export function endFault({ parent, unattended }: ExecutionRecord, { result }: StoredEnd): StoredEnd | undefined {
  if (result === undefined || (parent === undefined && unattended !== true)) return undefined
  if (Buffer.byteLength(result) <= DURABLE_PAYLOAD_BYTES_MAX) return undefined
  const ErrorMessage = `Execution output payload size must be less than or equal to ${DURABLE_PAYLOAD_BYTES_MAX} bytes.`
  return { error: { ErrorMessage } }
}
