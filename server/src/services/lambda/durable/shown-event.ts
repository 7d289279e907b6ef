// Events of an execution's history as the API shows them.
import type { EventRecord } from './execution-record.ts'
import type { ErrorObject, EventDetails, EventType, ShownEvent } from './model.ts'

/** `withData`: inputs, results and errors, too. */
export function shownEvent(
  { type, timeMs, operation, details }: EventRecord,
  number: number,
  withData: boolean,
): ShownEvent {
  const { name, parentId, subType } = operation ?? {}
  const whole = withData ? details : withoutData(details)
  return {
    EventType: type,
    EventId: number,
    EventTimestamp: new Date(timeMs),
    ...(operation && { Id: operation.id }),
    ...(name !== undefined && { Name: name }),
    ...(parentId !== undefined && { ParentId: parentId }),
    ...(subType !== undefined && { SubType: subType }),
    [`${type}Details`]: SHOWN[type](whole),
  }
}

function withoutData({ input: _input, result: _result, error, ...rest }: EventDetails): EventDetails {
  return { ...rest, ...(error && { error: {} }) }
}

const errorOf = ({ error }: EventDetails) => ({ Error: shownError(error) })
const resultOf = ({ result, truncated }: EventDetails) => ({
  Result: { ...(result !== undefined && { Payload: result }), Truncated: truncated === true },
})
const inputOf = ({ input, truncated }: EventDetails) => ({
  ...(input !== undefined && { Payload: input }),
  Truncated: truncated === true,
})
const nothing = () => ({})
const retryOf = ({ attempt, nextAttemptDelayS }: EventDetails) => ({
  RetryDetails: {
    ...(attempt !== undefined && { CurrentAttempt: attempt }),
    ...(nextAttemptDelayS !== undefined && { NextAttemptDelaySeconds: nextAttemptDelayS }),
  },
})

function shownError(error: ErrorObject | undefined): object {
  return { ...(error && Object.keys(error).length > 0 && { Payload: error }), Truncated: false }
}

/** The member that has the details of each type. */
const SHOWN: Readonly<Record<EventType, (details: EventDetails) => object>> = {
  CallbackFailed: errorOf,
  CallbackStarted: ({ callbackId, timeoutS, heartbeatS }) => ({
    CallbackId: callbackId,
    ...(timeoutS !== undefined && { Timeout: timeoutS }),
    ...(heartbeatS !== undefined && { HeartbeatTimeout: heartbeatS }),
  }),
  CallbackSucceeded: resultOf,
  CallbackTimedOut: errorOf,
  ChainedInvokeFailed: errorOf,
  ChainedInvokeStarted: (details) => ({
    FunctionName: details.functionName,
    ...(details.tenantId !== undefined && { TenantId: details.tenantId }),
    Input: inputOf(details),
    ...(details.executedVersion !== undefined && { ExecutedVersion: details.executedVersion }),
    ...(details.executionArn !== undefined && { DurableExecutionArn: details.executionArn }),
  }),
  ChainedInvokeStopped: errorOf,
  ChainedInvokeSucceeded: resultOf,
  ChainedInvokeTimedOut: errorOf,
  ContextFailed: errorOf,
  ContextStarted: nothing,
  ContextSucceeded: resultOf,
  ExecutionFailed: errorOf,
  ExecutionStarted: (details) => ({ Input: inputOf(details), ExecutionTimeout: details.executionTimeoutS }),
  ExecutionStopped: errorOf,
  ExecutionSucceeded: resultOf,
  ExecutionTimedOut: errorOf,
  InvocationCompleted: ({ startMs = 0, endMs = 0, requestId, error }) => ({
    StartTimestamp: new Date(startMs),
    EndTimestamp: new Date(endMs),
    RequestId: requestId,
    ...(error && { Error: shownError(error) }),
  }),
  StepFailed: (details) => ({ ...errorOf(details), ...retryOf(details) }),
  StepStarted: nothing,
  StepSucceeded: (details) => ({ ...resultOf(details), ...retryOf(details) }),
  WaitCancelled: ({ error }) => ({ ...(error && { Error: shownError(error) }) }),
  WaitStarted: ({ waitS, scheduledEndMs = 0 }) => ({
    Duration: waitS,
    ScheduledEndTimestamp: new Date(scheduledEndMs),
  }),
  WaitSucceeded: ({ waitS }) => ({ ...(waitS !== undefined && { Duration: waitS }) }),
}
