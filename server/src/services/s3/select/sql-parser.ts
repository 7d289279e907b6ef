// Parses the statement of SelectObjectContent: SELECT ... FROM S3Object ... WHERE ... LIMIT. By descent, one function a level
// of precedence.
import { SELECT_DEPTH_MAX } from '../limits.ts'
import { selectError } from './select-error.ts'
import type {
  Aggregate,
  Arithmetic,
  CastType,
  Comparison,
  Expression,
  PathStep,
  Projection,
  Statement,
} from './sql-expression.ts'
import { type Token, tokensOf } from './sql-tokens.ts'

const AGGREGATES: ReadonlyMap<string, Aggregate['kind']> = new Map([
  ['COUNT', 'count'],
  ['SUM', 'sum'],
  ['AVG', 'avg'],
  ['MIN', 'min'],
  ['MAX', 'max'],
])
const CAST_TYPES: ReadonlyMap<string, CastType> = new Map([
  ['BOOL', 'boolean'],
  ['BOOLEAN', 'boolean'],
  ['INT', 'integer'],
  ['INTEGER', 'integer'],
  ['BIGINT', 'integer'],
  ['SMALLINT', 'integer'],
  ['FLOAT', 'float'],
  ['DOUBLE', 'float'],
  ['REAL', 'float'],
  ['DECIMAL', 'decimal'],
  ['NUMERIC', 'decimal'],
  ['STRING', 'string'],
  ['VARCHAR', 'string'],
  ['CHAR', 'string'],
  ['TIMESTAMP', 'timestamp'],
])
/** Parsed for a better message: SQL that S3 Select does not have. */
const UNSUPPORTED = new Set(['GROUP', 'ORDER', 'JOIN', 'HAVING', 'UNION', 'OFFSET'])
const RESERVED: ReadonlySet<string> = new Set(
  'SELECT FROM WHERE LIMIT AND OR NOT AS IN IS LIKE BETWEEN ESCAPE CASE WHEN THEN ELSE END CAST'
    .split(' ')
    .concat(...UNSUPPORTED),
)

/** Throws the parse errors of SelectObjectContent. */
export function parseStatement(text: string): Statement {
  return new Parser(tokensOf(text)).statement()
}

