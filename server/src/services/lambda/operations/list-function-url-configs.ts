// ListFunctionUrlConfigs: the addresses of a function and of its aliases, 50 at a time.
import type { RequestContext } from '#protocol/operation.ts'
import { Constraints } from '../constraints.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { parseFunctionName } from '../function-name.ts'
import { functionUrls } from '../function-url-record.ts'
import { functionUrlAnswer } from '../function-url-settings.ts'
import { LIST_ITEMS_MAX } from '../limits.ts'
import { markerOf, readMarker } from '../markers.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function listFunctionUrlConfigs(
  { ports }: LambdaDeps,
  input: LambdaInput<'ListFunctionUrlConfigs'>,
  context: RequestContext,
): Promise<LambdaOutput<'ListFunctionUrlConfigs'>> {
  new Constraints().range('maxItems', input.MaxItems, { min: 1, max: 50 }).check()
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  const owner = await requireFunction(ports.store, ref)
  const limit = input.MaxItems ?? LIST_ITEMS_MAX
  const after = readMarker(input.Marker)?.[0]
  const range = { prefix: [owner.id], ...(after !== undefined && { after: [owner.id, after] }) }
  const rows = await functionUrls.list(ports.store, range, { limit: limit + 1 })
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    FunctionUrlConfigs: shown.map(({ value }) => functionUrlAnswer(value, context)),
    ...(rows.length > limit && last && { NextMarker: markerOf([last.value.alias ?? '']) }),
  }
}
