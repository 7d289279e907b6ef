// Asynchronous invocations as events: an Event invocation goes through the outbox to this service's own target.
import type { Envelope } from '#events/envelope.ts'
import { outboxAppend } from '#events/outbox.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { LambdaDeps } from './deps.ts'

/** Source of the envelopes of Invoke with type Event; their payload is handed on as it is. */
export const ASYNC_SOURCE = 'mayfly.lambda.async'

/** What a caller says beside the payload. */
export interface CallerWords {
  readonly clientContext?: string | undefined
  readonly tenantId?: string | undefined
}

/** The caller's words in an envelope; those of other services have none. */
export function callerWordsIn({ source, data }: Pick<Envelope, 'source' | 'data'>): CallerWords {
  if (source !== ASYNC_SOURCE || typeof data !== 'object' || data === null) return {}
  return { clientContext: textIn(data, 'clientContext'), tenantId: textIn(data, 'tenantId') }
}

function textIn(data: object, name: string): string | undefined {
  const value: unknown = Reflect.get(data, name)
  return typeof value === 'string' ? value : undefined
}

/** When it resolves the event is on disk, and will be delivered or end in the dead letters. */
export async function takeEvent(
  { ports }: LambdaDeps,
  context: RequestContext,
  arn: string,
  payload: Uint8Array,
  { clientContext, tenantId }: CallerWords,
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
          data: { ...(clientContext !== undefined && { clientContext }), ...(tenantId !== undefined && { tenantId }) },
          payload,
        },
        destination: { target: 'lambda', arn },
      }),
    ],
  })
}
