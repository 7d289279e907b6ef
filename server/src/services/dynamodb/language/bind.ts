// Puts the names and values of a request into parsed expressions, and checks what can be told without an item: operand
// counts, operand types, paths that overlap.
import {
  showPath,
  type Comparator,
  type Condition,
  type Operand,
  type ParsedAction,
  type ParsedCall,
  type ParsedCondition,
  type ParsedOperand,
  type ParsedSum,
  type Path,
  type UpdateAction,
  type UpdateValue,
} from './ast.ts'
import { compareValues, typeOf, type AttributeType, type AttributeValue } from './attribute-value.ts'
import { invalid, shown } from './invalid.ts'
import type { ParsedConditionText } from './parse-condition.ts'
import type { ParsedProjectionText } from './parse-projection.ts'
import type { ParsedUpdateText } from './parse-update.ts'
import { Refusal, type Placeholders } from './placeholders.ts'

/** Throws ValidationException, which names the parameter. */
export function bindCondition(parameter: string, parsed: ParsedConditionText, placeholders: Placeholders): Condition {
  return naming(parameter, () => condition(parsed.condition, placeholders))
}

/** Throws ValidationException. */
export function bindUpdate(parsed: ParsedUpdateText, placeholders: Placeholders): readonly UpdateAction[] {
  return naming('UpdateExpression', () => {
    const actions = parsed.actions.map((parsedAction) => action(parsedAction, placeholders))
    checkApart(actions.map(({ path }) => path))
    for (const bound of actions) checkTypes(bound)
    return actions
  })
}

/** Throws ValidationException. */
export function bindPaths(parsed: ParsedProjectionText, placeholders: Placeholders): readonly Path[] {
  return naming('ProjectionExpression', () => {
    const paths = parsed.paths.map((path) => placeholders.path(path))
    checkApart(paths)
    return paths
  })
}

/** No path may be, or lie below, another. Throws ValidationException, which names the parameter. */
export function checkPathsApart(parameter: string, paths: readonly Path[]): void {
  naming(parameter, () => checkApart(paths))
}

function naming<T>(parameter: string, bind: () => T): T {
  try {
    return bind()
  } catch (error) {
    if (error instanceof Refusal) throw invalid(`Invalid ${parameter}: ${error.message}`)
    throw error
  }
}

function condition(parsed: ParsedCondition, placeholders: Placeholders): Condition {
  const bind = (part: ParsedOperand): Operand => operand(part, placeholders)
  switch (parsed.kind) {
    case 'and':
    case 'or':
      return { kind: parsed.kind, parts: parsed.parts.map((part) => condition(part, placeholders)) }
    case 'not':
      return { kind: 'not', part: condition(parsed.part, placeholders) }
    case 'compare': {
      const { comparator } = parsed
      const left = bind(parsed.left)
      const right = bind(parsed.right)
      checkDistinct(comparator, left, right)
      checkOrdered(comparator, [left, right])
      return { kind: 'compare', comparator, left, right }
    }
    case 'between': {
      const low = bind(parsed.low)
      const high = bind(parsed.high)
      const between = { kind: 'between', operand: bind(parsed.operand), low, high } as const
      checkBounds(low, high)
      checkOrdered('BETWEEN', [between.operand, low, high])
      return between
    }
    case 'in':
      return { kind: 'in', operand: bind(parsed.operand), candidates: parsed.candidates.map(bind) }
    case 'call':
      return call(parsed, placeholders)
  }
}

function operand(parsed: ParsedOperand, placeholders: Placeholders): Operand {
  switch (parsed.kind) {
    case 'path':
      return { kind: 'path', path: placeholders.path(parsed.path) }
    case 'placeholder':
      return { kind: 'value', value: placeholders.value(parsed.name) }
    case 'call': {
      // The parser has refused all other functions here.
      const [first] = operands(parsed, 1, placeholders)
      const type = typeOfOperand(first)
      if (type === 'N' || type === 'BOOL' || type === 'NULL') throw wrongType(parsed.name, type)
      return { kind: 'size', operand: first }
    }
  }
}

/** Operands of a call: the first is always there. */
type Operands = readonly [Operand, ...Operand[]]

function operands(parsed: ParsedCall, count: number, placeholders: Placeholders): Operands {
  const [first, ...others] = parsed.operands.map((part) => operand(part, placeholders))
  if (first === undefined || others.length !== count - 1)
    throw new Refusal(
      'Incorrect number of operands for operator or function; ' +
        `operator or function: ${parsed.name}, number of operands: ${parsed.operands.length}`,
    )
  return [first, ...others]
}

