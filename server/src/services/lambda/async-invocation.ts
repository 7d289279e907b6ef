// Asynchronous invocations as events: an Event invocation goes through the outbox to this service's own target.
import { outboxAppend } from '#events/outbox.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { LambdaDeps } from './deps.ts'

/** Source of the envelopes of Invoke with type Event; their payload is handed on as it is. */
export const ASYNC_SOURCE = 'mayfly.lambda.async'

/** The caller's client context in an envelope of ASYNC_SOURCE. */
export function clientContextIn(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('clientContext' in data)) return undefined
  return typeof data.clientContext === 'string' ? data.clientContext : undefined
}

/** When it resolves the event is on disk, and will be delivered or end in the dead letters. */
export async function takeEvent(
  { ports }: LambdaDeps,
  context: RequestContext,
  arn: string,
  payload: Uint8Array,
  clientContext: string | undefined,
): Promise<void> {
  await ports.store.commit({
    appends: [
      outboxAppend({
        envelope: {
          id: context.requestId,
          source: ASYNC_SOURCE,
          type: 'Invoke',
          subject: arn,
          timeMs: ports.clock.nowMs(),
          account: context.account,
          region: context.region,
          hops: ports.hops.next(context.principal),
          data: clientContext === undefined ? {} : { clientContext },
          payload,
        },
        destination: { target: 'lambda', arn },
      }),
    ],
  })
}
