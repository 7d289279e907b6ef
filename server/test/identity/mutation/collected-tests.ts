// What `node:test` is to a test file that runs against a mutant: it keeps the tests for whoever loaded the file. Loaded
// anew for each mutant, so that nothing is left over from the one before.

/** Rounds of loops that the tests of one mutant may take: some four times what the untouched source takes. */
const STEPS_MAX = 5_000_000

type Body = () => void | Promise<void>

export const tests: Body[] = []

export function test(_name: string, body: Body): void {
  tests.push(body)
}

let steps = 0

/** Counts a round of a loop. Throws when a fault has made a loop endless. */
export function step(): void {
  if (++steps > STEPS_MAX) throw new Error('a loop without an end')
}
