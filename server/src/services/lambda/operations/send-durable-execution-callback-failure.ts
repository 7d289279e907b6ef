// SendDurableExecutionCallbackFailure: tells an execution that what it waited for has failed.
import type { RequestContext } from '#protocol/operation.ts'
import type { LambdaDeps } from '../deps.ts'
import { checkErrorSize } from '../durable/checkpoint-rules.ts'
import { changeCallback } from '../durable/change-callback.ts'

import type { LambdaInput } from '../model.ts'

export async function sendDurableExecutionCallbackFailure(
  deps: LambdaDeps,
  input: LambdaInput<'SendDurableExecutionCallbackFailure'>,
  context: RequestContext,
): Promise<object> {
  const { CallbackId: callbackId, Error: error = {} } = input
  checkErrorSize(error)
  await changeCallback(deps, callbackId, context, (change, operation) => {
    change.set({ ...operation, error, status: 'FAILED', endMs: change.nowMs }, false)
    change.tell('CallbackFailed', operation, { error })
  })
  return {}
}
