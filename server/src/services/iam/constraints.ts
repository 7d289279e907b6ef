// What IAM's front end checks from its model (protocol/constraints.ts); it throws ValidationError.
import { ModelConstraints } from '#protocol/constraints.ts'
import type { AwsError } from '#protocol/errors.ts'
import { validationError } from './errors.ts'

type Text = string | undefined

const NAME = /^[\w+=,.@-]+$/
const PATH = /^(?:\/|\/[\x21-\x7f]+\/)$/
const NAME_CHARS_MAX = { user: 64, group: 128, role: 64, policy: 128, profile: 128 } as const

export class Constraints extends ModelConstraints {
  protected override refusal(message: string): AwsError {
    return validationError(message)
  }

  /** A name of an entity of this kind. */
  name(at: string, value: Text, kind: keyof typeof NAME_CHARS_MAX): this {
    return this.length(at, value, { min: 1, max: NAME_CHARS_MAX[kind] }).pattern(
      at,
      value,
      NAME,
      String.raw`[\w+=,.@-]+`,
    )
  }

  path(at: string, value: Text): this {
    if (value !== undefined && (value.length > 512 || !PATH.test(value)))
      this.fault(
        at,
        value,
        'Member must satisfy regular expression pattern: (\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)',
      )
    return this
  }
}

/** A member that the model requires. Throws the ValidationError that names it. */
export function required(value: Text, at: string): string {
  if (value !== undefined && value !== '') return value
  throw validationError(
    `1 validation error detected: Value null at '${at}' failed to satisfy constraint: Member must not be null`,
  )
}
