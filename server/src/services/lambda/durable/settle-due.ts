// What happens to the operations of an execution by time alone: waits end, steps are ready for their next attempt,
// callbacks that nobody answered time out.
import { DURABLE_SETTLED_MAX } from '../limits.ts'
import type { ExecutionChange } from './execution-change.ts'
import type { OperationRecord } from './execution-record.ts'

/** Ends what has come to its time, as much of it as a commit holds. */
export async function settleDue(change: ExecutionChange): Promise<void> {
  const due = Object.entries(change.execution.open).filter(([, untilMs]) => isDue(change, untilMs))
  for (const [id] of due.slice(0, DURABLE_SETTLED_MAX)) await settleIfDue(change, id)
}

/** The same for one operation. */
export async function settleIfDue(change: ExecutionChange, id: string): Promise<void> {
  if (!isDue(change, change.execution.open[id] ?? null)) return
  const operation = await change.operation(id)
  if (operation) settle(change, operation)
}

function isDue({ nowMs }: ExecutionChange, untilMs: number | null): boolean {
  return untilMs !== null && untilMs <= nowMs
}

function settle(change: ExecutionChange, operation: OperationRecord): void {
  const { nowMs } = change
  if (operation.type === 'STEP') return change.set({ ...operation, status: 'READY' }, false)
  if (operation.type === 'WAIT') {
    change.set({ ...operation, status: 'SUCCEEDED', endMs: nowMs }, false)
    const { waitS } = operation
    return change.tell('WaitSucceeded', operation, { ...(waitS !== undefined && { waitS }) })
  }
  const late = (operation.callback?.timeoutMs ?? Infinity) <= nowMs
  const error = late
    ? { ErrorType: 'Callback.Timeout', ErrorMessage: 'Callback timed out' }
    : { ErrorType: 'Callback.Heartbeat', ErrorMessage: 'Callback timed out on heartbeat' }
  change.set({ ...operation, status: 'TIMED_OUT', endMs: nowMs, error }, false)
  change.tell('CallbackTimedOut', operation, { error })
}