class Parser {
  readonly #tokens: readonly Token[]
  readonly #aggregates: Aggregate[] = []
  #next = 0
  #depth = 0
  #inAggregate = false

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  statement(): Statement {
    this.#demandWord('SELECT')
    if (this.#takeWord('DISTINCT')) throw selectError('UnsupportedSqlOperation', 'DISTINCT is not supported')
    const projections = this.#projections()
    if (!this.#takeWord('FROM'))
      throw selectError('ParseSelectMissingFrom', `GetSelectObjectContent: FROM is missing ${this.#place()}`)
    const source = this.#source()
    const alias = this.#alias()
    const where = this.#takeWord('WHERE') ? this.#withoutAggregates(() => this.#expression()) : undefined
    const limit = this.#takeWord('LIMIT') ? this.#limit() : undefined
    const rest = this.#peek()
    if (rest.kind === 'word' && UNSUPPORTED.has(rest.upper))
      throw selectError('UnsupportedSqlOperation', `${rest.upper} is not supported`)
    if (rest.kind !== 'end') throw this.#unexpected()
    const mixed =
      this.#aggregates.length > 0 && (!projections || projections.some(({ expression }) => readsRecord(expression)))
    if (mixed) throw selectError('UnsupportedSqlOperation', 'A projection mixes aggregates with columns')
    return { projections, source, alias, where, limit, aggregates: this.#aggregates }
  }

  #projections(): readonly Projection[] | undefined {
    if (this.#takeSymbol('*')) return undefined
    // `alias.*`
    const [first, dot, star] = [this.#peek(), this.#peek(1), this.#peek(2)]
    if ((first.kind === 'word' || first.kind === 'name') && isSymbol(dot, '.') && isSymbol(star, '*')) {
      this.#next += 3
      return undefined
    }
    const found: Projection[] = []
    do {
      const expression = this.#expression()
      found.push({ expression, name: this.#takeWord('AS') ? this.#name() : this.#bareName() })
    } while (this.#takeSymbol(','))
    return found
  }

  #source(): readonly PathStep[] {
    const token = this.#peek()
    if (token.kind !== 'word' || token.upper !== 'S3OBJECT')
      throw selectError(
        'InvalidDataSource',
        'Invalid data source type. Only CSV, JSON, and Parquet objects named S3Object are supported.',
      )
    this.#next++
    return this.#steps()
  }

  #alias(): string | undefined {
    if (this.#takeWord('AS')) return this.#name()
    return this.#bareName()
  }

  #bareName(): string | undefined {
    const token = this.#peek()
    if (token.kind === 'name' || (token.kind === 'word' && !RESERVED.has(token.upper))) return this.#name()
    return undefined
  }

  #limit(): number {
    const token = this.#take()
    if (token.kind !== 'number' || !Number.isSafeInteger(token.value)) throw this.#unexpected(token)
    return token.value
  }

  #expression(): Expression {
    if (++this.#depth > SELECT_DEPTH_MAX)
      throw selectError('ExpressionTooLong', 'The SQL expression is nested too deeply')
    const found = this.#or()
    this.#depth--
    return found
  }

  #or(): Expression {
    let left = this.#and()
    while (this.#takeWord('OR')) left = { kind: 'or', left, right: this.#and() }
    return left
  }

  #and(): Expression {
    let left = this.#not()
    while (this.#takeWord('AND')) left = { kind: 'and', left, right: this.#not() }
    return left
  }

  #not(): Expression {
    let negations = 0
    while (this.#takeWord('NOT')) negations++
    const operand = this.#predicate()
    return negations % 2 === 1 ? { kind: 'not', operand } : operand
  }

  #predicate(): Expression {
    const left = this.#sum()
    const compared = this.#comparison()
    if (compared) return { kind: 'compare', operator: compared, left, right: this.#sum() }
    if (this.#takeWord('IS')) {
      const negated = this.#takeWord('NOT')
      const found: Expression = { kind: 'is', operand: left, what: this.#isWhat() }
      return negated ? { kind: 'not', operand: found } : found
    }
    const negated = this.#takeWord('NOT')
    const found = this.#rangeOrList(left)
    if (!found) {
      if (negated) throw this.#unexpected()
      return left
    }
    return negated ? { kind: 'not', operand: found } : found
  }

  #comparison(): Comparison | undefined {
    const token = this.#peek()
    if (token.kind !== 'symbol') return undefined
    const operator = token.text === '!=' ? '<>' : token.text
    if (!isComparison(operator)) return undefined
    this.#next++
    return operator
  }

  #isWhat(): Extract<Expression, { kind: 'is' }>['what'] {
    for (const what of ['null', 'missing', 'true', 'false'] as const)
      if (this.#takeWord(what.toUpperCase())) return what
    throw this.#unexpected()
  }

  #rangeOrList(operand: Expression): Expression | undefined {
    if (this.#takeWord('BETWEEN')) {
      const low = this.#sum()
      this.#demandWord('AND')
      return { kind: 'between', operand, low, high: this.#sum() }
    }
    if (this.#takeWord('IN')) {
      this.#demandSymbol('(')
      return { kind: 'in', operand, list: this.#list() }
    }
    if (!this.#takeWord('LIKE')) return undefined
    const pattern = this.#sum()
    return { kind: 'like', operand, pattern, escape: this.#takeWord('ESCAPE') ? this.#sum() : undefined }
  }

  /** Behind an opening bracket, up to and with the closing one. */
  #list(): readonly Expression[] {
    const found: Expression[] = []
    if (this.#takeSymbol(')')) return found
    do found.push(this.#expression())
    while (this.#takeSymbol(','))
    this.#demandSymbol(')')
    return found
  }

  #sum(): Expression {
    return this.#chain(['+', '-', '||'], () => this.#product())
  }

  #product(): Expression {
    return this.#chain(['*', '/', '%'], () => this.#unary())
  }

  #chain(operators: readonly Arithmetic[], operand: () => Expression): Expression {
    let left = operand()
    for (;;) {
      const operator = operators.find((symbol) => this.#takeSymbol(symbol))
      if (!operator) return left
      left = { kind: 'arithmetic', operator, left, right: operand() }
    }
  }

  #unary(): Expression {
    if (this.#takeSymbol('-')) return { kind: 'negate', operand: this.#unary() }
    if (this.#takeSymbol('+')) return this.#unary()
    return this.#primary()
  }

  #primary(): Expression {
    const token = this.#take()
    switch (token.kind) {
      case 'number':
        return { kind: 'literal', value: token.value }
      case 'string':
        return { kind: 'literal', value: token.text }
      case 'name':
        return this.#path({ kind: 'name', name: token.text, exact: true })
      case 'word':
        return this.#word(token)
      case 'symbol':
        if (token.text !== '(') throw this.#unexpected(token)
        return this.#bracketed()
      case 'end':
        throw selectError('ParseExpectedExpression', 'An expression is missing at the end')
    }
  }

  #bracketed(): Expression {
    const found = this.#expression()
    this.#demandSymbol(')')
    return found
  }

  #word(token: Extract<Token, { kind: 'word' }>): Expression {
    const { upper } = token
    if (upper === 'TRUE' || upper === 'FALSE') return { kind: 'literal', value: upper === 'TRUE' }
    if (upper === 'NULL') return { kind: 'literal', value: null }
    if (upper === 'MISSING') return { kind: 'literal', value: undefined }
    if (upper === 'CASE') return this.#case()
    const called = this.#takeSymbol('(')
    if (called) return this.#call(upper)
    if (RESERVED.has(upper)) throw this.#unexpected(token)
    return this.#path({ kind: 'name', name: token.text, exact: false })
  }

  #path(first: PathStep): Expression {
    return { kind: 'path', steps: [first, ...this.#steps()] }
  }

  #steps(): readonly PathStep[] {
    const steps: PathStep[] = []
    for (;;) {
      if (this.#takeSymbol('.')) {
        const token = this.#take()
        if (token.kind === 'word') steps.push({ kind: 'name', name: token.text, exact: false })
        else if (token.kind === 'name') steps.push({ kind: 'name', name: token.text, exact: true })
        else throw this.#unexpected(token)
      } else if (this.#takeSymbol('[')) {
        const token = this.#take()
        if (token.kind === 'number') steps.push({ kind: 'index', index: token.value })
        else if (token.kind === 'string') steps.push({ kind: 'name', name: token.text, exact: true })
        else if (isSymbol(token, '*')) steps.push({ kind: 'wildcard' })
        else throw this.#unexpected(token)
        this.#demandSymbol(']')
      } else return steps
    }
  }

  #case(): Expression {
    const subject = this.#peekWord('WHEN') ? undefined : this.#expression()
    const branches: { when: Expression; result: Expression }[] = []
    while (this.#takeWord('WHEN')) {
      const condition = this.#expression()
      this.#demandWord('THEN')
      const when: Expression = subject ? { kind: 'compare', operator: '=', left: subject, right: condition } : condition
      branches.push({ when, result: this.#expression() })
    }
    const otherwise = this.#takeWord('ELSE') ? this.#expression() : undefined
    this.#demandWord('END')
    if (branches.length === 0) throw this.#unexpected()
    return { kind: 'case', branches, otherwise }
  }

  /** Behind the opening bracket. */
  #call(name: string): Expression {
    const aggregate = AGGREGATES.get(name)
    if (aggregate) return this.#aggregate(aggregate)
    if (name === 'CAST') return this.#cast()
    if (name === 'EXTRACT') return this.#extract()
    if (name === 'TRIM') return this.#trim()
    if (name === 'SUBSTRING') return this.#substring()
    if (name === 'DATE_ADD' || name === 'DATE_DIFF') return this.#dateCall(name)
    return { kind: 'call', name, args: this.#list() }
  }

  #aggregate(kind: Aggregate['kind']): Expression {
    if (this.#inAggregate) throw selectError('UnsupportedSqlOperation', 'Aggregates cannot be nested')
    const operand =
      kind === 'count' && this.#takeSymbol('*') ? undefined : this.#withoutAggregates(() => this.#expression())
    this.#demandSymbol(')')
    this.#aggregates.push({ kind, operand })
    return { kind: 'aggregate', slot: this.#aggregates.length - 1 }
  }

  #withoutAggregates(parse: () => Expression): Expression {
    this.#inAggregate = true
    const found = parse()
    this.#inAggregate = false
    return found
  }

  #cast(): Expression {
    const operand = this.#expression()
    this.#demandWord('AS')
    const token = this.#take()
    const type = token.kind === 'word' ? CAST_TYPES.get(token.upper) : undefined
    if (!type)
      throw selectError('InvalidDataType', `The SQL expression contains an invalid data type ${this.#place(token)}`)
    // Lengths and precisions are read and have no effect.
    if (this.#takeSymbol('(')) this.#list()
    this.#demandSymbol(')')
    return { kind: 'cast', operand, type }
  }

  #extract(): Expression {
    const part: Expression = { kind: 'literal', value: this.#name().toUpperCase() }
    this.#demandWord('FROM')
    const operand = this.#expression()
    this.#demandSymbol(')')
    return { kind: 'call', name: 'EXTRACT', args: [part, operand] }
  }

  #dateCall(name: string): Expression {
    const part: Expression = { kind: 'literal', value: this.#name().toUpperCase() }
    this.#demandSymbol(',')
    return { kind: 'call', name, args: [part, ...this.#list()] }
  }

  #trim(): Expression {
    const named = ['LEADING', 'TRAILING', 'BOTH'].find((word) => this.#takeWord(word))
    const side: Expression = { kind: 'literal', value: named ?? 'BOTH' }
    const characters: Expression = { kind: 'literal', value: ' ' }
    if (this.#takeWord('FROM'))
      return this.#closed({ kind: 'call', name: 'TRIM', args: [side, characters, this.#expression()] })
    const first = this.#expression()
    if (!this.#takeWord('FROM')) return this.#closed({ kind: 'call', name: 'TRIM', args: [side, characters, first] })
    return this.#closed({ kind: 'call', name: 'TRIM', args: [side, first, this.#expression()] })
  }

  #substring(): Expression {
    const args = [this.#expression()]
    if (this.#takeWord('FROM')) {
      args.push(this.#expression())
      if (this.#takeWord('FOR')) args.push(this.#expression())
    } else while (this.#takeSymbol(',')) args.push(this.#expression())
    return this.#closed({ kind: 'call', name: 'SUBSTRING', args })
  }

  #closed(expression: Expression): Expression {
    this.#demandSymbol(')')
    return expression
  }

  #name(): string {
    const token = this.#take()
    if (token.kind !== 'word' && token.kind !== 'name') throw this.#unexpected(token)
    return token.text
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)] ?? { kind: 'end', at: 0 }
  }

  #take(): Token {
    const token = this.#peek()
    this.#next++
    return token
  }

  #peekWord(upper: string): boolean {
    const token = this.#peek()
    return token.kind === 'word' && token.upper === upper
  }

  #takeWord(upper: string): boolean {
    if (!this.#peekWord(upper)) return false
    this.#next++
    return true
  }

  #takeSymbol(text: string): boolean {
    if (!isSymbol(this.#peek(), text)) return false
    this.#next++
    return true
  }

  #demandWord(upper: string): void {
    if (!this.#takeWord(upper)) throw selectError('ParseExpectedKeyword', `Expected keyword ${upper} ${this.#place()}`)
  }

  #demandSymbol(text: string): void {
    if (!this.#takeSymbol(text)) throw this.#unexpected()
  }

  #unexpected(token = this.#peek()): Error {
    return selectError('ParseUnexpectedToken', `Unexpected token found ${this.#place(token)}`)
  }

  #place(token = this.#peek()): string {
    return `at position ${token.at + 1}`
  }
}

function isSymbol(token: Token, text: string): boolean {
  return token.kind === 'symbol' && token.text === text
}

function isComparison(text: string): text is Comparison {
  return text === '=' || text === '<>' || text === '<' || text === '<=' || text === '>' || text === '>='
}

/** Does an expression look at the record, outside of aggregates? */
function readsRecord(expression: Expression): boolean {
  if (expression.kind === 'path') return true
  if (expression.kind === 'aggregate') return false
  return Object.values(expression).some((part: unknown) =>
    Array.isArray(part)
      ? part.some((one) => isExpression(one) && readsRecord(one))
      : isExpression(part) && readsRecord(part),
  )
}

function isExpression(value: unknown): value is Expression {
  // The branches of a CASE hold expressions.
  return typeof value === 'object' && value !== null && ('kind' in value || 'when' in value)
}
