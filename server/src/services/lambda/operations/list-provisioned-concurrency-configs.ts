// ListProvisionedConcurrencyConfigs: what is ordered for the versions and aliases of a function.
import type { RequestContext } from '#protocol/operation.ts'
import { Constraints } from '../constraints.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { functionArn, parseFunctionName } from '../function-name.ts'
import { LIST_ITEMS_MAX } from '../limits.ts'
import { markerOf, readMarker } from '../markers.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { provisionedAnswer } from '../provisioned-answer.ts'
import { listProvisioned } from '../provisioned-record.ts'

export async function listProvisionedConcurrencyConfigs(
  { ports, provisioning }: LambdaDeps,
  input: LambdaInput<'ListProvisionedConcurrencyConfigs'>,
  context: RequestContext,
): Promise<LambdaOutput<'ListProvisionedConcurrencyConfigs'>> {
  new Constraints().range('maxItems', input.MaxItems, { min: 1, max: LIST_ITEMS_MAX }).check()
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  const owner = await requireFunction(ports.store, ref)
  const [after = ''] = (readMarker(input.Marker) ?? []).map(String)
  const all = await listProvisioned(ports.store, [owner.account, owner.region, owner.id])
  const left = all.filter(({ qualifier }) => qualifier > after)
  const page = left.slice(0, input.MaxItems ?? LIST_ITEMS_MAX)
  const last = page.at(-1)
  const configs = await Promise.all(
    page.map(async (config) => ({
      FunctionArn: `${functionArn(ref)}:${config.qualifier}`,
      ...provisionedAnswer(config, await provisioning.stateOf(config)),
    })),
  )
  return {
    ProvisionedConcurrencyConfigs: configs,
    ...(left.length > page.length && last && { NextMarker: markerOf([last.qualifier]) }),
  }
}
