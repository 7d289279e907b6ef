// Callback ids: which operation of which execution waits, opaque to clients. Nobody can guess one: the id of an execution
// is random.

export function callbackIdOf(executionArn: string, operationId: string): string {
  return Buffer.from(JSON.stringify([executionArn, operationId])).toString('base64')
}

export interface CallbackPlace {
  readonly executionArn: string
  readonly operationId: string
}

/** Undefined for what callbackIdOf did not make. */
export function readCallbackId(callbackId: string): CallbackPlace | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(callbackId, 'base64').toString('utf8'))
    if (!Array.isArray(parts) || parts.length !== 2) return undefined
    const [executionArn, operationId]: readonly unknown[] = parts
    if (typeof executionArn === 'string' && typeof operationId === 'string') return { executionArn, operationId }
  } catch {
    // Falls through to the answer for anything that is not a callback id.
  }
  return undefined
}
