// Runs mutants in a process of its own and tells their fate. Each mutant gets the modules under test and their test files
// loaded anew: a hook gives every module of that graph a query with the mutant's number.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import type * as collectedTests from './collected-tests.ts'
import { type Mutant, mutantsOf, sourceWith } from './mutants.ts'

/** What the parent process sends. */
export interface MutantOrder {
  /** Folder of the modules that are mutated, as a file URL that ends in a slash. */
  readonly folder: string
  /** URLs of the test files, cheapest first. */
  readonly tests: readonly string[]
  readonly cases: readonly { readonly file: string; readonly index: number }[]
}

export type Fate = 'killed' | 'survived' | 'invalid'

const COLLECTED = new URL('collected-tests.ts', import.meta.url).href
const QUERY = /\?mutant=(\d+)$/

console.log = () => {}

let order: MutantOrder
const faults = new Map<string, { readonly file: string; readonly mutant: Mutant }>()

function isMutated(url: string): boolean {
  return url.startsWith(order.folder) && !/\.test\.ts(?:\?|$)/.test(url)
}

registerHooks({
  resolve(specifier, context, next) {
    const number = QUERY.exec(context.parentURL ?? '')?.[1]
    if (number === undefined) return next(specifier, context)
    if (specifier === 'node:test') return { url: `${COLLECTED}?mutant=${number}`, shortCircuit: true }
    const found = next(specifier, context)
    return isMutated(found.url) ? { ...found, url: `${found.url}?mutant=${number}` } : found
  },
  load(url, context, next) {
    const number = QUERY.exec(url)?.[1]
    const plain = url.replace(QUERY, '')
    if (number === undefined || !isMutated(plain)) return next(url, context)
    const text = readFileSync(new URL(plain), 'utf8')
    const fault = faults.get(number)
    const source = sourceWith(text, fault?.file === plain ? fault.mutant : undefined, 'endless')
    const imported = `import { endless } from '${COLLECTED}?mutant=${number}'; `
    return { format: 'module-typescript', source: imported + source, shortCircuit: true }
  },
})

async function fateOf(number: string): Promise<Fate> {
  try {
    // Loaded before its test files, which may then share what they find.
    const { tests }: typeof collectedTests = await import(`${COLLECTED}?mutant=${number}`)
    for (const file of order.tests) {
      tests.length = 0
      await import(`${file}?mutant=${number}`)
      for (const body of tests) await body()
    }
    return 'survived'
  } catch (error) {
    return error instanceof SyntaxError && !/JSON|regular/i.test(error.message) ? 'invalid' : 'killed'
  }
}

process.on('message', (message) => {
  // Sent by evaluator-mutants.ts alone.
  order = message as MutantOrder
  void (async () => {
    for (const [number, { file, index }] of order.cases.entries()) {
      const mutant = index < 0 ? undefined : mutantsOf(readFileSync(new URL(file), 'utf8'))[index]
      if (mutant !== undefined) faults.set(String(number), { file, mutant })
      process.send?.({ file, index, fate: await fateOf(String(number)) })
    }
    process.disconnect()
  })()
})
