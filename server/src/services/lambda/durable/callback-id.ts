// Callback ids: which operation of which execution waits, opaque to clients. Nobody can guess one: the id of an execution
// is random.
import type { RequestContext } from '#protocol/operation.ts'
import { callbackNotFound } from './errors.ts'
import type { ExecutionKey } from './execution-record.ts'

export function callbackIdOf([account, region, id]: ExecutionKey, operationId: string): string {
  return Buffer.from(JSON.stringify([account, region, id, operationId])).toString('base64')
}

/** Throws ResourceNotFoundException for what callbackIdOf did not make, and for callbacks of others. */
export function readCallbackId(
  callbackId: string,
  context: RequestContext,
): { readonly key: ExecutionKey; readonly operationId: string } {
  const parts = partsOf(callbackId)
  if (parts === undefined) throw callbackNotFound()
  const [account, region, id, operationId] = parts
  if (account !== context.account || region !== context.region) throw callbackNotFound()
  return { key: [account, region, id], operationId }
}

function partsOf(callbackId: string): readonly [string, string, string, string] | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(callbackId, 'base64').toString('utf8'))
    if (!Array.isArray(parts) || parts.length !== 4) return undefined
    const [account, region, id, operationId]: readonly unknown[] = parts
    if (
      typeof account === 'string' &&
      typeof region === 'string' &&
      typeof id === 'string' &&
      typeof operationId === 'string'
    )
      return [account, region, id, operationId]
  } catch {
    // Falls through to the answer for anything that is not a callback id.
  }
  return undefined
}
