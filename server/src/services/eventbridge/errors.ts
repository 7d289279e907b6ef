// The errors of EventBridge, with the messages that AWS gives.
import { AwsError } from '#protocol/errors.ts'

export function validation(message: string): AwsError {
  return new AwsError('ValidationException', 400, message)
}

/** `Parameter <name> is not valid.`, with the reason where there is one to tell. */
export function invalidParameter(name: string, reason?: string): AwsError {
  return validation(`Parameter ${name} is not valid.${reason === undefined ? '' : ` Reason: ${reason}`}`)
}

export function invalidEventPattern(reason: string): AwsError {
  return new AwsError('InvalidEventPatternException', 400, `Event pattern is not valid. Reason: ${reason}`)
}

/** `what`: `Rule orders`, `Event bus shop`. */
export function notFound(what: string): AwsError {
  return new AwsError('ResourceNotFoundException', 400, `${what} does not exist.`)
}

export function ruleNotFound(rule: string, bus: string): AwsError {
  return new AwsError('ResourceNotFoundException', 400, `Rule ${rule} does not exist on EventBus ${bus}.`)
}

export function alreadyExists(what: string): AwsError {
  return new AwsError('ResourceAlreadyExistsException', 400, `${what} already exists.`)
}

export function limitExceeded(): AwsError {
  return new AwsError('LimitExceededException', 400, 'The requested resource exceeds the maximum number allowed.')
}

export function policyTooLong(): AwsError {
  return new AwsError('PolicyLengthExceededException', 400, 'The event bus policy size exceeds the maximum allowed.')
}

export function illegalStatus(message: string): AwsError {
  return new AwsError('IllegalStatusException', 400, message)
}
