// PutFunctionEventInvokeConfig: replaces the settings of asynchronous invocations.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { asyncConfigAnswer, asyncOwner, settingsAfter } from '../async-config-answer.ts'
import { asyncSettings } from '../async-settings.ts'
import type { LambdaDeps } from '../deps.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function putFunctionEventInvokeConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'PutFunctionEventInvokeConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'PutFunctionEventInvokeConfig'>> {
  const found = await asyncOwner(ports.store, input, context)
  const settings = await settingsAfter(ports, input, found, undefined)
  await transact(ports.store, async (transaction) => {
    const { owner, qualifier } = await asyncOwner(transaction, input, context)
    await asyncSettings.set(transaction, [owner.id, qualifier], settings)
  })
  return asyncConfigAnswer(found.ref, found.qualifier, settings)
}
