import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nestDots } from './dots.ts'
import { compilePattern, type PatternDialect } from './pattern.ts'

function matches(pattern: unknown, value: unknown, dialect: PatternDialect = 'eventbridge'): boolean {
  const compiled = compilePattern(JSON.stringify(pattern), dialect)
  assert.equal(compiled.kind, 'pattern', compiled.kind === 'invalid' ? compiled.reason : '')
  return compiled.kind === 'pattern' && compiled.matches(value)
}

function refusal(pattern: unknown, dialect: PatternDialect = 'eventbridge'): string {
  const compiled = compilePattern(typeof pattern === 'string' ? pattern : JSON.stringify(pattern), dialect)
  assert.equal(compiled.kind, 'invalid')
  return compiled.kind === 'invalid' ? compiled.reason : ''
}

const HOLDS: readonly (readonly [pattern: unknown, value: unknown])[] = [
  [{ a: ['x'] }, { a: 'x', b: 1 }],
  [{ a: ['x', 'y'] }, { a: ['z', 'y'] }],
  [{ a: [1.5] }, { a: 1.5 }],
  [{ a: [null] }, { a: null }],
  [{ a: [''] }, { a: '' }],
  [{ a: [true] }, { a: true }],
  [{ a: [{ prefix: 'ab' }] }, { a: 'abc' }],
  [{ a: [{ prefix: { 'equals-ignore-case': 'AB' } }] }, { a: 'abc' }],
  [{ a: [{ suffix: '.png' }] }, { a: 'x.png' }],
  [{ a: [{ suffix: { 'equals-ignore-case': '.PNG' } }] }, { a: 'x.png' }],
  [{ a: [{ 'equals-ignore-case': 'AlIce' }] }, { a: 'aLiCE' }],
  [{ a: [{ 'anything-but': 'x' }] }, { a: 'y' }],
  [{ a: [{ 'anything-but': ['x', 'z'] }] }, { a: 'y' }],
  [{ a: [{ 'anything-but': [1, 2] }] }, { a: 3 }],
  [{ a: [{ 'anything-but': ['x'] }] }, { a: ['x', 'y'] }],
  [{ a: [{ 'anything-but': { prefix: 'x' } }] }, { a: 'yx' }],
  [{ a: [{ 'anything-but': { prefix: ['x', 'z'] } }] }, { a: 'yx' }],
  [{ a: [{ 'anything-but': { suffix: 'x' } }] }, { a: 'xy' }],
  [{ a: [{ 'anything-but': { wildcard: '*x*' } }] }, { a: 'abc' }],
  [{ a: [{ 'anything-but': { 'equals-ignore-case': ['X'] } }] }, { a: 'y' }],
  [{ a: [{ numeric: ['=', 5] }] }, { a: 5 }],
  [{ a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 5 }],
  [{ a: [{ cidr: '10.0.0.0/24' }] }, { a: '10.0.0.255' }],
  [{ a: [{ cidr: '2001:db8::/32' }] }, { a: '2001:db8:1::1' }],
  [{ a: [{ wildcard: 'dir/*.png' }] }, { a: 'dir/a/b.png' }],
  [{ a: [{ wildcard: 'a\\*b*' }] }, { a: 'a*bc' }],
  [{ a: [{ exists: true }] }, { a: null }],
  [{ a: [{ exists: false }] }, { b: 1 }],
  [{ a: [{ exists: false }] }, { a: { b: 1 } }],
  [{ a: { b: [{ exists: false }] } }, {}],
  [{ a: { b: [{ exists: false }] } }, { a: 5 }],
  [{ a: [{ exists: false }, 'x'] }, { a: 'x' }],
  [{ a: { b: ['x'] } }, { a: { b: 'x' } }],
  [{ a: { b: [1], c: [2] } }, { a: [{ b: 1 }, { b: 1, c: 2 }] }],
  [
    { $or: [{ a: [1] }, { b: [2] }], c: [3] },
    { b: 2, c: 3 },
  ],
  [{ $or: [{ a: { b: [1] } }, { x: [1] }], a: { c: [2] } }, { a: [{ b: 1, c: 2 }] }],
  [{ $or: ['x'] }, { $or: 'x' }],
  [{ __proto__x: ['x'] }, { __proto__x: 'x' }],
]

