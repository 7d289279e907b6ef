import { AwsError } from '#protocol/errors.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoDeps, DynamoOperation } from '../deps.ts'
import type { DynamoInput, DynamoOutput } from '../model.ts'
import { checkKey } from '../item-checks.ts'
import { requireTable } from '../item-write.ts'
import type { Item } from '../language/attribute-value.ts'
import { ConditionProgram } from '../language/condition.ts'
import { invalid } from '../language/invalid.ts'
import { STATEMENT_CHARS_MAX } from '../partiql/limits.ts'
import { readStatement } from '../partiql/requested-statement.ts'
import { namedPaths } from '../partiql/select.ts'
import type { SelectStatement, Statement } from '../partiql/statement.ts'
import { keyedWhere, requireKey, type KeyedWhere } from '../partiql/where-keys.ts'
import { writeAction } from '../partiql/write.ts'
import type { TableRecord } from '../table-record.ts'
import { describeTransaction } from '../transaction-capacity.ts'
import { TOKEN_CHARS_MAX, TRANSACTION_ITEMS_MAX } from '../transaction-limits.ts'
import { readTransaction, type ReadItem, type TransactionRead } from '../transaction-read.ts'
import { requestToken, sweepTokens } from '../transaction-tokens.ts'
import { runTransaction, type TransactionAction } from '../transaction.ts'

type TransactionInput = DynamoInput<'ExecuteTransaction'>
type Answer = DynamoOutput<'ExecuteTransaction'>

export const executeTransaction: DynamoOperation<'ExecuteTransaction'> = async (deps, input, context) => {
  const { TransactStatements, ClientRequestToken } = input
  const constraints = new Constraints()
    .count('transactStatements', TransactStatements, { min: 1, max: TRANSACTION_ITEMS_MAX })
    .length('clientRequestToken', ClientRequestToken, { min: 1, max: TOKEN_CHARS_MAX })
    .returns(input)
  for (const [index, { Statement }] of TransactStatements.entries())
    constraints.length(`transactStatements.${index + 1}.member.statement`, Statement, {
      min: 1,
      max: STATEMENT_CHARS_MAX,
    })
  constraints.check()
  const reads: SelectRead[] = []
  const writes: TransactionAction[] = []
  for (const [index, requested] of TransactStatements.entries()) {
    const { statement, place } = namingStatement(index, () => readStatement(requested, context))
    const { record } = await requireTable(deps, place)
    namingStatement(index, () => checkKeyed(statement, record))
    if (statement.kind === 'select') reads.push({ place, statement, key: (table) => selectedKey(statement, table) })
    else writes.push({ place, ...writeAction(statement, requested) })
  }
  if (reads.length > 0 && writes.length > 0)
    throw invalid('The transaction must consist of either read statements or write statements, you cannot mix both.')
  return reads.length > 0 ? read(deps, reads, input) : write(deps, writes, input, context)
}

/** A refusal of a statement names it. */
function namingStatement<T>(index: number, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ValidationException') throw error
    throw invalid(`Validation failed in TransactStatements[${index}]: ${error.message}`, { cause: error })
  }
}

/** Each statement is about one item. Throws ValidationException. */
function checkKeyed(statement: Statement, record: TableRecord): void {
  switch (statement.kind) {
    case 'insert':
      return
    case 'select':
      requireSelected(statement, record)
      return
    case 'exists':
      if (keyedWhere(record, statement.where)?.rest === undefined)
        throw invalid('EXISTS() must contain a single item read with additional condition')
      return
    case 'update':
    case 'delete':
      requireKey(record, statement.where)
  }
}

interface SelectRead extends TransactionRead {
  readonly statement: SelectStatement
}

function requireSelected({ where, index }: SelectStatement, record: TableRecord): KeyedWhere {
  const keyed = where === undefined || index !== undefined ? undefined : keyedWhere(record, where)
  if (keyed === undefined)
    throw invalid('Select statements within ExecuteTransaction must specify the primary key in the where clause.')
  return keyed
}

function selectedKey(statement: SelectStatement, record: TableRecord): Item {
  const { key } = requireSelected(statement, record)
  checkKey(record, key)
  return key
}

async function read(deps: DynamoDeps, reads: readonly SelectRead[], input: TransactionInput): Promise<Answer> {
  const items = await readTransaction(deps, reads)
  const capacity = describeTransaction(input.ReturnConsumedCapacity, items)
  return {
    Responses: items.map((item, index) => responseOf(item, reads[index])),
    ...(capacity.length > 0 && { ConsumedCapacity: capacity }),
  }
}

function responseOf(
  { stored, record }: ReadItem,
  read: SelectRead | undefined,
): NonNullable<Answer['Responses']>[number] {
  const rest = read && requireSelected(read.statement, record).rest
  if (stored === undefined || (rest !== undefined && !new ConditionProgram(rest).holds(stored.item))) return {}
  const paths = read?.statement.paths
  return { Item: paths === undefined ? stored.answer() : namedPaths(stored.item, paths) }
}

async function write(
  deps: DynamoDeps,
  actions: readonly TransactionAction[],
  input: TransactionInput,
  context: RequestContext,
): Promise<Answer> {
  const { ClientRequestToken, TransactStatements } = input
  const token =
    ClientRequestToken === undefined ? undefined : requestToken(context, ClientRequestToken, TransactStatements)
  if (token !== undefined) await sweepTokens(deps.store, deps.random, deps.clock.nowMs())
  const { items } = await runTransaction(deps, actions, token)
  const capacity = describeTransaction(input.ReturnConsumedCapacity, items)
  return {
    Responses: [],
    ...(capacity.length > 0 && { ConsumedCapacity: capacity }),
  }
}
