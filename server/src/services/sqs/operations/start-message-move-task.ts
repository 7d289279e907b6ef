import { newRequestId } from '#base/ids.ts'
import { settingsOf } from '../attributes.ts'
import type { SqsDeps, SqsInput, SqsOutput } from '../deps.ts'
import { invalidParameter, invalidValue, resourceNotFound, unsupportedOperation, overLimit } from '../errors.ts'
import { MOVE_RATE_MAX, MOVE_TASKS_ACTIVE_MAX } from '../limits.ts'
import { type MoveTask, taskHandle } from '../move-task.ts'
import type { Queue } from '../queue.ts'
import type { Queues } from '../queues.ts'

/** StartMessageMoveTask: messages of a dead-letter queue go back where they came from, or to another queue. */
export async function startMessageMoveTask(
  { queues, moves, clock }: SqsDeps,
  input: SqsInput<'StartMessageMoveTask'>,
): Promise<SqsOutput<'StartMessageMoveTask'>> {
  const { SourceArn: sourceArn, DestinationArn: destinationArn, MaxNumberOfMessagesPerSecond: perSecondMax } = input
  if (perSecondMax !== undefined && (perSecondMax < 1 || perSecondMax > MOVE_RATE_MAX))
    throw invalidValue(perSecondMax, 'MaxNumberOfMessagesPerSecond', `Must be between 1 and ${MOVE_RATE_MAX}.`)
  const source = await queues.find(sourceArn)
  if (source === undefined) throw notThere('SourceArn')
  if (sourceArn === destinationArn)
    throw invalidParameter('Source queue arn and destination queue arn cannot be the same.')
  if (!(await isDeadLetterQueue(queues, source)))
    throw invalidParameter('Source queue must be configured as a Dead Letter Queue.')
  if (destinationArn !== undefined) await demandDestination(queues, source, destinationArn)
  if ((await moves.list(sourceArn)).some(({ status }) => status === 'RUNNING'))
    throw unsupportedOperation(
      'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    )
  if ((await moves.active()) >= MOVE_TASKS_ACTIVE_MAX)
    throw overLimit(
      `There are ${MOVE_TASKS_ACTIVE_MAX} active message move tasks, which is the most that there may be.`,
    )
  const task: MoveTask = {
    id: newRequestId(),
    sourceArn,
    destinationArn,
    perSecondMax,
    status: 'RUNNING',
    failureReason: undefined,
    moved: 0,
    toMove: source.counts.visible,
    startedMs: clock.nowMs(),
  }
  await moves.start(task)
  return { TaskHandle: taskHandle(task) }
}

function notThere(parameter: string): Error {
  return resourceNotFound(`The resource that you specified for the ${parameter} parameter doesn't exist.`)
}

async function demandDestination(queues: Queues, source: Queue, destinationArn: string): Promise<void> {
  const destination = await queues.record(destinationArn)
  if (destination === undefined) throw notThere('DestinationArn')
  if (settingsOf(destination).isFifo !== source.settings.isFifo)
    throw invalidParameter('Source queue and destination queue must be of the same type.')
}

async function isDeadLetterQueue(queues: Queues, { record, arn }: Queue): Promise<boolean> {
  const all = await queues.records(record.account, record.region)
  return all.some((one) => settingsOf(one).redrive?.deadLetterTargetArn === arn)
}
