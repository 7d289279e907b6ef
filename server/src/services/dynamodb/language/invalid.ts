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
