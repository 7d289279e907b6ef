// What the demo prints: one line a step with its time, and what was found below it.

export class Report {
  readonly #began = performance.now()
  readonly #write: (text: string) => void

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  /** Runs a step and prints its title, its time and what it says about itself. What it throws names the step. */
  async step<T>(title: string, run: () => Promise<T>, tell: (result: T) => string = () => ''): Promise<T> {
    const began = performance.now()
    let result: T
    try {
      result = await run()
    } catch (cause) {
      this.#write(`✗ ${title}\n`)
      throw new Error(`${title}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    }
    const told = tell(result)
    this.#write(
      `✓ ${title.padEnd(34)} ${ms(performance.now() - began).padStart(9)}${told === '' ? '' : `   ${told}`}\n`,
    )
    return result
  }

  /** A title without a time. */
  heading(text: string): void {
    this.#write(`  ${text}\n`)
  }

  /** A line below a step. */
  line(text: string): void {
    this.#write(`    ${text}\n`)
  }

  /** Milliseconds since the demo began. */
  get elapsedMs(): number {
    return performance.now() - this.#began
  }
}

/** `12.3 ms`, `4.2 s`. */
export function ms(value: number): string {
  return value < 1_000 ? `${value.toFixed(1)} ms` : `${(value / 1_000).toFixed(2)} s`
}

/** `12.3 KB`. */
export function kb(bytes: number): string {
  return `${(bytes / 1_024).toFixed(1)} KB`
}
