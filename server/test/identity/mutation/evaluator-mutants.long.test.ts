// Every fault that the mutator knows to make in the policy evaluator, one at a time: its tests must notice nearly all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluatorMutants } from './evaluator-mutants.ts'
import { mutationScore } from './mutation-score.ts'

const SCORE_MIN = 0.95

test('the tests of the evaluator notice at least 95 % of its mutants', async (t) => {
  const mutants = evaluatorMutants()
  assert.ok(mutants.length > 1000, `${mutants.length} mutants`)
  const { killed, counted, survivors, wronglyListed } = await mutationScore(mutants)
  t.diagnostic(`${killed} of ${counted} noticed; ${mutants.length - counted} equivalent`)
  for (const survivor of survivors) t.diagnostic(survivor)
  assert.deepEqual(wronglyListed, [])
  assert.ok(killed / counted >= SCORE_MIN, `${killed} of ${counted}`)
})
