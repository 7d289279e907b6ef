// DeleteFunctionEventInvokeConfig: back to the defaults.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { asyncOwner, requireSettings } from '../async-config-answer.ts'
import { asyncSettings } from '../async-settings.ts'
import type { LambdaDeps } from '../deps.ts'
import type { LambdaInput } from '../model.ts'

export async function deleteFunctionEventInvokeConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'DeleteFunctionEventInvokeConfig'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  await transact(ports.store, async (transaction) => {
    const found = await asyncOwner(transaction, input, context)
    await requireSettings(transaction, found)
    await asyncSettings.delete(transaction, [found.owner.id, found.qualifier])
  })
  context.setStatus(204)
  return {}
}
