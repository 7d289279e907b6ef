// What a WHERE says of keys: the one item of a write, the partitions of a read.
import type { Condition, Operand } from '../language/ast.ts'
import { setAttribute, type AttributeValue, type Item, type KeyType } from '../language/attribute-value.ts'
import { invalid, invalidParameter } from '../language/invalid.ts'
import type { RangeCondition } from '../language/key-condition.ts'
import { isKeyValue, type KeyValue } from '../language/key-encoding.ts'
import { namesOfKey } from '../projected-item.ts'
import { typeOfKeyAttribute, type KeyNames, type TableRecord } from '../table-record.ts'
import { PARTITIONS_MAX } from './limits.ts'

function conjuncts(condition: Condition): readonly Condition[] {
  return condition.kind === 'and' ? condition.parts.flatMap(conjuncts) : [condition]
}

export interface KeyedWhere {
  readonly key: Item
  /** What else is asked of the item. */
  readonly rest: Condition | undefined
}

/** Undefined when the WHERE does not name one item by all of its key attributes. */
export function keyedWhere(record: Pick<TableRecord, 'key'>, where: Condition): KeyedWhere | undefined {
  const key: Record<string, AttributeValue> = {}
  const rest: Condition[] = []
  const names = new Set(namesOfKey(record.key))
  for (const part of conjuncts(where)) {
    const equality = equalityOf(part)
    if (equality !== undefined && names.delete(equality.name)) setAttribute(key, equality.name, equality.value)
    else rest.push(part)
  }
  if (names.size > 0) return undefined
  return { key, rest: rest.length === 0 ? undefined : { kind: 'and', parts: rest } }
}

/** Throws ValidationException when the WHERE does not name one item. */
export function requireKey(record: Pick<TableRecord, 'key'>, where: Condition): KeyedWhere {
  const keyed = keyedWhere(record, where)
  if (keyed === undefined) throw invalid('Where clause does not contain a mandatory equality on all key attributes')
  return keyed
}

interface Named {
  readonly name: string
  readonly value: AttributeValue
}

function equalityOf(condition: Condition): Named | undefined {
  if (condition.kind !== 'compare' || condition.comparator !== '=') return undefined
  return namedValue(condition.left, condition.right) ?? namedValue(condition.right, condition.left)
}

function namedValue(named: Operand, other: Operand): Named | undefined {
  const name = nameOf(named)
  return name === undefined || other.kind !== 'value' ? undefined : { name, value: other.value }
}

/** Of an attribute itself, not of what lies in it. */
function nameOf(operand: Operand): string | undefined {
  if (operand.kind !== 'path' || operand.path.length !== 1) return undefined
  const [name] = operand.path
  return typeof name === 'string' ? name : undefined
}

export interface Partitions {
  readonly hashes: readonly KeyValue[]
  readonly range: RangeCondition | undefined
}

/** The partitions that a WHERE is about; undefined when it may be about all. Throws ValidationException. */
export function partitionsOf(
  record: TableRecord,
  names: KeyNames,
  where: Condition | undefined,
): Partitions | undefined {
  const parts = where === undefined ? [] : conjuncts(where)
  const hashes = parts.map((part) => valuesAsked(part, names.hash)).find((values) => values !== undefined)
  if (hashes === undefined) return undefined
  if (hashes.length > PARTITIONS_MAX)
    throw invalid(`The IN operator is provided with too many operands; number of operands: ${hashes.length}`)
  const type = typeOfKeyAttribute(record, names.hash)
  return {
    hashes: hashes.map((value) => requireType(value, type)),
    range:
      names.range === undefined ? undefined : rangeAsked(parts, names.range, typeOfKeyAttribute(record, names.range)),
  }
}

/** `hash = value` or `hash IN [...]` */
function valuesAsked(part: Condition, name: string): readonly AttributeValue[] | undefined {
  const equality = equalityOf(part)
  if (equality?.name === name) return [equality.value]
  if (part.kind !== 'in' || nameOf(part.operand) !== name) return undefined
  return part.candidates.flatMap((candidate) => (candidate.kind === 'value' ? [candidate.value] : []))
}

function requireType(value: AttributeValue, type: KeyType): KeyValue {
  if (!isKeyValue(value) || !(type in value))
    throw invalidParameter('Condition parameter type does not match schema type')
  return value
}

const MIRRORED = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const

/** The first condition on the range key that a range of the Store can answer; the others are left to the filter. */
function rangeAsked(parts: readonly Condition[], name: string, type: KeyType): RangeCondition | undefined {
  for (const part of parts) {
    const range = rangeOf(part, name, type)
    if (range !== undefined) return range
  }
  return undefined
}

function rangeOf(part: Condition, name: string, type: KeyType): RangeCondition | undefined {
  const valueOf = (operand: Operand): KeyValue | undefined =>
    operand.kind === 'value' ? requireType(operand.value, type) : undefined
  if (part.kind === 'begins' && nameOf(part.operand) === name) {
    const value = valueOf(part.prefix)
    return value && { kind: 'begins', value }
  }
  if (part.kind === 'between' && nameOf(part.operand) === name) {
    const low = valueOf(part.low)
    const high = valueOf(part.high)
    return low && high && { kind: 'between', low, high }
  }
  if (part.kind !== 'compare' || part.comparator === '<>') return undefined
  const isLeft = nameOf(part.left) === name
  const value = isLeft ? valueOf(part.right) : nameOf(part.right) === name ? valueOf(part.left) : undefined
  return value && { kind: isLeft ? part.comparator : MIRRORED[part.comparator], value }
}
