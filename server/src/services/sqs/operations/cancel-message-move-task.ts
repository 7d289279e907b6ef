import type { SqsDeps, SqsInput, SqsOutput } from '../deps.ts'
import { invalidParameter, resourceNotFound, unsupportedOperation } from '../errors.ts'
import { parseTaskHandle } from '../move-task.ts'

/** CancelMessageMoveTask: messages that were moved stay where they are now. */
export async function cancelMessageMoveTask(
  { moves, queues }: SqsDeps,
  { TaskHandle: handle }: SqsInput<'CancelMessageMoveTask'>,
): Promise<SqsOutput<'CancelMessageMoveTask'>> {
  const named = parseTaskHandle(handle)
  if (named === undefined) throw invalidParameter(`Value ${handle} for parameter TaskHandle is invalid.`)
  if ((await queues.record(named.sourceArn)) === undefined)
    throw resourceNotFound("The resource that you specified for the SourceArn parameter doesn't exist.")
  const known = (await moves.list(named.sourceArn)).some(({ id }) => id === named.id)
  if (!known) throw resourceNotFound('Task does not exist.')
  const task = await moves.cancel(named.sourceArn, named.id)
  if (task === undefined) throw unsupportedOperation('Only active tasks can be cancelled.')
  return { ApproximateNumberOfMessagesMoved: task.moved }
}
