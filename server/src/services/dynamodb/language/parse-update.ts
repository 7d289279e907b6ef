// The grammar of UpdateExpression: "Using update expressions in DynamoDB". Sections in any order, each at most once.
//
//   update := (SET path = sum, ... | REMOVE path, ... | ADD path :value, ... | DELETE path :value, ...)+
//   sum := operand ((+ | -) operand)*
//   operand := path | :value | if_not_exists(path, operand) | list_append(operand, operand) | ( sum )
import type { ParsedAction, ParsedOperand, ParsedPlaceholder, ParsedSum } from './ast.ts'
import { TokenReader } from './token-reader.ts'

export interface ParsedUpdateText {
  readonly actions: readonly ParsedAction[]
  /** What is wrong with it, whatever the request's names and values are. */
  readonly fault: string | undefined
}

const SECTIONS = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const
const FUNCTIONS: ReadonlySet<string> = new Set(['if_not_exists', 'list_append'])
const CONDITION_FUNCTIONS: ReadonlySet<string> = new Set([
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
  'size',
])

/** Throws SyntaxFault. */
export function parseUpdate(text: string): ParsedUpdateText {
  const tokens = new TokenReader(text)
  const actions: ParsedAction[] = []
  const seen = new Set<string>()
  do {
    const section = SECTIONS.find((word) => tokens.takeWord(word))
    if (section === undefined) throw tokens.syntaxError()
    if (seen.has(section))
      tokens.faults.add('section', `The "${section}" section can only be used once in an update expression;`)
    seen.add(section)
    do actions.push(parseAction(section, tokens))
    while (tokens.takeSymbol(','))
  } while (tokens.peek().kind !== 'end')
  tokens.expectEnd()
  return { actions, fault: tokens.faults.message }
}

function parseAction(section: (typeof SECTIONS)[number], tokens: TokenReader): ParsedAction {
  if (SECTIONS.some((word) => tokens.isWord(word))) throw tokens.syntaxError()
  const path = tokens.path()
  switch (section) {
    case 'SET':
      tokens.expectSymbol('=')
      return { kind: 'set', path, value: parseSum(tokens) }
    case 'REMOVE':
      return { kind: 'remove', path }
    case 'ADD':
      return { kind: 'add', path, value: parsePlaceholder(tokens) }
    case 'DELETE':
      return { kind: 'delete', path, value: parsePlaceholder(tokens) }
  }
}

function parsePlaceholder(tokens: TokenReader): ParsedPlaceholder {
  if (tokens.peek().kind !== 'value-placeholder') throw tokens.syntaxError()
  return { kind: 'placeholder', name: tokens.next().text }
}

function parseSum(tokens: TokenReader): ParsedSum {
  let sum: ParsedSum = parseTerm(tokens)
  for (;;) {
    const operator = tokens.isSymbol('+') ? '+' : tokens.isSymbol('-') ? '-' : undefined
    if (operator === undefined) return sum
    tokens.next()
    tokens.countOperator()
    sum = { kind: 'sum', operator, left: sum, right: parseOperand(tokens) }
  }
}

/** The first of a sum, which may be a sum in parentheses. */
function parseTerm(tokens: TokenReader): ParsedSum {
  if (!tokens.isSymbol('(')) return parseOperand(tokens)
  return tokens.deeper(() => {
    tokens.next()
    if (tokens.isSymbol('(')) tokens.faults.add('parentheses', 'The expression has redundant parentheses;')
    const sum = parseSum(tokens)
    tokens.expectSymbol(')')
    return sum
  })
}

function parseOperand(tokens: TokenReader): ParsedOperand {
  if (tokens.isSymbol('('))
    return tokens.deeper(() => {
      tokens.next()
      const operand = parseOperand(tokens)
      tokens.expectSymbol(')')
      return operand
    })
  if (tokens.peek().kind === 'value-placeholder') return parsePlaceholder(tokens)
  if (!tokens.isCall) return { kind: 'path', path: tokens.path() }
  const call = tokens.call(() => parseOperand(tokens))
  if (CONDITION_FUNCTIONS.has(call.name))
    tokens.faults.add('function', `The function is not allowed in an update expression; function: ${call.name}`)
  else if (!FUNCTIONS.has(call.name)) tokens.faults.add('function', `Invalid function name; function: ${call.name}`)
  return call
}
