// The errors of Lambda, with the messages that AWS gives.
import { AwsError } from '#protocol/errors.ts'

/** Most Lambda errors say whose fault it was in a member `Type`. */
const USER = { Type: 'User' }

/** 400, for values that are well-formed but not possible. */
export function invalidParameter(message: string, cause?: unknown): AwsError {
  return new AwsError('InvalidParameterValueException', 400, message, { fields: USER, cause })
}

/** 400, for what Mayfly cannot do yet: refused, because ignoring it would change what the function does. */
export function notSupportedYet(what: string): AwsError {
  return invalidParameter(`Mayfly does not support ${what} yet. Leave it out.`)
}

/** 400: the account has no room for more. */
export function codeStorageExceeded(message: string): AwsError {
  return new AwsError('CodeStorageExceededException', 400, message, { fields: USER })
}

export function functionNotFound(arn: string): AwsError {
  return new AwsError('ResourceNotFoundException', 404, `Function not found: ${arn}`, { fields: USER })
}

export function resourceNotFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', 404, message, { fields: USER })
}

export function provisionedNotFound(): AwsError {
  return new AwsError(
    'ProvisionedConcurrencyConfigNotFoundException',
    404,
    'No Provisioned Concurrency Config found for this function',
    { fields: USER },
  )
}

export function resourceConflict(message: string): AwsError {
  return new AwsError('ResourceConflictException', 409, message, { fields: USER })
}

export function accessDenied(message: string): AwsError {
  return new AwsError('AccessDeniedException', 403, message, { fields: USER })
}

/** 400: a step of the resource is under way that must be over first. */
export function resourceInUse(message: string): AwsError {
  return new AwsError('ResourceInUseException', 400, message, { fields: USER })
}

/** `where`: the API that tells the current revision. */
export function revisionMismatch(where: string): AwsError {
  return new AwsError(
    'PreconditionFailedException',
    412,
    `The Revision Id provided does not match the latest Revision Id. Call the ${where} API to retrieve the latest Revision Id`,
    { fields: USER },
  )
}

export function policyTooLong(bytes: number): AwsError {
  return new AwsError(
    'PolicyLengthExceededException',
    400,
    `The final policy size (${bytes}) is bigger than the limit (20480).`,
    {
      fields: USER,
    },
  )
}

/** The code on AWS's wire, though the model calls the shape RequestTooLargeException. */
export function requestTooLarge(message: string): AwsError {
  return new AwsError('RequestEntityTooLargeException', 413, message, { fields: USER })
}

export function invalidRequestContent(message: string): AwsError {
  return new AwsError('InvalidRequestContentException', 400, message, { fields: USER })
}
