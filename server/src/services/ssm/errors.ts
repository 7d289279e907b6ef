// The errors of Parameter Store, with AWS's words. All have status 400.
import { KeyFault } from '#identity/key-vault.ts'
import { AwsError } from '#protocol/errors.ts'

export function ssmError(code: string, message: string): AwsError {
  return new AwsError(code, 400, message)
}

export function validation(message: string): AwsError {
  return ssmError('ValidationException', message)
}

export function parameterNotFound(): AwsError {
  return ssmError('ParameterNotFound', '')
}

/** Runs `body`; a fault of a key is told as InvalidKeyId. */
export async function toldBySsm<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    if (!(error instanceof KeyFault)) throw error
    throw new AwsError('InvalidKeyId', 400, error.message, { cause: error })
  }
}
