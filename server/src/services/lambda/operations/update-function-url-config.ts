// UpdateFunctionUrlConfig: what is left out stays; an empty Cors ends what was allowed.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { functionUrls, type FunctionUrlRecord, requireFunctionUrl } from '../function-url-record.ts'
import { checkUrlSettings, corsOf, functionUrlAnswer, parseUrlFunction } from '../function-url-settings.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function updateFunctionUrlConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'UpdateFunctionUrlConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'UpdateFunctionUrlConfig'>> {
  checkUrlSettings(input)
  const ref = parseUrlFunction(input, context)
  const changed = await transact(ports.store, async (transaction) => {
    const owner = await requireFunction(transaction, ref)
    const before = await requireFunctionUrl(transaction, owner.id, ref.qualifier)
    const after: FunctionUrlRecord = {
      ...before,
      authType: input.AuthType ?? before.authType,
      cors: input.Cors === undefined ? before.cors : corsOf(input.Cors),
      mode:
        input.InvokeMode === undefined ? before.mode : input.InvokeMode === 'RESPONSE_STREAM' ? 'stream' : 'buffered',
      modifiedMs: ports.clock.nowMs(),
    }
    await functionUrls.set(transaction, [owner.id, ref.qualifier ?? ''], after)
    return after
  })
  return functionUrlAnswer(changed, context)
}
