// ListFunctionsByCodeSigningConfig: the ARNs of the functions that use a configuration.
import type { RequestContext } from '#protocol/operation.ts'
import { codeSigningConfigArn, requireCodeSigningConfig } from '../code-signing.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { functionArn } from '../function-name.ts'
import { functions } from '../function-record.ts'
import { LIST_ITEMS_ASKED_MAX, LIST_ITEMS_MAX } from '../limits.ts'
import { markerOf, readMarker } from '../markers.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function listFunctionsByCodeSigningConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'ListFunctionsByCodeSigningConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'ListFunctionsByCodeSigningConfig'>> {
  new Constraints().range('maxItems', input.MaxItems, { min: 1, max: LIST_ITEMS_ASKED_MAX }).check()
  const config = await requireCodeSigningConfig(ports.store, input.CodeSigningConfigArn, context)
  const limit = Math.min(input.MaxItems ?? LIST_ITEMS_MAX, LIST_ITEMS_MAX)
  const prefix = [config.account, config.region, codeSigningConfigArn(config)]
  const after = readMarker(input.Marker)
  const page = await functions.listIndex(
    ports.store,
    'codeSigning',
    { prefix, ...(after && { after: [...prefix, ...after] }) },
    { limit: limit + 1 },
  )
  const shown = page.slice(0, limit)
  const last = shown.at(-1)
  return {
    FunctionArns: shown.map(({ value }) => functionArn(value)),
    ...(page.length > limit && last && { NextMarker: markerOf(last.indexKey.slice(prefix.length).map(String)) }),
  }
}
