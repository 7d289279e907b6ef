// Conditions against an evaluator that is as plain as can be: it shares no code with the one it judges, and it reads a tree
// that is written out as text for the other. Numbers are integers, so that JavaScript's own order can judge.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AttributeValue, Item } from './attribute-value.ts'
import { compile } from './expressions.ts'

type Plain = string | number | boolean | null | Plain[] | { [name: string]: Plain }

type Term =
  | { readonly path: (string | number)[] }
  | { readonly literal: Plain }
  | { readonly sizeOf: (string | number)[] }
type Tree =
  | { readonly is: 'and' | 'or'; readonly parts: Tree[] }
  | { readonly is: 'not'; readonly part: Tree }
  | { readonly is: 'compare'; readonly by: string; readonly left: Term; readonly right: Term }
  | { readonly is: 'between'; readonly value: Term; readonly low: Term; readonly high: Term }
  | { readonly is: 'in'; readonly value: Term; readonly among: Term[] }
  | { readonly is: 'exists' | 'missing'; readonly path: (string | number)[] }
  | { readonly is: 'begins' | 'contains'; readonly path: (string | number)[]; readonly other: Term }

const scalars = fc.oneof(
  fc.constantFrom('', 'a', 'ab', 'b', '\u{1f600}', '\uffff'),
  fc.integer({ min: -2, max: 3 }),
  fc.boolean(),
)
const { value: plain } = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    scalars,
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('p', 'q'), tie('value'), { maxKeys: 2, noNullPrototype: true }),
  ),
}))
const items = fc.dictionary(fc.constantFrom('x', 'y', 'z'), plain, { maxKeys: 3, noNullPrototype: true })
const paths = fc
  .tuple(fc.constantFrom('x', 'y', 'z'), fc.array(fc.constantFrom<string | number>('p', 'q', 0, 1), { maxLength: 2 }))
  .map(([first, rest]): (string | number)[] => [first as string | number].concat(rest))
const terms: fc.Arbitrary<Term> = fc.oneof(
  paths.map((path) => ({ path })),
  plain.map((literal) => ({ literal })),
  paths.map((sizeOf) => ({ sizeOf })),
)
const pathTerms: fc.Arbitrary<Term> = paths.map((path) => ({ path }))
const ordered = fc.constantFrom('<', '<=', '>', '>=')
const orderedTerms: fc.Arbitrary<Term> = fc.oneof(
  pathTerms,
  fc.constantFrom('', 'a', 'b').map((literal) => ({ literal })),
  fc.integer({ min: -2, max: 3 }).map((literal) => ({ literal })),
)
const { tree: trees } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.record({ is: fc.constant('compare' as const), by: fc.constantFrom('=', '<>'), left: pathTerms, right: terms }),
    fc.record({ is: fc.constant('compare' as const), by: ordered, left: pathTerms, right: orderedTerms }),
    fc.record({ is: fc.constant('between' as const), value: pathTerms, low: pathTerms, high: orderedTerms }),
    fc.record({ is: fc.constant('in' as const), value: terms, among: fc.array(terms, { minLength: 1, maxLength: 3 }) }),
    fc.record({ is: fc.constantFrom('exists' as const, 'missing' as const), path: paths }),
    fc.record({
      is: fc.constant('begins' as const),
      path: paths,
      other: fc.constantFrom('', 'a', 'ab').map((literal) => ({ literal })),
    }),
    fc.record({ is: fc.constant('contains' as const), path: paths, other: plain.map((literal) => ({ literal })) }),
    fc.record({ is: fc.constant('not' as const), part: tie('tree') }),
    fc.record({
      is: fc.constantFrom('and' as const, 'or' as const),
      parts: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}))

/** Writes a tree as an expression; every literal gets a placeholder. */
class Writer {
  readonly values: Record<string, AttributeValue> = {}
  readonly names: Record<string, string> = {}

  tree(tree: Tree): string {
    switch (tree.is) {
      case 'and':
      case 'or':
        return tree.parts.map((part) => this.#inner(part)).join(` ${tree.is} `)
      case 'not':
        return `NOT ${this.#inner(tree.part)}`
      case 'compare':
        return `${this.term(tree.left)} ${tree.by} ${this.term(tree.right)}`
      case 'between':
        return `${this.term(tree.value)} BETWEEN ${this.term(tree.low)} AND ${this.term(tree.high)}`
      case 'in':
        return `${this.term(tree.value)} IN (${tree.among.map((term) => this.term(term)).join(', ')})`
      case 'exists':
        return `attribute_exists(${this.#path(tree.path)})`
      case 'missing':
        return `attribute_not_exists(${this.#path(tree.path)})`
      case 'begins':
        return `begins_with(${this.#path(tree.path)}, ${this.term(tree.other)})`
      case 'contains':
        return `contains(${this.#path(tree.path)}, ${this.term(tree.other)})`
    }
  }

  #inner(tree: Tree): string {
    return tree.is === 'and' || tree.is === 'or' || tree.is === 'not' ? `(${this.tree(tree)})` : this.tree(tree)
  }

