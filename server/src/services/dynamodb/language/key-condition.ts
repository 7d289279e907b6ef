// Key conditions of Query: equality on the hash key and at most one condition on the range key, from an expression or the
// legacy KeyConditions. Which attributes are keys is known with the table or index; then `forKeys` checks them against it.
import type { Condition, Operand } from './ast.ts'
import { compareValues, type AttributeValue, type Item, type KeyType } from './attribute-value.ts'
import { invalid, invalidParameter } from './invalid.ts'
import { isKeyValue, type KeyValue } from './key-encoding.ts'

/** One condition, the attribute on the left side. */
export type KeyCondition =
  | { readonly kind: '=' | '<' | '<=' | '>' | '>=' | 'begins'; readonly value: AttributeValue }
  | { readonly kind: 'between'; readonly low: AttributeValue; readonly high: AttributeValue }
  /** A legacy operator that no key condition may have. */
  | { readonly kind: 'refused' }

export interface KeyAttribute {
  readonly name: string
  readonly type: KeyType
}

/** A condition on the range key with values of its type. */
export type RangeCondition =
  | { readonly kind: '=' | '<' | '<=' | '>' | '>=' | 'begins'; readonly value: KeyValue }
  | { readonly kind: 'between'; readonly low: KeyValue; readonly high: KeyValue }

export interface QueryRange {
  readonly hash: KeyValue
  /** Undefined: all items of the hash key. */
  readonly range: RangeCondition | undefined
}

export class KeyConditions {
  readonly #conditions: ReadonlyMap<string, KeyCondition>

  constructor(conditions: ReadonlyMap<string, KeyCondition>) {
    this.#conditions = conditions
  }

  /** What is asked of the keys of a table or index. Throws ValidationException. */
  forKeys(hash: KeyAttribute, range: KeyAttribute | undefined): QueryRange {
    const count = this.#conditions.size
    const parts = range === undefined ? 1 : 2
    if (count > parts)
      throw invalid(
        `The number of query conditions (${count}) exceeds the number of key attributes defined in the schema (${parts})`,
      )
    const hashCondition = this.#conditions.get(hash.name)
    if (hashCondition === undefined) throw missed(hash.name)
    const hashValue = checkHash(hashCondition, hash.type)
    if (range === undefined) return { hash: hashValue, range: undefined }
    const rangeCondition = this.#conditions.get(range.name)
    if (rangeCondition === undefined && count > 1) throw missed(range.name)
    return { hash: hashValue, range: rangeCondition && checkRange(rangeCondition, range.type) }
  }
}

