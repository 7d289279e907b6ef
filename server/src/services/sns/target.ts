// How events of other services reach a topic: each one is published as a message with the event's document as its text.
import { newRequestId } from '#base/ids.ts'
import type { Destination, Envelope } from '#events/envelope.ts'
import type { DeliveryOutcome, Target } from '#events/target.ts'
import { readTopicArn } from './arn.ts'
import type { SnsDeps } from './deps.ts'
import { managedPolicy } from './delivery-policy.ts'
import { type Draft, forTopic } from './draft.ts'
import { keyNeeds } from './key-use.ts'
import { MESSAGE_BYTES_MAX } from './limits.ts'
import { isFifo, topicKey, topics } from './topic.ts'
import { AwsError } from '#protocol/errors.ts'

export function createSnsTarget(deps: SnsDeps): Target {
  return {
    name: 'sns',
    retryPolicy: () => Promise.resolve(managedPolicy()),
    async refusal(arn) {
      const ref = readTopicArn(arn)
      const topic = ref && (await topics.get(deps.store, topicKey(ref)))
      return topic === undefined ? `there is no topic ${arn}` : undefined
    },
    async needs(arn, origin) {
      const ref = readTopicArn(arn)
      const topic = ref && (await topics.get(deps.store, topicKey(ref)))?.value
      return topic === undefined ? [] : await keyNeeds(deps, topic, origin)
    },
    async deliver(envelope, destination, payload) {
      try {
        return await publishEvent(deps, envelope, destination, payload)
      } catch (error) {
        // What SNS refuses, it refuses again.
        if (error instanceof AwsError && error.status < 500 && error.status !== 429)
          return { kind: 'rejected', reason: error.message }
        throw error
      }
    },
  }
}

async function publishEvent(
  deps: SnsDeps,
  envelope: Envelope,
  { arn, message = {} }: Destination,
  payload: Uint8Array,
): Promise<DeliveryOutcome> {
  const ref = readTopicArn(arn)
  const topic = ref && (await topics.get(deps.store, topicKey(ref)))?.value
  if (topic === undefined) return { kind: 'rejected', reason: `there is no topic ${arn}` }
  if (payload.length > MESSAGE_BYTES_MAX) return { kind: 'rejected', reason: 'the event is too long for a message' }
  const { subject, groupId, deduplicationId, attributes } = message
  const draft: Draft = {
    text: Buffer.from(payload).toString('utf8'),
    ...(subject !== undefined && { subject }),
    ...(groupId !== undefined && { groupId }),
    ...(attributes !== undefined && { attributes }),
    // Events are delivered at least once: what came before is known by the event's id.
    ...(isFifo(topic) && { deduplicationId: deduplicationId ?? envelope.id }),
  }
  const hops = envelope.hops + 1
  if (!isFifo(topic))
    return { kind: 'delivered', follows: await deps.publisher.follows(topic, draft, hops, newRequestId()) }
  await deps.publisher.publish(topic, [forTopic(draft, topic)], hops)
  return { kind: 'delivered' }
}
