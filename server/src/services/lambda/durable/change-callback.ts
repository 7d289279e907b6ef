// Callbacks: an execution waits until somebody who has the id of the callback says how it went.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { readCallbackId } from './callback-id.ts'
import { callbackClosed, callbackNotFound } from './errors.ts'
import { ExecutionChange } from './execution-change.ts'
import { executionKey, type OperationRecord } from './execution-record.ts'
import { findExecution } from './find-execution.ts'
import { settleIfDue } from './settle-due.ts'

const ID_FORM = /^[A-Za-z0-9+/]+={0,2}$/
const ID_FORM_SHOWN = '[A-Za-z0-9+/]+={0,2}'
const ID_CHARS_MAX = 1024

/**
 * Changes a callback that somebody waits for. Throws ResourceNotFoundException when there is none, and
 * CallbackTimeoutException when nobody waits any more.
 */
export async function changeCallback(
  { ports: { store, clock }, executions }: LambdaDeps,
  callbackId: string | undefined,
  context: RequestContext,
  body: (change: ExecutionChange, operation: OperationRecord) => void,
): Promise<void> {
  new Constraints()
    .length('callbackId', callbackId, { min: 1, max: ID_CHARS_MAX })
    .pattern('callbackId', callbackId, ID_FORM, ID_FORM_SHOWN)
    .check()
  const place = readCallbackId(callbackId ?? '')
  if (place === undefined) throw callbackNotFound()
  const found = await findExecution(store, place.executionArn, context)
  if (found === undefined) throw callbackNotFound()
  const key = executionKey(found)
  const { operationId } = place
  const outcome = await transact(store, async (transaction) => {
    const change = await ExecutionChange.of(transaction, key, clock.nowMs())
    const isThere = (await change?.operation(operationId))?.callback?.id === callbackId
    if (!change || !isThere) return 'missing'
    if (change.execution.status !== 'RUNNING') return 'closed'
    // What is late is late, even when nothing has looked at it since.
    await settleIfDue(change, operationId)
    const operation = await change.operation(operationId)
    if (operation?.status !== 'STARTED') return { execution: await change.write(), closed: true }
    body(change, operation)
    return { execution: await change.write(), closed: false }
  })
  if (outcome === 'missing') throw callbackNotFound()
  if (outcome === 'closed') throw callbackClosed()
  executions.follow(outcome.execution)
  if (outcome.closed) throw callbackClosed()
}
