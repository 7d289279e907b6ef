// ListCodeSigningConfigs: the configurations of an account in a region.
import type { RequestContext } from '#protocol/operation.ts'
import { codeSigningConfigAnswer, codeSigningConfigs } from '../code-signing.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { LIST_ITEMS_MAX, LIST_ITEMS_ASKED_MAX } from '../limits.ts'
import { markerOf, readMarker } from '../markers.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function listCodeSigningConfigs(
  { ports }: LambdaDeps,
  input: LambdaInput<'ListCodeSigningConfigs'>,
  context: RequestContext,
): Promise<LambdaOutput<'ListCodeSigningConfigs'>> {
  new Constraints().range('maxItems', input.MaxItems, { min: 1, max: LIST_ITEMS_ASKED_MAX }).check()
  const limit = Math.min(input.MaxItems ?? LIST_ITEMS_MAX, LIST_ITEMS_MAX)
  const prefix = [context.account, context.region]
  const after = readMarker(input.Marker)
  const page = await codeSigningConfigs.list(
    ports.store,
    { prefix, ...(after && { after: [...prefix, ...after] }) },
    { limit: limit + 1 },
  )
  const shown = page.slice(0, limit)
  const last = shown.at(-1)
  return {
    CodeSigningConfigs: shown.map(({ value }) => codeSigningConfigAnswer(value)),
    ...(page.length > limit && last && { NextMarker: markerOf([last.value.id]) }),
  }
}