function call(parsed: ParsedCall, placeholders: Placeholders): Condition {
  const { name } = parsed
  if (name === 'attribute_exists' || name === 'attribute_not_exists') {
    const [first] = operands(parsed, 1, placeholders)
    const exists = { kind: 'exists', path: requirePath(name, first) } as const
    return name === 'attribute_exists' ? exists : { kind: 'not', part: exists }
  }
  const [first, second = first] = operands(parsed, 2, placeholders)
  checkDistinct(name, first, second)
  if (name === 'attribute_type') return { kind: 'type', operand: first, type: requireTypeName(second) }
  if (name === 'contains') return { kind: 'contains', operand: first, member: second }
  for (const part of [first, second]) {
    const type = typeOfOperand(part)
    if (type !== undefined && type !== 'S' && type !== 'B') throw wrongType(name, type)
  }
  return { kind: 'begins', operand: first, prefix: second }
}

function requirePath(name: string, found: Operand): Path {
  if (found.kind === 'path') return found.path
  throw new Refusal(`Operator or function requires a document path; operator or function: ${name}`)
}

const TYPE_NAMES = ['B', 'NULL', 'SS', 'BOOL', 'L', 'BS', 'N', 'NS', 'S', 'M'] as const

function requireTypeName(found: Operand): AttributeType {
  const value = found.kind === 'value' ? found.value : undefined
  if (value === undefined) throw wrongType('attribute_type', '{NS,SS,L,BS,N,M,B,BOOL,NULL,S}')
  if (!('S' in value)) throw wrongType('attribute_type', typeOf(value))
  const type = TYPE_NAMES.find((name) => name === value.S)
  if (type === undefined)
    throw new Refusal(
      `Invalid attribute type name found; type: ${shown(value.S)}, valid types: {${TYPE_NAMES.join(',')}}`,
    )
  return type
}

/** Known without an item for values and sizes. */
function typeOfOperand(found: Operand): AttributeType | undefined {
  if (found.kind === 'size') return 'N'
  return found.kind === 'value' ? typeOf(found.value) : undefined
}

function wrongType(name: string, type: string): Refusal {
  return new Refusal(
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
  )
}

function checkDistinct(name: string, first: Operand, second: Operand): void {
  if (first.kind !== 'path' || second.kind !== 'path' || !samePath(first.path, second.path)) return
  throw new Refusal(
    'The first operand must be distinct from the remaining operands for this operator or function; ' +
      `operator: ${name}, first operand: ${showPath(first.path)}`,
  )
}

function samePath(left: Path, right: Path): boolean {
  return left.length === right.length && left.every((element, index) => element === right[index])
}

function checkOrdered(operator: Comparator | 'BETWEEN', found: readonly Operand[]): void {
  const fault = orderFault(operator, found)
  if (fault !== undefined) throw new Refusal(fault)
}

/** What is wrong with operands of an operator that needs an order: only S, N and B have one. */
export function orderFault(operator: Comparator | 'BETWEEN', found: readonly Operand[]): string | undefined {
  if (operator === '=' || operator === '<>') return undefined
  const types = found.map(typeOfOperand)
  const unordered = types.find((type) => type !== undefined && type !== 'S' && type !== 'N' && type !== 'B')
  return unordered && wrongType(operator, unordered).message
}

function checkBounds(low: Operand, high: Operand): void {
  if (low.kind !== 'value' || high.kind !== 'value') return
  const bounds =
    `lower bound operand: AttributeValue: ${showValue(low.value)}, ` +
    `upper bound operand: AttributeValue: ${showValue(high.value)}`
  if (typeOf(low.value) !== typeOf(high.value))
    throw new Refusal(`The BETWEEN operator requires same data type for lower and upper bounds; ${bounds}`)
  if ((compareValues(low.value, high.value) ?? 0) > 0)
    throw new Refusal(`The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${bounds}`)
}

/** As messages show a scalar: `{S:abc}`. */
function showValue(value: AttributeValue): string {
  if ('S' in value) return `{S:${shown(value.S)}}`
  if ('N' in value) return `{N:${value.N}}`
  if ('B' in value) return `{B:${shown(Buffer.from(value.B).toString('base64'))}}`
  return `{${typeOf(value)}:...}`
}

const TYPE_WORDS: Readonly<Record<AttributeType, string>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  SS: 'STRING_SET',
  NS: 'NUMBER_SET',
  BS: 'BINARY_SET',
  M: 'MAP',
  L: 'LIST',
  NULL: 'NULL',
  BOOL: 'BOOLEAN',
}

/** Sections name types in words, functions and comparators by their short names. */
function wrongAddend(section: 'ADD' | 'DELETE', type: AttributeType): Refusal {
  return new Refusal(
    `Incorrect operand type for operator or function; operator: ${section}, operand type: ${TYPE_WORDS[type]}, ` +
      `typeSet: ALLOWED_FOR_${section}_OPERAND`,
  )
}

function action(parsed: ParsedAction, placeholders: Placeholders): UpdateAction {
  const path = placeholders.path(parsed.path)
  switch (parsed.kind) {
    case 'set':
      return { kind: 'set', path, value: updateValue(parsed.value, placeholders) }
    case 'remove':
      return { kind: 'remove', path }
    case 'add':
    case 'delete':
      return { kind: parsed.kind, path, value: placeholders.value(parsed.value.name) }
  }
}

