import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FIGURES, textOf, type Usage } from './usage-record.ts'

test('the text of a usage has all figures, in the order in which a journal is read', () => {
  const usage = Object.fromEntries(FIGURES.map((figure, index) => [figure, index + 1])) as unknown as Usage
  assert.equal(textOf(usage), FIGURES.map((_, index) => index + 1).join(','))
})
