// What runs the function, as the carrier sees it: a program that asks for its work over the Runtime API, or one of
// Mayfly's own bootstraps in a process of its own.
import type { InvocationFacts } from './invocation.ts'

/** An invocation. `id` is that of the engine's frames. */
export interface Work {
  readonly id: number
  readonly facts: InvocationFacts
  readonly payload: Buffer
}

export interface AnswerEnd {
  readonly status: 'success' | 'error'
  readonly producedBytes: number
  readonly errorType: string | undefined
}

/** What a runtime tells. */
export interface RuntimeListener {
  /** Its init is over: it takes work. Called once. */
  ready(): void
  /**
   * Frames of the answer to the work under way; `end` comes with the last ones. `sent` is called when they have left this
   * process.
   */
  answer(frames: readonly Uint8Array[], end: AnswerEnd | undefined, sent?: () => void): void
  /** The init failed, and the process will end. */
  initFailed(document: Buffer): void
  /** The process ended. Exactly one of the two is set. */
  ended(code: number | null, signal: NodeJS.Signals | null): void
  /** It printed a line. */
  line(text: string): void
}

export interface Runtime {
  /** Starts its process; `apiAddress` is where the cell's API is. Throws a RuntimeError when there is none to start. */
  start(apiAddress: string): void
  /** Gives it work; there is at most one under way. */
  run(work: Work): void
  /** Asks the process to end, and makes it end when it does not. Resolves when it is gone. */
  stop(): Promise<void>
}