function updateValue(parsed: ParsedSum, placeholders: Placeholders): UpdateValue {
  switch (parsed.kind) {
    case 'path':
      return { kind: 'path', path: placeholders.path(parsed.path) }
    case 'placeholder':
      return { kind: 'value', value: placeholders.value(parsed.name) }
    case 'sum':
      return {
        kind: 'sum',
        operator: parsed.operator,
        left: updateValue(parsed.left, placeholders),
        right: updateValue(parsed.right, placeholders),
      }
    case 'call':
      return updateCall(parsed, placeholders)
  }
}

function updateCall(parsed: ParsedCall, placeholders: Placeholders): UpdateValue {
  const { name } = parsed
  const [left, right, ...others] = parsed.operands.map((part) => updateValue(part, placeholders))
  if (left === undefined || right === undefined || others.length > 0)
    throw new Refusal(
      'Incorrect number of operands for operator or function; ' +
        `operator or function: ${name}, number of operands: ${parsed.operands.length}`,
    )
  if (name === 'list_append') return { kind: 'list-append', left, right }
  if (left.kind === 'path') return { kind: 'if-not-exists', path: left.path, otherwise: right }
  throw new Refusal(`Operator or function requires a document path; operator or function: ${name}`)
}

/** No path may be, or lie below, another; nor treat one place as a list and as a map. */
function checkApart(paths: readonly Path[]): void {
  // Nearly always each path begins with a name of its own.
  if (new Set(paths.map(([name]) => name)).size === paths.length) return
  // At most EXPRESSION_BYTES_MAX / 2 short paths, sorted so that each needs a look at few others.
  const sorted = paths.map((path, order) => ({ path, order })).sort((a, b) => comparePaths(a.path, b.path))
  let before: (typeof sorted)[number] | undefined
  const open: (typeof sorted)[number][] = []
  for (const current of sorted) {
    while (open.length > 0 && !begins(open.at(-1)?.path ?? [], current.path)) open.pop()
    const above = open.at(-1)
    if (above !== undefined) throw tellPair('overlap', above, current)
    if (before !== undefined && isConflict(before.path, current.path)) throw tellPair('conflict', before, current)
    open.push(current)
    before = current
  }
}

interface OrderedPath {
  readonly path: Path
  readonly order: number
}

function tellPair(what: 'overlap' | 'conflict', left: OrderedPath, right: OrderedPath): Refusal {
  const [one, two] = left.order < right.order ? [left, right] : [right, left]
  return new Refusal(
    `Two document paths ${what} with each other; must remove or rewrite one of these paths; ` +
      `path one: ${showPath(one.path)}, path two: ${showPath(two.path)}`,
  )
}

function begins(prefix: Path, path: Path): boolean {
  return prefix.length <= path.length && prefix.every((element, index) => element === path[index])
}

/** The first difference is between an index and a name. */
function isConflict(left: Path, right: Path): boolean {
  const at = left.findIndex((element, index) => element !== right[index])
  return at >= 0 && at < right.length && typeof left[at] !== typeof right[at]
}

/** Indexes before names, so that a list and a map in one place become neighbours. */
function comparePaths(left: Path, right: Path): number {
  const shorter = Math.min(left.length, right.length)
  for (let index = 0; index < shorter; index++) {
    const a = left[index] ?? 0
    const b = right[index] ?? 0
    if (a === b) continue
    if (typeof a === 'number') return typeof b === 'number' ? a - b : -1
    if (typeof b === 'number') return 1
    return a < b ? -1 : 1
  }
  return left.length - right.length
}

function checkTypes(bound: UpdateAction): void {
  switch (bound.kind) {
    case 'set':
      checkSum(bound.value)
      return
    case 'add':
      checkAddend('ADD', bound.value, ['N', 'SS', 'NS', 'BS'])
      return
    case 'delete':
      checkAddend('DELETE', bound.value, ['SS', 'NS', 'BS'])
      return
    case 'remove':
  }
}

function checkAddend(section: 'ADD' | 'DELETE', value: AttributeValue, allowed: readonly AttributeType[]): void {
  const type = typeOf(value)
  if (!allowed.includes(type)) throw wrongAddend(section, type)
}

function checkSum(value: UpdateValue): void {
  switch (value.kind) {
    case 'sum':
      checkParts(value.operator, [value.left, value.right], 'N')
      return
    case 'list-append':
      checkParts('list_append', [value.left, value.right], 'L')
      return
    case 'if-not-exists':
      checkSum(value.otherwise)
      return
    case 'path':
    case 'value':
  }
}

function checkParts(name: string, parts: readonly UpdateValue[], wanted: AttributeType): void {
  for (const part of parts) {
    if (part.kind === 'value' && typeOf(part.value) !== wanted) throw wrongType(name, typeOf(part.value))
    checkSum(part)
  }
}
