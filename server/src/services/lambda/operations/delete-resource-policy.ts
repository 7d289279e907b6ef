// DeleteResourcePolicy: takes the whole resource policy of a function, version or alias away.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { requireVersion } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { resourceNotFound, revisionMismatch } from '../errors.ts'
import { policies } from '../function-record.ts'
import type { LambdaInput } from '../model.ts'
import { policyBearer } from '../resource-policy.ts'

export async function deleteResourcePolicy(
  { ports }: LambdaDeps,
  input: LambdaInput<'DeleteResourcePolicy'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const ref = policyBearer(input.ResourceArn, context)
  const { owner } = await requireVersion(ports.store, ref)
  await transact(ports.store, async (transaction) => {
    const key = [owner.id, ref.qualifier ?? '']
    const found = await policies.get(transaction, key)
    if (!found) throw resourceNotFound('The resource you requested does not exist.')
    if (input.RevisionId !== undefined && input.RevisionId !== found.value.revisionId)
      throw revisionMismatch('GetResourcePolicy')
    await policies.delete(transaction, key)
  })
  context.setStatus(204)
  return {}
}
