// The topic that an operation on tags names. Such operations have an error of their own for one that is not there.
import type { RequestContext } from '#protocol/operation.ts'
import type { Reader } from '#storage/transact.ts'
import { requestedTopic } from './arn.ts'
import { resourceNotFound } from './errors.ts'
import { topicKey, type TopicRecord, topics } from './topic.ts'

/** Throws ResourceNotFound. */
export async function taggedTopic(
  reader: Reader,
  arn: string | undefined,
  context: RequestContext,
): Promise<TopicRecord> {
  const found = await topics.get(reader, topicKey(requestedTopic(arn, context, 'ResourceArn')))
  if (found === undefined) throw resourceNotFound('Resource does not exist')
  return found.value
}
