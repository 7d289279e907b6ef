// DeleteLayerVersion: functions that use the version keep it; its number is never used again. Deleting a version that is
// not there succeeds, as on AWS.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { LambdaDeps } from '../deps.ts'
import { layerKey, layerVersions, parseLayerName } from '../layer-record.ts'
import type { LambdaInput } from '../model.ts'

export async function deleteLayerVersion(
  { ports }: LambdaDeps,
  input: LambdaInput<'DeleteLayerVersion'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const ref = parseLayerName(input.LayerName ?? '', context)
  const key = [...layerKey(ref), input.VersionNumber ?? 0]
  await transact(ports.store, async (transaction) => {
    if (await layerVersions.get(transaction, key)) await layerVersions.delete(transaction, key)
  })
  context.setStatus(204)
  return {}
}
