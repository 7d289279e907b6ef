import { consumedCapacity } from '../capacity.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoDeps, DynamoOperation } from '../deps.ts'
import type { DynamoInput, DynamoOutput } from '../model.ts'
import { requireTable } from '../item-write.ts'
import { invalid } from '../language/invalid.ts'
import { NEXT_TOKEN_CHARS_MAX, STATEMENT_CHARS_MAX } from '../partiql/limits.ts'
import { readNextToken, statementDigest, writeNextToken } from '../partiql/next-token.ts'
import { readStatement, type RequestedStatement } from '../partiql/requested-statement.ts'
import { runWrite } from '../partiql/run-write.ts'
import { runSelect } from '../partiql/select.ts'
import type { SelectStatement } from '../partiql/statement.ts'

type Answer = DynamoOutput<'ExecuteStatement'>

export const executeStatement: DynamoOperation<'ExecuteStatement'> = async (deps, input, context) => {
  new Constraints()
    .length('statement', input.Statement, { min: 1, max: STATEMENT_CHARS_MAX })
    .length('nextToken', input.NextToken, { min: 1, max: NEXT_TOKEN_CHARS_MAX })
    .count('parameters', input.Parameters, { min: 1, max: Number.MAX_SAFE_INTEGER })
    .atLeast('limit', input.Limit, 1)
    .returns(input)
    .check()
  const requested = readStatement(input, context)
  const { statement, place } = requested
  if (statement.kind === 'exists') throw invalid('EXISTS is only supported in ExecuteTransaction')
  if (statement.kind === 'select') return select(deps, requested, statement, input)
  if (input.NextToken !== undefined) throw invalid('NextToken does not match request')
  const { written, returned } = await runWrite(deps, place, statement, input)
  return {
    Items: returned === undefined ? [] : [returned],
    ...consumedCapacity(input, written.table.record, written.usage),
  }
}

async function select(
  deps: DynamoDeps,
  { place, parameters }: RequestedStatement,
  statement: SelectStatement,
  input: DynamoInput<'ExecuteStatement'>,
): Promise<Answer> {
  const digest = statementDigest(input.Statement, parameters)
  const from =
    input.NextToken === undefined ? { partition: 0, after: undefined } : readNextToken(input.NextToken, digest)
  const { record } = await requireTable(deps, place)
  const { items, next, usage } = await runSelect(deps, record, statement, {
    from,
    limit: input.Limit,
    consistent: input.ConsistentRead === true,
  })
  return {
    Items: [...items],
    ...(next && { NextToken: writeNextToken(digest, next) }),
    ...(next?.after && { LastEvaluatedKey: next.after }),
    ...consumedCapacity(input, record, usage),
  }
}
