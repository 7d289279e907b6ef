// The checks that AWS's front end makes from a service's model before an operation sees the input. Everything that fails is
// told in one error, in the order of the checks. Source: the constraints in the API references; the words are AWS's.
import type { AwsError } from './errors.ts'

/** Both inclusive. */
export interface Bounds {
  readonly min?: number
  readonly max: number
}

/** Gathers what fails; absent values are fine. Each service says which error it is, and adds checks of its own. */
export abstract class ModelConstraints {
  // Made by the first fault: nearly every input has none.
  #faults: string[] | undefined

  /** The service's error. */
  protected abstract refusal(message: string): AwsError

  /** How many faults the error tells. */
  protected get faultsMax(): number {
    return Infinity
  }

  /** What a message repeats of a text that is refused. */
  protected shownText(text: string): string {
    return text
  }

  /** What a message repeats of a list or map. */
  protected shownMembers(values: object): string {
    return `[${membersOf(values)} members]`
  }

  /** Characters of a text. */
  length(at: string, value: string | undefined, { min = 0, max }: Bounds): this {
    if (value === undefined) return this
    if (value.length > max) this.fault(at, value, `Member must have length less than or equal to ${max}`)
    if (value.length < min) this.fault(at, value, `Member must have length greater than or equal to ${min}`)
    return this
  }

  /** Members of a list or map. */
  count(at: string, values: object | undefined, { min = 0, max }: Bounds): this {
    if (values === undefined) return this
    const count = membersOf(values)
    if (count > max) this.#add(at, this.shownMembers(values), `Member must have length less than or equal to ${max}`)
    if (count < min) this.#add(at, this.shownMembers(values), `Member must have length greater than or equal to ${min}`)
    return this
  }

  range(at: string, value: number | undefined, { min = -Infinity, max }: Bounds): this {
    return this.atMost(at, value, max).atLeast(at, value, min)
  }

  atLeast(at: string, value: number | undefined, min: number): this {
    if (value !== undefined && !(value >= min))
      this.fault(at, value, `Member must have value greater than or equal to ${min}`)
    return this
  }

  atMost(at: string, value: number | undefined, max: number): this {
    if (value !== undefined && !(value <= max))
      this.fault(at, value, `Member must have value less than or equal to ${max}`)
    return this
  }

  /** `shown` is the pattern as AWS writes it. */
  pattern(at: string, value: string | undefined, pattern: RegExp, shown: string): this {
    if (value !== undefined && !pattern.test(value))
      this.fault(at, value, `Member must satisfy regular expression pattern: ${shown}`)
    return this
  }

  oneOf(at: string, value: string | undefined, allowed: readonly string[]): this {
    if (value !== undefined && !allowed.includes(value))
      this.fault(at, value, `Member must satisfy enum value set: [${allowed.join(', ')}]`)
    return this
  }

  /** What the model leaves optional and the service does not. */
  required(at: string, value: unknown): this {
    if (value === undefined || value === null)
      this.tell(`Value null at '${at}' failed to satisfy constraint: Member must not be null`)
    return this
  }

  /** Throws the service's error if anything failed. */
  check(): void {
    if (this.#faults === undefined) return
    const told = this.#faults.slice(0, this.faultsMax)
    throw this.refusal(`${told.length} validation error${told.length === 1 ? '' : 's'} detected: ${told.join('; ')}`)
  }

  protected fault(at: string, value: string | number, constraint: string): void {
    this.#add(at, typeof value === 'string' ? this.shownText(value) : value, constraint)
  }

  /** A fault in words of its own. */
  protected tell(fault: string): void {
    ;(this.#faults ??= []).push(fault)
  }

  #add(at: string, shown: string | number, constraint: string): void {
    this.tell(`Value '${shown}' at '${at}' failed to satisfy constraint: ${constraint}`)
  }
}

function membersOf(values: object): number {
  return Array.isArray(values) ? values.length : Object.keys(values).length
}
