// Serves the next page of a topic's subscriptions, in the commit that settles the page before.
import type { Target } from '#events/target.ts'
import { readTopicArn } from './arn.ts'
import { managedPolicy } from './delivery-policy.ts'
import type { SnsDeps } from './deps.ts'
import { FAN_OUT_TARGET, fanOut, type FanOutData, newRoom } from './fan-out.ts'

export function createFanOutTarget({ views, seal }: SnsDeps): Target {
  return {
    name: FAN_OUT_TARGET,
    retryPolicy: () => Promise.resolve(managedPolicy()),
    refusal: () => Promise.resolve('only SNS itself goes on with a publish'),
    async deliver(envelope, { arn }, payload) {
      const ref = readTopicArn(arn)
      const view = ref && (await views.get(ref))
      // The topic was deleted meanwhile, and its subscriptions with it.
      if (view === undefined) return { kind: 'delivered' }
      // fan-out.ts made the envelope: its data is FanOutData.
      const { after } = envelope.data as FanOutData
      const page = await views.page(view.topic, after)
      return {
        kind: 'delivered',
        follows: fanOut(
          { message: await seal.open(payload, arn), payload },
          view.topic,
          page,
          envelope.hops,
          newRoom(),
        ),
      }
    },
  }
}
