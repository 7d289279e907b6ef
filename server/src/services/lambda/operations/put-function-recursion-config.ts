// PutFunctionRecursionConfig: whether a chain of events that comes back to the function too often is stopped.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { recursion } from '../async-settings.ts'
import { Constraints } from '../constraints.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { parseFunctionName } from '../function-name.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function putFunctionRecursionConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'PutFunctionRecursionConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'PutFunctionRecursionConfig'>> {
  new Constraints().oneOf('recursiveLoop', input.RecursiveLoop, ['Allow', 'Terminate']).check()
  const ref = parseFunctionName(input.FunctionName, undefined, context)
  const loop = input.RecursiveLoop
  await transact(ports.store, async (transaction) => {
    const owner = await requireFunction(transaction, ref)
    await recursion.set(transaction, [owner.id], { loop })
  })
  return { RecursiveLoop: loop }
}