/** Whether an item's range key meets the condition. */
export function meetsRange(item: Item, name: string, condition: RangeCondition): boolean {
  const value = Object.hasOwn(item, name) ? item[name] : undefined
  if (value === undefined) return false
  if (condition.kind === 'between')
    return (compareValues(value, condition.low) ?? -1) >= 0 && (compareValues(value, condition.high) ?? 1) <= 0
  if (condition.kind === 'begins') return begins(value, condition.value)
  const order = compareValues(value, condition.value)
  if (order === undefined) return false
  switch (condition.kind) {
    case '=':
      return order === 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

function begins(value: AttributeValue, prefix: KeyValue): boolean {
  if ('S' in value && 'S' in prefix) return value.S.startsWith(prefix.S)
  if (!('B' in value && 'B' in prefix)) return false
  return Buffer.compare(value.B.subarray(0, prefix.B.byteLength), prefix.B) === 0
}

function missed(name: string): Error {
  return invalid(`Query condition missed key schema element: ${name}`)
}

function checkHash(condition: KeyCondition, type: KeyType): KeyValue {
  refuseOperator(condition)
  const values = valuesOf(condition).map((value) => checkType(value, type))
  const [value] = values
  if (condition.kind !== '=' || value === undefined) throw invalid('Query key condition not supported')
  return value
}

function checkRange(condition: KeyCondition, type: KeyType): RangeCondition {
  refuseOperator(condition)
  switch (condition.kind) {
    case 'between':
      return { kind: 'between', low: checkType(condition.low, type), high: checkType(condition.high, type) }
    case 'refused':
      throw invalid('Attempted conditional constraint is not an indexable operation')
    default:
      return { kind: condition.kind, value: checkType(condition.value, type) }
  }
}

function refuseOperator(condition: KeyCondition): void {
  if (condition.kind === 'refused') throw invalid('Attempted conditional constraint is not an indexable operation')
}

function valuesOf(condition: KeyCondition): readonly AttributeValue[] {
  switch (condition.kind) {
    case 'between':
      return [condition.low, condition.high]
    case 'refused':
      return []
    default:
      return [condition.value]
  }
}

function checkType(value: AttributeValue, type: KeyType): KeyValue {
  if (!isKeyValue(value) || !(type in value))
    throw invalidParameter('Condition parameter type does not match schema type')
  return value
}

/** The conditions of a KeyConditionExpression. Throws ValidationException. */
export function keyConditionsOf(condition: Condition): KeyConditions {
  const conditions = new Map<string, KeyCondition>()
  for (const part of flatten(condition)) addCondition(conditions, part)
  return new KeyConditions(conditions)
}

function flatten(condition: Condition): readonly Condition[] {
  if (condition.kind === 'or') throw refused('OR')
  return condition.kind === 'and' ? condition.parts.flatMap(flatten) : [condition]
}

function refused(operator: string): Error {
  return invalid(`Invalid operator used in KeyConditionExpression: ${operator}`)
}

function addCondition(conditions: Map<string, KeyCondition>, part: Condition): void {
  const found = readCondition(part)
  if (conditions.has(found.name))
    throw invalid('Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key')
  conditions.set(found.name, found.condition)
}

interface NamedCondition {
  readonly name: string
  readonly condition: KeyCondition
}

const MIRRORED = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const

function readCondition(part: Condition): NamedCondition {
  switch (part.kind) {
    case 'compare': {
      const { comparator, left, right } = part
      if (comparator === '<>') throw refused('<>')
      const name = nameAmong([left, right])
      const [value, kind] = left.kind === 'path' ? [right, comparator] : [left, MIRRORED[comparator]]
      return { name, condition: { kind, value: valueOf(value) } }
    }
    case 'between': {
      requireFirst('BETWEEN', part.operand)
      const name = nameAmong([part.operand, part.low, part.high])
      return { name, condition: { kind: 'between', low: valueOf(part.low), high: valueOf(part.high) } }
    }
    case 'begins': {
      requireFirst('begins_with', part.operand)
      return {
        name: nameAmong([part.operand, part.prefix]),
        condition: { kind: 'begins', value: valueOf(part.prefix) },
      }
    }
    case 'in':
      throw refused('IN')
    case 'not':
      throw refused(part.part.kind === 'exists' ? 'attribute_not_exists' : 'NOT')
    case 'exists':
      throw refused('attribute_exists')
    case 'type':
      throw refused('attribute_type')
    case 'contains':
      throw refused('contains')
    case 'and':
    case 'or':
      throw refused(part.kind.toUpperCase())
  }
}

function requireFirst(operator: string, operand: Operand): void {
  if (operand.kind === 'value')
    throw invalid(
      `Invalid condition in KeyConditionExpression: ${operator} operator must have the key attribute as its first operand`,
    )
}

/** The one attribute among the operands of a condition. */
function nameAmong(operands: readonly Operand[]): string {
  const paths = operands.flatMap((operand) => {
    if (operand.kind === 'size') throw invalid('KeyConditionExpressions cannot contain nested operations')
    return operand.kind === 'path' ? [operand.path] : []
  })
  const [path] = paths
  if (paths.length > 1)
    throw invalid('Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition')
  if (path === undefined) throw invalid('Invalid condition in KeyConditionExpression: No key attribute specified')
  const [name] = path
  if (path.length > 1 || typeof name !== 'string')
    throw invalid('KeyConditionExpressions cannot have conditions on nested attributes')
  return name
}

function valueOf(operand: Operand): AttributeValue {
  if (operand.kind === 'value') return operand.value
  throw invalid('Invalid condition in KeyConditionExpression: No key attribute specified')
}
