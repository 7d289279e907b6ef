// The checks that AWS's front end makes from its model before an operation sees the input: all that fail are told in
// one ValidationException.
import { AwsError } from '#protocol/errors.ts'

export class Constraints {
  readonly #faults: string[] = []

  /** Characters of a text; an absent value is fine. */
  length(at: string, value: string | undefined, bounds: { readonly min?: number; readonly max: number }): this {
    if (value === undefined) return this
    if (value.length > bounds.max) this.#fault(at, value, `Member must have length less than or equal to ${bounds.max}`)
    if (value.length < (bounds.min ?? 0))
      this.#fault(at, value, `Member must have length greater than or equal to ${bounds.min}`)
    return this
  }

  range(at: string, value: number | undefined, min: number, max: number): this {
    if (value === undefined) return this
    if (value > max) this.#fault(at, value, `Member must have value less than or equal to ${max}`)
    if (value < min) this.#fault(at, value, `Member must have value greater than or equal to ${min}`)
    return this
  }

  /** `shown` is the pattern as AWS writes it. */
  pattern(at: string, value: string | undefined, pattern: RegExp, shown: string): this {
    if (value !== undefined && !pattern.test(value))
      this.#fault(at, value, `Member must satisfy regular expression pattern: ${shown}`)
    return this
  }

  /** Every value of a list; `shown` is the pattern as AWS writes it. */
  each(at: string, values: readonly string[], pattern: RegExp, shown: string): this {
    if (values.some((value) => !pattern.test(value)))
      this.#fault(
        at,
        `[${values.join(', ')}]`,
        `Member must satisfy constraint: [Member must satisfy regular expression pattern: ${shown}]`,
      )
    return this
  }

  oneOf(at: string, value: string | undefined, allowed: readonly string[]): this {
    if (value !== undefined && !allowed.includes(value))
      this.#fault(at, value, `Member must satisfy enum value set: [${allowed.join(', ')}]`)
    return this
  }

  /** Keys of a map whose values are secret: the message shows neither. */
  mapKeys(at: string, keys: readonly string[], pattern: RegExp, shown: string): this {
    if (keys.some((key) => !pattern.test(key)))
      this.#faults.push(
        `Value at '${at}' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: ${shown}]`,
      )
    return this
  }

  required(at: string, value: unknown): this {
    if (value === undefined || value === null)
      this.#faults.push(`Value null at '${at}' failed to satisfy constraint: Member must not be null`)
    return this
  }

  /** Throws the ValidationException if anything failed. */
  check(): void {
    const count = this.#faults.length
    if (count === 0) return
    const message = `${count} validation error${count === 1 ? '' : 's'} detected: ${this.#faults.join('; ')}`
    throw new AwsError('ValidationException', 400, message)
  }

  #fault(at: string, value: string | number, constraint: string): void {
    this.#faults.push(`Value '${value}' at '${at}' failed to satisfy constraint: ${constraint}`)
  }
}
