// Runs SELECT: a query where the WHERE names partitions, else a scan. The whole WHERE is the filter; what it says of the range
// key also narrows what is read.
import { Usage } from '../capacity.ts'
import type { DynamoDeps } from '../deps.ts'
import type { Path } from '../language/ast.ts'
import { setAttribute, type AttributeValue, type Item } from '../language/attribute-value.ts'
import { ConditionProgram } from '../language/condition.ts'
import { valueAt } from '../language/document.ts'
import { invalid } from '../language/invalid.ts'
import { Projection } from '../language/projection.ts'
import { PAGE_BYTES_MAX } from '../limits.ts'
import { rangeOfQuery, readPage, type Page } from '../page-read.ts'
import { indexOf, startOf } from '../selection.ts'
import { SPACE_PREFIX, type IndexRecord, type TableRecord } from '../table-record.ts'
import type { SelectPlace } from './next-token.ts'
import type { SelectStatement } from './statement.ts'
import { partitionsOf, type Partitions } from './where-keys.ts'

export interface SelectOptions {
  /** Items looked at. */
  readonly limit: number | undefined
  readonly consistent: boolean
  readonly from: SelectPlace
}

export interface Selected {
  readonly items: readonly Item[]
  readonly next: SelectPlace | undefined
  readonly usage: Usage
}

/** One page. Throws ValidationException. */
export async function runSelect(
  deps: DynamoDeps,
  record: TableRecord,
  statement: SelectStatement,
  options: SelectOptions,
): Promise<Selected> {
  const index = indexOf(record, { IndexName: statement.index, ConsistentRead: options.consistent })
  const partitions = partitionsOf(record, index?.key ?? record.key, statement.where)
  checkOrder(statement, index?.key ?? record.key, partitions)
  deps.throughput.admit(record, 'read', index)
  const plan: SelectPlan = { deps, record, index, statement, options, partitions }
  const selected = await readPartitions(plan)
  deps.throughput.spend(record, selected.usage)
  return selected
}

interface SelectPlan {
  readonly deps: DynamoDeps
  readonly record: TableRecord
  readonly index: IndexRecord | undefined
  readonly statement: SelectStatement
  readonly options: SelectOptions
  /** Undefined: a scan. */
  readonly partitions: Partitions | undefined
}

/** A partition is in the order of its range key, and there is no other order. */
function checkOrder(
  { order, where }: SelectStatement,
  names: { readonly hash: string; readonly range?: string },
  partitions: Partitions | undefined,
): void {
  if (order === undefined) return
  if (where === undefined) throw invalid('Must have WHERE clause in the statement when using ORDER BY clause.')
  if (order.name !== names.hash && order.name !== names.range)
    throw invalid(`Variable reference ${order.name} in ORDER BY clause must be part of the primary key`)
  if (partitions === undefined)
    throw invalid('Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.')
  if (partitions.hashes.length > 1 && order.name === names.range)
    throw invalid('ORDER BY on the range key needs one value of the hash key')
}

async function readPartitions(plan: SelectPlan): Promise<Selected> {
  const { options, partitions, deps } = plan
  const count = partitions?.hashes.length ?? 1
  const items: Item[] = []
  const usage = new Usage('read')
  let scanned = 0
  for (let { partition, after } = options.from; partition < count; partition++, after = undefined) {
    const limit = options.limit === undefined ? undefined : options.limit - scanned
    const page = await readPage(deps.store, pageRequest(plan, partition, after, limit))
    for (const item of page.items) items.push(namedPaths(item, plan.statement.paths))
    usage.add(page.usage)
    scanned += page.scanned
    if (page.lastKey !== undefined) return { items, usage, next: { partition, after: page.lastKey } }
    if (partition + 1 < count && isFull(page, scanned, options))
      return { items, usage, next: { partition: partition + 1, after: undefined } }
  }
  return { items, usage, next: undefined }
}

/** Whether an answer ends here, with partitions left. */
function isFull({ usage }: Page, scanned: number, { limit }: SelectOptions): boolean {
  return (limit !== undefined && scanned >= limit) || usage.total * READ_UNIT_BYTES >= PAGE_BYTES_MAX
}

const READ_UNIT_BYTES = 4096

function pageRequest(
  { record, index, statement, options, partitions }: SelectPlan,
  partition: number,
  after: Item | undefined,
  limit: number | undefined,
): Parameters<typeof readPage>[1] {
  const space = index?.space ?? record.space
  const hash = partitions?.hashes[partition]
  const { paths, where, order } = statement
  return {
    record,
    index,
    range:
      hash === undefined ? { prefix: [SPACE_PREFIX, space] } : rangeOfQuery(space, { hash, range: partitions?.range }),
    start: after && startOf(record, index, after),
    reverse: order?.descending === true,
    limit,
    consistent: options.consistent,
    filter: where && new ConditionProgram(where),
    projection: paths && topLevel(paths),
    countOnly: false,
    allAttributes: false,
  }
}

/** The attributes in which the paths lie. */
function topLevel(paths: readonly Path[]): Projection {
  return new Projection(
    [...new Set(paths.map(([name]) => name))].flatMap((name) => (name === undefined ? [] : [[name]])),
  )
}

/** Each path under its own name: the last name in it, with the indexes behind. */
export function namedPaths(item: Item, paths: readonly Path[] | undefined): Item {
  if (paths === undefined) return item
  const named: Record<string, AttributeValue> = {}
  for (const path of paths) {
    const value = valueAt(item, path)
    if (value !== undefined) setAttribute(named, nameOfPath(path), value)
  }
  return named
}

function nameOfPath(path: Path): string {
  const at = path.findLastIndex((element) => typeof element === 'string')
  return path
    .slice(at)
    .map((element) => (typeof element === 'number' ? `[${element}]` : element))
    .join('')
}
