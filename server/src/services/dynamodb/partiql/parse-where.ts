// WHERE: the conditions of expressions in the words of SQL. "PartiQL operators for DynamoDB", "Use PartiQL functions with
// DynamoDB".
import type { Comparator, Condition, Operand, Path } from '../language/ast.ts'
import { orderFault } from '../language/bind.ts'
import { typeOf, type AttributeType, type AttributeValue } from '../language/attribute-value.ts'
import { invalid } from '../language/invalid.ts'
import { IN_OPERANDS_MAX } from '../language/limits.ts'
import { malformed } from './malformed.ts'
import type { StatementReader } from './statement-reader.ts'

/** Throws ValidationException. */
export function parseCondition(reader: StatementReader): Condition {
  return chain(reader, 'OR', () => chain(reader, 'AND', () => negation(reader)))
}

function chain(reader: StatementReader, word: 'OR' | 'AND', part: () => Condition): Condition {
  const parts = [part()]
  while (reader.takeWord(word)) parts.push(part())
  const [first] = parts
  return first !== undefined && parts.length === 1 ? first : { kind: word === 'OR' ? 'or' : 'and', parts }
}

function negation(reader: StatementReader): Condition {
  if (reader.takeWord('NOT')) return reader.deeper(() => ({ kind: 'not', part: negation(reader) }))
  return comparison(reader)
}

function comparison(reader: StatementReader): Condition {
  if (reader.isSymbol('('))
    return reader.deeper(() => {
      reader.next()
      const condition = parseCondition(reader)
      reader.expectSymbol(')')
      return condition
    })
  const call = callAt(reader)
  if (call !== undefined && call !== 'size') return truth(reader, predicate(reader, call))
  const left = operand(reader)
  const comparator = comparatorAt(reader)
  if (comparator !== undefined) {
    reader.next()
    const right = operand(reader)
    refuseUnordered(comparator, [left, right])
    return { kind: 'compare', comparator, left, right }
  }
  const isNegated = reader.isWord('NOT') && (reader.isWord('IN', 1) || reader.isWord('BETWEEN', 1))
  if (isNegated) reader.next()
  const condition = special(reader, left)
  return isNegated ? { kind: 'not', part: condition } : condition
}

function special(reader: StatementReader, left: Operand): Condition {
  if (reader.takeWord('BETWEEN')) {
    const low = operand(reader)
    reader.expectWord('AND')
    const high = operand(reader)
    refuseUnordered('BETWEEN', [left, low, high])
    return { kind: 'between', operand: left, low, high }
  }
  if (reader.takeWord('IN')) return { kind: 'in', operand: left, candidates: candidates(reader) }
  if (reader.takeWord('IS')) return nature(reader, left)
  throw reader.unexpected('a comparison')
}

function refuseUnordered(operator: Comparator | 'BETWEEN', operands: readonly Operand[]): void {
  const fault = orderFault(operator, operands)
  if (fault !== undefined) throw invalid(fault)
}

/** Types as IS names them. */
const IS_TYPES: Readonly<Record<string, AttributeType>> = {
  NULL: 'NULL',
  BOOL: 'BOOL',
  BOOLEAN: 'BOOL',
  STRING: 'S',
  NUMBER: 'N',
  NUMERIC: 'N',
  DECIMAL: 'N',
  BLOB: 'B',
  LIST: 'L',
  MAP: 'M',
  STRUCT: 'M',
}

/** IS [NOT] MISSING, IS [NOT] NULL, IS [NOT] BOOL */
function nature(reader: StatementReader, left: Operand): Condition {
  const isNegated = reader.takeWord('NOT')
  const path = requirePath('IS', left)
  const wanted: Condition = reader.takeWord('MISSING')
    ? { kind: 'not', part: { kind: 'exists', path } }
    : { kind: 'type', operand: left, type: isType(reader) }
  return isNegated ? { kind: 'not', part: wanted } : wanted
}

function isType(reader: StatementReader): AttributeType {
  const name = reader.peek().text.toUpperCase()
  const type = Object.hasOwn(IS_TYPES, name) ? IS_TYPES[name] : undefined
  if (type === undefined) throw reader.unexpected('a type')
  reader.next()
  return type
}

