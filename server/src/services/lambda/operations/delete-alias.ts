// DeleteAlias: the versions stay. Deleting an alias that is not there succeeds, as on AWS.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { aliases, checkAliasInput } from '../alias-record.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { parseFunctionName } from '../function-name.ts'
import { policies } from '../function-record.ts'
import { functionUrls } from '../function-url-record.ts'
import type { LambdaInput } from '../model.ts'
import { provisioned, provisionedKey } from '../provisioned-record.ts'

export async function deleteAlias(
  { ports }: LambdaDeps,
  input: LambdaInput<'DeleteAlias'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  checkAliasInput(input)
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  await transact(ports.store, async (transaction) => {
    const owner = await requireFunction(transaction, ref)
    const key = [owner.id, input.Name ?? '']
    if (await aliases.get(transaction, key)) await aliases.delete(transaction, key)
    await policies.delete(transaction, key)
    await provisioned.delete(transaction, provisionedKey(owner, input.Name ?? ''))
    if (await functionUrls.get(transaction, key)) await functionUrls.delete(transaction, key)
  })
  context.setStatus(204)
  return {}
}
