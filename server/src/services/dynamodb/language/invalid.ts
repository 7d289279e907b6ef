// The one error of the language: what DynamoDB answers to values and expressions that it does not accept.
import { AwsError } from '#protocol/errors.ts'

/** A ValidationException with the service's message. */
export function invalid(message: string, options?: ErrorOptions): AwsError {
  return new AwsError('ValidationException', 400, message, options)
}

/** As `invalid`, with the words that most messages about values begin with. */
export function invalidParameter(message: string): AwsError {
  return invalid(`One or more parameter values were invalid: ${message}`)
}

const SHOWN_CHARS_MAX = 1024

/** A client's own text in a message: a long one is not sent back in whole. */
export function shown(text: string): string {
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}...` : text
}
