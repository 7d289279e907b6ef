// What is said of statements that cannot be read.
import type { AwsError } from '#protocol/errors.ts'
import { invalid } from '../language/invalid.ts'

/** A ValidationException in the words of the service; what follows the colon is ours. */
export function malformed(detail: string): AwsError {
  return invalid(`Statement wasn't well formed, can't be processed: ${detail}`)
}
