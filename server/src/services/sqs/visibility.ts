import { invalidValue } from './errors.ts'
import { VISIBILITY_SECONDS_MAX } from './limits.ts'

/** Throws InvalidParameterValue for timeouts that a message cannot have. */
export function demandVisibility(seconds: number): void {
  if (seconds < 0 || seconds > VISIBILITY_SECONDS_MAX)
    throw invalidValue(seconds, 'VisibilityTimeout', `Must be between 0 and ${VISIBILITY_SECONDS_MAX}.`)
}
