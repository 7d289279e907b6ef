// ListDurableExecutionsByFunction: the executions of a function or of one of its versions, the newest first.
import type { RequestContext } from '#protocol/operation.ts'
import type { Reader } from '#storage/transact.ts'
import { Constraints } from '../constraints.ts'
import { requireFunction, requireVersion } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { checkPage } from '../durable/checkpoint-input.ts'
import { checkExecutionName } from '../durable/durable-call.ts'
import { executionArn, versionArn } from '../durable/execution-arn.ts'
import { executionKey, executionNames, type ExecutionRecord, executions, nameKey } from '../durable/execution-record.ts'
import { parseFunctionName } from '../function-name.ts'
import type { FunctionRecord } from '../function-record.ts'
import { DURABLE_PAGE_ITEMS_DEFAULT } from '../limits.ts'
import { invalidMarker, markerOf, readMarker } from '../markers.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

type Input = LambdaInput<'ListDurableExecutionsByFunction'>
type Output = LambdaOutput<'ListDurableExecutionsByFunction'>
type Row = NonNullable<Output['DurableExecutions']>[number]

const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'STOPPED']
const READ = 200
/** Executions that one call looks at; it answers what it found among them. */
const LOOKED_AT_MAX = 5000

export async function listDurableExecutionsByFunction(
  { ports: { store } }: LambdaDeps,
  input: Input,
  context: RequestContext,
): Promise<Output> {
  check(input)
  const ref = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context)
  const owner = await requireFunction(store, ref)
  const version = ref.qualifier === undefined ? undefined : (await requireVersion(store, ref)).record.version
  const fits = (execution: ExecutionRecord): boolean =>
    (version === undefined || execution.version === version) && fitsFilters(execution, input)
  if (input.DurableExecutionName !== undefined) {
    const named = await namedExecution(store, owner, input.DurableExecutionName)
    return { DurableExecutions: named && fits(named) ? [rowOf(named)] : [] }
  }
  const limit = input.MaxItems || DURABLE_PAGE_ITEMS_DEFAULT
  const oldestFirst = input.ReverseOrder === true
  const rows: Row[] = []
  let looked = 0
  const marker = readMarker(input.Marker)
  // One that another function's list gave.
  if (marker !== undefined && marker[0] !== owner.id) throw invalidMarker()
  for (let last = marker; ;) {
    const cut = last === undefined ? {} : oldestFirst ? { after: [...last] } : { before: [...last] }
    const range = { prefix: [owner.id], ...cut }
    const page = await executions.listIndex(store, 'started', range, { limit: READ, reverse: !oldestFirst })
    for (const { value, indexKey } of page) {
      last = indexKey.map((part) => (typeof part === 'number' ? part : String(part)))
      if (fits(value)) rows.push(rowOf(value))
      if (rows.length >= limit || ++looked >= LOOKED_AT_MAX)
        return { DurableExecutions: rows, NextMarker: markerOf(last) }
    }
    if (page.length < READ) return { DurableExecutions: rows }
  }
}

function check(input: Input): void {
  const constraints = checkExecutionName(checkPage(new Constraints(), input), input.DurableExecutionName)
  for (const status of input.Statuses ?? []) constraints.oneOf('statuses', status, STATUSES)
  constraints.check()
}

/** There is one of a name at most. */
async function namedExecution(
  reader: Reader,
  { id: functionId, account, region }: FunctionRecord,
  name: string,
): Promise<ExecutionRecord | undefined> {
  const named = await executionNames.get(reader, nameKey({ functionId, name }))
  return named && (await executions.get(reader, executionKey({ account, region, id: named.value.id })))?.value
}

function fitsFilters({ status, startMs }: ExecutionRecord, input: Input): boolean {
  if (input.Statuses && input.Statuses.length > 0 && !input.Statuses.includes(status)) return false
  if (input.StartedAfter && startMs <= input.StartedAfter.getTime()) return false
  return !(input.StartedBefore && startMs >= input.StartedBefore.getTime())
}

function rowOf(execution: ExecutionRecord): Row {
  const { name, status, startMs, endMs } = execution
  return {
    DurableExecutionArn: executionArn(execution),
    DurableExecutionName: name,
    FunctionArn: versionArn(execution),
    Status: status,
    StartTimestamp: new Date(startMs),
    ...(endMs !== undefined && { EndTimestamp: new Date(endMs) }),
  }
}
