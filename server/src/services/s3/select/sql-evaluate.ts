// Evaluates expressions over a record. Logic has three values: TRUE, FALSE and NULL.
import { callFunction, checkCall } from './sql-functions.ts'
import type { Arithmetic, Expression, PathStep, SqlValue, Statement } from './sql-expression.ts'
import { cast, compare, demandNumber, demandText, isNothing } from './sql-values.ts'
import { selectError } from './select-error.ts'

/** Something that is queried. */
export interface SqlRecord {
  /** The value of a name at the top; undefined: MISSING. `exact`: it was quoted, so its case counts. */
  column(name: string, exact: boolean): SqlValue
  /** All columns in order, with their names, for `*`. */
  columns(): readonly (readonly [name: string, value: SqlValue])[]
}

export interface Evaluation {
  readonly record: SqlRecord
  /** Of the table in FROM: the first step of a path may be it. */
  readonly alias: string | undefined
  readonly nowMs: number
  /** Results of the aggregates, once the records are through. */
  readonly aggregates?: readonly SqlValue[]
}

/** Throws for functions that there are not, before any record is read. */
export function checkStatement({ projections = [], where, aggregates }: Statement): void {
  for (const { expression } of projections) checkCalls(expression)
  if (where) checkCalls(where)
  for (const { operand } of aggregates) if (operand) checkCalls(operand)
}

function checkCalls(expression: Expression): void {
  if (expression.kind === 'call') checkCall(expression.name, expression.args.length)
  for (const part of Object.values(expression) as unknown[])
    for (const one of Array.isArray(part) ? (part as unknown[]) : [part])
      // Parts of an expression that are objects with a kind are expressions, or the steps of a path, which call nothing.
      if (typeof one === 'object' && one !== null && ('kind' in one || 'when' in one)) checkCalls(one as Expression)
}

/** The value of an expression. Throws the evaluation errors of SelectObjectContent. */
// oxlint-disable-next-line complexity -- one row per kind of expression: a table in the form of a switch
export function evaluate(expression: Expression, on: Evaluation): SqlValue {
  switch (expression.kind) {
    case 'literal':
      return expression.value
    case 'path':
      return valueAt(expression.steps, on)
    case 'aggregate':
      return on.aggregates?.[expression.slot]
    case 'not': {
      const value = truth(evaluate(expression.operand, on))
      return value === null ? null : !value
    }
    case 'negate': {
      const value = evaluate(expression.operand, on)
      return isNothing(value) ? null : -demandNumber(value)
    }
    case 'and':
      return both(expression.left, expression.right, false, on)
    case 'or':
      return both(expression.left, expression.right, true, on)
    case 'compare':
      return compare(expression.operator, evaluate(expression.left, on), evaluate(expression.right, on))
    case 'arithmetic':
      return calculate(expression.operator, evaluate(expression.left, on), evaluate(expression.right, on))
    case 'is':
      return isWhat(evaluate(expression.operand, on), expression.what)
    case 'between': {
      const value = evaluate(expression.operand, on)
      const low = compare('>=', value, evaluate(expression.low, on))
      const high = compare('<=', value, evaluate(expression.high, on))
      return low === false || high === false ? false : low === null || high === null ? null : true
    }
    case 'in': {
      const value = evaluate(expression.operand, on)
      return expression.list.some((one) => compare('=', value, evaluate(one, on)) === true)
    }
    case 'like':
      return like(expression, on)
    case 'cast':
      return cast(evaluate(expression.operand, on), expression.type)
    case 'case': {
      const branch = expression.branches.find(({ when }) => evaluate(when, on) === true)
      const chosen = branch?.result ?? expression.otherwise
      return chosen ? evaluate(chosen, on) : null
    }
    case 'call':
      return callFunction(
        expression.name,
        expression.args.map((arg) => evaluate(arg, on)),
        on.nowMs,
      )
  }
}

/** `decided`: the value of one side that decides. */
function both(left: Expression, right: Expression, decided: boolean, on: Evaluation): SqlValue {
  const first = truth(evaluate(left, on))
  if (first === decided) return decided
  const second = truth(evaluate(right, on))
  if (second === decided) return decided
  return first === null || second === null ? null : !decided
}

function truth(value: SqlValue): boolean | null {
  if (isNothing(value)) return null
  if (typeof value === 'boolean') return value
  const found = cast(value, 'boolean')
  return typeof found === 'boolean' ? found : null
}

