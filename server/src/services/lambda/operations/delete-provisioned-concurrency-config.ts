// DeleteProvisionedConcurrencyConfig: takes an order back; deleting one that is not there succeeds, as on AWS.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { LambdaDeps } from '../deps.ts'
import type { LambdaInput } from '../model.ts'
import { NOT_LATEST, provisionedOwner } from '../provisioned-answer.ts'
import { provisioned, provisionedKey } from '../provisioned-record.ts'

export async function deleteProvisionedConcurrencyConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'DeleteProvisionedConcurrencyConfig'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  await transact(ports.store, async (transaction) => {
    const { owner, qualifier } = await provisionedOwner(transaction, input, context, NOT_LATEST)
    await provisioned.delete(transaction, provisionedKey(owner, qualifier))
  })
  context.setStatus(204)
  return {}
}
