// What operations on several items need permission for: an action for each item, on the item's table.
import type { FurtherPermission, RequestContext } from '#protocol/operation.ts'
import { indexArn, tableArn, tablePlace } from './arn.ts'
import { statementTarget } from './partiql/statement-target.ts'

/** The members of a row of the operation table that say what is needed. */
interface Needs<I> {
  readonly actionOf: (input: I, context: RequestContext) => string
  readonly resource: (input: I, context: RequestContext) => string
  readonly also: (input: I, context: RequestContext) => readonly FurtherPermission[]
}

/** `list` answers at least what the first element needs; a request without elements is refused by the operation. */
function needsOf<I>(
  list: (input: I, context: RequestContext) => readonly FurtherPermission[],
  usual: string,
): Needs<I> {
  return {
    actionOf: (input, context) => list(input, context)[0]?.action ?? usual,
    resource: (input, context) => list(input, context)[0]?.resource ?? '*',
    also: (input, context) => unique(list(input, context)).slice(1),
  }
}

/** The first of equal ones stays where it is. */
function unique(needs: readonly FurtherPermission[]): readonly FurtherPermission[] {
  return [...new Map(needs.map((need) => [`${need.action} ${need.resource}`, need])).values()]
}

function onTable(action: string, name: string | undefined, context: RequestContext): FurtherPermission {
  return { action, resource: tableArn(tablePlace(name ?? '', context)) }
}

interface OfTable {
  readonly TableName: string | undefined
}

interface TransactGets {
  readonly TransactItems: readonly { readonly Get: OfTable }[]
}

/** TransactGetItems */
export const transactGetNeeds: Needs<TransactGets> = needsOf(
  ({ TransactItems }, context) => TransactItems.map(({ Get }) => onTable('dynamodb:GetItem', Get.TableName, context)),
  'dynamodb:GetItem',
)

interface TransactWrites {
  readonly TransactItems: readonly {
    readonly ConditionCheck?: OfTable | undefined
    readonly Put?: OfTable | undefined
    readonly Update?: OfTable | undefined
    readonly Delete?: OfTable | undefined
  }[]
}

/** TransactWriteItems */
export const transactWriteNeeds: Needs<TransactWrites> = needsOf(
  ({ TransactItems }, context) =>
    TransactItems.flatMap(({ ConditionCheck, Put, Update, Delete }) => [
      ...(ConditionCheck ? [onTable('dynamodb:ConditionCheckItem', ConditionCheck.TableName, context)] : []),
      ...(Put ? [onTable('dynamodb:PutItem', Put.TableName, context)] : []),
      ...(Update ? [onTable('dynamodb:UpdateItem', Update.TableName, context)] : []),
      ...(Delete ? [onTable('dynamodb:DeleteItem', Delete.TableName, context)] : []),
    ]),
  'dynamodb:PutItem',
)

interface OfStatement {
  readonly Statement: string
}

function onStatement({ Statement }: OfStatement, context: RequestContext): FurtherPermission {
  const { action, table, index } = statementTarget(Statement)
  const place = tablePlace(table, context)
  return { action, resource: index === undefined ? tableArn(place) : indexArn(place, index) }
}

const STATEMENT_ACTION = 'dynamodb:PartiQLSelect'

/** ExecuteStatement */
export const statementNeeds: Needs<OfStatement> = needsOf(
  (input, context) => [onStatement(input, context)],
  STATEMENT_ACTION,
)

/** BatchExecuteStatement */
export const batchNeeds: Needs<{ readonly Statements: readonly OfStatement[] }> = needsOf(
  ({ Statements }, context) => Statements.map((statement) => onStatement(statement, context)),
  STATEMENT_ACTION,
)

/** ExecuteTransaction */
export const transactionNeeds: Needs<{ readonly TransactStatements: readonly OfStatement[] }> = needsOf(
  ({ TransactStatements }, context) => TransactStatements.map((statement) => onStatement(statement, context)),
  STATEMENT_ACTION,
)