const FAILS: readonly (readonly [pattern: unknown, value: unknown])[] = [
  [{ a: ['x'] }, { a: 'X' }],
  [{ a: ['x'] }, {}],
  [{ a: ['1'] }, { a: 1 }],
  [{ a: [1] }, { a: '1' }],
  [{ a: [null] }, {}],
  [{ a: [{ 'anything-but': 'x' }] }, {}],
  [{ a: [{ 'anything-but': ['x'] }] }, { a: ['x', 'x'] }],
  [{ a: [{ numeric: ['>', 0] }] }, { a: '1' }],
  [{ a: [{ cidr: '10.0.0.0/24' }] }, { a: '10.0.1.0' }],
  [{ a: [{ cidr: '10.0.0.0/24' }] }, { a: 'ten' }],
  [{ a: [{ exists: true }] }, { a: { b: 1 } }],
  [{ a: [{ exists: true }] }, { a: [] }],
  [{ a: { b: [1], c: [2] } }, { a: [{ b: 1 }, { c: 2 }] }],
  [{ a: { b: [{ exists: false }] } }, { a: [{ b: 1 }, { c: 2 }] }],
  [{ $or: [{ a: { b: [1] } }, { x: [1] }], a: { c: [2] } }, { a: [{ b: 1 }, { c: 2 }] }],
  [{ a: [{ wildcard: 'ab*ba' }] }, { a: 'aba' }],
  [{ toString: [{ exists: true }] }, {}],
  [{ a: ['x'] }, null],
  [{ a: ['x'] }, [{ a: 'x' }]],
  [{ a: ['x'] }, 'text'],
]

const REFUSED: readonly (readonly [pattern: unknown, reason: RegExp])[] = [
  ['{', /deserialize JSON/],
  ['[]', /not an object/],
  ['null', /not an object/],
  ['{}', /Empty objects/],
  [{ a: [] }, /Empty arrays/],
  [{ a: {} }, /Empty objects/],
  [{ a: 'x' }, /"a" must be an object or an array/],
  [{ a: [['x']] }, /Match value must be String/],
  [{ a: [{ like: 'x' }] }, /Unrecognized match type like/],
  [{ a: [{ prefix: 'x', suffix: 'y' }] }, /Only one key allowed/],
  [{ a: [{ prefix: 1 }] }, /prefix match pattern must be a string/],
  [{ a: [{ exists: 'yes' }] }, /exists match pattern/],
  [{ a: [{ numeric: [] }] }, /Invalid member in numeric match: \]/],
  [{ a: [{ numeric: ['~', 1] }] }, /Unrecognized numeric range operator: ~/],
  [{ a: [{ numeric: ['=', 'x'] }] }, /Value of equals must be numeric/],
  [{ a: [{ numeric: ['>', 5, '<', 1] }] }, /Bottom must be less than top/],
  [{ a: [{ numeric: ['<', 5, '>', 1] }] }, /Too many elements/],
  [{ a: [{ numeric: ['>', 1, '<', 2, 3] }] }, /Too many terms/],
  [{ a: [{ 'anything-but': ['x', 1] }] }, /mixed type/],
  [{ a: [{ 'anything-but': [] }] }, /Empty arrays/],
  [{ a: [{ 'anything-but': { numeric: ['=', 1] } }] }, /Unsupported anything-but pattern: numeric/],
  [{ a: [{ 'anything-but': { prefix: '' } }] }, /Null prefix\/suffix not allowed/],
  [{ a: [{ wildcard: 'a**b' }] }, /Consecutive wildcard characters at pos 1/],
  [{ a: [{ wildcard: 'a\\b' }] }, /Invalid escape character at pos 1/],
  [{ a: [{ cidr: '10.0.0.0' }] }, /Malformed CIDR/],
  [{ a: [{ cidr: '10.0.0.0/33' }] }, /Malformed CIDR/],
  [{ a: [6e9] }, /must be between/],
]

