// Patterns are made from trees, written as text, parsed, and asked; the trees are also evaluated directly, by the plainest
// code that says what AWS documents. Both must agree on every message.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parsePattern } from './pattern.ts'

const name = fc.constantFrom('a', 'b', 'c-d', 'e_1')
const text = fc.constantFrom('x', 'xy', 'yx', 'x y', '5', '', '*', 'x"y', 'ü')
const number = fc.constantFrom(-1, 0, 1, 5, 5.5, 1000)

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(name, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))
const message = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.dictionary(name, json, { maxKeys: 4, noNullPrototype: true }).map((value) => JSON.stringify(value)),
  },
  { weight: 1, arbitrary: fc.constantFrom('', 'x', '{', '"x"') },
)

type Step = { readonly text: string; readonly children: (node: object) => Json[] }
const step: fc.Arbitrary<Step> = fc.oneof(
  name.map((key) => ({ text: `.${key}`, children: (node: object) => property(node, key) })),
  name.map((key) => ({ text: `.['${key}']`, children: (node: object) => property(node, key) })),
  fc.nat({ max: 2 }).map((index) => ({
    text: `[${index}]`,
    children: (node: object) => (Array.isArray(node) && index in node ? [node[index] as Json] : []),
  })),
)

function property(node: object, key: string): Json[] {
  return !Array.isArray(node) && Object.hasOwn(node, key) ? [(node as Record<string, Json>)[key] as Json] : []
}

interface Tree {
  readonly text: string
  readonly holds: (root: Json) => boolean
}

const selector = fc
  .tuple(fc.array(step, { minLength: 1, maxLength: 3 }), fc.boolean(), fc.nat({ max: 2 }))
  .map(([steps, isAny, at]) => {
    const any: Step = { text: '[*]', children: (node) => Object.values(node) as Json[] }
    const all = isAny && at > 0 ? steps.toSpliced(at, 0, any) : steps
    const found = (root: Json): Json[] =>
      all.reduce<Json[]>(
        (nodes, { children }) =>
          nodes.flatMap((node) => (typeof node === 'object' && node !== null ? children(node) : [])),
        [root],
      )
    return { text: `$${all.map((one) => one.text).join('')}`, found }
  })

const quoted = (value: string): string => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
const sameText = (pattern: string, value: string): boolean => {
  if (/^\*+$/.test(pattern)) return true
  const core = pattern.replace(/^\*/, '').replace(/\*$/, '')
  const at = value.indexOf(core)
  if (at < 0) return false
  if (pattern.startsWith('*') && pattern.endsWith('*')) return true
  if (pattern.startsWith('*')) return value.endsWith(core)
  return pattern.endsWith('*') ? at === 0 : value === pattern
}

const space = fc.constantFrom('', ' ', '  ')
const comparison: fc.Arbitrary<Tree> = fc.oneof(
  fc
    .tuple(selector, fc.constantFrom('=', '!='), text, fc.constantFrom('', '*'), fc.constantFrom('', '*'), space)
    .map(([{ text: path, found }, operator, value, start, end, gap]): Tree => {
      const pattern = start + value + end
      return {
        text: `${path}${gap}${operator}${gap}${quoted(pattern)}`,
        holds: (root) =>
          found(root).some(
            (node) =>
              (typeof node === 'string' || typeof node === 'number') &&
              sameText(pattern, String(node)) === (operator === '='),
          ),
      }
    }),
  fc
    .tuple(selector, fc.constantFrom('=', '!=', '<', '<=', '>', '>='), number, space)
    .map(([{ text: path, found }, operator, value, gap]): Tree => ({
      text: `${path}${gap}${operator}${gap}${value}`,
      holds: (root) => found(root).some((node) => holdsNumber(operator, node, value)),
    })),
  fc
    .tuple(selector, fc.constantFrom('IS NULL', 'IS TRUE', 'IS FALSE', 'NOT EXISTS'))
    .map(([{ text: path, found }, test]): Tree => ({
      text: `${path} ${test}`,
      holds: (root) => {
        const nodes = found(root)
        if (test === 'NOT EXISTS') return nodes.length === 0
        return nodes.includes(test === 'IS NULL' ? null : test === 'IS TRUE')
      },
    })),
)

