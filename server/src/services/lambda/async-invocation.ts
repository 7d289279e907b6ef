// Asynchronous invocations as events: an Event invocation goes through the outbox to this service's own target.

/** Source of the envelopes of Invoke with type Event; their payload is handed on as it is. */
export const ASYNC_SOURCE = 'mayfly.lambda.async'

/** The caller's client context in an envelope of ASYNC_SOURCE. */
export function clientContextIn(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('clientContext' in data)) return undefined
  return typeof data.clientContext === 'string' ? data.clientContext : undefined
}
