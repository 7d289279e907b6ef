// What all rules of the grammar share: the place in the tokens, parameters, names, paths and values. Recursion is bounded by
// STATEMENT_DEPTH_MAX.
import { AwsError } from '#protocol/errors.ts'
import type { Path } from '../language/ast.ts'
import { setAttribute, typeOf, type AttributeValue } from '../language/attribute-value.ts'
import { checkValue } from '../language/check-value.ts'
import { canonicalNumber } from '../language/decimal.ts'
import { invalid } from '../language/invalid.ts'
import { STATEMENT_DEPTH_MAX } from './limits.ts'
import { malformed } from './malformed.ts'
import { showPlace, tokenize, type Token } from './tokens.ts'

const END: Token = { kind: 'end', text: '', start: 0, length: 0 }

export class StatementReader {
  readonly #statement: string
  readonly #tokens: readonly Token[]
  readonly #parameters: readonly AttributeValue[]
  #at = 0
  #used = 0
  #depth = 0

  constructor(statement: string, parameters: readonly AttributeValue[]) {
    this.#statement = statement
    this.#tokens = tokenize(statement)
    this.#parameters = parameters
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? END
  }

  next(): Token {
    const token = this.peek()
    this.#at++
    return token
  }

  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'word' && token.text.toUpperCase() === word
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'symbol' && token.text === symbol
  }

  takeWord(word: string): boolean {
    const found = this.isWord(word)
    if (found) this.#at++
    return found
  }

  takeSymbol(symbol: string): boolean {
    const found = this.isSymbol(symbol)
    if (found) this.#at++
    return found
  }

  expectWord(word: string): void {
    if (!this.takeWord(word)) throw this.unexpected(word)
  }

  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw this.unexpected(symbol)
  }

  unexpected(wanted?: string): Error {
    const { kind, text } = this.peek()
    const found = kind === 'end' ? 'end of statement' : `token ${text}`
    return malformed(wanted === undefined ? `Unexpected ${found}` : `Expected ${wanted}, found ${found}`)
  }

  /** Nothing may follow, and all parameters must be used. */
  expectEnd(): void {
    if (this.peek().kind !== 'end') throw malformed('Unexpected token after expression')
    if (this.#used !== this.#parameters.length) throw parameterCount()
  }

  /** A fault at a token: what is wrong, and where. */
  faultAt(token: Token, message: string): Error {
    return invalid(`${message} at ${showPlace(this.#statement, token)}`)
  }

  /** Runs a rule one level deeper. */
  deeper<T>(rule: () => T): T {
    if (this.#depth === STATEMENT_DEPTH_MAX) throw malformed('The statement is nested too deeply')
    this.#depth++
    const result = rule()
    this.#depth--
    return result
  }

  /** A name in double quotes or plain. */
  name(): string {
    const { kind, text } = this.peek()
    if (kind !== 'quoted' && kind !== 'word') throw this.unexpected('an identifier')
    this.#at++
    return text
  }

  /** `a."b"['c'][0]` */
  path(): Path {
    const path: (string | number)[] = [this.name()]
    for (;;) {
      if (this.takeSymbol('.')) path.push(this.name())
      else if (this.takeSymbol('[')) path.push(this.#step())
      else return path
    }
  }

  #step(): string | number {
    const { kind, text } = this.next()
    if (kind !== 'string' && (kind !== 'number' || !/^[0-9]{1,9}$/.test(text)))
      throw malformed('Expected an index or a name in a path')
    this.expectSymbol(']')
    return kind === 'string' ? text : Number(text)
  }

  /** Whether a value begins here, rather than a path or a call. */
  get isValue(): boolean {
    const { kind, text } = this.peek()
    if (kind === 'string' || kind === 'number') return true
    if (kind === 'symbol') return ['?', '{', '[', '<<', '-', '+'].includes(text)
    return ['TRUE', 'FALSE', 'NULL'].some((word) => this.isWord(word))
  }

  /** A literal or a parameter, checked. */
  value(): AttributeValue {
    return checkValue(this.#value(''))
  }

  /** `{'name': value, ...}`: the attributes of an item, unchecked. Each is a root of its own in messages. */
  item(): Record<string, AttributeValue> {
    this.expectSymbol('{')
    return this.deeper(() => this.#members(undefined))
  }

  /** `at`: the place inside the whole value, as messages show it. */
  #value(at: string): AttributeValue {
    const { kind, text } = this.peek()
    if (kind === 'string') return (this.#at++, { S: text })
    if (kind === 'number') return (this.#at++, number(text, at))
    if (this.takeWord('TRUE')) return { BOOL: true }
    if (this.takeWord('FALSE')) return { BOOL: false }
    if (this.takeWord('NULL')) return { NULL: true }
    if (this.takeSymbol('?')) return this.#parameter()
    if (this.isSymbol('-') || this.isSymbol('+')) return this.#signed(at)
    if (this.takeSymbol('{')) return { M: this.deeper(() => this.#members(at)) }
    if (this.takeSymbol('[')) return { L: [...this.deeper(() => this.#elements(']', at))] }
    if (this.takeSymbol('<<')) return this.#set(this.deeper(() => this.#elements('>>', at)))
    throw this.unexpected('a value')
  }

  #parameter(): AttributeValue {
    const value = this.#parameters[this.#used++]
    if (value === undefined) throw parameterCount()
    return value
  }

  #signed(at: string): AttributeValue {
    const { text: sign } = this.next()
    const { kind, text } = this.next()
    if (kind !== 'number') throw malformed('Expected a number after a sign')
    return number(sign + text, at)
  }

  #members(at: string | undefined): Record<string, AttributeValue> {
    const members: Record<string, AttributeValue> = {}
    if (this.takeSymbol('}')) return members
    do {
      const { kind, text } = this.next()
      if (kind !== 'string') throw malformed('Expected a name in single quotes')
      this.expectSymbol(':')
      setAttribute(members, text, this.#value(at === undefined ? '' : `${at}.${text}`))
    } while (this.takeSymbol(','))
    this.expectSymbol('}')
    return members
  }

  #elements(end: ']' | '>>', at: string): readonly AttributeValue[] {
    const elements: AttributeValue[] = []
    if (this.takeSymbol(end)) return elements
    do elements.push(this.#value(`${at}[${elements.length}]`))
    while (this.takeSymbol(','))
    this.expectSymbol(end)
    return elements
  }

  #set(elements: readonly AttributeValue[]): AttributeValue {
    const [first] = elements
    const types = new Set(elements.map(typeOf))
    if (first === undefined) throw invalid('Empty bags are not supported')
    if (types.size > 1) throw invalid('A set must have members of one type')
    if ('S' in first) return { SS: elements.flatMap((element) => ('S' in element ? [element.S] : [])) }
    if ('N' in first) return { NS: elements.flatMap((element) => ('N' in element ? [element.N] : [])) }
    if ('B' in first) return { BS: elements.flatMap((element) => ('B' in element ? [element.B] : [])) }
    throw invalid('A set may have members of type string, number or binary only')
  }
}

/** The messages of numbers name the place in the value. An item's own attributes have no name there. */
function number(text: string, at: string): AttributeValue {
  try {
    return { N: canonicalNumber(text) }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw invalid(`${error.message} under root${at}`)
  }
}

function parameterCount(): Error {
  return invalid("Number of parameters in request and statement don't match.")
}
