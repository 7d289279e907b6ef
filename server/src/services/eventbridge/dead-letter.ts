// What the dead-letter queue of a target gets: the event as it came, and why it is there beside it. Source: EventBridge
// user guide, "Using dead-letter queues to process undelivered events".
import { newRequestId } from '#base/ids.ts'
import type { Envelope, MessageAttribute } from '#events/envelope.ts'
import type { OutboxRecord } from '#events/outbox.ts'
import { ruleArn } from './arn.ts'
import { ERROR_MESSAGE_CHARS_MAX } from './limits.ts'
import type { RuleRecord, RuleTarget } from './rule.ts'

export interface Failure {
  readonly code: 'NO_PERMISSIONS' | 'NO_RESOURCE' | 'INVALID_JSON' | 'ERROR_FROM_TARGET' | 'SDK_CLIENT_ERROR'
  readonly message: string
  /** Undefined: no attempt would have helped. */
  readonly exhausted: 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' | undefined
  readonly retries: number
}

interface Undelivered {
  readonly rule: RuleRecord
  readonly target: RuleTarget
  readonly envelope: Envelope
  readonly payload: Uint8Array
}

/** The event that brings it to the queue. `name`: of the queue's target in the outbox. */
export function deadLetter(
  { rule, target, envelope, payload }: Undelivered,
  { queue, name }: { readonly queue: string; readonly name: string },
  { code, message, exhausted, retries }: Failure,
): OutboxRecord {
  const attributes: Record<string, MessageAttribute> = {
    RULE_ARN: text(ruleArn(rule)),
    TARGET_ARN: text(target.arn),
    ERROR_CODE: text(code),
    ERROR_MESSAGE: text(message.slice(0, ERROR_MESSAGE_CHARS_MAX) || code),
    ...(exhausted !== undefined && {
      EXHAUSTED_RETRY_CONDITION: text(exhausted),
      RETRY_ATTEMPTS: { type: 'Number', text: String(retries) },
    }),
  }
  return {
    envelope: { ...envelope, id: newRequestId(), payload, data: {} },
    destination: { target: name, arn: queue, message: { attributes } },
  }
}

function text(value: string): MessageAttribute {
  return { type: 'String', text: value }
}
