import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileRegex } from './regex.ts'

// JavaScript's own engine is the judge for what both know. Its `.` also leaves out \r and two Unicode line ends.
const atom = fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '[a-c]', '\\d', '\\w', '\\S', '\\x61', '1', ':', '\\.')
const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,2}', '{0,1}', '{1,}')
const alternative = fc
  .tuple(fc.boolean(), fc.array(fc.tuple(atom, quantifier), { minLength: 1, maxLength: 6 }), fc.boolean())
  .map(([start, parts, end]) => (start ? '^' : '') + parts.map((part) => part.join('')).join('') + (end ? '$' : ''))
const source = fc.array(alternative, { minLength: 1, maxLength: 3 }).map((all) => all.join('|'))

test('matches what a backtracking engine matches', () => {
  fc.assert(
    fc.property(
      source,
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', ':', '.', ' ', 'd', '\n'), maxLength: 12 }), {
        maxLength: 8,
      }),
      (pattern, texts) => {
        const matches = compileRegex(pattern)
        const judge = new RegExp(pattern)
        for (const text of texts) assert.equal(matches(text), judge.test(text), `${pattern} on ${JSON.stringify(text)}`)
      },
    ),
    { numRuns: 3000 },
  )
})

test('one character is one character, however many bytes it has', () => {
  assert.equal(compileRegex('^.$')('😀'), true)
  assert.equal(compileRegex('^..$')('😀'), false)
  assert.equal(compileRegex('^[^a]é$'.replace('é', '.'))('😀ß'), true)
})

test('what AWS does not support is refused', () => {
  for (const pattern of [
    '',
    '(a)',
    'a!',
    'é',
    'a**',
    '*',
    'a{2,1}',
    'a{',
    'a{}',
    '[a',
    '[b-a]',
    '[\\d-z]',
    'a\\',
    '\\q',
    '\\x8',
    '\\xff',
    'a^b',
    'a$b',
    'a{300}',
    'a{200}|b{200}',
    'a"b',
    '<a>',
  ])
    assert.throws(() => compileRegex(pattern), { name: 'PatternError' }, pattern)
})

test('time is proportional to the message', () => {
  const matches = compileRegex('(a*)*'.replace(/[()]/g, '').replace('**', '*').repeat(12) + 'b')
  const started = performance.now()
  assert.equal(matches('a'.repeat(1_000_000)), false)
  assert.ok(performance.now() - started < 2000)
})

test('more states than are remembered', () => {
  // The automaton for "an a, and eleven characters later a c" has thousands of states.
  const pattern = 'a[abd]{11}c'
  const matches = compileRegex(pattern)
  const judge = new RegExp(pattern)
  let text = ''
  for (let seed = 1; text.length < 40_000; seed = (seed * 48_271) % 2_147_483_647) text += 'abd'[seed % 3]
  assert.equal(matches(text), judge.test(text))
  assert.equal(matches(`${text}abbbbbbbbbbbc`), true)
})
