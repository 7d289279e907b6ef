// How events reach functions: Event invocations and notifications of other services. An attempt that fails counts and is
// repeated after one and two minutes; one that was throttled is repeated until the event is six hours old.
import type { DeliveryOutcome, Target } from '#events/target.ts'
import { ASYNC_SOURCE, clientContextIn } from './async-invocation.ts'
import type { LambdaDeps } from './deps.ts'
import { parseFunctionArn } from './function-name.ts'

/** What of a function's error goes into the reason of a dead letter. */
const REASON_CHARS_MAX = 300

export function createLambdaTarget({ deployed, invoker, options }: LambdaDeps): Target {
  const policy = { delaysMs: options.asyncRetryDelaysMs, ageMaxMs: options.asyncAgeMaxMs }
  return {
    name: 'lambda',
    retryPolicy: () => Promise.resolve(policy),
    refusal: async (arn) => {
      const ref = parseFunctionArn(arn)
      if (!ref) return `${arn} is not the ARN of a function`
      return (await deployed.find(ref)) ? undefined : `there is no function ${arn}`
    },
    async deliver(envelope, destination, payload): Promise<DeliveryOutcome> {
      const ref = parseFunctionArn(destination.arn)
      const version = ref && (await deployed.find(ref))
      if (!version) return { kind: 'rejected', reason: `Function not found: ${destination.arn}` }
      const answer = await invoker.invoke(version, {
        requestId: envelope.id,
        payload,
        clientContext: envelope.source === ASYNC_SOURCE ? clientContextIn(envelope.data) : undefined,
        traceId: undefined,
        tail: false,
        hops: envelope.hops,
      })
      if (answer.kind === 'throttled')
        return { kind: 'failed', reason: `throttled: ${answer.reason}`, countsAsAttempt: false }
      if (answer.functionError === undefined) return { kind: 'delivered' }
      const reason = Buffer.from(answer.payload).toString('utf8').slice(0, REASON_CHARS_MAX)
      return { kind: 'failed', reason, countsAsAttempt: true }
    },
  }
}
