// The checks that AWS makes from its model before an operation looks at its input: everything that fails is told in one
// InvalidParameterException.
import { invalidParameter } from './errors.ts'
import { FILTER_PATTERN_CHARS_MAX } from './limits.ts'

const GROUP_NAME = /^[.\-_/#A-Za-z0-9]+$/
const GROUP_NAME_SHOWN = '[\\.\\-_/#A-Za-z0-9]+'
const STREAM_NAME = /^[^:*]*$/
const STREAM_NAME_SHOWN = '[^:*]*'
const GROUP_IDENTIFIER = /^[\w#+=/:,.@*-]*$/
const GROUP_IDENTIFIER_SHOWN = '[\\w#+=/:,.@-]*'
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
const TAG_KEY_SHOWN = '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)$'
const TAG_VALUE_SHOWN = '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$'
const NAME_CHARS_MAX = 512

interface Bounds {
  readonly min: number
  readonly max: number
}

/** Gathers what fails, in the order of the calls; absent values are fine. `check` throws. */
export class Constraints {
  readonly #faults: string[] = []

  groupName(at: string, value: string | undefined): this {
    return this.length(at, value, { min: 1, max: NAME_CHARS_MAX }).pattern(at, value, GROUP_NAME, GROUP_NAME_SHOWN)
  }

  /** The trailing :* of an ARN is taken, though AWS's pattern does not show it. */
  groupIdentifier(at: string, value: string | undefined): this {
    this.length(at, value, { min: 1, max: 2048 })
    return this.pattern(at, value, GROUP_IDENTIFIER, GROUP_IDENTIFIER_SHOWN)
  }

  streamName(at: string, value: string | undefined): this {
    return this.length(at, value, { min: 1, max: NAME_CHARS_MAX }).pattern(at, value, STREAM_NAME, STREAM_NAME_SHOWN)
  }

  streamNames(at: string, values: readonly string[] | undefined, max: number): this {
    this.count(at, values, { min: 1, max })
    for (const [index, value] of (values ?? []).entries()) this.streamName(`${at}.${index + 1}.member`, value)
    return this
  }

  filterPattern(at: string, value: string | undefined): this {
    return this.length(at, value, { min: 0, max: FILTER_PATTERN_CHARS_MAX })
  }

  tags(at: string, tags: Readonly<Record<string, string>> | undefined, max: number): this {
    if (tags === undefined) return this
    const size = Object.keys(tags).length
    if (size > max) this.#fault(at, JSON.stringify(tags), `Member must have length less than or equal to ${max}`)
    if (size === 0) this.#fault(at, '{}', 'Member must have length greater than or equal to 1')
    for (const [key, value] of Object.entries(tags)) {
      this.tagKey(`${at}.key`, key)
      this.length(`${at}.${key}.member`, value, { min: 0, max: 256 })
      this.pattern(`${at}.${key}.member`, value, TAG_TEXT, TAG_VALUE_SHOWN)
    }
    return this
  }

  tagKey(at: string, key: string): this {
    return this.length(at, key, { min: 1, max: 128 }).pattern(at, key, TAG_TEXT, TAG_KEY_SHOWN)
  }

  length(at: string, value: string | undefined, { min, max }: Bounds): this {
    if (value === undefined) return this
    if (value.length > max) this.#fault(at, value, `Member must have length less than or equal to ${max}`)
    if (value.length < min) this.#fault(at, value, `Member must have length greater than or equal to ${min}`)
    return this
  }

  count(at: string, values: readonly unknown[] | undefined, { min, max }: Bounds): this {
    if (values === undefined) return this
    if (values.length > max) this.#fault(at, shown(values), `Member must have length less than or equal to ${max}`)
    if (values.length < min) this.#fault(at, shown(values), `Member must have length greater than or equal to ${min}`)
    return this
  }

  range(at: string, value: number | undefined, { min, max }: Bounds): this {
    if (value === undefined) return this
    if (value > max) this.#fault(at, value, `Member must have value less than or equal to ${max}`)
    if (value < min) this.#fault(at, value, `Member must have value greater than or equal to ${min}`)
    return this
  }

  /** A time in milliseconds since 1970. */
  timestamp(at: string, value: number | undefined): this {
    return this.range(at, value, { min: 0, max: Number.MAX_SAFE_INTEGER })
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

  /** Throws the InvalidParameterException if anything failed. */
  check(): void {
    const count = this.#faults.length
    if (count === 0) return
    throw invalidParameter(`${count} validation error${count === 1 ? '' : 's'} detected: ${this.#faults.join('; ')}`)
  }

  #fault(at: string, value: string | number, constraint: string): void {
    this.#faults.push(`Value '${value}' at '${at}' failed to satisfy constraint: ${constraint}`)
  }
}

/** A list in a message; a long one is not repeated in whole. */
function shown(values: readonly unknown[]): string {
  return values.length > 200 ? `[${values.length} members]` : `[${values.map(String).join(', ')}]`
}
