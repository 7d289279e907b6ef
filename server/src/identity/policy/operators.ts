// The condition operators. Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Multivalued
// context keys".
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { arnFields, compileArnPattern } from './arn-pattern.ts'
import type { ConditionKeys } from './condition-keys.ts'
import { compileGlob } from './glob.ts'

/** Whether one value of the request matches one value of the policy. */
type Match = (value: string, keys: ConditionKeys) => boolean

interface Operator {
  readonly negated: boolean
  /** Compiles a value of the policy; undefined when it can never match. */
  compile(value: string, variables: boolean): Match | undefined
}

const text =
  (wildcards: boolean) =>
  (value: string, variables: boolean): Match => {
    const glob = compileGlob(value, { variables, wildcards })
    return (found, keys) => glob.matches(found, keys)
  }

const textIgnoringCase = (value: string, variables: boolean): Match => {
  const glob = compileGlob(value.toLowerCase(), { variables, wildcards: false })
  const lowered = (keys: ConditionKeys): ConditionKeys => ({
    get: (key) => keys.get(key)?.map((one) => one.toLowerCase()),
  })
  return (found, keys) => glob.matches(found.toLowerCase(), lowered(keys))
}

const arn = (value: string, variables: boolean): Match => {
  const pattern = compileArnPattern(value, variables)
  return (found, keys) => pattern.matches(found, arnFields(found), keys)
}

function numeric(holds: (found: number, wanted: number) => boolean): Operator['compile'] {
  return (value) => {
    const wanted = readNumber(value)
    if (wanted === undefined) return undefined
    return (text_) => {
      const found = readNumber(text_)
      return found !== undefined && holds(found, wanted)
    }
  }
}

function date(holds: (foundMs: number, wantedMs: number) => boolean): Operator['compile'] {
  return (value) => {
    const wanted = readDateMs(value)
    if (wanted === undefined) return undefined
    return (text_) => {
      const found = readDateMs(text_)
      return found !== undefined && holds(found, wanted)
    }
  }
}

function readNumber(value: string): number | undefined {
  return /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined
}

/** ISO 8601, or seconds since 1970. */
function readDateMs(value: string): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(value) && value.length > 4) return Number(value) * 1000
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? undefined : ms
}

const bool = (value: string): Match => {
  const wanted = value.toLowerCase()
  return (found) => found.toLowerCase() === wanted
}

const binary = (value: string): Match => {
  const wanted = Buffer.from(value, 'base64')
  return (found) => Buffer.from(found, 'base64').equals(wanted)
}

const ip = (value: string): Match | undefined => {
  const [address = '', prefix] = value.split('/')
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined
  const bitsMax = family === 'ipv4' ? 32 : 128
  const bits = prefix === undefined ? bitsMax : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1
  if (family === undefined || bits < 0 || bits > bitsMax) return undefined
  const list = new BlockList()
  list.addSubnet(address, bits, family)
  return (found) => {
    const plain = found.startsWith('::ffff:') && isIPv4(found.slice(7)) ? found.slice(7) : found
    const foundFamily = isIPv4(plain) ? 'ipv4' : isIPv6(plain) ? 'ipv6' : undefined
    return foundFamily === family && list.check(plain, family)
  }
}

const is = (compile: Operator['compile']): Operator => ({ negated: false, compile })
const isNot = (compile: Operator['compile']): Operator => ({ negated: true, compile })
const equal = (found: number, wanted: number): boolean => found === wanted
const less = (found: number, wanted: number): boolean => found < wanted
const lessOrEqual = (found: number, wanted: number): boolean => found <= wanted
const greater = (found: number, wanted: number): boolean => found > wanted
const greaterOrEqual = (found: number, wanted: number): boolean => found >= wanted

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: is(text(false)),
  StringNotEquals: isNot(text(false)),
  StringEqualsIgnoreCase: is(textIgnoringCase),
  StringNotEqualsIgnoreCase: isNot(textIgnoringCase),
  StringLike: is(text(true)),
  StringNotLike: isNot(text(true)),
  NumericEquals: is(numeric(equal)),
  NumericNotEquals: isNot(numeric(equal)),
  NumericLessThan: is(numeric(less)),
  NumericLessThanEquals: is(numeric(lessOrEqual)),
  NumericGreaterThan: is(numeric(greater)),
  NumericGreaterThanEquals: is(numeric(greaterOrEqual)),
  DateEquals: is(date(equal)),
  DateNotEquals: isNot(date(equal)),
  DateLessThan: is(date(less)),
  DateLessThanEquals: is(date(lessOrEqual)),
  DateGreaterThan: is(date(greater)),
  DateGreaterThanEquals: is(date(greaterOrEqual)),
  Bool: is(bool),
  BinaryEquals: is(binary),
  IpAddress: is(ip),
  NotIpAddress: isNot(ip),
  ArnEquals: is(arn),
  ArnLike: is(arn),
  ArnNotEquals: isNot(arn),
  ArnNotLike: isNot(arn),
}

type Quantifier = 'one' | 'all' | 'any'

interface OperatorName {
  readonly quantifier: Quantifier
  readonly base: string
  readonly ifExists: boolean
}

function readName(name: string): OperatorName | undefined {
  const [, prefix, rest = ''] = /^(?:(ForAllValues|ForAnyValue):)?(.+)$/.exec(name) ?? []
  const ifExists = rest.endsWith('IfExists')
  const base = ifExists ? rest.slice(0, -'IfExists'.length) : rest
  if (base === 'Null' ? ifExists || prefix !== undefined : !Object.hasOwn(OPERATORS, base)) return undefined
  return { quantifier: prefix === undefined ? 'one' : prefix === 'ForAllValues' ? 'all' : 'any', base, ifExists }
}

/** Whether IAM knows an operator of this name. */
export function isOperator(name: string): boolean {
  return readName(name) !== undefined
}

/** One line of a condition block. */
export type Condition = (keys: ConditionKeys) => boolean

/** Compiles one operator on one key. `operator` must be one that isOperator knows. */
export function compileCondition(
  operator: string,
  key: string,
  values: readonly string[],
  variables: boolean,
): Condition {
  const name = readName(operator)
  const lowered = key.toLowerCase()
  if (name === undefined) return () => false
  if (name.base === 'Null') return nullCondition(lowered, values)
  const found = OPERATORS[name.base]
  if (found === undefined) return () => false
  const { negated } = found
  const matches = values.flatMap((value) => found.compile(value, variables) ?? [])
  const isMatch = (value: string, keys: ConditionKeys): boolean => {
    for (const match of matches) if (match(value, keys)) return !negated
    return negated
  }
  return quantified(name, negated, lowered, isMatch)
}

/** "true": the key is not there. */
function nullCondition(key: string, values: readonly string[]): Condition {
  const wanted = new Set(values.map((value) => value.toLowerCase() === 'true'))
  return (keys) => wanted.has(keys.get(key) === undefined)
}

function quantified(
  { quantifier, ifExists }: OperatorName,
  negated: boolean,
  key: string,
  isMatch: (value: string, keys: ConditionKeys) => boolean,
): Condition {
  // A key that is not there matches nothing, so a negated operator holds; ForAllValues holds for no values at all.
  const whenAbsent = ifExists || quantifier === 'all' || (negated && quantifier === 'one')
  // Several values without a quantifier: a negated operator must hold for each of them, any other for one.
  const needsAll = quantifier === 'all' || (quantifier === 'one' && negated)
  return (keys) => {
    const values = keys.get(key)
    if (values === undefined) return whenAbsent
    for (const value of values) if (isMatch(value, keys) !== needsAll) return !needsAll
    return needsAll
  }
}
