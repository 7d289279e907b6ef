// Operations as the API and the code of an execution see them.
import type { ExecutionRecord, OperationRecord } from './execution-record.ts'
import type { ShownOperation } from './model.ts'

export function shownOperation(operation: OperationRecord): ShownOperation {
  const { id, type, parentId, name, subType, status, startMs, endMs } = operation
  return {
    Id: id,
    ...(parentId !== undefined && { ParentId: parentId }),
    ...(name !== undefined && { Name: name }),
    Type: type,
    ...(subType !== undefined && { SubType: subType }),
    StartTimestamp: new Date(startMs),
    ...(endMs !== undefined && { EndTimestamp: new Date(endMs) }),
    Status: status,
    ...detailsOf(operation),
  }
}

/** The operation that stands for the execution itself: the first one of every state. */
export function shownExecution({ id, name, startMs }: ExecutionRecord, input: string): ShownOperation {
  return {
    Id: id,
    Name: name,
    Type: 'EXECUTION',
    StartTimestamp: new Date(startMs),
    Status: 'STARTED',
    ExecutionDetails: { InputPayload: input },
  }
}

function detailsOf(operation: OperationRecord): Partial<ShownOperation> {
  const { type, status, result, error, attempt = 0, nextAttemptMs, scheduledEndMs, callback } = operation
  const outcome = { ...(result !== undefined && { Result: result }), ...(error !== undefined && { Error: error }) }
  switch (type) {
    case 'CONTEXT':
      return { ContextDetails: { ...(operation.replayChildren === true && { ReplayChildren: true }), ...outcome } }
    case 'STEP': {
      const next = status === 'PENDING' && nextAttemptMs !== undefined ? new Date(nextAttemptMs) : undefined
      return { StepDetails: { Attempt: attempt, ...(next && { NextAttemptTimestamp: next }), ...outcome } }
    }
    case 'WAIT':
      return {
        WaitDetails: { ...(scheduledEndMs !== undefined && { ScheduledEndTimestamp: new Date(scheduledEndMs) }) },
      }
    case 'CALLBACK':
      return { CallbackDetails: { ...(callback && { CallbackId: callback.id }), ...outcome } }
    case 'CHAINED_INVOKE':
      return { ChainedInvokeDetails: outcome }
  }
}
