// The errors of CloudWatch Logs, with AWS's words. All are answered with status 400 but the last.
import { AwsError } from '#protocol/errors.ts'

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', 400, message)
}

export function noSuchGroup(): AwsError {
  return new AwsError('ResourceNotFoundException', 400, 'The specified log group does not exist.')
}

export function noSuchStream(): AwsError {
  return new AwsError('ResourceNotFoundException', 400, 'The specified log stream does not exist.')
}

export function noSuchResource(): AwsError {
  return new AwsError('ResourceNotFoundException', 400, 'The specified resource does not exist.')
}

export function groupExists(): AwsError {
  return new AwsError('ResourceAlreadyExistsException', 400, 'The specified log group already exists')
}

export function streamExists(): AwsError {
  return new AwsError('ResourceAlreadyExistsException', 400, 'The specified log stream already exists')
}

export function deletionProtected(): AwsError {
  return new AwsError(
    'ValidationException',
    400,
    'The log group has deletion protection enabled. Disable deletion protection before deleting.',
  )
}

export function tooManyTags(): AwsError {
  return new AwsError('TooManyTagsException', 400, 'A resource can have no more than 50 tags.')
}

export function tooManySessions(): AwsError {
  return new AwsError('LimitExceededException', 400, 'You have reached the maximum number of Live Tail sessions.')
}

/** Sent as the last event of a session. */
export function sessionTimedOut(): AwsError {
  return new AwsError('SessionTimeoutException', 400, 'The Live Tail session has timed out.')
}

/** The store cannot follow; the client may try again. */
export function unavailable(cause: unknown): AwsError {
  return new AwsError('ServiceUnavailableException', 503, 'The service cannot complete the request.', { cause })
}
