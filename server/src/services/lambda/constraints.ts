// What Lambda's front end checks from its model (protocol/constraints.ts); it throws ValidationException.
import { ModelConstraints } from '#protocol/constraints.ts'
import { AwsError } from '#protocol/errors.ts'

export class Constraints extends ModelConstraints {
  protected override refusal(message: string): AwsError {
    return new AwsError('ValidationException', 400, message)
  }

  /** Every value of a list; `shown` is the pattern as AWS writes it. */
  each(at: string, values: readonly string[], pattern: RegExp, shown: string): this {
    if (values.some((value) => !pattern.test(value)))
      this.fault(
        at,
        `[${values.join(', ')}]`,
        `Member must satisfy constraint: [Member must satisfy regular expression pattern: ${shown}]`,
      )
    return this
  }

  /** Keys of a map whose values are secret: the message shows neither. */
  mapKeys(at: string, keys: readonly string[], pattern: RegExp, shown: string): this {
    if (keys.some((key) => !pattern.test(key)))
      this.tell(
        `Value at '${at}' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: ${shown}]`,
      )
    return this
  }
}
