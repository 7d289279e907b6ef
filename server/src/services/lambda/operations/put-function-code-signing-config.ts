// PutFunctionCodeSigningConfig: which configuration counts when the function gets new code.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { codeSigningConfigArn, requireCodeSigningConfigOfFunction } from '../code-signing.ts'
import type { LambdaDeps } from '../deps.ts'
import { parseFunctionName } from '../function-name.ts'
import { functionKey, functions } from '../function-record.ts'
import { functionToChange } from '../function-writes.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function putFunctionCodeSigningConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'PutFunctionCodeSigningConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'PutFunctionCodeSigningConfig'>> {
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  const arn = await transact(ports.store, async (transaction) => {
    const config = await requireCodeSigningConfigOfFunction(transaction, input.CodeSigningConfigArn, context)
    const owner = await functionToChange(transaction, ref, undefined)
    const found = codeSigningConfigArn(config)
    await functions.set(transaction, functionKey(ref), { ...owner, codeSigningConfigArn: found })
    return found
  })
  return { CodeSigningConfigArn: arn, FunctionName: ref.name }
}
