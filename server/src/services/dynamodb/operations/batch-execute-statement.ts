import { AwsError } from '#protocol/errors.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { describeUsage, Usage } from '../capacity.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoDeps, DynamoOperation } from '../deps.ts'
import type { DynamoInput, DynamoOutput } from '../model.ts'
import { requireTable } from '../item-write.ts'
import type { Item } from '../language/attribute-value.ts'
import { invalid } from '../language/invalid.ts'
import { BATCH_STATEMENTS_MAX, STATEMENT_CHARS_MAX } from '../partiql/limits.ts'
import { readStatement, type RequestedStatement } from '../partiql/requested-statement.ts'
import { runWrite } from '../partiql/run-write.ts'
import { runSelect } from '../partiql/select.ts'
import type { SelectStatement } from '../partiql/statement.ts'
import { keyedWhere } from '../partiql/where-keys.ts'
import type { TableRecord } from '../table-record.ts'

type Requested = NonNullable<DynamoInput<'BatchExecuteStatement'>['Statements']>[number]
type Response = NonNullable<DynamoOutput<'BatchExecuteStatement'>['Responses']>[number]
type ErrorCode = NonNullable<NonNullable<Response['Error']>['Code']>

interface Done {
  readonly response: Response
  readonly used?: { readonly record: TableRecord; readonly usage: Usage }
}

export const batchExecuteStatement: DynamoOperation<'BatchExecuteStatement'> = async (deps, input, context) => {
  const { Statements } = input
  const constraints = new Constraints().count('statements', Statements, { min: 1, max: BATCH_STATEMENTS_MAX })
  for (const [index, { Statement }] of Statements.entries())
    constraints.length(`statements.${index + 1}.member.statement`, Statement, { min: 1, max: STATEMENT_CHARS_MAX })
  constraints.returns(input).check()
  refuseMixed(Statements)
  // Each is an operation of its own: together they share the disk's syncs.
  const done = await Promise.all(Statements.map((requested) => run(deps, requested, context)))
  const capacity = capacities(input.ReturnConsumedCapacity, done)
  return {
    Responses: done.map(({ response }) => response),
    ...(capacity.length > 0 && { ConsumedCapacity: capacity }),
  }
}

/** A batch reads or writes. Throws ValidationException. */
function refuseMixed(statements: readonly Requested[]): void {
  const reads = statements.filter(({ Statement }) => /^\s*select\b/i.test(Statement))
  if (reads.length > 0 && reads.length < statements.length)
    throw invalid(
      'The batch must consist of either read statements or write statements, you cannot mix both in one batch.',
    )
}

async function run(deps: DynamoDeps, requested: Requested, context: RequestContext): Promise<Done> {
  let table: string | undefined
  try {
    const read = readStatement(requested, context)
    table = read.place.name
    return await runOne(deps, read, requested)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return { response: { Error: errorOf(error), ...(table !== undefined && { TableName: table }) } }
  }
}

async function runOne(deps: DynamoDeps, { statement, place }: RequestedStatement, requested: Requested): Promise<Done> {
  if (statement.kind === 'exists') throw invalid('EXISTS is only supported in ExecuteTransaction')
  if (statement.kind === 'select') return readOne(deps, place, statement, requested)
  const { written, returned } = await runWrite(deps, place, statement, requested)
  return answer(written.table.record, written.usage, returned)
}

async function readOne(
  deps: DynamoDeps,
  place: RequestedStatement['place'],
  statement: SelectStatement,
  { ConsistentRead }: Requested,
): Promise<Done> {
  const { record } = await requireTable(deps, place)
  if (
    statement.index !== undefined ||
    statement.where === undefined ||
    keyedWhere(record, statement.where) === undefined
  )
    throw invalid('Select statements within BatchExecuteStatement must specify the primary key in the where clause.')
  const { items, usage } = await runSelect(deps, record, statement, {
    limit: undefined,
    consistent: ConsistentRead === true,
    from: { partition: 0, after: undefined },
  })
  return answer(record, usage, items[0])
}

function answer(record: TableRecord, usage: Usage, item: Item | undefined): Done {
  return { response: { TableName: record.name, ...(item !== undefined && { Item: item }) }, used: { record, usage } }
}

/** What the errors of single operations are called in a batch. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  DuplicateItemException: 'DuplicateItem',
  ProvisionedThroughputExceededException: 'ProvisionedThroughputExceeded',
  ResourceNotFoundException: 'ResourceNotFound',
  ThrottlingException: 'ThrottlingError',
  TransactionConflictException: 'TransactionConflict',
  ValidationException: 'ValidationError',
}

function errorOf(error: AwsError): NonNullable<Response['Error']> {
  const Code = CODES[error.code]
  if (Code === undefined) throw error
  // The cast: only conditionFailed sets it, to an item.
  const item = error.fields['Item'] as Item | undefined
  return { Code, Message: error.message, ...(item !== undefined && { Item: item }) }
}

type Capacities = NonNullable<DynamoOutput<'BatchExecuteStatement'>['ConsumedCapacity']>

function capacities(detail: string | undefined, done: readonly Done[]): Capacities {
  const usages = new Map<string, { readonly record: TableRecord; readonly usage: Usage }>()
  for (const { used } of done) {
    if (used === undefined) continue
    const total = usages.get(used.record.id) ?? { record: used.record, usage: new Usage(used.usage.kind) }
    total.usage.add(used.usage)
    usages.set(used.record.id, total)
  }
  return [...usages.values()].flatMap(({ record, usage }) => describeUsage(detail, record, usage) ?? [])
}
