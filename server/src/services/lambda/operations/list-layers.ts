// ListLayers: the layers of an account in a region, each with its newest version, in the order of their names.
import type { RequestContext } from '#protocol/operation.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { layerVersionItem } from '../layer-answer.ts'
import { layerArn, layers } from '../layer-record.ts'
import { LIST_ITEMS_MAX } from '../limits.ts'
import { markerOf, readMarker } from '../markers.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { newestVersion } from './list-layer-versions.ts'

type Row = NonNullable<LambdaOutput<'ListLayers'>['Layers']>[number]

export async function listLayers(
  deps: LambdaDeps,
  input: LambdaInput<'ListLayers'>,
  context: RequestContext,
): Promise<LambdaOutput<'ListLayers'>> {
  new Constraints().range('maxItems', input.MaxItems, { min: 1, max: 50 }).check()
  const { account, region } = context
  const limit = input.MaxItems ?? LIST_ITEMS_MAX
  const rows: Row[] = []
  for (let after = readMarker(input.Marker)?.[0]; rows.length <= limit;) {
    const range = { prefix: [account, region], ...(after !== undefined && { after: [account, region, after] }) }
    const page = await layers.list(deps.ports.store, range, { limit: LIST_ITEMS_MAX })
    for (const { key } of page) {
      const name = String(key[2])
      after = name
      const ref = { account, region, name }
      // A layer whose versions were all deleted is not listed.
      const newest = await newestVersion(deps, ref, input.CompatibleRuntime, input.CompatibleArchitecture)
      if (newest)
        rows.push({ LayerName: name, LayerArn: layerArn(ref), LatestMatchingVersion: layerVersionItem(ref, newest) })
    }
    if (page.length < LIST_ITEMS_MAX) break
  }
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    Layers: shown,
    ...(rows.length > limit && last?.LayerName !== undefined && { NextMarker: markerOf([last.LayerName]) }),
  }
}
