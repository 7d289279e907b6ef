// What EventBridge's front end checks from its model (protocol/constraints.ts); it throws ValidationException.
import type { AwsError } from '#protocol/errors.ts'
import { ModelConstraints } from '#protocol/constraints.ts'
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

export class Constraints extends ModelConstraints {
  protected override refusal(message: string): AwsError {
    return validation(message)
  }

  protected override shownText(text: string): string {
    return text.slice(0, SHOWN_CHARS_MAX)
  }

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
}
