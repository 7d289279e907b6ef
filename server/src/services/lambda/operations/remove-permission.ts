// RemovePermission: takes a statement out of a resource policy; with the last one the policy is gone.
import { newRequestId } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { resourceNotFound, revisionMismatch } from '../errors.ts'
import { parseFunctionName } from '../function-name.ts'
import { policies } from '../function-record.ts'
import type { LambdaInput } from '../model.ts'

export async function removePermission(
  { ports }: LambdaDeps,
  input: LambdaInput<'RemovePermission'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const ref = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context)
  const owner = await requireFunction(ports.store, ref)
  await transact(ports.store, async (transaction) => {
    const key = [owner.id, ref.qualifier ?? '']
    const found = await policies.get(transaction, key)
    if (!found) throw resourceNotFound('No policy is associated with the given resource.')
    if (input.RevisionId !== undefined && input.RevisionId !== found.value.revisionId)
      throw revisionMismatch('GetPolicy')
    const rest = found.value.statements.filter(({ Sid }) => Sid !== input.StatementId)
    if (rest.length === found.value.statements.length)
      throw resourceNotFound(`Statement ${input.StatementId} is not found in resource policy.`)
    if (rest.length === 0) await policies.delete(transaction, key)
    else await policies.set(transaction, key, { ...found.value, revisionId: newRequestId(), statements: rest })
  })
  context.setStatus(204)
  return {}
}
