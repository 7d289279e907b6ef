// A statement with its parameters, as all three operations have them.
import type { RequestContext } from '#protocol/operation.ts'
import { tablePlace, type TablePlace } from '../arn.ts'
import type { AttributeValue } from '../language/attribute-value.ts'
import { checkValue, type WireValue } from '../language/check-value.ts'
import { parseStatement } from './parse-statement.ts'
import type { Statement } from './statement.ts'

export interface RequestedStatement {
  readonly statement: Statement
  readonly place: TablePlace
  readonly parameters: readonly AttributeValue[]
}

interface StatementInput {
  readonly Statement: string | undefined
  readonly Parameters?: readonly WireValue[] | undefined
}

/** Throws ValidationException. */
export function readStatement(
  { Statement = '', Parameters = [] }: StatementInput,
  context: RequestContext,
): RequestedStatement {
  const parameters = Parameters.map(checkValue)
  const statement = parseStatement(Statement, parameters)
  return { statement, place: tablePlace(statement.table, context), parameters }
}