/** `[a, b]`, `(a, b)`, or a parameter that is a list. */
function candidates(reader: StatementReader): readonly Operand[] {
  const values = listedValues(reader)
  if (values.length > IN_OPERANDS_MAX)
    throw invalid(`The IN operator is provided with too many operands; number of operands: ${values.length}`)
  return values.map((value) => ({ kind: 'value', value }))
}

function listedValues(reader: StatementReader): readonly AttributeValue[] {
  if (!reader.takeSymbol('(')) {
    const list = reader.value()
    if ('L' in list) return list.L
    throw malformed('IN must be followed by a list')
  }
  const values = [reader.value()]
  while (reader.takeSymbol(',')) values.push(reader.value())
  reader.expectSymbol(')')
  return values
}

const COMPARATORS: Readonly<Record<string, Comparator>> = {
  '=': '=',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}

function comparatorAt(reader: StatementReader): Comparator | undefined {
  const { kind, text } = reader.peek()
  return kind === 'symbol' && Object.hasOwn(COMPARATORS, text) ? COMPARATORS[text] : undefined
}

/** The name of a call that begins here, in lower case. */
function callAt(reader: StatementReader): string | undefined {
  return reader.peek().kind === 'word' && reader.isSymbol('(', 1) ? reader.peek().text.toLowerCase() : undefined
}

function operand(reader: StatementReader): Operand {
  if (reader.isValue) return { kind: 'value', value: reader.value() }
  if (callAt(reader) !== 'size') return { kind: 'path', path: reader.path() }
  reader.next()
  reader.expectSymbol('(')
  const sized: Operand = { kind: 'size', operand: { kind: 'path', path: reader.path() } }
  reader.expectSymbol(')')
  return sized
}

/** A function says true or false, and may be compared with that. */
function truth(reader: StatementReader, condition: Condition): Condition {
  const comparator = comparatorAt(reader)
  if (comparator !== '=' && comparator !== '<>') return condition
  reader.next()
  const value = reader.value()
  if (!('BOOL' in value)) throw malformed('Expected true or false')
  return value.BOOL === (comparator === '=') ? condition : { kind: 'not', part: condition }
}

const PREDICATES: Readonly<Record<string, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
}

function predicate(reader: StatementReader, name: string): Condition {
  const token = reader.next()
  const count = Object.hasOwn(PREDICATES, name) ? PREDICATES[name] : undefined
  if (count === undefined) throw reader.faultAt(token, `Unrecognized function: ${name}`)
  const operands = reader.deeper(() => operandsOf(reader))
  const [first, second = first] = operands
  if (first === undefined || second === undefined || operands.length !== count)
    throw invalid(
      'Incorrect number of operands for operator or function; ' +
        `operator or function: ${name}, number of operands: ${operands.length}`,
    )
  switch (name) {
    case 'contains':
      return { kind: 'contains', operand: first, member: second }
    case 'begins_with':
      return { kind: 'begins', operand: first, prefix: second }
    case 'attribute_type':
      return { kind: 'type', operand: first, type: requireType(second) }
    default:
      return existence(name, first)
  }
}

function existence(name: string, operand: Operand): Condition {
  if (operand.kind !== 'path')
    throw invalid(`Operator or function requires a document path; operator or function: ${name}`)
  const exists = { kind: 'exists', path: operand.path } as const
  return name === 'attribute_exists' ? exists : { kind: 'not', part: exists }
}

function operandsOf(reader: StatementReader): readonly Operand[] {
  reader.expectSymbol('(')
  if (reader.takeSymbol(')')) return []
  const operands = [operand(reader)]
  while (reader.takeSymbol(',')) operands.push(operand(reader))
  reader.expectSymbol(')')
  return operands
}

const TYPES: readonly AttributeType[] = ['S', 'N', 'B', 'SS', 'NS', 'BS', 'M', 'L', 'NULL', 'BOOL']

function requireType(found: Operand): AttributeType {
  const value = found.kind === 'value' ? found.value : undefined
  const type = TYPES.find((name) => value !== undefined && 'S' in value && value.S === name)
  if (type !== undefined) return type
  throw invalid(`Invalid attribute type name found; type: ${value === undefined ? 'path' : showType(value)}`)
}

function showType(value: AttributeValue): string {
  return 'S' in value ? value.S : typeOf(value)
}

function requirePath(operator: string, found: Operand): Path {
  if (found.kind === 'path') return found.path
  throw malformed(`${operator} must follow a path`)
}
