// SendDurableExecutionCallbackHeartbeat: what an execution waits for is still under way.
import type { RequestContext } from '#protocol/operation.ts'
import type { LambdaDeps } from '../deps.ts'
import { changeCallback } from '../durable/change-callback.ts'
import type { LambdaInput } from '../model.ts'

export async function sendDurableExecutionCallbackHeartbeat(
  deps: LambdaDeps,
  { CallbackId: callbackId }: LambdaInput<'SendDurableExecutionCallbackHeartbeat'>,
  context: RequestContext,
): Promise<object> {
  await changeCallback(deps, callbackId, context, (change, operation) => {
    const { callback } = operation
    if (callback?.heartbeatS === undefined) return
    const heartbeatMs = change.nowMs + callback.heartbeatS * 1000
    // Nothing that its code must know of.
    change.set({ ...operation, callback: { ...callback, heartbeatMs } }, true)
  })
  return {}
}
