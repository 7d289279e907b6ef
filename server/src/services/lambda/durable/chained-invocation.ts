// An execution that calls another function and waits for its answer. The call is an event, in the commit of the checkpoint
// that asks for it: it is made once that is on disk, whatever happens in between. A durable function becomes an execution
// of its own, whose end is the answer.
import { newRequestId } from '#base/ids.ts'
import type { Envelope } from '#events/envelope.ts'
import { outboxAppend } from '#events/outbox.ts'
import { functionArn } from '../function-name.ts'
import { DURABLE_PAYLOAD_BYTES_MAX } from '../limits.ts'
import { executionArn } from './execution-arn.ts'
import type { ExecutionChange } from './execution-change.ts'
import type { OperationEnding, OperationRecord } from './execution-record.ts'
import type { ErrorObject, OperationUpdate } from './model.ts'
import { boundedError } from './payload-pieces.ts'

/** Source of the envelopes that carry such calls; their payload is the input. */
export const CHAINED_SOURCE = 'mayfly.lambda.chained'

/** The data of such an envelope. */
export interface ChainedCall {
  readonly executionId: string
  readonly operationId: string
  readonly tenantId?: string
  readonly traceId?: string
  /** An alias may send a share elsewhere: it was this version that was promised. */
  readonly version: string
}

export type ChainedTarget =
  /** It cannot be called, and the operation has failed. */
  | { readonly kind: 'refused'; readonly error: ErrorObject }
  | {
      readonly kind: 'function'
      /** With the qualifier that was named. */
      readonly arn: string
      readonly functionName: string
      readonly version: string
      readonly durable: boolean
    }

/** How a call ended. */
export interface ChainedEnd {
  readonly status: OperationEnding
  readonly result?: string
  readonly error?: ErrorObject
}

/** Begins the operation, and puts the call on its way. */
export function chainedInvocation(
  change: ExecutionChange,
  update: OperationUpdate,
  operation: OperationRecord,
  target: ChainedTarget,
): void {
  const { FunctionName: functionName = '', TenantId: tenantId, XAmznTraceId } = update.ChainedInvokeOptions ?? {}
  const input = update.Payload
  const named = { functionName, ...(tenantId !== undefined && { tenantId }), ...(input !== undefined && { input }) }
  if (target.kind === 'refused') {
    const { error } = target
    change.tell('ChainedInvokeStarted', operation, named)
    change.set({ ...operation, status: 'FAILED', endMs: change.nowMs, error }, true)
    return change.tell('ChainedInvokeFailed', operation, { error })
  }
  const { execution } = change
  const traceId = XAmznTraceId ?? execution.traceId
  const id = newRequestId()
  const child = target.durable && executionArn({ ...execution, ...target, name: id, id })
  change.set(operation, true)
  change.tell('ChainedInvokeStarted', operation, {
    ...named,
    executedVersion: target.version,
    ...(child !== false && { executionArn: child }),
  })
  const { log, value } = outboxAppend({
    envelope: {
      id,
      source: CHAINED_SOURCE,
      type: 'Invoke',
      subject: functionArn({ ...execution, name: execution.functionName }),
      timeMs: change.nowMs,
      account: execution.account,
      region: execution.region,
      hops: execution.hops + 1,
      data: {
        executionId: execution.id,
        operationId: operation.id,
        version: target.version,
        ...(traceId !== undefined && { traceId }),
        ...(tenantId !== undefined && { tenantId }),
      } satisfies ChainedCall,
      payload: Buffer.from(input ?? '{}'),
    },
    destination: { target: 'lambda', arn: target.arn },
  })
  change.transaction.append(log, value)
}

/** Undefined for envelopes of other sources. */
export function chainedCallIn({ source, data }: Pick<Envelope, 'source' | 'data'>): ChainedCall | undefined {
  // Only chainedInvocation makes envelopes of this source.
  return source === CHAINED_SOURCE ? (data as ChainedCall) : undefined
}

const EVENTS = {
  SUCCEEDED: 'ChainedInvokeSucceeded',
  FAILED: 'ChainedInvokeFailed',
  TIMED_OUT: 'ChainedInvokeTimedOut',
  STOPPED: 'ChainedInvokeStopped',
} as const

/** Ends the operation, unless it, or its execution, is over. */
export async function endChained(change: ExecutionChange, operationId: string, end: ChainedEnd): Promise<void> {
  const operation = await change.operation(operationId)
  if (change.execution.status !== 'RUNNING' || operation?.status !== 'STARTED') return
  const { status, result, error } = bounded(end)
  const said = { ...(result !== undefined && { result }), ...(error !== undefined && { error }) }
  change.set({ ...operation, ...said, status, endMs: change.nowMs }, false)
  change.tell(EVENTS[status === 'CANCELLED' ? 'STOPPED' : status], operation, said)
}

function bounded(end: ChainedEnd): ChainedEnd {
  if (end.error !== undefined) return { ...end, error: boundedError(end.error) }
  if (end.result === undefined || Buffer.byteLength(end.result) <= DURABLE_PAYLOAD_BYTES_MAX) return end
  const message = `CHAINED_INVOKE output payload size must be less than or equal to ${DURABLE_PAYLOAD_BYTES_MAX} bytes.`
  return { status: 'FAILED', error: { ErrorMessage: message } }
}

/** The end of a call that took too long. */
export function chainedTimeout(seconds: number): ChainedEnd {
  return {
    status: 'TIMED_OUT',
    error: {
      ErrorType: 'ChainedInvoke.Timeout',
      ErrorMessage: `CHAINED_INVOKE timed out after ${seconds} seconds.`,
    },
  }
}
