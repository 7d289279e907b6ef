// A sample of what evaluator-mutants.long.test.ts runs whole, another one in each run; and the mutator itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '#base/ids.ts'
import { evaluatorMutants } from './evaluator-mutants.ts'
import { mutantsOf, sourceWith } from './mutants.ts'
import { mutationScore, staleEntries } from './mutation-score.ts'

const SEED = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))
const SAMPLE = 40
/** Of so few a survivor more or less may be luck; far fewer noticed is not. */
const SCORE_MIN = 0.9

test('the mutator changes one place at a time, and bounds loops', () => {
  const source = 'export const f = (a: number): string => (a > 1 ? `big` : "small")\n'
  assert.deepEqual(
    new Set(mutantsOf(source).map(({ change }) => change)),
    new Set([
      '(a > 1 ? `big` : "small") -> undefined',
      'a > 1 -> true',
      'a > 1 -> false',
      'a > 1 -> ((a) >= (1))',
      'a > 1 -> ((a) <= (1))',
      '1 -> 2',
      '`big` -> ``',
      `"small" -> ''`,
    ]),
  )
  const loop = 'for (const a of b) f(a)\n'
  assert.equal(
    sourceWith(loop, undefined, 'endless'),
    '{ let rounds0 = 0; for (const a of b) { if (++rounds0 > 50000) endless(); f(a) } }\n',
  )
})

test('the list of equivalent mutants is of this evaluator', () => {
  assert.deepEqual(staleEntries(evaluatorMutants()), [])
})

test(`a sample of mutants is noticed, seed ${SEED}`, async (t) => {
  const random = seededRandom(SEED)
  const all = evaluatorMutants()
  const sample = Array.from({ length: SAMPLE }, () => all[Math.floor(random() * all.length)] ?? assert.fail())
  const { killed, counted, survivors } = await mutationScore([...new Set(sample)])
  for (const survivor of survivors) t.diagnostic(survivor)
  assert.ok(killed / counted >= SCORE_MIN, `${killed} of ${counted}: ${survivors.join('; ')}`)
})
