// What the three grammars share: the place in the tokens, syntax errors, document paths and calls. Recursion is bounded by
// EXPRESSION_DEPTH_MAX.
import type { ParsedCall, ParsedOperand, Path } from './ast.ts'
import { Faults } from './faults.ts'
import { EXPRESSION_DEPTH_MAX, LIST_INDEX_MAX, OPERATORS_MAX } from './limits.ts'
import { isReservedWord } from './reserved-words.ts'
import { tokenize, type Token } from './tokens.ts'

/** A text that is no expression; the message lacks the name of the parameter. */
export class SyntaxFault extends Error {
  override readonly name = 'SyntaxFault'
}

export class TokenReader {
  readonly faults = new Faults()
  readonly #text: string
  readonly #tokens: readonly Token[]
  readonly #last: Token
  #at = 0
  #operators = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokenize(text)
    this.#last = this.#tokens.at(-1) ?? { kind: 'end', text: '', start: 0, end: 0 }
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? this.#last
  }

  next(): Token {
    const token = this.peek()
    if (token.kind !== 'end') this.#at++
    return token
  }

  isSymbol(text: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'symbol' && token.text === text
  }

  /** Whatever the case of its letters. */
  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'name' && token.text.length === word.length && token.text.toUpperCase() === word
  }

  takeSymbol(text: string): boolean {
    const found = this.isSymbol(text)
    if (found) this.next()
    return found
  }

  takeWord(word: string): boolean {
    const found = this.isWord(word)
    if (found) this.next()
    return found
  }

  expectSymbol(text: string): void {
    if (!this.takeSymbol(text)) throw this.syntaxError()
  }

  expectWord(word: string): void {
    if (!this.takeWord(word)) throw this.syntaxError()
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') throw this.syntaxError()
    if (this.#operators > OPERATORS_MAX)
      this.faults.add('operators', `The expression contains too many operators; operator count: ${this.#operators}`)
  }

  /** At the token under way: shown with its neighbours as they stand in the text. */
  syntaxError(): SyntaxFault {
    const token = this.peek()
    const before = this.#tokens[this.#at - 1] ?? token
    const near = this.#text.slice(before.start, this.peek(1).end)
    return new SyntaxFault(`Syntax error; token: "${token.text}", near: "${near}"`)
  }

  countOperator(): void {
    this.#operators++
  }

  /** Runs a rule one level deeper. */
  deeper<T>(rule: () => T): T {
    if (this.#depth === EXPRESSION_DEPTH_MAX) {
      const isParenthesis = this.isSymbol('(') || this.isSymbol('(', -1)
      throw new SyntaxFault(
        isParenthesis
          ? 'The expression has redundant parentheses;'
          : `The expression contains too many operators; operator count: ${OPERATORS_MAX + 1}`,
      )
    }
    this.#depth++
    const result = rule()
    this.#depth--
    return result
  }

  /** A document path: `name`, `#name`, `path.name`, `path[3]`. */
  path(): Path {
    const path: (string | number)[] = [this.#pathName()]
    for (;;) {
      if (this.takeSymbol('.')) path.push(this.#pathName())
      else if (this.takeSymbol('[')) path.push(this.#index())
      else return path
    }
  }

  #pathName(): string {
    const token = this.peek()
    if (token.kind !== 'name' && token.kind !== 'name-placeholder') throw this.syntaxError()
    if (token.kind === 'name' && isReservedWord(token.text))
      this.faults.add('reserved', `Attribute name is a reserved keyword; reserved keyword: ${token.text}`)
    return this.next().text
  }

  #index(): number {
    const token = this.peek()
    if (token.kind !== 'number') throw this.syntaxError()
    this.next()
    this.expectSymbol(']')
    const index = Number(token.text)
    if (index <= LIST_INDEX_MAX) return index
    this.faults.add('index', `List index is not within the allowable range; index: [${token.text}]`)
    return LIST_INDEX_MAX
  }

  /** `name(operand, operand)`, standing at the name. */
  call(operand: () => ParsedOperand): ParsedCall {
    const { text: name } = this.next()
    this.countOperator()
    this.expectSymbol('(')
    const operands = this.deeper(() => this.#operands(operand))
    return { kind: 'call', name, operands }
  }

  /** Comma-separated operands and the closing parenthesis. */
  #operands(operand: () => ParsedOperand): readonly ParsedOperand[] {
    const operands = [operand()]
    while (this.takeSymbol(',')) operands.push(operand())
    this.expectSymbol(')')
    return operands
  }

  get isCall(): boolean {
    return this.peek().kind === 'name' && this.isSymbol('(', 1)
  }
}
