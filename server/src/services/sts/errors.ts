// The errors of STS, with AWS's words.
import { AwsError } from '#protocol/errors.ts'

export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', 400, message)
}

export function accessDenied(message: string): AwsError {
  return new AwsError('AccessDenied', 403, message)
}

export function malformedPolicy(message: string): AwsError {
  return new AwsError('MalformedPolicyDocument', 400, message)
}

export function packedPolicyTooLarge(): AwsError {
  return new AwsError(
    'PackedPolicyTooLarge',
    400,
    'The total packed size of the session policies and session tags exceeds the limit.',
  )
}

export function invalidIdentityToken(message: string): AwsError {
  return new AwsError('InvalidIdentityToken', 400, message)
}

export function expiredToken(message: string): AwsError {
  return new AwsError('ExpiredTokenException', 400, message)
}

export function idpCommunicationError(): AwsError {
  return new AwsError('IDPCommunicationError', 400, "Couldn't retrieve verification key from your identity provider.")
}

export function invalidAuthorizationMessage(): AwsError {
  return new AwsError('InvalidAuthorizationMessageException', 400, 'Message is not a valid AWS authorization message.')
}
