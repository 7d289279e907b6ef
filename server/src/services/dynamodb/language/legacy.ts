// The parameters from before expressions (Expected, AttributeUpdates, KeyConditions, QueryFilter, ScanFilter,
// AttributesToGet, ConditionalOperator), translated into the same bound forms. "Legacy DynamoDB conditional parameters".
import type { Condition, UpdateAction } from './ast.ts'
import { compareValues, typeOf, type AttributeType, type AttributeValue } from './attribute-value.ts'
import { checkValue, type WireValue } from './check-value.ts'
import { ConditionProgram } from './condition.ts'
import { invalid, invalidParameter } from './invalid.ts'
import { KeyConditions, type KeyCondition } from './key-condition.ts'
import { Projection } from './projection.ts'
import { Update } from './update.ts'

interface LegacyCondition {
  readonly ComparisonOperator?: string | undefined
  readonly AttributeValueList?: readonly WireValue[] | undefined
}

interface LegacyExpected extends LegacyCondition {
  readonly Value?: WireValue | undefined
  readonly Exists?: boolean | undefined
}

interface LegacyUpdate {
  readonly Value?: WireValue | undefined
  readonly Action?: string | undefined
}

type ByName<T> = Readonly<Record<string, T>>

export interface LegacyInput {
  readonly Expected?: ByName<LegacyExpected> | undefined
  readonly AttributeUpdates?: ByName<LegacyUpdate> | undefined
  readonly KeyConditions?: ByName<LegacyCondition> | undefined
  readonly QueryFilter?: ByName<LegacyCondition> | undefined
  readonly ScanFilter?: ByName<LegacyCondition> | undefined
  readonly AttributesToGet?: readonly string[] | undefined
  readonly ConditionalOperator?: string | undefined
}

/** How many values each operator takes, and of which types. */
const OPERATORS: Readonly<
  Record<string, { readonly count: number | 'some'; readonly types?: readonly AttributeType[] }>
> = {
  EQ: { count: 1 },
  NE: { count: 1 },
  LE: { count: 1, types: ['S', 'N', 'B'] },
  LT: { count: 1, types: ['S', 'N', 'B'] },
  GE: { count: 1, types: ['S', 'N', 'B'] },
  GT: { count: 1, types: ['S', 'N', 'B'] },
  CONTAINS: { count: 1, types: ['S', 'N', 'B'] },
  NOT_CONTAINS: { count: 1, types: ['S', 'N', 'B'] },
  BEGINS_WITH: { count: 1, types: ['S', 'B'] },
  BETWEEN: { count: 2, types: ['S', 'N', 'B'] },
  IN: { count: 'some', types: ['S', 'N', 'B'] },
  NULL: { count: 0 },
  NOT_NULL: { count: 0 },
}

/** Expected, QueryFilter or ScanFilter. Throws ValidationException. */
export function legacyCondition(
  conditions: ByName<LegacyExpected> | undefined,
  conditionalOperator: string | undefined,
): ConditionProgram | undefined {
  const entries = Object.entries(conditions ?? {})
  if (entries.length === 0) return undefined
  if (conditionalOperator !== undefined && entries.length === 1)
    throw invalid('ConditionalOperator can only be used when Filter or Expected has two or more elements')
  const parts = entries.map(([name, condition]) => expected(name, condition))
  return new ConditionProgram({ kind: conditionalOperator === 'OR' ? 'or' : 'and', parts })
}

/** Without a condition beside it, ConditionalOperator has nothing to join. */
export function checkConditionalOperator(input: LegacyInput): void {
  const { ConditionalOperator, Expected, QueryFilter, ScanFilter } = input
  if (ConditionalOperator !== undefined && (Expected ?? QueryFilter ?? ScanFilter) === undefined)
    throw invalid('ConditionalOperator cannot be used without Filter or Expected')
}

function expected(name: string, condition: LegacyExpected): Condition {
  const { AttributeValueList, Value, ComparisonOperator, Exists } = condition
  if (AttributeValueList !== undefined && Value !== undefined)
    throw invalidParameter(`Value and AttributeValueList cannot be used together for Attribute: ${name}`)
  if (ComparisonOperator === undefined) return existence(name, condition)
  if (Exists !== undefined)
    throw invalidParameter(`Exists and ComparisonOperator cannot be used together for Attribute: ${name}`)
  const given = AttributeValueList ?? (Value === undefined ? undefined : [Value])
  if (given === undefined && OPERATORS[ComparisonOperator]?.count !== 0)
    throw invalidParameter(
      `Value or AttributeValueList must be used with ComparisonOperator: ${ComparisonOperator} for Attribute: ${name}`,
    )
  return comparison(name, ComparisonOperator, checkValues(ComparisonOperator, given ?? []))
}

function existence(name: string, { AttributeValueList, Value, Exists }: LegacyExpected): Condition {
  if (AttributeValueList !== undefined)
    throw invalidParameter(`AttributeValueList can only be used with a ComparisonOperator for Attribute: ${name}`)
  if (Exists === false) {
    if (Value !== undefined) throw invalidParameter(`Value cannot be used when Exists is false for Attribute: ${name}`)
    return { kind: 'not', part: { kind: 'exists', path: [name] } }
  }
  if (Value === undefined)
    throw invalidParameter(
      `Value must be provided when Exists is ${Exists === undefined ? 'null' : 'true'} for Attribute: ${name}`,
    )
  return comparison(name, 'EQ', [checkValue(Value)])
}

