// Expressions in two forms. Parsed: as the text says, with placeholders, the same for every request with that text; kept
// in a cache. Bound: names and values of one request put in, checked, ready to run. The legacy parameters and PartiQL are
// translated into the bound form directly.
import type { AttributeType, AttributeValue } from './attribute-value.ts'

/** A document path: attribute and member names, and list indexes. Parsed paths hold `#name` for placeholders. */
export type Path = readonly (string | number)[]

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>='

export interface ParsedPath {
  readonly kind: 'path'
  readonly path: Path
}

export interface ParsedPlaceholder {
  readonly kind: 'placeholder'
  /** With the colon. */
  readonly name: string
}

export interface ParsedCall {
  readonly kind: 'call'
  readonly name: string
  readonly operands: readonly ParsedOperand[]
}

export type ParsedOperand = ParsedPath | ParsedPlaceholder | ParsedCall

export type ParsedCondition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly ParsedCondition[] }
  | { readonly kind: 'not'; readonly part: ParsedCondition }
  | {
      readonly kind: 'compare'
      readonly comparator: Comparator
      readonly left: ParsedOperand
      readonly right: ParsedOperand
    }
  | {
      readonly kind: 'between'
      readonly operand: ParsedOperand
      readonly low: ParsedOperand
      readonly high: ParsedOperand
    }
  | { readonly kind: 'in'; readonly operand: ParsedOperand; readonly candidates: readonly ParsedOperand[] }
  | ParsedCall

/** A value of SET: operands joined by + and -, from left to right. */
export type ParsedSum =
  | ParsedOperand
  | { readonly kind: 'sum'; readonly operator: '+' | '-'; readonly left: ParsedSum; readonly right: ParsedOperand }

export type ParsedAction =
  | { readonly kind: 'set'; readonly path: Path; readonly value: ParsedSum }
  | { readonly kind: 'remove'; readonly path: Path }
  | { readonly kind: 'add' | 'delete'; readonly path: Path; readonly value: ParsedPlaceholder }

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'size'; readonly operand: Operand }

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'compare'; readonly comparator: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'between'; readonly operand: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly operand: Operand; readonly candidates: readonly Operand[] }
  | { readonly kind: 'exists'; readonly path: Path }
  | { readonly kind: 'type'; readonly operand: Operand; readonly type: AttributeType }
  | { readonly kind: 'begins'; readonly operand: Operand; readonly prefix: Operand }
  | { readonly kind: 'contains'; readonly operand: Operand; readonly member: Operand }

export type UpdateValue =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'sum'; readonly operator: '+' | '-'; readonly left: UpdateValue; readonly right: UpdateValue }
  | { readonly kind: 'if-not-exists'; readonly path: Path; readonly otherwise: UpdateValue }
  | { readonly kind: 'list-append'; readonly left: UpdateValue; readonly right: UpdateValue }

export type UpdateAction =
  | { readonly kind: 'set'; readonly path: Path; readonly value: UpdateValue }
  | { readonly kind: 'remove'; readonly path: Path }
  | { readonly kind: 'add' | 'delete'; readonly path: Path; readonly value: AttributeValue }

/** As messages show a path: `[a, [0], b]`. */
export function showPath(path: Path): string {
  return `[${path.map((element) => (typeof element === 'number' ? `[${element}]` : element)).join(', ')}]`
}
