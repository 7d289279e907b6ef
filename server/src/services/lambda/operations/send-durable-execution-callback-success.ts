// SendDurableExecutionCallbackSuccess: tells an execution that what it waited for has come.
import type { RequestContext } from '#protocol/operation.ts'
import type { LambdaDeps } from '../deps.ts'
import { invalidParameter } from '../errors.ts'
import { changeCallback } from '../durable/change-callback.ts'
import { DURABLE_PAYLOAD_BYTES_MAX } from '../limits.ts'
import type { LambdaInput } from '../model.ts'

export async function sendDurableExecutionCallbackSuccess(
  deps: LambdaDeps,
  input: LambdaInput<'SendDurableExecutionCallbackSuccess'>,
  context: RequestContext,
): Promise<object> {
  const { CallbackId: callbackId, Result: bytes } = input
  if (bytes && bytes.length > DURABLE_PAYLOAD_BYTES_MAX)
    throw invalidParameter(
      `Callback result payload size must be less than or equal to ${DURABLE_PAYLOAD_BYTES_MAX} bytes.`,
    )
  const result = bytes && bytes.length > 0 ? { result: Buffer.from(bytes).toString('utf8') } : {}
  await changeCallback(deps, callbackId, context, (change, operation) => {
    change.set({ ...operation, ...result, status: 'SUCCEEDED', endMs: change.nowMs }, false)
    change.tell('CallbackSucceeded', operation, result)
  })
  return {}
}
