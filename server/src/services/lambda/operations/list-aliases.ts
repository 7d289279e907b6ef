// ListAliases: the aliases of a function, or those that point to one of its versions, in the order of their names.
import type { RequestContext } from '#protocol/operation.ts'
import { aliasAnswer, aliases, type AliasRecord, checkAliasInput } from '../alias-record.ts'
import { Constraints } from '../constraints.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { parseFunctionName } from '../function-name.ts'
import { LIST_ITEMS_MAX } from '../limits.ts'
import { markerOf, readMarker } from '../markers.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function listAliases(
  deps: LambdaDeps,
  input: LambdaInput<'ListAliases'>,
  context: RequestContext,
): Promise<LambdaOutput<'ListAliases'>> {
  checkAliasInput(input)
  new Constraints().range('maxItems', input.MaxItems, { min: 1, max: 10_000 }).check()
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  const owner = await requireFunction(deps.ports.store, ref)
  const limit = Math.min(input.MaxItems ?? LIST_ITEMS_MAX, LIST_ITEMS_MAX)
  const page = { version: input.FunctionVersion, afterName: readMarker(input.Marker)?.[0], limit: limit + 1 }
  const rows = await pageOf(deps, owner.id, page)
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    Aliases: shown.map((alias) => aliasAnswer(owner, alias)),
    ...(rows.length > limit && last && { NextMarker: markerOf([last.name]) }),
  }
}

async function pageOf(
  { ports }: LambdaDeps,
  functionId: string,
  page: {
    readonly version: string | undefined
    readonly afterName: string | number | undefined
    readonly limit: number
  },
): Promise<readonly AliasRecord[]> {
  const { version, limit } = page
  const afterName = page.afterName === undefined ? undefined : String(page.afterName)
  if (version === undefined) {
    const range = { prefix: [functionId], ...(afterName !== undefined && { after: [functionId, afterName] }) }
    return (await aliases.list(ports.store, range, { limit })).map(({ value }) => value)
  }
  const prefix = [functionId, version]
  // An index key ends with the record's own key.
  const range = { prefix, ...(afterName !== undefined && { after: [...prefix, functionId, afterName] }) }
  return (await aliases.listIndex(ports.store, 'version', range, { limit })).map(({ value }) => value)
}
