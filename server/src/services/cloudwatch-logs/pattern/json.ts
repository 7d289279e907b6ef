// Patterns for JSON: { $.user.id = 1 && ($.items[*].name = "x*" || $.error NOT EXISTS) }. A message that is not JSON
// matches none of them.
import { type Condition, parseConditions } from './conditions.ts'
import { type Cursor, invalidPattern, isWordCharacter } from './cursor.ts'
import { type Comparison, holdsOrder, parseComparison, PatternQuota } from './value.ts'

type Step =
  | { readonly kind: 'property'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'any' }

export interface JsonPattern {
  matches(message: string): boolean
  /** The values that the pattern's selectors point to, by selector; undefined when the message does not match. */
  extract(message: string): Record<string, string> | undefined
}

interface Selector {
  readonly text: string
  readonly steps: readonly Step[]
}

/** Wildcard selectors in one pattern; in one selector there may be one. */
const WILDCARDS_MAX = 3
const STEPS_MAX = 100

/** Reads what is between the braces. */
export function parseJsonPattern(cursor: Cursor): JsonPattern {
  const quota = new PatternQuota()
  const selectors: Selector[] = []
  const condition = parseConditions(cursor, () => {
    const selector = parseSelector(cursor, quota)
    selectors.push(selector)
    return parseTest(cursor, selector.steps, quota)
  })
  if (!cursor.isAtEnd) throw cursor.unexpected()
  return {
    matches: (message) => {
      const parsed = parseMessage(message)
      return parsed !== undefined && condition(parsed.root)
    },
    extract: (message) => {
      const parsed = parseMessage(message)
      if (parsed === undefined || !condition(parsed.root)) return undefined
      return Object.fromEntries(selectors.flatMap((selector) => valuesOf(selector, parsed.root)))
    },
  }
}

function parseMessage(message: string): { readonly root: unknown } | undefined {
  // Only objects and arrays are JSON messages; a glance at the first character spares most others the parser.
  if (!/^\s*[{[]/.test(message)) return undefined
  try {
    return { root: JSON.parse(message) }
  } catch {
    return undefined
  }
}

function valuesOf({ text, steps }: Selector, root: unknown): [string, string][] {
  const [first] = select(root, steps)
  if (first === undefined) return []
  return [[text, typeof first === 'string' ? first : JSON.stringify(first)]]
}

function parseSelector(cursor: Cursor, quota: PatternQuota): Selector {
  const start = cursor.at
  cursor.skipSpaces()
  if (!cursor.take('$')) throw cursor.unexpected()
  const steps: Step[] = []
  for (;;) {
    if (cursor.take('.')) steps.push(cursor.take('[') ? parseBracket(cursor) : parseProperty(cursor))
    else if (cursor.take('[')) steps.push(parseBracket(cursor))
    else break
  }
  const wildcards = steps.filter((step) => step.kind === 'any').length
  if (steps.length === 0 || steps.length > STEPS_MAX || wildcards > 1) throw invalidPattern()
  if (wildcards === 1) quota.countWildcardSelector(WILDCARDS_MAX)
  const text = cursor.text.slice(start, cursor.at).trim()
  cursor.skipSpaces()
  return { text, steps }
}

function parseProperty(cursor: Cursor): Step {
  if (cursor.take('*')) return { kind: 'any' }
  const name = cursor.takeWhile((character) => isWordCharacter(character) || character === '-')
  if (name === '') throw cursor.unexpected()
  return { kind: 'property', name }
}

/** After the opening bracket: an index, an asterisk, or a name in quotation marks of either kind. */
function parseBracket(cursor: Cursor): Step {
  cursor.skipSpaces()
  let step: Step
  if (cursor.take('*')) step = { kind: 'any' }
  else if (cursor.take('"')) step = { kind: 'property', name: cursor.quoted() }
  else if (cursor.take("'")) {
    step = { kind: 'property', name: cursor.takeWhile((character) => character !== "'") }
    cursor.expect("'")
  } else {
    const digits = cursor.takeWhile((character) => character >= '0' && character <= '9')
    if (digits === '') throw cursor.unexpected()
    step = { kind: 'index', index: Number(digits) }
  }
  cursor.skipSpaces()
  cursor.expect(']')
  return step
}

function parseTest(cursor: Cursor, steps: readonly Step[], quota: PatternQuota): Condition<unknown> {
  if (takeWord(cursor, 'NOT')) {
    if (!takeWord(cursor, 'EXISTS')) throw invalidPattern()
    return (root) => select(root, steps).length === 0
  }
  if (takeWord(cursor, 'IS')) {
    const wanted = takeWord(cursor, 'NULL')
      ? null
      : takeWord(cursor, 'TRUE')
        ? true
        : takeWord(cursor, 'FALSE')
          ? false
          : undefined
    if (wanted === undefined) throw invalidPattern()
    return (root) => select(root, steps).includes(wanted)
  }
  const comparison = parseComparison(cursor, quota)
  return (root) => select(root, steps).some((node) => holds(comparison, node))
}

function takeWord(cursor: Cursor, word: string): boolean {
  const start = cursor.at
  if (cursor.take(word) && !isWordCharacter(cursor.next)) {
    cursor.skipSpaces()
    return true
  }
  cursor.at = start
  return false
}

/** Only strings and numbers can be compared: for anything else neither = nor != holds. */
function holds({ operator, equals, number }: Comparison, node: unknown): boolean {
  if (typeof node === 'number') {
    if (number !== undefined) return holdsOrder(operator, node, number)
    return equals(String(node)) === (operator === '=')
  }
  if (typeof node !== 'string') return false
  if (operator === '=') return equals(node)
  return operator === '!=' && !equals(node)
}

/** The nodes that a selector points to; more than one only with a wildcard. */
function select(root: unknown, steps: readonly Step[]): readonly unknown[] {
  let nodes: readonly unknown[] = [root]
  for (const step of steps) {
    nodes = nodes.flatMap((node) => children(node, step))
    if (nodes.length === 0) break
  }
  return nodes
}

function children(node: unknown, step: Step): readonly unknown[] {
  if (typeof node !== 'object' || node === null) return []
  if (step.kind === 'any') return Object.values(node)
  if (step.kind === 'index') return Array.isArray(node) && step.index < node.length ? [node[step.index] as unknown] : []
  if (Array.isArray(node) || !Object.hasOwn(node, step.name)) return []
  return [(node as Record<string, unknown>)[step.name]]
}
