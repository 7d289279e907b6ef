// The score of the evaluator's tests: of the mutants that somebody could tell from the original, how many they notice.
import { EQUIVALENT_MUTANTS } from './equivalent-mutants.ts'
import { fatesOf, type NamedMutant } from './evaluator-mutants.ts'

export interface MutationScore {
  readonly killed: number
  readonly counted: number
  /** Those that nobody noticed: `evaluate.ts:90 a === b -> a !== b`. */
  readonly survivors: readonly string[]
  /** Listed as equivalent, and noticed all the same. */
  readonly wronglyListed: readonly string[]
}

/** Runs the mutants, those listed as equivalent among them. */
export async function mutationScore(mutants: readonly NamedMutant[]): Promise<MutationScore> {
  const fates = await fatesOf(mutants)
  const survivors: string[] = []
  // A change may be listed once and be made at several places: one of them must have survived.
  const listed = new Map<string, boolean>()
  let killed = 0
  for (const [named, fate] of fates) {
    if (fate === 'invalid') continue
    const { file, mutant } = named
    const key = keyOf(file, mutant.change)
    if (fate === 'killed') killed++
    if (isListed(key)) listed.set(key, (listed.get(key) ?? false) || fate === 'survived')
    else if (fate === 'survived') survivors.push(`${file}:${mutant.line} ${mutant.change}`)
  }
  const wronglyListed = [...listed].flatMap(([key, survived]) => (survived ? [] : [key]))
  return { killed, counted: killed + survivors.length, survivors, wronglyListed }
}

/** Entries of the list that no mutant of the sources answers to. */
export function staleEntries(mutants: readonly NamedMutant[]): readonly string[] {
  const known = new Set(mutants.map(({ file, mutant }) => keyOf(file, mutant.change)))
  return EQUIVALENT_MUTANTS.map(([file, change]) => keyOf(file, change)).filter((key) => !known.has(key))
}

function keyOf(file: string, change: string): string {
  return `${file} ${change}`
}

const LISTED: ReadonlySet<string> = new Set(EQUIVALENT_MUTANTS.map(([file, change]) => keyOf(file, change)))

function isListed(key: string): boolean {
  return LISTED.has(key)
}
