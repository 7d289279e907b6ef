// GenerateRandom: random bytes.
import { randomBytesOf } from '#base/ids.ts'
import { validation } from '../errors.ts'
import { RANDOM_BYTES_MAX } from '../limits.ts'
import type { KmsOperation } from '../model.ts'

export const generateRandom: KmsOperation<'GenerateRandom'> = async (__deps, input) => {
  const bytes = input.NumberOfBytes ?? 0
  if (bytes < 1 || bytes > RANDOM_BYTES_MAX)
    throw validation(
      `1 validation error detected: Value '${bytes}' at 'numberOfBytes' failed to satisfy constraint: Member must have value ${bytes < 1 ? 'greater than or equal to 1' : `less than or equal to ${RANDOM_BYTES_MAX}`}`,
    )
  return { Plaintext: randomBytesOf(bytes) }
}
