// The errors of SNS, with the messages that AWS gives. Codes are the names of the model's shapes; the wire puts the shorter
// codes of the query protocol (`InvalidParameter`) in their place.
import type { KeyFault, KeyFaultReason } from '#identity/key-vault.ts'
import { AwsError } from '#protocol/errors.ts'

/** 400 `Invalid parameter: <what>`. */
export function invalidParameter(what: string): AwsError {
  return new AwsError('InvalidParameterException', 400, `Invalid parameter: ${what}`)
}

/** 400, of message attributes. */
export function invalidParameterValue(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', 400, message)
}

export function notFound(what: string): AwsError {
  return new AwsError('NotFoundException', 404, `${what} does not exist`)
}

export function resourceNotFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', 404, message)
}

/** 403: the caller may not do this to the resource. */
export function authorizationError(message: string): AwsError {
  return new AwsError('AuthorizationErrorException', 403, message)
}

export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', 400, message)
}

export function subscriptionLimitExceeded(): AwsError {
  return new AwsError('SubscriptionLimitExceededException', 403, 'Subscription limit exceeded')
}

export function filterPolicyLimitExceeded(): AwsError {
  return new AwsError('FilterPolicyLimitExceededException', 403, 'Filter policy limit exceeded')
}

export function tagLimitExceeded(): AwsError {
  return new AwsError(
    'TagLimitExceededException',
    400,
    'Could not complete request: tag quota of per resource exceeded',
  )
}

export function endpointDisabled(): AwsError {
  return new AwsError('EndpointDisabledException', 400, 'Endpoint is disabled')
}

export function platformApplicationDisabled(): AwsError {
  return new AwsError('PlatformApplicationDisabledException', 400, 'Platform application is disabled')
}

export function optedOut(): AwsError {
  return new AwsError('OptedOutException', 400, 'The phone number is opted out of receiving messages')
}

export function verificationFailed(): AwsError {
  return new AwsError('VerificationException', 400, 'The one-time password is not valid for this phone number')
}

const KMS_CODES: Readonly<Record<KeyFaultReason, string>> = {
  'not-found': 'KMSNotFoundException',
  disabled: 'KMSDisabledException',
  'pending-deletion': 'KMSInvalidStateException',
  'pending-import': 'KMSInvalidStateException',
  'invalid-ciphertext': 'KMSInvalidStateException',
  'wrong-usage': 'KMSInvalidStateException',
}

/** The key of a topic cannot be used. */
export function kmsError(fault: KeyFault): AwsError {
  return new AwsError(KMS_CODES[fault.reason], 400, fault.message, { cause: fault })
}

export function kmsAccessDenied(caller: string, action: string, keyArn: string): AwsError {
  const message = `User: ${caller} is not authorized to perform: ${action} on resource: ${keyArn}`
  return new AwsError('KMSAccessDeniedException', 400, message)
}

/** Mayfly's own bound; clients try again. */
export function throttled(): AwsError {
  return new AwsError('ThrottledException', 429, 'Rate exceeded')
}

export const emptyBatch = (): AwsError =>
  new AwsError('EmptyBatchRequestException', 400, "The batch request doesn't contain any entries.")
export const tooManyEntries = (): AwsError =>
  new AwsError(
    'TooManyEntriesInBatchRequestException',
    400,
    'The batch request contains more entries than permissible.',
  )
export const idsNotDistinct = (): AwsError =>
  new AwsError('BatchEntryIdsNotDistinctException', 400, 'Two or more batch entries in the request have the same Id.')
export const batchTooLong = (): AwsError =>
  new AwsError(
    'BatchRequestTooLongException',
    400,
    'The length of all the messages put together is more than the limit.',
  )
export const invalidBatchId = (message: string): AwsError => new AwsError('InvalidBatchEntryIdException', 400, message)
