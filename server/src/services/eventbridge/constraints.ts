// The checks that AWS's front end makes from its model before an operation sees the input: all that fail are told in one
// ValidationException.
import { validation } from './errors.ts'
import {
  ARCHIVE_NAME_CHARS_MAX,
  ARN_CHARS_MAX,
  BUS_NAME_CHARS_MAX,
  DESCRIPTION_CHARS_MAX,
  LIST_PAGE_MAX,
  REPLAY_NAME_CHARS_MAX,
  RULE_NAME_CHARS_MAX,
} from './limits.ts'

const NAME = /^[.\-_A-Za-z0-9]+$/
const NAME_SHOWN = '[\\.\\-_A-Za-z0-9]+'
const BUS_NAME = /^[/.\-_A-Za-z0-9]+$/
const BUS_NAME_SHOWN = '[/\\.\\-_A-Za-z0-9]+'
const BUS_NAME_OR_ARN = /^(arn:aws[\w-]*:events:[a-z]{2}-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/.\-_A-Za-z0-9]+$/
const BUS_NAME_OR_ARN_SHOWN =
  '(arn:aws[\\w-]*:events:[a-z]{2}-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?[/\\.\\-_A-Za-z0-9]+'
/** Of a value that is refused, what the message repeats. */
const SHOWN_CHARS_MAX = 1024

interface Bounds {
  readonly min: number
  readonly max: number
}

/** Gathers what fails, in the order of the calls; absent values are fine. `check` throws. */
export class Constraints {
  readonly #faults: string[] = []

  ruleName(at: string, value: string | undefined): this {
    return this.length(at, value, { min: 1, max: RULE_NAME_CHARS_MAX }).pattern(at, value, NAME, NAME_SHOWN)
  }

  archiveName(at: string, value: string | undefined): this {
    return this.length(at, value, { min: 1, max: ARCHIVE_NAME_CHARS_MAX }).pattern(at, value, NAME, NAME_SHOWN)
  }

  replayName(at: string, value: string | undefined): this {
    return this.length(at, value, { min: 1, max: REPLAY_NAME_CHARS_MAX }).pattern(at, value, NAME, NAME_SHOWN)
  }

  targetId(at: string, value: string | undefined): this {
    return this.length(at, value, { min: 1, max: RULE_NAME_CHARS_MAX }).pattern(at, value, NAME, NAME_SHOWN)
  }

  busName(at: string, value: string | undefined): this {
    return this.length(at, value, { min: 1, max: BUS_NAME_CHARS_MAX }).pattern(at, value, BUS_NAME, BUS_NAME_SHOWN)
  }

  busNameOrArn(at: string, value: string | undefined): this {
    return this.length(at, value, { min: 1, max: ARN_CHARS_MAX }).pattern(
      at,
      value,
      BUS_NAME_OR_ARN,
      BUS_NAME_OR_ARN_SHOWN,
    )
  }

  arn(at: string, value: string | undefined): this {
    return this.length(at, value, { min: 1, max: ARN_CHARS_MAX })
  }

  description(at: string, value: string | undefined): this {
    return this.length(at, value, { min: 0, max: DESCRIPTION_CHARS_MAX })
  }

  pageOf(limit: number | undefined): this {
    return this.range('limit', limit, { min: 1, max: LIST_PAGE_MAX })
  }

  length(at: string, value: string | undefined, { min, max }: Bounds): this {
    if (value === undefined) return this
    if (value.length > max) this.#fault(at, value, `Member must have length less than or equal to ${max}`)
    if (value.length < min) this.#fault(at, value, `Member must have length greater than or equal to ${min}`)
    return this
  }

  count(at: string, values: readonly unknown[] | undefined, { min, max }: Bounds): this {
    if (values === undefined) return this
    const shown = `[${values.length} members]`
    if (values.length > max) this.#fault(at, shown, `Member must have length less than or equal to ${max}`)
    if (values.length < min) this.#fault(at, shown, `Member must have length greater than or equal to ${min}`)
    return this
  }

  range(at: string, value: number | undefined, { min, max }: Bounds): this {
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

  oneOf(at: string, value: string | undefined, allowed: readonly string[]): this {
    if (value !== undefined && !allowed.includes(value))
      this.#fault(at, value, `Member must satisfy enum value set: [${allowed.join(', ')}]`)
    return this
  }

  /** Throws the ValidationException if anything failed. */
  check(): void {
    const count = this.#faults.length
    if (count === 0) return
    throw validation(`${count} validation error${count === 1 ? '' : 's'} detected: ${this.#faults.join('; ')}`)
  }

  #fault(at: string, value: string | number, constraint: string): void {
    const shown = typeof value === 'string' ? value.slice(0, SHOWN_CHARS_MAX) : value
    this.#faults.push(`Value '${shown}' at '${at}' failed to satisfy constraint: ${constraint}`)
  }
}