  term(term: Term): string {
    if ('path' in term) return this.#path(term.path)
    if ('sizeOf' in term) return `size(${this.#path(term.sizeOf)})`
    const name = `:v${Object.keys(this.values).length}`
    this.values[name] = wire(term.literal)
    return name
  }

  #path(path: (string | number)[]): string {
    return path
      .map((element, index) => {
        if (typeof element === 'number') return `[${element}]`
        this.names[`#${element}`] = element
        return `${index === 0 ? '' : '.'}#${element}`
      })
      .join('')
  }
}

function wire(value: Plain): AttributeValue {
  if (value === null) return { NULL: true }
  if (typeof value === 'string') return { S: value }
  if (typeof value === 'number') return { N: String(value) }
  if (typeof value === 'boolean') return { BOOL: value }
  if (Array.isArray(value)) return { L: value.map(wire) }
  return { M: Object.fromEntries(Object.entries(value).map(([name, member]) => [name, wire(member)])) }
}

const get = (item: Plain, path: (string | number)[]): Plain | undefined =>
  path.reduce<Plain | undefined>((found, element) => {
    if (typeof element === 'number') return Array.isArray(found) ? found[element] : undefined
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? found[element] : undefined
  }, item)

const same = (left: Plain | undefined, right: Plain | undefined): boolean => {
  if (left === undefined || right === undefined) return false
  try {
    assert.deepStrictEqual(left, right)
    return true
  } catch {
    return false
  }
}

function value(item: Plain, term: Term): Plain | undefined {
  if ('path' in term) return get(item, term.path)
  if ('literal' in term) return term.literal
  const found = get(item, term.sizeOf)
  if (typeof found === 'string' || Array.isArray(found)) return found.length
  return typeof found === 'object' && found !== null ? Object.keys(found).length : undefined
}

function order(left: Plain | undefined, right: Plain | undefined): number | undefined {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (typeof left !== 'string' || typeof right !== 'string') return undefined
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}

function judge(item: Plain, tree: Tree): boolean {
  switch (tree.is) {
    case 'and':
      return tree.parts.filter((part) => !judge(item, part)).length === 0
    case 'or':
      return tree.parts.filter((part) => judge(item, part)).length > 0
    case 'not':
      return !judge(item, tree.part)
    case 'compare': {
      const [left, right] = [value(item, tree.left), value(item, tree.right)]
      if (tree.by === '=') return same(left, right)
      if (tree.by === '<>') return !same(left, right)
      const found = order(left, right)
      if (found === undefined) return false
      return tree.by.startsWith('<')
        ? found < 0 || (tree.by === '<=' && found === 0)
        : found > 0 || (tree.by === '>=' && found === 0)
    }
    case 'between': {
      const found = value(item, tree.value)
      const [low, high] = [order(value(item, tree.low), found), order(found, value(item, tree.high))]
      return low !== undefined && high !== undefined && low <= 0 && high <= 0
    }
    case 'in':
      return tree.among.some((term) => same(value(item, tree.value), value(item, term)))
    case 'exists':
      return get(item, tree.path) !== undefined
    case 'missing':
      return get(item, tree.path) === undefined
    case 'begins': {
      const [found, prefix] = [get(item, tree.path), value(item, tree.other)]
      return typeof found === 'string' && typeof prefix === 'string' && found.indexOf(prefix) === 0
    }
    case 'contains': {
      const [found, part] = [get(item, tree.path), value(item, tree.other)]
      if (typeof found === 'string') return typeof part === 'string' && found.includes(part)
      return Array.isArray(found) && found.filter((element) => same(element, part)).length > 0
    }
  }
}

test('conditions say of random items what a plain evaluator says', () => {
  let holding = 0
  let refused = 0
  fc.assert(
    fc.property(items, trees, (item, tree) => {
      const writer = new Writer()
      const ConditionExpression = writer.tree(tree)
      const wireItem: Item = Object.fromEntries(Object.entries(item).map(([name, member]) => [name, wire(member)]))
      let said: boolean | undefined
      try {
        said = compile('PutItem', {
          ConditionExpression,
          ...(Object.keys(writer.names).length > 0 && { ExpressionAttributeNames: writer.names }),
          ...(Object.keys(writer.values).length > 0 && { ExpressionAttributeValues: writer.values }),
        }).condition?.holds(wireItem)
      } catch (error) {
        // The same path on both sides, too many operators, bounds in the wrong order: known without an item.
        assert.match(String(error), /distinct|too many|BETWEEN|Expression size/)
        refused++
        return
      }
      assert.equal(said, judge(item, tree), `${ConditionExpression} ${JSON.stringify(writer.values)}`)
      if (said) holding++
    }),
    { numRuns: 5000 },
  )
  assert.ok(holding > 500 && refused < 2500, `${holding} held, ${refused} were refused`)
})
