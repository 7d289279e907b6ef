// ListFunctionEventInvokeConfigs: the settings of a function and of all its versions and aliases that have some.
import type { RequestContext } from '#protocol/operation.ts'
import { asyncConfigAnswer } from '../async-config-answer.ts'
import { asyncSettings } from '../async-settings.ts'
import { Constraints } from '../constraints.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { parseFunctionName } from '../function-name.ts'
import { LIST_ITEMS_MAX } from '../limits.ts'
import { markerOf, readMarker } from '../markers.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function listFunctionEventInvokeConfigs(
  { ports }: LambdaDeps,
  input: LambdaInput<'ListFunctionEventInvokeConfigs'>,
  context: RequestContext,
): Promise<LambdaOutput<'ListFunctionEventInvokeConfigs'>> {
  new Constraints().range('maxItems', input.MaxItems, { min: 1, max: LIST_ITEMS_MAX }).check()
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  const owner = await requireFunction(ports.store, ref)
  const limit = input.MaxItems ?? LIST_ITEMS_MAX
  const after = readMarker(input.Marker)
  const page = await asyncSettings.list(
    ports.store,
    { prefix: [owner.id], ...(after && { after: [owner.id, ...after] }) },
    { limit: limit + 1 },
  )
  const rows = page.slice(0, limit).map(({ key, value }) => ({ qualifier: String(key[1]), value }))
  const last = rows.at(-1)
  return {
    FunctionEventInvokeConfigs: rows.map(({ qualifier, value }) => asyncConfigAnswer(ref, qualifier, value)),
    ...(page.length > limit && last && { NextMarker: markerOf([last.qualifier]) }),
  }
}
