// Work under one name, one after the other, so that it does not lose races against itself and begin anew for nothing. This
// is only about speed: what keeps writers apart is the check in the commit.

export class Turns {
  /** The last in each queue. */
  readonly #tails = new Map<string, Promise<void>>()

  /** Runs `work` when everyone who came before for this name is done. */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(name)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#tails.set(name, promise)
    try {
      if (before !== undefined) await before
      return await work()
    } finally {
      if (this.#tails.get(name) === promise) this.#tails.delete(name)
      resolve()
    }
  }

  /** As `run` for several names; always in the order of the names, so that nobody waits for each other in a ring. */
  async runAll<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    const [first, ...rest] = names.toSorted()
    if (first === undefined) return work()
    return this.run(first, () => this.runAll(rest, work))
  }
}