function checkValues(operator: string, given: readonly WireValue[]): readonly AttributeValue[] {
  const values = given.map(checkValue)
  checkCount(operator, values.length)
  const [first] = values
  if (first !== undefined && values.some((value) => typeOf(value) !== typeOf(first)))
    throw invalidParameter('AttributeValues inside AttributeValueList must be of same type')
  const types = OPERATORS[operator]?.types
  for (const value of values)
    if (types && !types.includes(typeOf(value)))
      throw invalidParameter(`ComparisonOperator ${operator} is not valid for ${typeOf(value)} AttributeValue type`)
  if (operator === 'BETWEEN') checkBounds(values)
  return values
}

function checkCount(operator: string, count: number): void {
  const wanted = OPERATORS[operator]?.count
  if (wanted === 'some' ? count > 0 : wanted === count) return
  throw invalidParameter(`Invalid number of argument(s) for the ${operator} ComparisonOperator`)
}

function checkBounds([low, high]: readonly AttributeValue[]): void {
  if (low !== undefined && high !== undefined && (compareValues(low, high) ?? 0) > 0)
    throw invalid('The BETWEEN condition was provided a range where the lower bound is greater than the upper bound')
}

const COMPARATORS = { EQ: '=', NE: '<>', LE: '<=', LT: '<', GE: '>=', GT: '>' } as const

function comparison(name: string, operator: string, values: readonly AttributeValue[]): Condition {
  const operand = { kind: 'path', path: [name] } as const
  const operands = values.map((value) => ({ kind: 'value', value }) as const)
  const [first = operand, second = first] = operands
  switch (operator) {
    case 'NULL':
      return { kind: 'not', part: { kind: 'exists', path: [name] } }
    case 'NOT_NULL':
      return { kind: 'exists', path: [name] }
    case 'CONTAINS':
      return { kind: 'contains', operand, member: first }
    case 'NOT_CONTAINS':
      // Of an attribute that is not there nothing is said.
      return {
        kind: 'and',
        parts: [
          { kind: 'exists', path: [name] },
          { kind: 'not', part: { kind: 'contains', operand, member: first } },
        ],
      }
    case 'BEGINS_WITH':
      return { kind: 'begins', operand, prefix: first }
    case 'IN':
      return { kind: 'in', operand, candidates: operands }
    case 'BETWEEN':
      return { kind: 'between', operand, low: first, high: second }
    default:
      return { kind: 'compare', comparator: comparatorOf(operator), left: operand, right: first }
  }
}

function comparatorOf(operator: string): (typeof COMPARATORS)[keyof typeof COMPARATORS] {
  const found = Object.entries(COMPARATORS).find(([name]) => name === operator)
  if (found === undefined)
    throw invalid(
      `1 validation error detected: Value '${operator}' at 'comparisonOperator' failed to satisfy constraint: ` +
        `Member must satisfy enum value set: [${Object.keys(OPERATORS).join(', ')}]`,
    )
  return found[1]
}

const KEY_OPERATORS = { EQ: '=', LE: '<=', LT: '<', GE: '>=', GT: '>', BEGINS_WITH: 'begins' } as const

/** Throws ValidationException. */
export function legacyKeyConditions(conditions: ByName<LegacyCondition> | undefined): KeyConditions | undefined {
  if (conditions === undefined) return undefined
  const entries = Object.entries(conditions)
  const read = new Map(
    entries.map(([name, { ComparisonOperator = '', AttributeValueList = [] }]) => [
      name,
      keyCondition(ComparisonOperator, checkValues(ComparisonOperator, AttributeValueList)),
    ]),
  )
  if (entries.length < 1 || entries.length > 2) throw invalid('Conditions can be of length 1 or 2 only')
  return new KeyConditions(read)
}

function keyCondition(operator: string, [first, second]: readonly AttributeValue[]): KeyCondition {
  if (operator === 'BETWEEN' && first !== undefined && second !== undefined)
    return { kind: 'between', low: first, high: second }
  const known = Object.entries(KEY_OPERATORS).find(([name]) => name === operator)
  return known === undefined || first === undefined ? { kind: 'refused' } : { kind: known[1], value: first }
}

/** Throws ValidationException. */
export function legacyUpdate(updates: ByName<LegacyUpdate> | undefined): Update | undefined {
  if (updates === undefined) return undefined
  const actions = Object.entries(updates).map(([name, update]) => updateAction(name, update))
  return new Update(actions, 'Type mismatch for attribute to update')
}

function updateAction(name: string, { Value, Action = 'PUT' }: LegacyUpdate): UpdateAction {
  const path = [name]
  if (Value === undefined) {
    if (Action !== 'DELETE')
      throw invalidParameter('Only DELETE action is allowed when no attribute value is specified')
    return { kind: 'remove', path }
  }
  const value = checkValue(Value)
  const type = typeOf(value)
  switch (Action) {
    case 'DELETE':
      if (!['SS', 'NS', 'BS'].includes(type))
        throw invalidParameter(`DELETE action with value is not supported for the type ${type}`)
      return { kind: 'delete', path, value }
    case 'ADD':
      if (!['L', 'SS', 'NS', 'BS', 'N'].includes(type))
        throw invalidParameter(`ADD action is not supported for the type ${type}`)
      return { kind: 'add', path, value }
    case 'PUT':
      return { kind: 'set', path, value: { kind: 'value', value } }
    default:
      throw invalid(
        `1 validation error detected: Value '${Action}' at 'attributeUpdates.${name}.member.action' failed to satisfy ` +
          'constraint: Member must satisfy enum value set: [ADD, DELETE, PUT]',
      )
  }
}

/** Throws ValidationException. */
export function legacyProjection(names: readonly string[] | undefined): Projection | undefined {
  if (names === undefined) return undefined
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) throw invalidParameter(`Duplicate value in attribute name: ${name}`)
    seen.add(name)
  }
  return new Projection(names.map((name) => [name]))
}
