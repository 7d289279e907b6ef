// StopDurableExecution: ends an execution. What it runs just now runs on, but counts for nothing. Stopping one that is over
// changes nothing.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { checkErrorSize } from '../durable/checkpoint-rules.ts'
import { endExecution } from '../durable/end-execution.ts'
import { executionNotFound } from '../durable/errors.ts'
import { checkExecutionArn } from '../durable/execution-arn.ts'
import { ExecutionChange } from '../durable/execution-change.ts'
import { executionKey } from '../durable/execution-record.ts'
import { requireExecution } from '../durable/find-execution.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function stopDurableExecution(
  { ports: { store, clock }, executions }: LambdaDeps,
  input: LambdaInput<'StopDurableExecution'>,
  context: RequestContext,
): Promise<LambdaOutput<'StopDurableExecution'>> {
  const { DurableExecutionArn: arn, Error: error = { ErrorMessage: 'Execution stopped by user request' } } = input
  checkExecutionArn(new Constraints(), arn).check()
  checkErrorSize(error)
  const key = executionKey(await requireExecution(store, arn, context))
  const { execution, parent } = await transact(store, async (transaction) => {
    const change = await ExecutionChange.of(transaction, key, clock.nowMs())
    if (!change) throw executionNotFound(arn)
    if (change.execution.status !== 'RUNNING') return { execution: change.execution, parent: undefined }
    const parent = await endExecution(change, 'STOPPED', { error })
    return { execution: await change.write(), parent }
  })
  executions.follow(execution, parent)
  return { StopTimestamp: new Date(execution.endMs ?? clock.nowMs()) }
}
