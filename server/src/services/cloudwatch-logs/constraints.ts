// What CloudWatch Logs checks from its model (protocol/constraints.ts); it throws InvalidParameterException.
import { ModelConstraints } from '#protocol/constraints.ts'
import type { AwsError } from '#protocol/errors.ts'
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

/** Of a list, the members that a message repeats. */
const SHOWN_MEMBERS_MAX = 200

export class Constraints extends ModelConstraints {
  protected override refusal(message: string): AwsError {
    return invalidParameter(message)
  }

  protected override shownMembers(values: object): string {
    if (!Array.isArray(values) || values.length > SHOWN_MEMBERS_MAX) return super.shownMembers(values)
    return `[${values.map(String).join(', ')}]`
  }

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
    if (size > max) this.fault(at, JSON.stringify(tags), `Member must have length less than or equal to ${max}`)
    if (size === 0) this.fault(at, '{}', 'Member must have length greater than or equal to 1')
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

  /** A time in milliseconds since 1970. */
  timestamp(at: string, value: number | undefined): this {
    return this.range(at, value, { min: 0, max: Number.MAX_SAFE_INTEGER })
  }
}
