// GetDurableExecutionState: the state of an execution, for its own code while it runs: what did not fit into its input.
import type { RequestContext } from '#protocol/operation.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { checkPage, checkToken } from '../durable/checkpoint-input.ts'
import { executionNotFound, invalidCheckpointToken } from '../durable/errors.ts'
import { checkExecutionArn, executionKeyOf } from '../durable/execution-arn.ts'
import { executions } from '../durable/execution-record.ts'
import { statePage } from '../durable/execution-state.ts'
import { DURABLE_PAGE_ITEMS_DEFAULT } from '../limits.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function getDurableExecutionState(
  { ports: { store } }: LambdaDeps,
  input: LambdaInput<'GetDurableExecutionState'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetDurableExecutionState'>> {
  const { DurableExecutionArn: arn, CheckpointToken: token, Marker: marker } = input
  checkPage(checkToken(checkExecutionArn(new Constraints(), arn), token), input).check()
  const execution = (await executions.get(store, executionKeyOf(arn, context)))?.value
  if (!execution) throw executionNotFound(arn)
  if (execution.token === undefined || execution.token !== token) throw invalidCheckpointToken()
  const page = await statePage(store, execution, { marker, limit: input.MaxItems || DURABLE_PAGE_ITEMS_DEFAULT })
  return { Operations: page.operations, ...(page.marker !== undefined && { NextMarker: page.marker }) }
}
