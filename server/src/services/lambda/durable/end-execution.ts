// The end of an execution, in one commit with everything that follows from it: who waits for it is told, be it another
// execution, the default event bus, or the dead-letter queue of the function.
import { newRequestId } from '#base/ids.ts'
import { type OutboxRecord, outboxAppend } from '#events/outbox.ts'
import { findVersion } from '../deployed-versions.ts'
import { functionArn } from '../function-name.ts'
import { deadLetterFor } from '../invocation-record.ts'
import { type ChainedEnd, chainedTimeout, endChained } from './chained-invocation.ts'
import { executionArn, versionArn } from './execution-arn.ts'
import { ExecutionChange } from './execution-change.ts'
import type { ExecutionEnding, ExecutionKey, ExecutionRecord } from './execution-record.ts'
import type { ErrorObject } from './model.ts'
import { boundedError, inEvent, payloadOf, setPayload, type StoredEnd } from './payload-pieces.ts'

/** Source of the events that the default event bus gets; their payload is the document. */
export const STATUS_SOURCE = 'mayfly.lambda.execution'

const EVENTS = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  STOPPED: 'ExecutionStopped',
} as const

/** Ends what runs. Answers the key of the execution that waits for it, which has something to do now. */
export async function endExecution(
  change: ExecutionChange,
  status: ExecutionEnding,
  said: StoredEnd,
): Promise<ExecutionKey | undefined> {
  const end = said.error === undefined ? said : { error: boundedError(said.error) }
  const { execution, transaction, nowMs } = change
  execution.status = status
  execution.endMs = nowMs
  execution.open = {}
  execution.unseen = []
  delete execution.token
  delete execution.invocation
  await setPayload(transaction, execution.id, 'end', Buffer.from(JSON.stringify(end)))
  const shown = end.result === undefined ? {} : inEvent('result', end.result)
  change.tell(EVENTS[status], execution, status === 'SUCCEEDED' ? shown : { error: end.error ?? {} })
  tellBus(change)
  if (execution.unattended === true && status !== 'SUCCEEDED') await tellDeadLetters(change, end.error)
  return execution.parent && endInParent(change, execution.parent, end)
}

/** An execution that took longer than it may. */
export function endLate(change: ExecutionChange): Promise<ExecutionKey | undefined> {
  const error = { ErrorMessage: `Execution timed out after ${change.execution.timeoutS} seconds.` }
  return endExecution(change, 'TIMED_OUT', { error })
}

/** Source: developer guide, "Monitoring durable functions". */
export function tellBus({ execution, transaction, nowMs }: ExecutionChange): void {
  const { account, region, status, startMs, endMs } = execution
  const id = newRequestId()
  const document = {
    version: '0',
    id,
    'detail-type': 'Durable Execution Status Change',
    source: 'aws.lambda',
    account,
    time: `${new Date(nowMs).toISOString().slice(0, 19)}Z`,
    region,
    resources: [],
    detail: {
      durableExecutionArn: executionArn(execution),
      durableExecutionName: execution.name,
      functionArn: versionArn(execution),
      status,
      startTimestamp: new Date(startMs).toISOString(),
      ...(endMs !== undefined && { endTimestamp: new Date(endMs).toISOString() }),
    },
  }
  append(transaction, {
    envelope: {
      id,
      source: STATUS_SOURCE,
      type: 'Durable Execution Status Change',
      subject: functionArn({ account, region, name: execution.functionName }),
      timeMs: nowMs,
      account,
      region,
      hops: execution.hops,
      data: {},
      payload: Buffer.from(JSON.stringify(document)),
    },
    destination: { target: 'events', arn: `arn:aws:events:${region}:${account}:event-bus/default` },
  })
}

function append(transaction: ExecutionChange['transaction'], record: OutboxRecord): void {
  const { log, value } = outboxAppend(record)
  transaction.append(log, value)
}

/** The queue gets the event that began the execution. */
async function tellDeadLetters(
  { execution, transaction, nowMs }: ExecutionChange,
  error: ErrorObject | undefined,
): Promise<void> {
  const { account, region, functionName: name, version: qualifier } = execution
  const ref = { account, region, name, qualifier }
  const record = (await findVersion(transaction, ref))?.record
  if (record?.deadLetterArn === undefined) return
  const failure = {
    errorType: error?.ErrorType,
    errorMessage: error?.ErrorMessage ?? `The execution ended: ${execution.status}`,
  }
  const envelope = {
    id: execution.requestId,
    source: STATUS_SOURCE,
    type: 'Invoke',
    subject: functionArn(ref),
    timeMs: execution.startMs,
    account,
    region,
    hops: execution.hops,
    data: {},
  }
  const end = {
    envelope,
    ref,
    condition: 'RetriesExhausted',
    role: record.role,
    requestPayload: await payloadOf(transaction, execution.id, 'input'),
    invokeCount: 1,
    nowMs,
    response: { payload: Buffer.from(JSON.stringify(failure)), executedVersion: qualifier, functionError: 'Unhandled' },
  } as const
  append(transaction, deadLetterFor(record.deadLetterArn, end))
}

async function endInParent(
  { execution, transaction, nowMs }: ExecutionChange,
  { id, operationId }: NonNullable<ExecutionRecord['parent']>,
  end: StoredEnd,
): Promise<ExecutionKey | undefined> {
  const key = [execution.account, execution.region, id] as const
  const parent = await ExecutionChange.of(transaction, key, nowMs)
  if (parent === undefined) return undefined
  await endChained(parent, operationId, chainedEndOf(execution, end))
  await parent.write()
  return key
}

function chainedEndOf({ status, timeoutS }: ExecutionRecord, end: StoredEnd): ChainedEnd {
  if (status === 'TIMED_OUT') return chainedTimeout(timeoutS)
  // It has ended: only an execution that runs has another status.
  return { ...end, status: status === 'RUNNING' ? 'FAILED' : status }
}
