import type { Invocation, InvocationOutcome } from './engine.ts'

/** An invocation on its way. */
export class Job {
  readonly invocation: Invocation
  readonly waitingSinceMs: number
  /** An earlier init of it took too long: now init counts into the invocation's own time, as on AWS. */
  initCounts = false
  /** For the caller. */
  readonly outcome: Promise<InvocationOutcome>
  readonly #over: () => void
  #resolve: (outcome: InvocationOutcome) => void = () => {}
  #reject: (error: unknown) => void = () => {}

  /** `over` is called once, at the end. */
  constructor(invocation: Invocation, waitingSinceMs: number, over: () => void) {
    this.invocation = invocation
    this.waitingSinceMs = waitingSinceMs
    this.#over = over
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** The caller may go on, though the invocation is not over. Only before `resolve`. */
  answer(outcome: InvocationOutcome): void {
    if (this.invocation.waitsForAll !== true) this.#resolve(outcome)
  }

  /** Tells `finished` at once, and the caller soon. */
  resolve(outcome: InvocationOutcome): void {
    if (outcome.kind !== 'throttled') this.invocation.finished?.(outcome)
    this.#resolve(outcome)
    this.#over()
  }

  /** For failures of the engine itself. */
  reject(error: unknown): void {
    this.#reject(error)
    this.#over()
  }
}
