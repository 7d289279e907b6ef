import { test } from 'node:test'
import { compareWithModel } from './model-run.ts'

const SEQUENCES = 10_000
const STEPS = 100
const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))

test(`the service does what the model does, over ${SEQUENCES} sequences with kills between (seed ${seed})`, async () => {
  await compareWithModel(SEQUENCES, STEPS, seed)
})
