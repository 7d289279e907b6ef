// The errors of KMS, with AWS's words. All have status 400.
import { KeyFault, type KeyFaultReason } from '#identity/key-vault.ts'
import { AwsError } from '#protocol/errors.ts'

const BY_REASON: Readonly<Record<KeyFaultReason, string>> = {
  'not-found': 'NotFoundException',
  disabled: 'DisabledException',
  'pending-deletion': 'KMSInvalidStateException',
  'pending-import': 'KMSInvalidStateException',
  'invalid-ciphertext': 'InvalidCiphertextException',
  'wrong-usage': 'InvalidKeyUsageException',
}

export function kmsError(code: string, message: string): AwsError {
  return new AwsError(code, 400, message)
}

export function validation(message: string): AwsError {
  return kmsError('ValidationException', message)
}

export function notFound(message: string): AwsError {
  return kmsError('NotFoundException', message)
}

export function unsupported(message: string): AwsError {
  return kmsError('UnsupportedOperationException', message)
}

/** Runs `body`; a fault of the vault becomes KMS's error of the same meaning. */
export async function toldByKms<T>(body: () => T | Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    if (!(error instanceof KeyFault)) throw error
    // A ciphertext that does not open tells nothing, as on AWS.
    const message = error.reason === 'invalid-ciphertext' ? '' : error.message
    throw new AwsError(BY_REASON[error.reason], 400, message, { cause: error })
  }
}