describe('patterns', () => {
  it('hold for what they describe', () => {
    for (const [pattern, value] of HOLDS) assert.ok(matches(pattern, value), JSON.stringify([pattern, value]))
  })

  it('fail for everything else', () => {
    for (const [pattern, value] of FAILS) assert.ok(!matches(pattern, value), JSON.stringify([pattern, value]))
  })

  it('are refused, with a reason, when they mean nothing', () => {
    for (const [pattern, reason] of REFUSED) assert.match(refusal(pattern), reason)
  })

  it('keep to the bounds of SNS', () => {
    const six = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`k${index}`, ['x']]))
    assert.match(refusal(six, 'sns-body'), /can not have more than 5 keys/)
    const wide = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `v${index}`)
    assert.match(refusal({ a: wide(50), b: wide(4) }, 'sns-attributes'), /Filter policy is too complex/)
    assert.ok(matches({ a: wide(50), b: wide(3) }, { a: 'v1', b: 'v2' }, 'sns-attributes'))
    // 4 values three levels down, 3 two levels down, 2 at the top: 4 * 3 * 3 * 2 * 2 = 144.
    const nested = { a: { b: { c: wide(4) } }, d: { e: wide(3) }, f: wide(2) }
    assert.ok(!matches(nested, {}, 'sns-body'))
    assert.match(refusal({ ...nested, f: wide(3) }, 'sns-body'), /too complex/)
    assert.match(refusal({ a: { b: ['x'] } }, 'sns-attributes'), /does not support nested/)
    assert.match(refusal({ a: [2e9] }, 'sns-body'), /must be between/)
    assert.match(refusal({ a: ['x'.repeat(300_000)] }, 'sns-body'), /too large/)
  })

  it('bound what $or multiplies out to, and how deep they nest', () => {
    const group = (name: string): readonly unknown[] =>
      Array.from({ length: 8 }, (_, index) => ({ shared: { [`${name}${index}`]: [1] } }))
    const three = `{"$or":${JSON.stringify(group('a'))},"x":{"$or":${JSON.stringify(group('b'))}}}`
    assert.equal(compilePattern(three, 'eventbridge').kind, 'pattern')
    const deep = (depth: number): unknown =>
      depth === 0
        ? { shared: { z: [1] } }
        : { x: deep(depth - 1), $or: [{ x: { y: [depth] } }, { x: { y: [-depth] } }] }
    assert.match(refusal(deep(14)), /too complex/)
    assert.match(refusal(`${'{"a":'.repeat(200)}["x"]${'}'.repeat(200)}`), /nested too deep/)
  })

  it('join keys by dots, in EventBridge only', () => {
    const patterns = [{ d: { 's.t': ['x'] } }, { d: { s: { t: ['x'] } } }, { 'd.s.t': ['x'] }]
    const documents = [{ d: { 's.t': 'x' } }, { d: { s: { t: 'x' } } }, { 'd.s.t': 'x' }]
    for (const [index, pattern] of patterns.entries())
      for (const [other, document] of documents.entries()) {
        assert.ok(matches(pattern, nestDots(document)), JSON.stringify([pattern, document]))
        assert.equal(matches(pattern, document, 'event-source'), index === other)
      }
    const both = { d: { s: { t: ['x'] }, 's.u': ['y'] } }
    assert.ok(matches(both, nestDots({ d: { s: { t: 'x' }, 's.u': 'y' } })))
    assert.ok(!matches(both, nestDots({ d: { s: { t: 'x', u: 'z' } } })))
    // One element of a list has to satisfy both.
    assert.ok(!matches(both, { d: { s: [{ t: 'x' }, { u: 'y' }] } }))
    assert.ok(matches(both, { d: { s: [{ t: 'x', u: 'y' }] } }))
    const plain = { a: { b: 1 } }
    assert.equal(nestDots(plain), plain)
    assert.deepEqual({ ...nestDots({ a: 1, 'a.b': 2 }) }, { a: 1, 'a.b': 2 })
    assert.equal(({} as { x?: unknown }).x, undefined)
    nestDots(JSON.parse('{"__proto__.x": 1}') as object)
    assert.equal(({} as { x?: unknown }).x, undefined)
    const deep = JSON.parse(`${'{"a.b":'.repeat(50_000)}1${'}'.repeat(50_000)}`) as object
    assert.equal(nestDots(deep), deep)
  })

  it('take deep values without recursion', () => {
    const deep: unknown = JSON.parse(`{"a":${'['.repeat(100_000)}"x"${']'.repeat(100_000)}}`)
    assert.ok(matches({ a: ['x'] }, deep))
  })
})
