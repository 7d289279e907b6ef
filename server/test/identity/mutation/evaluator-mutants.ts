// The mutants of the policy evaluator, and what became of them: its own tests run against each. A mutant that survives is
// a fault that no test would notice. Those that change nothing anyone could see stand in equivalent-mutants.ts.
import { fork } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { Fate, MutantOrder } from './mutant-worker.ts'
import { type Mutant, mutantsOf } from './mutants.ts'

const FOLDER = new URL('../../../src/identity/policy/', import.meta.url)
const TESTS = [
  ...globSync('*.test.ts', { cwd: FOLDER.pathname }).map((name) => new URL(name, FOLDER).href),
  new URL('../evaluator.property.test.ts', import.meta.url).href,
]
/** A process keeps every graph that it loaded: it ends before that is much. */
const MUTANTS_PER_PROCESS = 100
/** Random cases for each mutant, and where they begin: the same in every run. */
const ENVIRONMENT = { MAYFLY_TEST_CASES: '2000', MAYFLY_TEST_SEED: '7' }

export interface NamedMutant {
  readonly mutant: Mutant
  /** URL of the module. */
  readonly url: string
  /** `evaluate.ts`. */
  readonly file: string
  /** Place in the list of the module's mutants. */
  readonly index: number
}

const UNTOUCHED = { file: pathToFileURL('none').href, index: -1 }

/** All mutants of the evaluator's modules. */
export function evaluatorMutants(): readonly NamedMutant[] {
  return globSync('*.ts', { cwd: FOLDER.pathname })
    .filter((name) => !name.endsWith('.test.ts'))
    .toSorted()
    .flatMap((file) => {
      const url = new URL(file, FOLDER)
      return mutantsOf(readFileSync(url, 'utf8')).map((mutant, index) => ({ mutant, url: url.href, file, index }))
    })
}

/** What became of each mutant. Throws when the tests fail without any fault. */
export async function fatesOf(mutants: readonly NamedMutant[], processes = 2): Promise<ReadonlyMap<NamedMutant, Fate>> {
  const fates = new Map<NamedMutant, Fate>()
  let next = 0
  const work = async (): Promise<void> => {
    while (next < mutants.length) {
      const batch = mutants.slice(next, (next += MUTANTS_PER_PROCESS))
      // The untouched source first: where its own tests fail, every mutant would look noticed.
      const [plain, ...found] = await runBatch([UNTOUCHED, ...batch.map(({ url, index }) => ({ file: url, index }))])
      if (plain !== 'survived') throw new Error(`without a fault the tests of the evaluator end as: ${plain}`)
      for (const [index, mutant] of batch.entries()) fates.set(mutant, found[index] ?? 'killed')
    }
  }
  await Promise.all(Array.from({ length: processes }, work))
  return fates
}

/** The fates in order; those after a mutant that ended the process are told by another process. */
async function runBatch(cases: MutantOrder['cases']): Promise<readonly Fate[]> {
  const fates: Fate[] = []
  while (fates.length < cases.length) {
    const before = fates.length
    await new Promise<void>((resolve, reject) => {
      const worker = fork(new URL('mutant-worker.ts', import.meta.url), {
        env: { ...process.env, ...ENVIRONMENT },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      worker.on('message', (message) => fates.push((message as { readonly fate: Fate }).fate))
      worker.once('error', reject)
      worker.once('exit', () => resolve())
      worker.send({ folder: FOLDER.href, tests: TESTS, cases: cases.slice(before) } satisfies MutantOrder)
    })
    // It went down with the process.
    if (fates.length === before) fates.push('killed')
  }
  return fates
}
