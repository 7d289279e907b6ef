// Runs one writing statement.
import type { TablePlace } from '../arn.ts'
import type { DynamoDeps } from '../deps.ts'
import { changeItem, requireTable, type Written } from '../item-write.ts'
import type { Path } from '../language/ast.ts'
import type { Item } from '../language/attribute-value.ts'
import { Projection } from '../language/projection.ts'
import type { StoredItem } from '../stored-item.ts'
import type { WriteStatement } from './statement.ts'
import { writeAction } from './write.ts'

export interface WriteResult {
  readonly written: Written
  /** What RETURNING asks for. */
  readonly returned: Item | undefined
}

/** Throws ConditionalCheckFailedException, DuplicateItemException, ValidationException, ResourceNotFoundException. */
export async function runWrite(
  deps: DynamoDeps,
  place: TablePlace,
  statement: WriteStatement,
  options: { readonly ReturnValuesOnConditionCheckFailure?: string | undefined },
): Promise<WriteResult> {
  const action = writeAction(statement, options)
  const { record } = await requireTable(deps, place)
  const written = await changeItem(deps, place, action.key(record), (before, table) => {
    // The table was changed meanwhile: the item must fit it as it is now.
    if (table.record !== record) action.key(table.record)
    return action.decide(before, table)
  })
  return { written, returned: returnedOf(statement, written) }
}

function returnedOf(statement: WriteStatement, { before, after }: Written): Item | undefined {
  if (statement.kind !== 'update' && statement.kind !== 'delete') return undefined
  const paths = statement.kind === 'update' ? statement.actions.map(({ path }) => path) : []
  switch (statement.returning) {
    case 'ALL OLD':
      return before?.answer()
    case 'ALL NEW':
      return after?.answer()
    case 'MODIFIED OLD':
      return modified(before, paths)
    case 'MODIFIED NEW':
      return modified(after, paths)
    case undefined:
      return undefined
  }
}

function modified(stored: StoredItem | undefined, paths: readonly Path[]): Item | undefined {
  return stored && new Projection(paths).project(stored.item)
}
