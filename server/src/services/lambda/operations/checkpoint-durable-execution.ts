// CheckpointDurableExecution: what the code of an execution has done is on disk when the answer arrives. Each checkpoint
// names the token that the one before gave; the answer tells what has changed meanwhile.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { applyUpdates, type SaidEnd } from '../durable/apply-updates.ts'
import { chainedTargets } from '../durable/chained-invocation.ts'
import { endFault, newToken } from '../durable/durable-executions.ts'
import { endExecution } from '../durable/end-execution.ts'
import { executionNotFound, invalidCheckpointToken } from '../durable/errors.ts'
import { checkExecutionArn, executionKeyOf } from '../durable/execution-arn.ts'
import { ExecutionChange } from '../durable/execution-change.ts'
import { type ExecutionRecord, executions, type OperationRecord } from '../durable/execution-record.ts'
import { settleDue } from '../durable/settle-due.ts'
import { shownOperation } from '../durable/shown-operation.ts'
import { checkCheckpoint } from '../durable/checkpoint-input.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function checkpointDurableExecution(
  deps: LambdaDeps,
  input: LambdaInput<'CheckpointDurableExecution'>,
  context: RequestContext,
): Promise<LambdaOutput<'CheckpointDurableExecution'>> {
  const { DurableExecutionArn: arn, CheckpointToken: token, ClientToken: clientToken, Updates = [] } = input
  checkCheckpoint(checkExecutionArn(new Constraints(), arn), input).check()
  const { ports } = deps
  const key = executionKeyOf(arn, context)
  const found = await executions.get(ports.store, key)
  if (!found) throw executionNotFound(arn)
  const targets = await chainedTargets({ deployed: deps.deployed, roles: ports.roles }, found.value, Updates, context)
  const next = newToken()
  const done = await transact(ports.store, async (transaction) => {
    const change = await ExecutionChange.of(transaction, key, ports.clock.nowMs())
    if (!change) throw executionNotFound(arn)
    const last = repeated(change.execution, token, clientToken)
    if (last) return { token: last.next, operations: await operationsOf(change, last.operations) }
    const { execution } = change
    if (execution.token === undefined || execution.token !== token) throw invalidCheckpointToken()
    const end = await applyUpdates(change, Updates, targets)
    await settleDue(change)
    const ids = new Set([...change.changed.map(({ id }) => id), ...execution.unseen])
    const operations = await operationsOf(change, [...ids])
    execution.unseen = []
    if (end) return { token: undefined, operations, ...(await ended(change, end)) }
    execution.token = next
    if (clientToken === undefined) delete execution.lastCheckpoint
    else execution.lastCheckpoint = { clientToken, token, next, operations: [...ids] }
    return { token: next, operations, execution: await change.write() }
  })
  if (done.execution) deps.executions.follow(done.execution, 'parent' in done ? done.parent : undefined)
  return { CheckpointToken: done.token, NewExecutionState: { Operations: done.operations.map(shownOperation) } }
}

/** The same request once more: its client did not hear the answer. */
function repeated(
  { lastCheckpoint, status }: ExecutionRecord,
  token: string,
  clientToken: string | undefined,
): ExecutionRecord['lastCheckpoint'] {
  const isSame = lastCheckpoint?.clientToken === clientToken && lastCheckpoint?.token === token
  return isSame && status === 'RUNNING' ? lastCheckpoint : undefined
}

async function operationsOf(change: ExecutionChange, ids: readonly string[]): Promise<readonly OperationRecord[]> {
  const found = await Promise.all(ids.map((id) => change.operation(id)))
  return found.filter((operation) => operation !== undefined).toSorted((a, b) => a.order - b.order)
}

async function ended(change: ExecutionChange, said: NonNullable<SaidEnd>) {
  const end =
    'result' in said ? { ...(said.result !== undefined && { result: said.result }) } : { error: said.error ?? {} }
  const fault = endFault(change.execution, end)
  const succeeded = 'result' in said && fault === undefined
  const parent = await endExecution(change, succeeded ? 'SUCCEEDED' : 'FAILED', fault ?? end)
  return { parent, execution: await change.write() }
}
