// Bound conditions: what they say about an item. Recursion follows the expression, whose depth is bounded.
import type { Comparator, Condition, Operand, Path } from './ast.ts'
import {
  compareBytes,
  compareValues,
  nameOfBytes,
  typeOf,
  valuesEqual,
  type AttributeValue,
  type Item,
} from './attribute-value.ts'
import { valueAt } from './document.ts'

export class ConditionProgram {
  readonly condition: Condition
  #paths: readonly Path[] | undefined

  constructor(condition: Condition) {
    this.condition = condition
  }

  /** Whether it holds for the item; undefined or an empty item is an item that does not exist. */
  holds(item: Item | undefined): boolean {
    return holds(this.condition, item ?? {})
  }

  /** All document paths that it looks at. */
  get paths(): readonly Path[] {
    return (this.#paths ??= pathsOf(this.condition))
  }
}

function holds(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.parts.every((part) => holds(part, item))
    case 'or':
      return condition.parts.some((part) => holds(part, item))
    case 'not':
      return !holds(condition.part, item)
    case 'exists':
      return valueAt(item, condition.path) !== undefined
    case 'compare':
      return compare(condition.comparator, resolve(condition.left, item), resolve(condition.right, item))
    case 'between':
      return isBetween(resolve(condition.operand, item), resolve(condition.low, item), resolve(condition.high, item))
    case 'in': {
      const value = resolve(condition.operand, item)
      return value !== undefined && condition.candidates.some((candidate) => isEqual(value, resolve(candidate, item)))
    }
    case 'type': {
      const value = resolve(condition.operand, item)
      return value !== undefined && typeOf(value) === condition.type
    }
    case 'begins':
      return beginsWith(resolve(condition.operand, item), resolve(condition.prefix, item))
    case 'contains':
      return contains(resolve(condition.operand, item), resolve(condition.member, item))
  }
}

function resolve(operand: Operand, item: Item): AttributeValue | undefined {
  switch (operand.kind) {
    case 'path':
      return valueAt(item, operand.path)
    case 'value':
      return operand.value
    case 'size': {
      const value = resolve(operand.operand, item)
      const size = value && sizeOf(value)
      return size === undefined ? undefined : { N: String(size) }
    }
  }
}

/** What `size` answers: characters of a string, bytes of a binary, members of a collection. */
function sizeOf(value: AttributeValue): number | undefined {
  if ('S' in value) return value.S.length
  if ('B' in value) return value.B.byteLength
  if ('SS' in value) return value.SS.length
  if ('NS' in value) return value.NS.length
  if ('BS' in value) return value.BS.length
  if ('L' in value) return value.L.length
  if ('M' in value) return Object.keys(value.M).length
  return undefined
}

function isEqual(left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  return left !== undefined && right !== undefined && valuesEqual(left, right)
}

function compare(comparator: Comparator, left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  if (comparator === '=') return isEqual(left, right)
  // Of an attribute that is not there anything differs.
  if (comparator === '<>') return !isEqual(left, right)
  const order = left && right && compareValues(left, right)
  if (order === undefined) return false
  switch (comparator) {
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

function isBetween(
  value: AttributeValue | undefined,
  low: AttributeValue | undefined,
  high: AttributeValue | undefined,
): boolean {
  return compare('>=', value, low) && compare('<=', value, high)
}

function beginsWith(value: AttributeValue | undefined, prefix: AttributeValue | undefined): boolean {
  if (value === undefined || prefix === undefined) return false
  if ('S' in value) return 'S' in prefix && value.S.startsWith(prefix.S)
  if (!('B' in value) || !('B' in prefix)) return false
  return compareBytes(value.B.subarray(0, prefix.B.byteLength), prefix.B) === 0
}

/** A part of a string or binary, a member of a set, an element of a list. */
function contains(value: AttributeValue | undefined, member: AttributeValue | undefined): boolean {
  if (value === undefined || member === undefined) return false
  if ('L' in value) return value.L.some((element) => valuesEqual(element, member))
  if ('S' in member)
    return ('S' in value && value.S.includes(member.S)) || ('SS' in value && value.SS.includes(member.S))
  if ('N' in member) return 'NS' in value && value.NS.includes(member.N)
  if (!('B' in member)) return false
  if ('B' in value) return nameOfBytes(value.B).includes(nameOfBytes(member.B))
  return 'BS' in value && value.BS.some((element) => compareBytes(element, member.B) === 0)
}

function pathsOf(condition: Condition): readonly Path[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.parts.flatMap(pathsOf)
    case 'not':
      return pathsOf(condition.part)
    case 'exists':
      return [condition.path]
    case 'compare':
      return operandPaths(condition.left, condition.right)
    case 'between':
      return operandPaths(condition.operand, condition.low, condition.high)
    case 'in':
      return operandPaths(condition.operand, ...condition.candidates)
    case 'type':
      return operandPaths(condition.operand)
    case 'begins':
      return operandPaths(condition.operand, condition.prefix)
    case 'contains':
      return operandPaths(condition.operand, condition.member)
  }
}

function operandPaths(...operands: readonly Operand[]): readonly Path[] {
  return operands.flatMap((operand) => {
    if (operand.kind === 'path') return [operand.path]
    return operand.kind === 'size' ? operandPaths(operand.operand) : []
  })
}
