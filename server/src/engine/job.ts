import type { Invocation, InvocationOutcome } from './engine.ts'

/** An invocation on its way. */
export interface Job {
  readonly invocation: Invocation
  readonly waitingSinceMs: number
  /** An earlier init of it took too long: now init counts into the invocation's own time, as on AWS. */
  readonly initCounts: boolean
  /** The caller may go on, though the invocation is not over. Only before `resolve`. */
  answer(outcome: InvocationOutcome): void
  /** Tells `finished` at once, and the caller soon. */
  resolve(outcome: InvocationOutcome): void
  /** For failures of the engine itself. */
  reject(error: unknown): void
}
