// The errors of Secrets Manager, with AWS's words. All have status 400.
import { KeyFault } from '#identity/key-vault.ts'
import { AwsError } from '#protocol/errors.ts'

export function secretsError(code: string, message: string): AwsError {
  return new AwsError(code, 400, message)
}

export function notFound(message = "Secrets Manager can't find the specified secret."): AwsError {
  return secretsError('ResourceNotFoundException', message)
}

export function invalidRequest(message: string): AwsError {
  return secretsError('InvalidRequestException', message)
}

export function invalidParameter(message: string): AwsError {
  return secretsError('InvalidParameterException', message)
}

/** Runs `body`; a fault of the key is told as the failure that it causes. */
export async function toldBySecrets<T>(
  failure: 'EncryptionFailure' | 'DecryptionFailure',
  body: () => Promise<T>,
): Promise<T> {
  try {
    return await body()
  } catch (error) {
    if (!(error instanceof KeyFault)) throw error
    throw new AwsError(failure, 400, error.message, { cause: error })
  }
}
