// Statements as they are understood: parameters are in their places, conditions and updates are those of the expressions.
import type { Condition, Path, UpdateAction } from '../language/ast.ts'
import type { Item } from '../language/attribute-value.ts'

export interface SelectStatement {
  readonly kind: 'select'
  readonly table: string
  readonly index: string | undefined
  /** Undefined: everything (`*`). */
  readonly paths: readonly Path[] | undefined
  readonly where: Condition | undefined
  readonly order: { readonly name: string; readonly descending: boolean } | undefined
}

export interface InsertStatement {
  readonly kind: 'insert'
  readonly table: string
  readonly item: Item
}

export type Returning = 'ALL OLD' | 'ALL NEW' | 'MODIFIED OLD' | 'MODIFIED NEW'

export interface UpdateStatement {
  readonly kind: 'update'
  readonly table: string
  readonly actions: readonly UpdateAction[]
  readonly where: Condition
  readonly returning: Returning | undefined
}

export interface DeleteStatement {
  readonly kind: 'delete'
  readonly table: string
  readonly where: Condition
  readonly returning: Returning | undefined
}

/** `EXISTS(SELECT * FROM ... WHERE ...)`: a check among the writes of a transaction. */
export interface ExistsStatement {
  readonly kind: 'exists'
  readonly table: string
  readonly where: Condition
}

export type WriteStatement = InsertStatement | UpdateStatement | DeleteStatement | ExistsStatement
export type Statement = SelectStatement | WriteStatement
