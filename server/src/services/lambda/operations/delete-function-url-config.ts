// DeleteFunctionUrlConfig: the address is gone at once and never given again.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { functionUrls, requireFunctionUrl } from '../function-url-record.ts'
import { parseUrlFunction } from '../function-url-settings.ts'
import type { LambdaInput } from '../model.ts'

export async function deleteFunctionUrlConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'DeleteFunctionUrlConfig'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const ref = parseUrlFunction(input, context)
  await transact(ports.store, async (transaction) => {
    const owner = await requireFunction(transaction, ref)
    await requireFunctionUrl(transaction, owner.id, ref.qualifier)
    await functionUrls.delete(transaction, [owner.id, ref.qualifier ?? ''])
  })
  context.setStatus(204)
  return {}
}