function isWhat(value: SqlValue, what: Extract<Expression, { kind: 'is' }>['what']): boolean {
  switch (what) {
    case 'null':
      return isNothing(value)
    case 'missing':
      return value === undefined
    case 'true':
      return value === true
    case 'false':
      return value === false
  }
}

function calculate(operator: Arithmetic, left: SqlValue, right: SqlValue): SqlValue {
  if (isNothing(left) || isNothing(right)) return null
  if (operator === '||') return demandText(left) + demandText(right)
  const [one, other] = [demandNumber(left), demandNumber(right)]
  switch (operator) {
    case '+':
      return one + other
    case '-':
      return one - other
    case '*':
      return one * other
    case '/':
    case '%':
      if (other === 0) throw selectError('EvaluatorInvalidArguments', 'Division by zero in the SQL expression')
      if (operator === '%') return one % other
      // Between integers, division stays among them.
      return Number.isInteger(one) && Number.isInteger(other) ? Math.trunc(one / other) : one / other
  }
}

/** `%` is any text, `_` any letter. Matched without backtracking over more than one `%`. */
function like({ operand, pattern, escape }: Extract<Expression, { kind: 'like' }>, on: Evaluation): SqlValue {
  const [value, wanted] = [evaluate(operand, on), evaluate(pattern, on)]
  if (isNothing(value) || isNothing(wanted)) return null
  const escaped = escape ? demandText(evaluate(escape, on)) : undefined
  return matchesLike(Array.from(demandText(value)), likeParts(demandText(wanted), escaped))
}

type LikePart = { readonly kind: 'any' | 'one' } | { readonly kind: 'letter'; readonly letter: string }

function likeParts(pattern: string, escape: string | undefined): readonly LikePart[] {
  const parts: LikePart[] = []
  let isEscaped = false
  for (const letter of pattern) {
    if (!isEscaped && letter === escape) isEscaped = true
    else {
      if (isEscaped || (letter !== '%' && letter !== '_')) parts.push({ kind: 'letter', letter })
      else parts.push({ kind: letter === '%' ? 'any' : 'one' })
      isEscaped = false
    }
  }
  return parts
}

function matchesLike(letters: readonly string[], parts: readonly LikePart[]): boolean {
  let at = 0
  let part = 0
  let retryPart = -1
  let retryAt = 0
  while (at < letters.length) {
    const wanted = parts[part]
    if (wanted?.kind === 'any') {
      retryPart = ++part
      retryAt = at
    } else if (wanted && (wanted.kind === 'one' || (wanted.kind === 'letter' && wanted.letter === letters[at]))) {
      at++
      part++
    } else if (retryPart >= 0) {
      part = retryPart
      at = ++retryAt
    } else return false
  }
  return parts.slice(part).every(({ kind }) => kind === 'any')
}

function valueAt(steps: readonly PathStep[], { record, alias }: Evaluation): SqlValue {
  const [first, second] = steps
  if (first?.kind !== 'name') return undefined
  const named = isAlias(first, alias)
  if (named && second?.kind === 'name') return walk(record.column(second.name, second.exact), steps.slice(2))
  if (named && !second) return Object.fromEntries(record.columns())
  return walk(record.column(first.name, first.exact), steps.slice(1))
}

function isAlias(step: Extract<PathStep, { kind: 'name' }>, alias: string | undefined): boolean {
  const name = step.name.toLowerCase()
  return name === alias?.toLowerCase() || name === 's3object'
}

/** Into structures and arrays. */
export function walk(value: SqlValue, steps: readonly PathStep[]): SqlValue {
  let found = value
  for (const step of steps) {
    if (step.kind === 'index') found = Array.isArray(found) ? (found as readonly SqlValue[])[step.index] : undefined
    else if (step.kind === 'name') found = memberOf(found, step.name, step.exact)
    else return undefined
  }
  return found
}

/** A member by its name; when the case does not count, the exact one first. */
export function memberOf(value: SqlValue, name: string, exact: boolean): SqlValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const members = value as { readonly [name: string]: SqlValue }
  if (Object.hasOwn(members, name)) return members[name]
  if (exact) return undefined
  const lower = name.toLowerCase()
  const found = Object.keys(members).find((key) => key.toLowerCase() === lower)
  return found === undefined ? undefined : members[found]
}
