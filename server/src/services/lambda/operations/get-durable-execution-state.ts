// GetDurableExecutionState: the state of an execution, for its own code while it runs: what did not fit into its input.
import type { RequestContext } from '#protocol/operation.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { checkPage, checkToken } from '../durable/checkpoint-input.ts'
import { invalidCheckpointToken } from '../durable/errors.ts'
import { checkExecutionArn } from '../durable/execution-arn.ts'
import { statePage } from '../durable/execution-state.ts'
import { requireExecution } from '../durable/find-execution.ts'
import { DURABLE_PAGE_ITEMS_DEFAULT } from '../limits.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function getDurableExecutionState(
  { ports: { store } }: LambdaDeps,
  input: LambdaInput<'GetDurableExecutionState'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetDurableExecutionState'>> {
  const { DurableExecutionArn: arn, CheckpointToken: token, Marker: marker } = input
  checkPage(checkToken(checkExecutionArn(new Constraints(), arn), token), input).check()
  const execution = await requireExecution(store, arn, context)
  if (execution.token === undefined || execution.token !== token) throw invalidCheckpointToken()
  const page = await statePage(store, execution, { marker, limit: input.MaxItems || DURABLE_PAGE_ITEMS_DEFAULT })
  return { Operations: page.operations, ...(page.marker !== undefined && { NextMarker: page.marker }) }
}
