import type { SqsDeps, SqsInput, SqsOutput } from '../deps.ts'
import { invalidValue, resourceNotFound } from '../errors.ts'
import { MOVE_TASKS_KEPT } from '../limits.ts'
import { taskHandle } from '../move-task.ts'

/** ListMessageMoveTasks: the newest of this source, one unless more are asked for. */
export async function listMessageMoveTasks(
  { queues, moves }: SqsDeps,
  { SourceArn: sourceArn, MaxResults: max = 1 }: SqsInput<'ListMessageMoveTasks'>,
): Promise<SqsOutput<'ListMessageMoveTasks'>> {
  if (max < 1 || max > MOVE_TASKS_KEPT)
    throw invalidValue(max, 'MaxResults', `Must be between 1 and ${MOVE_TASKS_KEPT}.`)
  if ((await queues.record(sourceArn)) === undefined)
    throw resourceNotFound("The resource that you specified for the SourceArn parameter doesn't exist.")
  const tasks = (await moves.list(sourceArn)).slice(0, max)
  return {
    Results: tasks.map((task) => ({
      TaskHandle: task.status === 'RUNNING' ? taskHandle(task) : undefined,
      Status: task.status,
      SourceArn: task.sourceArn,
      DestinationArn: task.destinationArn,
      MaxNumberOfMessagesPerSecond: task.perSecondMax,
      ApproximateNumberOfMessagesMoved: task.moved,
      ApproximateNumberOfMessagesToMove: task.toMove,
      FailureReason: task.failureReason,
      StartedTimestamp: task.startedMs,
    })),
  }
}
