// ListVersionsByFunction: $LATEST first, then the published versions, 50 at a time.
import type { RequestContext } from '#protocol/operation.ts'
import type { Reader } from '#storage/transact.ts'
import { configurationAnswer } from '../configuration-answer.ts'
import { Constraints } from '../constraints.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { parseFunctionName } from '../function-name.ts'
import { type VersionRecord, versions } from '../function-record.ts'
import { LIST_ITEMS_MAX } from '../limits.ts'
import { markerOf, readMarker } from '../markers.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function listVersionsByFunction(
  { ports }: LambdaDeps,
  input: LambdaInput<'ListVersionsByFunction'>,
  context: RequestContext,
): Promise<LambdaOutput<'ListVersionsByFunction'>> {
  new Constraints().range('maxItems', input.MaxItems, { min: 1, max: 10_000 }).check()
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  const owner = await requireFunction(ports.store, ref)
  const limit = Math.min(input.MaxItems ?? LIST_ITEMS_MAX, LIST_ITEMS_MAX)
  const after = readMarker(input.Marker)
  const first = after === undefined ? [owner.latest] : []
  const published = await listVersions(ports.store, owner.id, after?.[0], limit + 1 - first.length)
  const rows = [...first, ...published]
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    Versions: shown.map((record) => configurationAnswer(ports, ref, record, record.version)),
    ...(rows.length > limit &&
      last && { NextMarker: markerOf([last.version === '$LATEST' ? 0 : Number(last.version)]) }),
  }
}

/** Published versions in the order of their numbers, after the number `after`. */
export async function listVersions(
  reader: Reader,
  functionId: string,
  after: string | number | undefined,
  limit: number | undefined,
): Promise<readonly VersionRecord[]> {
  const page = await versions.list(
    reader,
    { prefix: [functionId], ...(after !== undefined && { after: [functionId, Number(after)] }) },
    limit === undefined ? {} : { limit: Math.max(1, limit) },
  )
  return page.map(({ value }) => value)
}