function holdsNumber(operator: string, node: Json, value: number): boolean {
  // For = and !=, a text that is written like the number is equal to it.
  const isEqual =
    typeof node === 'number' ? node === value : typeof node === 'string' && node !== '' && Number(node) === value
  if (operator === '=') return isEqual
  if (operator === '!=') return !isEqual && (typeof node === 'number' || typeof node === 'string')
  if (typeof node !== 'number') return false
  if (operator === '<') return node < value
  if (operator === '<=') return node <= value
  return operator === '>' ? node > value : node >= value
}

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    comparison,
    fc.tuple(tie('tree'), tie('tree'), space).map(([a, b, gap]) => ({
      text: `(${a.text})${gap}&&${gap}(${b.text})`,
      holds: (root: Json) => a.holds(root) && b.holds(root),
    })),
    // Without parentheses, && binds first.
    fc.tuple(comparison, comparison, comparison).map(([a, b, c]) => ({
      text: `(${a.text} || ${b.text} && ${c.text})`,
      holds: (root: Json) => a.holds(root) || (b.holds(root) && c.holds(root)),
    })),
    fc.tuple(tie('tree'), tie('tree'), space).map(([a, b, gap]) => ({
      text: `(${a.text}${gap}||${gap}${b.text})`,
      holds: (root: Json) => a.holds(root) || b.holds(root),
    })),
  ),
}))

test('JSON patterns hold where their tree holds', () => {
  let held = 0
  fc.assert(
    fc.property(tree, fc.array(message, { minLength: 1, maxLength: 10 }), (pattern, messages) => {
      // AWS's quota of wildcard selectors.
      fc.pre(pattern.text.split('[*]').length <= 4)
      const parsed = parsePattern(`{ ${pattern.text} }`)
      for (const one of messages) {
        const root = one.startsWith('{"') || one === '{}' ? (JSON.parse(one) as Json) : undefined
        const expected = root !== undefined && pattern.holds(root)
        if (expected) held++
        assert.equal(parsed.matches(one), expected, `${pattern.text} on ${one}`)
        assert.equal(parsed.extract(one) !== undefined, expected)
      }
    }),
    { numRuns: 3000 },
  )
  assert.ok(held > 500, `only ${held} held: the test says little`)
})

test('term patterns hold where their terms are, or are not', () => {
  const word = fc.constantFrom('a', 'ab', 'b', 'ERROR', 'x1')
  const term = fc.record(
    { role: fc.constantFrom('', '-', '?'), word, isQuoted: fc.boolean() },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(
      fc.array(term, { minLength: 1, maxLength: 5 }),
      fc.array(
        fc.array(word, { maxLength: 4 }).map((words) => words.join(' ')),
        { maxLength: 6 },
      ),
      (terms, messages) => {
        const pattern = parsePattern(
          terms.map(({ role, word, isQuoted }) => role + (isQuoted ? `"${word}"` : word)).join('  '),
        )
        const of = (role: string): string[] => terms.filter((one) => one.role === role).map((one) => one.word)
        for (const message of messages) {
          const has = (word: string): boolean => message.includes(word)
          const isOptionalOnly = terms.every((one) => one.role === '?')
          const expected = isOptionalOnly ? of('?').some(has) : of('').every(has) && !of('-').some(has)
          assert.equal(pattern.matches(message), expected)
        }
      },
    ),
    { numRuns: 2000 },
  )
})

test('no text makes the parser do anything but answer or refuse', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '$',
    '.',
    '"',
    '%',
    '*',
    '=',
    '!=',
    '<',
    '&&',
    '||',
    ',',
    '...',
    ' ',
    'a',
    '1',
    '-',
    '?',
    '\\',
    'IS',
    'NOT EXISTS',
    "'",
    'ü',
    '\ud800',
  )
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join('')),
      fc.constantFrom('{', '[', ''),
      (body, kind) => {
        const text = kind + body + (kind === '{' ? '}' : kind === '[' ? ']' : '')
        try {
          assert.equal(typeof parsePattern(text).matches('a {"a": 1}'), 'boolean')
        } catch (error) {
          assert.ok(error instanceof Error && error.name === 'PatternError', String(error))
        }
      },
    ),
    { numRuns: 5000 },
  )
})
