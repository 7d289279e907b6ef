// UpdateFunctionEventInvokeConfig: changes the settings of asynchronous invocations; what the input leaves out stays.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { asyncConfigAnswer, asyncOwner, requireSettings, settingsAfter } from '../async-config-answer.ts'
import { asyncSettings } from '../async-settings.ts'
import type { LambdaDeps } from '../deps.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function updateFunctionEventInvokeConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'UpdateFunctionEventInvokeConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'UpdateFunctionEventInvokeConfig'>> {
  const { ref, qualifier, settings } = await transact(ports.store, async (transaction) => {
    const found = await asyncOwner(transaction, input, context)
    const before = await requireSettings(transaction, found)
    const after = await settingsAfter(ports, input, found, before)
    await asyncSettings.set(transaction, [found.owner.id, found.qualifier], after)
    return { ...found, settings: after }
  })
  return asyncConfigAnswer(ref, qualifier, settings)
}
