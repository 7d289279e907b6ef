// ListEventSourceMappings: the mappings of an account in a region, of one source or one function where asked for.
import type { RequestContext } from '#protocol/operation.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { MAPPINGS_PAGE_MAX } from '../event-sources/limits.ts'
import { mappingAnswer } from '../event-sources/mapping-answer.ts'
import { checkArnForm } from '../event-sources/mapping-input.ts'
import { type MappingRecord, mappings } from '../event-sources/mapping-record.ts'
import { parseOwnFunctionName, qualifiedArn } from '../function-name.ts'
import { markerOf, readMarker } from '../markers.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

type ListInput = LambdaInput<'ListEventSourceMappings'>

export async function listEventSourceMappings(
  deps: LambdaDeps,
  input: ListInput,
  context: RequestContext,
): Promise<LambdaOutput<'ListEventSourceMappings'>> {
  new Constraints().range('maxItems', input.MaxItems, { min: 1, max: 10_000 }).check()
  checkArnForm('eventSourceArn', input.EventSourceArn)
  const limit = Math.min(input.MaxItems ?? MAPPINGS_PAGE_MAX, MAPPINGS_PAGE_MAX)
  const [after] = readMarker(input.Marker) ?? []
  const found = await page(deps, input, context, after === undefined ? undefined : String(after), limit + 1)
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  return {
    EventSourceMappings: await Promise.all(
      shown.map(async (record) => mappingAnswer(record, await deps.mappings.lastResult(record))),
    ),
    ...(found.length > limit && last && { NextMarker: markerOf([last.uuid]) }),
  }
}

/** In the order of the UUIDs, after one of them. */
async function page(
  { ports: { store } }: LambdaDeps,
  input: ListInput,
  context: RequestContext,
  after: string | undefined,
  limit: number,
): Promise<readonly MappingRecord[]> {
  const functionArn =
    input.FunctionName === undefined ? undefined : qualifiedArn(parseOwnFunctionName(input.FunctionName, context))
  const here = [context.account, context.region]
  if (functionArn === undefined && input.EventSourceArn === undefined) {
    const range = { prefix: here, ...(after !== undefined && { after: [...here, after] }) }
    return (await mappings.list(store, range, { limit })).map(({ value }) => value)
  }
  const [index, about] = functionArn === undefined ? ['source', input.EventSourceArn ?? ''] : ['function', functionArn]
  const prefix = [...here, about]
  const range = { prefix, ...(after !== undefined && { after: [...prefix, ...here, after] }) }
  // A function and a source have at most one mapping together, so asking for both needs no pages of its own.
  const rows = await mappings.listIndex(store, index, range, input.EventSourceArn === undefined ? { limit } : {})
  return rows
    .map(({ value }) => value)
    .filter(({ sourceArn }) => input.EventSourceArn === undefined || sourceArn === input.EventSourceArn)
    .slice(0, limit)
}
