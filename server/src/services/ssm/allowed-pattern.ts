// AllowedPattern: a regular expression of the user's, run where it can be stopped: some take longer than the universe.
import { runInNewContext } from 'node:vm'
import { ssmError } from './errors.ts'
import { PATTERN_TIMEOUT_MS } from './limits.ts'

/** Throws InvalidAllowedPatternException, ParameterPatternMismatchException. */
export function checkPattern(value: string, pattern: string | undefined): void {
  if (pattern === undefined || pattern === '') return
  if (!matches(value, pattern))
    throw ssmError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    )
}

function matches(value: string, pattern: string): boolean {
  try {
    const found: unknown = runInNewContext(
      'new RegExp(pattern).test(value)',
      { pattern: `^(?:${pattern})$`, value },
      { timeout: PATTERN_TIMEOUT_MS },
    )
    return found === true
  } catch (cause) {
    throw ssmError(
      'InvalidAllowedPatternException',
      `The request doesn't meet the regular expression requirement: ${cause instanceof Error && 'code' in cause ? 'the pattern takes too long' : 'the pattern is not a regular expression'}.`,
    )
  }
}
