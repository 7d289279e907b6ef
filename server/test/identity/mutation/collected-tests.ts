// What `node:test` is to a test file that runs against a mutant: it keeps the tests for whoever loaded the file. Loaded
// anew for each mutant, so that nothing is left over from the one before.

type Body = () => void | Promise<void>

export const tests: Body[] = []

export function test(_name: string, body: Body): void {
  tests.push(body)
}

/** Called where a fault has made a loop endless. */
export function endless(): never {
  throw new Error('a loop without an end')
}
