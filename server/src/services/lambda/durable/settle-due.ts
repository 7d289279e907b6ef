// What happens to the operations of an execution by time alone: waits end, steps are ready for their next attempt,
// callbacks that nobody answered time out.
import type { ExecutionChange } from './execution-change.ts'
import type { OperationRecord } from './execution-record.ts'

/** Ends everything whose time has come. */
export async function settleDue(change: ExecutionChange): Promise<void> {
  for (const [id, untilMs] of Object.entries(change.execution.open)) {
    if (untilMs === null || untilMs > change.nowMs) continue
    const operation = await change.operation(id)
    if (operation) settle(change, operation)
  }
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
