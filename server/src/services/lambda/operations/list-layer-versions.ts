// ListLayerVersions: the versions of a layer, the newest first, 50 at a time.
import type { RequestContext } from '#protocol/operation.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { layerVersionItem } from '../layer-answer.ts'
import { layerKey, type LayerRef, type LayerVersionRecord, layerVersions, parseLayerName } from '../layer-record.ts'
import { LIST_ITEMS_MAX } from '../limits.ts'
import { markerOf, readMarker } from '../markers.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function listLayerVersions(
  deps: LambdaDeps,
  input: LambdaInput<'ListLayerVersions'>,
  context: RequestContext,
): Promise<LambdaOutput<'ListLayerVersions'>> {
  new Constraints().range('maxItems', input.MaxItems, { min: 1, max: 50 }).check()
  const ref = parseLayerName(input.LayerName ?? '', context)
  const limit = input.MaxItems ?? LIST_ITEMS_MAX
  const before = readMarker(input.Marker)?.[0]
  const rows: LayerVersionRecord[] = []
  for await (const record of newestFirst(deps, ref, before === undefined ? undefined : Number(before))) {
    if (suits(record, input.CompatibleRuntime, input.CompatibleArchitecture)) rows.push(record)
    if (rows.length > limit) break
  }
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    LayerVersions: shown.map((record) => layerVersionItem(ref, record)),
    ...(rows.length > limit && last && { NextMarker: markerOf([last.number]) }),
  }
}

/** The newest version that suits; undefined when none does. */
export async function newestVersion(
  deps: LambdaDeps,
  ref: LayerRef,
  runtime: string | undefined,
  architecture: string | undefined,
): Promise<LayerVersionRecord | undefined> {
  for await (const record of newestFirst(deps, ref, undefined)) if (suits(record, runtime, architecture)) return record
  return undefined
}

async function* newestFirst(
  { ports }: LambdaDeps,
  ref: LayerRef,
  beforeNumber: number | undefined,
): AsyncGenerator<LayerVersionRecord> {
  const prefix = layerKey(ref)
  for (let before = beforeNumber; ;) {
    const range = { prefix, ...(before !== undefined && { before: [...prefix, before] }) }
    const page = await layerVersions.list(ports.store, range, { limit: LIST_ITEMS_MAX, reverse: true })
    for (const { value } of page) yield value
    if (page.length < LIST_ITEMS_MAX) return
    before = page.at(-1)?.value.number
  }
}

function suits(record: LayerVersionRecord, runtime: string | undefined, architecture: string | undefined): boolean {
  return (
    (runtime === undefined || record.runtimes.includes(runtime)) &&
    (architecture === undefined || record.architectures.includes(architecture))
  )
}
