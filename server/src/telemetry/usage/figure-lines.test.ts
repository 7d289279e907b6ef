import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FigureLines } from './figure-lines.ts'
import { LINES_BYTES } from './limits.ts'
import { FIGURES, type Usage } from './usage-record.ts'

const usageOf = (figures: readonly number[]): Usage =>
  Object.fromEntries(FIGURES.map((name, index) => [name, figures[index] ?? 0])) as unknown as Usage

test('a line has all figures, in the order in which a journal is read', () => {
  const lines = new FigureLines()
  lines.add(7, usageOf(FIGURES.map((_, index) => index + 1)))
  assert.equal(lines.take().toString(), `7,${FIGURES.map((_, index) => index + 1).join(',')}\n`)
  assert.equal(lines.empty, true)
})

test('every number is written as JavaScript writes it', () => {
  const numbers = [0, 9, 10, 99, 100, 2 ** 31, 2 ** 32 + 1, 9_216_000_000, 999_999_999_999_999, 1e15]
  const odd = [-1, 0.5, -123.25, 1e21, -Number.MAX_VALUE, Number.NaN, Number.MAX_SAFE_INTEGER]
  const lines = new FigureLines()
  for (const number of [...numbers, ...odd]) {
    lines.add(number, usageOf(Array(13).fill(number)))
    assert.equal(lines.take().toString(), `${Array(14).fill(String(number)).join(',')}\n`)
  }
})

test('the longest line fits while there is room', () => {
  const lines = new FigureLines()
  const longest = usageOf(Array(13).fill(-Number.MAX_VALUE))
  let count = 0
  for (; lines.hasRoom; count++) lines.add(-Number.MAX_VALUE, longest)
  const taken = lines.take()
  assert.ok(taken.length <= LINES_BYTES)
  assert.equal(taken.toString().split('\n').length, count + 1)
})
