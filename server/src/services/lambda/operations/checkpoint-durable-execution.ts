// CheckpointDurableExecution: what the code of an execution has done is on disk when the answer arrives. Each checkpoint
// names the token that the one before gave; the answer tells what has changed meanwhile.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { applyUpdates, type SaidEnd, updateBytes } from '../durable/apply-updates.ts'
import type { ChainedTarget } from '../durable/chained-invocation.ts'
import { chainedTargets } from '../durable/chained-target.ts'
import { newToken } from '../durable/checkpoint-token.ts'
import { endExecution } from '../durable/end-execution.ts'
import { executionNotFound, invalidCheckpointToken } from '../durable/errors.ts'
import { checkExecutionArn } from '../durable/execution-arn.ts'
import { ExecutionChange } from '../durable/execution-change.ts'
import {
  type ExecutionKey,
  executionKey,
  type ExecutionRecord,
  type OperationRecord,
} from '../durable/execution-record.ts'
import { withinExecutionStorage } from '../durable/execution-storage.ts'
import { requireExecution } from '../durable/find-execution.ts'
import { settleDue } from '../durable/settle-due.ts'
import { endFault } from '../durable/settle-invocation.ts'
import { shownOperation } from '../durable/shown-operation.ts'
import { checkCheckpoint } from '../durable/checkpoint-input.ts'
import { DURABLE_PAGE_BYTES_MAX } from '../limits.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function checkpointDurableExecution(
  deps: LambdaDeps,
  input: LambdaInput<'CheckpointDurableExecution'>,
  context: RequestContext,
): Promise<LambdaOutput<'CheckpointDurableExecution'>> {
  const { DurableExecutionArn: arn, CheckpointToken: token, ClientToken: clientToken, Updates = [] } = input
  checkCheckpoint(checkExecutionArn(new Constraints(), arn), input).check()
  const { ports } = deps
  const found = await requireExecution(ports.store, arn, context)
  const targets = await chainedTargets(deps, found, Updates, context)
  const bytes = Updates.reduce((sum, update) => sum + updateBytes(update), 0)
  const done = await withinExecutionStorage(ports, context.account, 2 * bytes, () =>
    transact(ports.store, async (transaction) => {
      const change = await ExecutionChange.of(transaction, executionKey(found), ports.clock.nowMs())
      if (!change) throw executionNotFound(arn)
      const last = repeated(change.execution, token, clientToken)
      if (last) return { token: last.next, operations: await operationsOf(change, last.operations) }
      if (change.execution.token === undefined || change.execution.token !== token) throw invalidCheckpointToken()
      return written(change, input, targets)
    }),
  )
  if (done.execution) deps.executions.follow(done.execution, done.parent)
  return { CheckpointToken: done.token, NewExecutionState: { Operations: done.operations.map(shownOperation) } }
}

interface Done {
  /** Undefined when the execution is over. */
  readonly token: string | undefined
  /** What changed since the code last heard. */
  readonly operations: readonly OperationRecord[]
  /** As it is written; undefined when nothing is. */
  readonly execution?: ExecutionRecord
  readonly parent?: ExecutionKey | undefined
}

async function written(
  change: ExecutionChange,
  { CheckpointToken: token, ClientToken: clientToken, Updates = [] }: LambdaInput<'CheckpointDurableExecution'>,
  targets: ReadonlyMap<string, ChainedTarget>,
): Promise<Done> {
  const { execution } = change
  const end = await applyUpdates(change, Updates, targets)
  await settleDue(change)
  const operations = await tellChanges(change)
  if (end) {
    const parent = await endAsSaid(change, end)
    return { token: undefined, operations, execution: await change.write(), parent }
  }
  const next = newToken()
  execution.token = next
  if (clientToken === undefined) delete execution.lastCheckpoint
  else execution.lastCheckpoint = { clientToken, token, next, operations: operations.map(({ id }) => id) }
  return { token: next, operations, execution: await change.write() }
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

/** What the checkpoint has changed, and what else its code does not know of: a page of it, the rest comes with the next one. */
async function tellChanges(change: ExecutionChange): Promise<readonly OperationRecord[]> {
  const { execution } = change
  const own = new Set(change.changed.map(({ id }) => id))
  const others: OperationRecord[] = []
  const rest: string[] = []
  let bytes = 0
  for (const id of execution.unseen) {
    if (own.has(id)) continue
    const operation = bytes > DURABLE_PAGE_BYTES_MAX ? undefined : await change.operation(id)
    if (operation === undefined) rest.push(id)
    else others.push(operation)
    bytes += operation?.result?.length ?? 0
  }
  execution.unseen = rest
  return [...change.changed, ...others].toSorted((a, b) => a.order - b.order)
}

async function operationsOf(change: ExecutionChange, ids: readonly string[]): Promise<readonly OperationRecord[]> {
  const found = await Promise.all(ids.map((id) => change.operation(id)))
  return found.filter((operation) => operation !== undefined).toSorted((a, b) => a.order - b.order)
}

function endAsSaid(change: ExecutionChange, said: NonNullable<SaidEnd>): Promise<ExecutionKey | undefined> {
  if (!('result' in said)) return endExecution(change, 'FAILED', { error: said.error ?? {} })
  const end = said.result === undefined ? {} : { result: said.result }
  const fault = endFault(change.execution, end)
  return endExecution(change, fault ? 'FAILED' : 'SUCCEEDED', fault ?? end)
}
