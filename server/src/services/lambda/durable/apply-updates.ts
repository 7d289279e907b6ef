// A checkpoint: what the code of an execution says of its operations, applied to them.
import { invalidParameter } from '../errors.ts'
import { callbackIdOf } from './callback-id.ts'
import { type ChainedTarget, chainedInvocation } from './chained-invocation.ts'
import { checkUpdate, checkUpdates } from './checkpoint-rules.ts'
import { executionArn } from './execution-arn.ts'
import type { ExecutionChange } from './execution-change.ts'
import type { OperationRecord, OperationType } from './execution-record.ts'
import type { ErrorObject, OperationUpdate } from './model.ts'

/** How the code says that its execution is over; undefined when it does not. */
export type SaidEnd = { readonly result: string | undefined } | { readonly error: ErrorObject | undefined } | undefined

/**
 * `targets`: what the functions that are to be called are, by the id of the operation. Throws
 * InvalidParameterValueException, and nothing may be written then.
 */
export async function applyUpdates(
  change: ExecutionChange,
  updates: readonly OperationUpdate[],
  targets: ReadonlyMap<string, ChainedTarget>,
): Promise<SaidEnd> {
  await checkUpdates(change, updates)
  for (const update of updates) {
    const operation = update.Type === 'EXECUTION' ? undefined : await change.operation(update.Id ?? '')
    checkUpdate(update, operation)
    change.count(updateBytes(update))
    if (update.Type === 'EXECUTION')
      return update.Action === 'SUCCEED' ? { result: update.Payload } : { error: update.Error }
    apply(change, update, operation ?? begun(change, update), targets)
  }
  return undefined
}

/** Of what it brings: a result or an error. */
export function updateBytes({ Payload: payload, Error: error }: OperationUpdate): number {
  return (payload === undefined ? 0 : Buffer.byteLength(payload)) + (error ? JSON.stringify(error).length : 0)
}

/** An operation that nothing was said of before. */
function begun(change: ExecutionChange, update: OperationUpdate): OperationRecord {
  const { ParentId: parentId, Name: name, SubType: subType } = update
  return {
    id: update.Id ?? '',
    order: change.nextOrder(),
    // An update of the execution itself never comes here.
    type: update.Type as OperationType,
    ...(parentId !== undefined && { parentId }),
    ...(name !== undefined && { name }),
    ...(subType !== undefined && { subType }),
    status: 'STARTED',
    startMs: change.nowMs,
  }
}

function apply(
  change: ExecutionChange,
  update: OperationUpdate,
  operation: OperationRecord,
  targets: ReadonlyMap<string, ChainedTarget>,
): void {
  switch (operation.type) {
    case 'STEP':
      return applyToStep(change, update, operation)
    case 'CONTEXT':
      return applyToContext(change, update, operation)
    case 'WAIT':
      return applyToWait(change, update, operation)
    case 'CALLBACK':
      return startCallback(change, update, operation)
    case 'CHAINED_INVOKE': {
      const target = targets.get(operation.id)
      if (target === undefined) throw invalidParameter(`No function for operation ${operation.id}.`)
      return chainedInvocation(change, update, operation, target)
    }
  }
}

function applyToStep(change: ExecutionChange, update: OperationUpdate, operation: OperationRecord): void {
  const { result: _result, error: _error, nextAttemptMs: _next, ...step } = operation
  const { Payload: result, Error: error } = update
  const attempt = (operation.attempt ?? 0) + 1
  const said = { ...(result !== undefined && { result }), ...(error !== undefined && { error }) }
  switch (update.Action) {
    case 'START':
      // What the attempt before said stays: a step that polls goes on from it.
      change.set({ ...operation, status: 'STARTED', attempt: operation.attempt ?? 0 }, true)
      return change.tell('StepStarted', operation)
    case 'RETRY': {
      const delayS = update.StepOptions?.NextAttemptDelaySeconds ?? 0
      change.set({ ...step, ...said, status: 'PENDING', attempt, nextAttemptMs: change.nowMs + delayS * 1000 }, true)
      const details = { ...said, attempt, nextAttemptDelayS: delayS }
      return change.tell(error === undefined ? 'StepSucceeded' : 'StepFailed', operation, details)
    }
    case 'SUCCEED':
      change.set({ ...step, ...said, status: 'SUCCEEDED', attempt, endMs: change.nowMs }, true)
      return change.tell('StepSucceeded', operation, { ...said, attempt })
    default:
      change.set({ ...step, ...said, status: 'FAILED', attempt, endMs: change.nowMs }, true)
      return change.tell('StepFailed', operation, { error: {}, ...said, attempt })
  }
}

function applyToContext(change: ExecutionChange, update: OperationUpdate, operation: OperationRecord): void {
  if (update.Action === 'START') {
    change.set(operation, true)
    return change.tell('ContextStarted', operation)
  }
  const { Payload: result, Error: error } = update
  const said = { ...(result !== undefined && { result }), ...(error !== undefined && { error }) }
  const succeeded = update.Action === 'SUCCEED'
  change.set(
    {
      ...operation,
      ...said,
      status: succeeded ? 'SUCCEEDED' : 'FAILED',
      endMs: change.nowMs,
      ...(update.ContextOptions?.ReplayChildren === true && { replayChildren: true }),
    },
    true,
  )
  change.tell(succeeded ? 'ContextSucceeded' : 'ContextFailed', operation, {
    ...(!succeeded && { error: {} }),
    ...said,
  })
}

function applyToWait(change: ExecutionChange, update: OperationUpdate, operation: OperationRecord): void {
  if (update.Action === 'CANCEL') {
    change.set({ ...operation, status: 'CANCELLED', endMs: change.nowMs }, true)
    return change.tell('WaitCancelled', operation)
  }
  const waitS = update.WaitOptions?.WaitSeconds ?? 0
  const scheduledEndMs = change.nowMs + waitS * 1000
  change.set({ ...operation, waitS, scheduledEndMs }, true)
  change.tell('WaitStarted', operation, { waitS, scheduledEndMs })
}

function startCallback(change: ExecutionChange, update: OperationUpdate, operation: OperationRecord): void {
  // 0 stands for no limit.
  const timeoutS = update.CallbackOptions?.TimeoutSeconds || undefined
  const heartbeatS = update.CallbackOptions?.HeartbeatTimeoutSeconds || undefined
  const id = callbackIdOf(executionArn(change.execution), operation.id)
  const callback = {
    id,
    ...(timeoutS !== undefined && { timeoutMs: change.nowMs + timeoutS * 1000 }),
    ...(heartbeatS !== undefined && { heartbeatS, heartbeatMs: change.nowMs + heartbeatS * 1000 }),
  }
  change.set({ ...operation, callback }, true)
  change.tell('CallbackStarted', operation, {
    callbackId: id,
    ...(timeoutS !== undefined && { timeoutS }),
    ...(heartbeatS !== undefined && { heartbeatS }),
  })
}
