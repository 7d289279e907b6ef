// RemoveLayerVersionPermission: takes a statement out of the policy of a layer version.
import { newRequestId } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { LambdaDeps } from '../deps.ts'
import { resourceNotFound, revisionMismatch } from '../errors.ts'
import { layerKey, layerVersions, parseLayerName, requireLayerVersion } from '../layer-record.ts'
import type { LambdaInput } from '../model.ts'

export async function removeLayerVersionPermission(
  { ports }: LambdaDeps,
  input: LambdaInput<'RemoveLayerVersionPermission'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const ref = parseLayerName(input.LayerName ?? '', context)
  const number = input.VersionNumber ?? 0
  await transact(ports.store, async (transaction) => {
    const record = await requireLayerVersion(transaction, ref, number)
    const statements = record.policy?.statements ?? []
    const left = statements.filter(({ Sid }) => Sid !== input.StatementId)
    if (left.length === statements.length)
      throw resourceNotFound(`Statement ${input.StatementId} is not found in resource policy.`)
    if (input.RevisionId !== undefined && input.RevisionId !== record.policy?.revisionId)
      throw revisionMismatch('GetLayerVersionPolicy')
    const policy = left.length === 0 ? undefined : { revisionId: newRequestId(), statements: left }
    await layerVersions.set(transaction, [...layerKey(ref), number], { ...record, policy })
  })
  context.setStatus(204)
  return {}
}
