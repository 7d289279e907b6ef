import { attributeOf } from './attributes.ts'
import type { QueueName } from './arn.ts'
import type { QueueAttributes } from './queue-record.ts'
import type { Queues } from './queues.ts'
import { demandRedriveTarget, readRedrivePolicy } from './redrive-policy.ts'

/** Throws InvalidParameterValue when the attributes name a dead-letter queue that is none for this source. */
export async function demandRedrive(
  queues: Queues,
  attributes: QueueAttributes,
  source: QueueName & { readonly isFifo: boolean },
): Promise<void> {
  const text = attributes['RedrivePolicy']
  if (text === undefined) return
  const target = await queues.record(readRedrivePolicy(text).deadLetterTargetArn)
  demandRedriveTarget(
    text,
    source,
    target && {
      ...target,
      isFifo: target.attributes['FifoQueue'] === 'true',
      redriveAllowPolicy: attributeOf(target, 'RedriveAllowPolicy'),
    },
  )
}
