// A target that asks whether its resource permits the sender: when a source is set up, and again with every event, because
// permissions may be taken away meanwhile.
import type { Envelope } from '#events/envelope.ts'
import type { EventOrigin, Target } from '#events/target.ts'
import type { SenderPermission } from './sender-permission.ts'

/**
 * What sending to a resource is called, by the service that takes the event; a bucket says itself what is needed, since that
 * is about its objects. Others are reached by themselves only.
 */
const ACTIONS: Readonly<Record<string, string | undefined>> = {
  sqs: 'sqs:SendMessage',
  sns: 'sns:Publish',
  lambda: 'lambda:InvokeFunction',
  events: 'events:PutEvents',
  s3: undefined,
}

/** Services tell the event buses of their own account without being asked; roles must be allowed to. */
function isAsked(target: Target, { principal }: EventOrigin): boolean {
  return target.name !== 'events' || principal.startsWith('arn:')
}

/** `originOf`: who sends an event; undefined when nobody must be asked. */
export function guardTarget(
  target: Target,
  permission: SenderPermission,
  originOf: (envelope: Envelope) => Promise<EventOrigin | undefined>,
): Target {
  if (!Object.hasOwn(ACTIONS, target.name)) return target
  const action = ACTIONS[target.name]
  const ask = async (arn: string, origin: EventOrigin): Promise<string | undefined> => {
    if (!isAsked(target, origin)) return undefined
    const refusal = action === undefined ? undefined : await permission.refusal(origin, action, arn)
    if (refusal !== undefined) return refusal
    for (const need of (await target.needs?.(arn, origin)) ?? []) {
      const missing = await permission.refusal(origin, need.action, need.resource, need.conditions)
      if (missing !== undefined) return missing
    }
    return undefined
  }
  return {
    ...target,
    refusal: async (arn, origin) => (await target.refusal(arn, origin)) ?? (await ask(arn, origin)),
    async deliver(envelope, destination, payload, attempt) {
      const origin = await originOf(envelope)
      const refusal = origin && (await ask(destination.arn, origin))
      if (refusal !== undefined) return { kind: 'rejected', reason: refusal }
      return await target.deliver(envelope, destination, payload, attempt)
    },
  }
}
