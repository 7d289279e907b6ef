// What IAM's front end checks from its model. Sources: the constraints in the IAM API reference.
import { validationError } from './errors.ts'

type Text = string | undefined

const NAME = /^[\w+=,.@-]+$/
const PATH = /^(?:\/|\/[\x21-\x7f]+\/)$/
const NAME_CHARS_MAX = { user: 64, group: 128, role: 64, policy: 128, profile: 128 } as const

export class Constraints {
  readonly #faults: string[] = []

  /** A name of an entity of this kind. */
  name(at: string, value: Text, kind: keyof typeof NAME_CHARS_MAX): this {
    return this.length(at, value, 1, NAME_CHARS_MAX[kind]).pattern(at, value, NAME, String.raw`[\w+=,.@-]+`)
  }

  path(at: string, value: Text): this {
    if (value !== undefined && (value.length > 512 || !PATH.test(value)))
      this.#faults.push(
        `Value '${value}' at '${at}' failed to satisfy constraint: Member must satisfy regular expression pattern: (\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)`,
      )
    return this
  }

  length(at: string, value: Text, min: number, max: number): this {
    if (value !== undefined && value.length > max)
      this.#fault(at, value, `Member must have length less than or equal to ${max}`)
    if (value !== undefined && value.length < min)
      this.#fault(at, value, `Member must have length greater than or equal to ${min}`)
    return this
  }

  range(at: string, value: number | undefined, min: number, max: number): this {
    if (value !== undefined && value > max)
      this.#fault(at, String(value), `Member must have value less than or equal to ${max}`)
    if (value !== undefined && value < min)
      this.#fault(at, String(value), `Member must have value greater than or equal to ${min}`)
    return this
  }

  pattern(at: string, value: Text, pattern: RegExp, shown: string): this {
    if (value !== undefined && !pattern.test(value))
      this.#fault(at, value, `Member must satisfy regular expression pattern: ${shown}`)
    return this
  }

  /** Throws the ValidationError if anything failed. */
  check(): void {
    const count = this.#faults.length
    if (count > 0)
      throw validationError(`${count} validation error${count === 1 ? '' : 's'} detected: ${this.#faults.join('; ')}`)
  }

  #fault(at: string, value: string, constraint: string): void {
    this.#faults.push(`Value '${value}' at '${at}' failed to satisfy constraint: ${constraint}`)
  }
}

/** A member that the model requires. Throws the ValidationError that names it. */
export function required(value: Text, at: string): string {
  if (value !== undefined && value !== '') return value
  throw validationError(
    `1 validation error detected: Value null at '${at}' failed to satisfy constraint: Member must not be null`,
  )
}
