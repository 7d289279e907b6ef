// The shapes of the API that are stored as they are.
import type { LambdaInput, LambdaOutput } from '../model.ts'

export type OperationUpdate = NonNullable<LambdaInput<'CheckpointDurableExecution'>['Updates']>[number]
export type ShownOperation = NonNullable<LambdaOutput<'GetDurableExecutionState'>['Operations']>[number]
export type ShownEvent = NonNullable<LambdaOutput<'GetDurableExecutionHistory'>['Events']>[number]
export type EventType = NonNullable<ShownEvent['EventType']>
export type ErrorObject = NonNullable<LambdaInput<'StopDurableExecution'>['Error']>

/** The member of an event that tells more, as the API has it but with times in milliseconds. */
export interface EventDetails {
  readonly input?: string
  /** The input or the result is longer than what stands here. */
  readonly truncated?: true
  readonly result?: string
  readonly error?: ErrorObject
  readonly executionTimeoutS?: number
  /** Of a wait, in seconds. */
  readonly waitS?: number
  readonly scheduledEndMs?: number
  readonly attempt?: number
  readonly nextAttemptDelayS?: number
  readonly callbackId?: string
  readonly timeoutS?: number
  readonly heartbeatS?: number
  readonly functionName?: string
  readonly tenantId?: string
  readonly executedVersion?: string
  readonly executionArn?: string
  readonly startMs?: number
  readonly endMs?: number
  readonly requestId?: string
}
