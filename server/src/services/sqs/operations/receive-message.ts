import type { RequestContext } from '#protocol/operation.ts'
import { parseQueueUrl } from '../arn.ts'
import type { SqsDeps, SqsInput, SqsOutput } from '../deps.ts'
import { invalidValue } from '../errors.ts'
import { RECEIVE_MESSAGES_MAX, VISIBILITY_SECONDS_MAX, WAIT_SECONDS_MAX } from '../limits.ts'
import { answerMessage, demandSystemNames } from '../received.ts'

/** ReceiveMessage: up to ten messages, at once or as soon as there are any. */
export async function receiveMessage(
  { queues }: SqsDeps,
  input: SqsInput<'ReceiveMessage'>,
  context: RequestContext,
): Promise<SqsOutput<'ReceiveMessage'>> {
  const queue = await queues.get(parseQueueUrl(input.QueueUrl, context))
  const { MaxNumberOfMessages: max = 1, VisibilityTimeout: visibility, WaitTimeSeconds: wait } = input
  if (max < 1 || max > RECEIVE_MESSAGES_MAX)
    throw invalidValue(max, 'MaxNumberOfMessages', `Must be between 1 and ${RECEIVE_MESSAGES_MAX}, if provided.`)
  if (wait !== undefined && (wait < 0 || wait > WAIT_SECONDS_MAX))
    throw invalidValue(wait, 'WaitTimeSeconds', `Must be >= 0 and <= ${WAIT_SECONDS_MAX}, if provided.`)
  if (visibility !== undefined && (visibility < 0 || visibility > VISIBILITY_SECONDS_MAX))
    throw invalidValue(visibility, 'VisibilityTimeout', `Must be >= 0 and <= ${VISIBILITY_SECONDS_MAX}, if provided.`)
  const system = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])]
  demandSystemNames(system)
  queue.demandThroughput('receive')
  const received = await queue.receive({
    max,
    visibilityMs: visibility === undefined ? undefined : visibility * 1000,
    waitMs: wait === undefined ? undefined : wait * 1000,
    signal: () => context.signal,
    attemptId: queue.settings.isFifo ? input.ReceiveRequestAttemptId : undefined,
  })
  if (received.length === 0) return {}
  return { Messages: received.map((one) => answerMessage(one, { system, attributes: input.MessageAttributeNames })) }
}
