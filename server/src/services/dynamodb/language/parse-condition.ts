// The grammar of conditions: ConditionExpression, FilterExpression, KeyConditionExpression. "Condition and filter
// expressions, operators, and functions in DynamoDB".
//
//   condition := conjunction (OR conjunction)*
//   conjunction := negation (AND negation)*
//   negation := NOT negation | comparison
//   comparison := term [comparator operand | BETWEEN operand AND operand | IN ( operand, ... )]
//   term := ( condition ) | operand
//
// A parenthesis may hold a condition or an operand; which one is known behind it, so `term` takes both, and what is still
// an operand where a condition must stand is refused there.
import type { Comparator, ParsedCondition, ParsedOperand } from './ast.ts'
import { IN_OPERANDS_MAX } from './limits.ts'
import { TokenReader } from './token-reader.ts'

type Term =
  | { readonly is: 'operand'; readonly operand: ParsedOperand }
  | { readonly is: 'condition'; readonly condition: ParsedCondition }

export interface ParsedConditionText {
  readonly condition: ParsedCondition
  /** What is wrong with it, whatever the request's names and values are. */
  readonly fault: string | undefined
}

const COMPARATORS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>='])
const FUNCTIONS: ReadonlySet<string> = new Set([
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
  'size',
])
const UPDATE_FUNCTIONS: ReadonlySet<string> = new Set(['if_not_exists', 'list_append'])

/** Throws SyntaxFault. */
export function parseCondition(text: string): ParsedConditionText {
  const parser = new ConditionParser(text)
  const condition = parser.whole()
  return { condition, fault: parser.fault }
}

class ConditionParser {
  readonly #tokens: TokenReader

  constructor(text: string) {
    this.#tokens = new TokenReader(text)
  }

  get fault(): string | undefined {
    return this.#tokens.faults.message
  }

  whole(): ParsedCondition {
    const term = this.#disjunction()
    const condition = this.#condition(term)
    this.#tokens.expectEnd()
    return condition
  }

  #disjunction(): Term {
    return this.#chain('OR', () => this.#chain('AND', () => this.#negation()))
  }

  #chain(word: 'OR' | 'AND', part: () => Term): Term {
    const first = part()
    if (!this.#tokens.isWord(word)) return first
    const parts = [this.#condition(first)]
    while (this.#tokens.takeWord(word)) {
      this.#tokens.countOperator()
      parts.push(this.#condition(part()))
    }
    return { is: 'condition', condition: { kind: word === 'OR' ? 'or' : 'and', parts } }
  }

  #negation(): Term {
    if (!this.#tokens.isWord('NOT')) return this.#comparison()
    return this.#tokens.deeper(() => {
      this.#tokens.next()
      this.#tokens.countOperator()
      return { is: 'condition', condition: { kind: 'not', part: this.#condition(this.#negation()) } }
    })
  }

  /** A term where a condition must stand. */
  #condition(term: Term): ParsedCondition {
    if (term.is === 'condition') return term.condition
    const { operand } = term
    if (operand.kind !== 'call') throw this.#tokens.syntaxError()
    if (operand.name === 'size') this.#misused(operand.name)
    return operand
  }

  #comparison(): Term {
    const term = this.#term()
    if (term.is === 'condition') return term
    const left = term.operand
    const tokens = this.#tokens
    const comparator = comparatorOf(tokens.peek().text)
    if (tokens.peek().kind === 'symbol' && comparator !== undefined) {
      tokens.next()
      return this.#compared({ kind: 'compare', comparator, left, right: this.#operand() }, left)
    }
    if (tokens.takeWord('BETWEEN')) {
      const low = this.#operand()
      tokens.expectWord('AND')
      return this.#compared({ kind: 'between', operand: left, low, high: this.#operand() }, left)
    }
    if (tokens.takeWord('IN'))
      return this.#compared({ kind: 'in', operand: left, candidates: this.#candidates() }, left)
    return term
  }

  #compared(condition: ParsedCondition, left: ParsedOperand): Term {
    this.#tokens.countOperator()
    this.#checkUse(left)
    return { is: 'condition', condition }
  }

  #candidates(): readonly ParsedOperand[] {
    this.#tokens.expectSymbol('(')
    const candidates = [this.#operand()]
    while (this.#tokens.takeSymbol(',')) candidates.push(this.#operand())
    this.#tokens.expectSymbol(')')
    if (candidates.length > IN_OPERANDS_MAX)
      this.#tokens.faults.add(
        'operands',
        `The IN operator is provided with too many operands; number of operands: ${candidates.length}`,
      )
    return candidates
  }

  #term(): Term {
    if (!this.#tokens.isSymbol('(')) return { is: 'operand', operand: this.#plainOperand() }
    return this.#tokens.deeper(() => {
      this.#tokens.next()
      const inner = this.#disjunction()
      this.#tokens.expectSymbol(')')
      if (this.#parenthesized.has(inner)) this.#redundant()
      this.#parenthesized.add(inner)
      return inner
    })
  }

  /** Terms that came out of parentheses: another pair right around them is redundant. */
  readonly #parenthesized = new WeakSet<Term>()

  #redundant(): void {
    this.#tokens.faults.add('parentheses', 'The expression has redundant parentheses;')
  }

  /** An operand where no condition may stand. */
  #operand(): ParsedOperand {
    const operand = this.#parenthesizedOperand(false)
    this.#checkUse(operand)
    return operand
  }

  #parenthesizedOperand(isInside: boolean): ParsedOperand {
    if (!this.#tokens.isSymbol('(')) return this.#plainOperand()
    if (isInside) this.#redundant()
    return this.#tokens.deeper(() => {
      this.#tokens.next()
      const operand = this.#parenthesizedOperand(true)
      this.#tokens.expectSymbol(')')
      return operand
    })
  }

  #plainOperand(): ParsedOperand {
    const tokens = this.#tokens
    if (tokens.peek().kind === 'value-placeholder') return { kind: 'placeholder', name: tokens.next().text }
    if (isOperatorWord(tokens)) throw tokens.syntaxError()
    if (!tokens.isCall) return { kind: 'path', path: tokens.path() }
    const call = tokens.call(() => this.#operand())
    if (UPDATE_FUNCTIONS.has(call.name))
      tokens.faults.add('function', `The function is not allowed in a condition expression; function: ${call.name}`)
    else if (!FUNCTIONS.has(call.name)) tokens.faults.add('function', `Invalid function name; function: ${call.name}`)
    return call
  }

  /** Of all functions only size has a value that can be compared. */
  #checkUse(operand: ParsedOperand): void {
    if (operand.kind === 'call' && operand.name !== 'size') this.#misused(operand.name)
  }

  #misused(name: string): void {
    this.#tokens.faults.add(
      'use',
      `The function is not allowed to be used this way in an expression; function: ${name}`,
    )
  }
}

function comparatorOf(text: string): Comparator | undefined {
  // The set holds just these.
  return COMPARATORS.has(text) ? (text as Comparator) : undefined
}

function isOperatorWord(tokens: TokenReader): boolean {
  return ['AND', 'OR', 'NOT', 'IN', 'BETWEEN'].some((word) => tokens.isWord(word))
}
