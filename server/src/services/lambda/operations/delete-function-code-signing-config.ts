// DeleteFunctionCodeSigningConfig: the function takes any code again.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { LambdaDeps } from '../deps.ts'
import { parseFunctionName } from '../function-name.ts'
import { functionKey, functions } from '../function-record.ts'
import { functionToChange } from '../function-writes.ts'
import type { LambdaInput } from '../model.ts'

export async function deleteFunctionCodeSigningConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'DeleteFunctionCodeSigningConfig'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  await transact(ports.store, async (transaction) => {
    const { codeSigningConfigArn: _gone, ...owner } = await functionToChange(transaction, ref, undefined)
    await functions.set(transaction, functionKey(ref), owner)
  })
  context.setStatus(204)
  return {}
}
