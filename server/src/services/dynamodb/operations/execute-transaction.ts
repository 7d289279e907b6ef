import type { RequestContext } from '#protocol/operation.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoDeps, DynamoInput, DynamoOperation, DynamoOutput } from '../deps.ts'
import { checkKey } from '../item-checks.ts'
import { ConditionProgram } from '../language/condition.ts'
import { invalid } from '../language/invalid.ts'
import { STATEMENT_CHARS_MAX } from '../partiql/limits.ts'
import { readStatement } from '../partiql/requested-statement.ts'
import { namedPaths } from '../partiql/select.ts'
import type { SelectStatement } from '../partiql/statement.ts'
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
  for (const requested of TransactStatements) {
    const { statement, place } = readStatement(requested, context)
    if (statement.kind === 'select') reads.push({ place, ...readOf(statement) })
    else writes.push({ place, ...writeAction(statement, requested) })
  }
  if (reads.length > 0 && writes.length > 0)
    throw invalid('The transaction must consist of either read statements or write statements, you cannot mix both.')
  return reads.length > 0 ? read(deps, reads, input) : write(deps, writes, input, context)
}

interface SelectRead extends TransactionRead {
  readonly statement: SelectStatement
  keyed(record: TableRecord): KeyedWhere
}

function readOf(statement: SelectStatement): Omit<SelectRead, 'place'> {
  const { where, index } = statement
  if (where === undefined || index !== undefined) throw wholeKey()
  return {
    statement,
    keyed: (record) => requireKey(record, where),
    key(record) {
      const keyed = keyedWhere(record, where)
      if (keyed === undefined) throw wholeKey()
      checkKey(record, keyed.key)
      return keyed.key
    },
  }
}

function wholeKey(): Error {
  return invalid('Select statements within ExecuteTransaction must specify the primary key in the where clause.')
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
  const rest = read?.keyed(record).rest
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
    Responses: items.map(() => ({})),
    ...(capacity.length > 0 && { ConsumedCapacity: capacity }),
  }
}
