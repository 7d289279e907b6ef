// ListFunctions: the functions of an account in a region, by name, 50 at a time; with FunctionVersion ALL each published
// version is a row of its own.
import type { RequestContext } from '#protocol/operation.ts'
import { type ConfigurationAnswer, configurationAnswer } from '../configuration-answer.ts'
import { Constraints } from '../constraints.ts'
import { LATEST } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { notSupportedYet } from '../errors.ts'
import { functions } from '../function-record.ts'
import { LIST_ITEMS_MAX } from '../limits.ts'
import { markerOf, readMarker } from '../markers.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { listVersions } from './list-versions-by-function.ts'

export async function listFunctions(
  { ports }: LambdaDeps,
  input: LambdaInput<'ListFunctions'>,
  context: RequestContext,
): Promise<LambdaOutput<'ListFunctions'>> {
  new Constraints()
    .range('maxItems', input.MaxItems, { min: 1, max: 10_000 })
    .oneOf('functionVersion', input.FunctionVersion, ['ALL'])
    .check()
  if (input.MasterRegion !== undefined) throw notSupportedYet('MasterRegion')
  const limit = Math.min(input.MaxItems ?? LIST_ITEMS_MAX, LIST_ITEMS_MAX)
  const after = readMarker(input.Marker)
  const page = await functions.list(
    ports.store,
    { prefix: [context.account, context.region], ...(after && { after: [context.account, context.region, ...after] }) },
    { limit: limit + 1 },
  )
  const shown = page.slice(0, limit)
  const rows: ConfigurationAnswer[] = []
  for (const { value } of shown) {
    rows.push(configurationAnswer(ports, value, value.latest, input.FunctionVersion === 'ALL' ? LATEST : undefined))
    if (input.FunctionVersion === 'ALL') rows.push(...(await allVersions(ports, value.id, value)))
  }
  const last = shown.at(-1)
  return { Functions: rows, ...(page.length > limit && last && { NextMarker: markerOf([last.value.name]) }) }
}

async function allVersions(
  ports: LambdaDeps['ports'],
  functionId: string,
  ref: { readonly account: string; readonly region: string; readonly name: string },
): Promise<readonly ConfigurationAnswer[]> {
  const rows = await listVersions(ports.store, functionId, undefined, undefined)
  return rows.map((record) => configurationAnswer(ports, ref, record, record.version))
}
