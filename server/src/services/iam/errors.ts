// The errors of IAM, with AWS's words.
import { AwsError } from '#protocol/errors.ts'
import type { PolicyFault } from '#identity/policy/document.ts'

export function noSuchEntity(message: string): AwsError {
  return new AwsError('NoSuchEntity', 404, message)
}

export function accessDenied(message: string): AwsError {
  return new AwsError('AccessDenied', 403, message)
}

export function alreadyExists(message: string): AwsError {
  return new AwsError('EntityAlreadyExists', 409, message)
}

export function deleteConflict(message: string): AwsError {
  return new AwsError('DeleteConflict', 409, message)
}

export function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceeded', 409, message)
}

export function quotaExceeded(quota: string, max: number): AwsError {
  return limitExceeded(`Cannot exceed quota for ${quota}: ${max}`)
}

export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', 400, message)
}

export function invalidInput(message: string): AwsError {
  return new AwsError('InvalidInput', 400, message)
}

export function malformedPolicy(faults: readonly PolicyFault[]): AwsError {
  return new AwsError('MalformedPolicyDocument', 400, faults[0]?.message ?? 'Syntax errors in policy.')
}

export function unmodifiable(message: string): AwsError {
  return new AwsError('UnmodifiableEntity', 400, message)
}

export function policyNotAttachable(arn: string): AwsError {
  return noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
}

export function noSuchPolicy(arn: string): AwsError {
  return noSuchEntity(`Policy ${arn} was not found.`)
}

export function invalidPassword(message: string): AwsError {
  return new AwsError('InvalidUserType', 400, message)
}

export function reportNotPresent(): AwsError {
  return new AwsError('ReportNotPresent', 410, 'No report is present. Call GenerateCredentialReport first.')
}
