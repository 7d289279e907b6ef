// ValidateResourcePolicy: whether a policy could be put.
import { checkResourcePolicy } from '../policy.ts'
import { AwsError } from '#protocol/errors.ts'
import type { SecretsOperation } from '../model.ts'

export const validateResourcePolicy: SecretsOperation<'ValidateResourcePolicy'> = async (__deps, input) => {
  try {
    checkResourcePolicy(input.ResourcePolicy, true)
    return { PolicyValidationPassed: true, ValidationErrors: [] }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return { PolicyValidationPassed: false, ValidationErrors: [{ CheckName: error.code, ErrorMessage: error.message }] }
  }
}
