import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conditionKeysOf } from './condition-keys.ts'
import { compileGlob } from './glob.ts'

const KEYS = conditionKeysOf({ 'aws:username': 'ann', 'aws:Empty': '', 'aws:Two': ['a', 'b'], 'a:Star': 'x*y?z' })

type Row = readonly [pattern: string, text: string, wanted: boolean]

function check(rows: readonly Row[], options = { variables: true, wildcards: true }): void {
  for (const [pattern, text, wanted] of rows)
    assert.equal(compileGlob(pattern, options).matches(text, KEYS), wanted, `${pattern} on ${text}`)
}

test('a pattern without wildcards is the text itself', () => {
  check([
    ['', '', true],
    ['', 'a', false],
    ['abc', 'abc', true],
    ['abc', 'abcd', false],
    ['abc', 'xabc', false],
    ['abc', 'ab', false],
  ])
})

test('a star is any run of characters, also none', () => {
  check([
    ['*', 'anything', true],
    ['*b', 'a', false],
    ['*b', 'b', true],
    ['*b', 'ab', true],
    ['*b', 'ba', false],
    ['a*', 'ba', false],
    ['a*b', 'ab', true],
    ['a*b', 'acb', true],
    ['a*b', 'acbc', false],
    ['a*a', 'a', false],
    ['**', '', true],
    ['a**b', 'ab', true],
    ['*ab*', 'xxabyy', true],
    ['*ab*', 'xaxby', false],
    ['*ab*', 'ab', true],
    ['*ab*ab', 'xab', false],
    ['*ab*ab', 'xabab', true],
    ['*a*b*', 'ba', false],
    ['x*a*', 'xa', true],
    ['x*x*', 'x', false],
  ])
})

test('a question mark is one character', () => {
  check([
    ['?', 'a', true],
    ['?', '', false],
    ['?', 'ab', false],
    ['??', 'ab', true],
    ['a?', 'a', false],
    ['?a', 'ba', true],
    ['?a', 'bb', false],
    ['a?c?e', 'abcde', true],
    ['a?c?e', 'abcdx', false],
    ['a?c?e', 'abxde', false],
    ['b?b', 'b?b', true],
  ])
})

test('question marks between stars', () => {
  check([
    ['*?*', '', false],
    ['*?*', 'a', true],
    ['*?b*', 'b', false],
    ['*?b*', 'ab', true],
    ['*?b*', 'xxab', true],
    ['*?b*', 'xxabyy', true],
    ['*?b*', 'bxx', false],
    ['*a?*', 'xxa', false],
    ['*a?*', 'xxab', true],
    ['*a?c*', 'abxabc', true],
    ['*a?c*', 'abxabx', false],
    ['*a?*b?', 'a1b2', true],
    ['*a?*b?', 'a1b', false],
    ['x*?y', 'xy', false],
    ['x*?y', 'xzy', true],
    ['*?', '', false],
    ['*?', 'x', true],
    ['?*', '', false],
    ['*??', 'x', false],
    ['a*??', 'axy', true],
    ['a*??', 'ax', false],
  ])
})

test('a variable has exactly one value, or the text that stands in for it', () => {
  check([
    ['${aws:username}', 'ann', true],
    ['${AWS:UserName}', 'ann', true],
    ['${ aws:username }', 'ann', true],
    ['x${aws:username}y', 'xanny', true],
    ['x${aws:username}y', 'xy', false],
    ['${aws:username}${aws:username}', 'annann', true],
    ['${aws:Empty}', '', true],
    ['a${aws:Empty}b', 'ab', true],
    ['${aws:Two}', 'a', false],
    ["${aws:Two, 'x'}", 'x', false],
    ['${aws:missing}', '', false],
    ['${aws:missing}', 'undefined', false],
    ['${aws:missing}*', 'anything', false],
    ["${aws:missing, 'some text'}", 'some text', true],
    ["${aws:missing,''}", '', true],
    ["${aws:username, 'x'}", 'ann', true],
    ['${}', '', false],
    ['${aws:username extra}', 'ann', false],
    ["${aws:username, 'x' extra}", 'ann', false],
    ['${x aws:username}', 'ann', false],
    ['$', '$', true],
    ['$x', '$x', true],
    ['${', '${', true],
    ['${open', '${open', true],
    ['{aws:username}', '{aws:username}', true],
    ['{aws:username}', 'ann', false],
  ])
})

test('wildcards in the value of a variable are only characters', () => {
  check([
    ['${a:Star}', 'x*y?z', true],
    ['${a:Star}', 'xaybz', false],
    ['*${a:Star}*', '__x*y?z__', true],
    ['*${a:Star}*', '__x*yaz__', false],
  ])
})

test('`${*}`, `${?}` and `${$}` are the characters themselves, and nothing longer is', () => {
  check([
    ['${*}', '*', true],
    ['${*}', 'a', false],
    ['${?}', '?', true],
    ['${?}', 'a', false],
    ['${$}', '$', true],
    ['${$}{aws:username}', '${aws:username}', true],
    ['${**}', '**', false],
    ['${a*}', 'a*', false],
    ['${*a}', '*a', false],
    ['a${*}*', 'a*bc', true],
    ['a${*}*', 'abc', false],
  ])
})

test('what is switched off means nothing', () => {
  check(
    [
      ['${aws:username}', 'ann', false],
      ['${aws:username}', '${aws:username}', true],
      ['a*', 'abc', true],
      ['${*}', '*', false],
    ],
    { variables: false, wildcards: true },
  )
  check(
    [
      ['a*', 'a*', true],
      ['a*', 'abc', false],
      ['a?', 'a?', true],
      ['a?', 'ab', false],
      ['*', '*', true],
      ['*', 'a', false],
      ['${aws:username}*', 'ann*', true],
      ['${aws:username}*', 'anna', false],
    ],
    { variables: true, wildcards: false },
  )
})
