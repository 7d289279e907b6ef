// The expressions and statements that the parser makes.

export type Expression =
  | { readonly kind: 'literal'; readonly value: SqlValue }
  | { readonly kind: 'path'; readonly steps: readonly PathStep[] }
  | { readonly kind: 'not' | 'negate'; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'arithmetic'
      readonly operator: Arithmetic
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: 'is'; readonly operand: Expression; readonly what: 'null' | 'missing' | 'true' | 'false' }
  | { readonly kind: 'between'; readonly operand: Expression; readonly low: Expression; readonly high: Expression }
  | { readonly kind: 'in'; readonly operand: Expression; readonly list: readonly Expression[] }
  | {
      readonly kind: 'like'
      readonly operand: Expression
      readonly pattern: Expression
      readonly escape: Expression | undefined
    }
  | { readonly kind: 'cast'; readonly operand: Expression; readonly type: CastType }
  | {
      readonly kind: 'case'
      readonly branches: readonly { readonly when: Expression; readonly result: Expression }[]
      readonly otherwise: Expression | undefined
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  /** `slot`: which of the statement's aggregates. */
  | { readonly kind: 'aggregate'; readonly slot: number }

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>='
export type Arithmetic = '+' | '-' | '*' | '/' | '%' | '||'
export type CastType = 'boolean' | 'integer' | 'float' | 'decimal' | 'string' | 'timestamp'

/** A name as written: quoted ones keep their case. `index` stands in brackets. */
export type PathStep =
  | { readonly kind: 'name'; readonly name: string; readonly exact: boolean }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'wildcard' }

export interface Aggregate {
  readonly kind: 'count' | 'sum' | 'avg' | 'min' | 'max'
  /** Undefined: COUNT(*). */
  readonly operand: Expression | undefined
}

export interface Projection {
  readonly expression: Expression
  /** Undefined: by its path, or its position. */
  readonly name: string | undefined
}

export interface Statement {
  /** Undefined: `*`. */
  readonly projections: readonly Projection[] | undefined
  /** Behind `S3Object[*]`: where in a document the records are. */
  readonly source: readonly PathStep[]
  readonly alias: string | undefined
  readonly where: Expression | undefined
  readonly limit: number | undefined
  readonly aggregates: readonly Aggregate[]
}

/** Undefined: MISSING. */
export type SqlValue =
  | undefined
  | null
  | boolean
  | number
  | string
  | Timestamp
  | readonly SqlValue[]
  | { readonly [name: string]: SqlValue }

export class Timestamp {
  readonly ms: number
  /** Minutes east of UTC, as it was written. */
  readonly offsetMinutes: number

  constructor(ms: number, offsetMinutes = 0) {
    this.ms = ms
    this.offsetMinutes = offsetMinutes
  }
}
