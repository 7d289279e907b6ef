// The policy of a key.
import { compilePolicy } from '#identity/policy/compile.ts'
import { kmsError } from './errors.ts'
import { POLICY_BYTES_MAX } from './limits.ts'

/** The policy as given. Throws MalformedPolicyDocumentException, LimitExceededException. */
export function checkKeyPolicy(policy: string | undefined): string {
  const text = policy ?? ''
  const compiled = compilePolicy(text, 'resource')
  if (compiled.kind === 'faulty')
    throw kmsError('MalformedPolicyDocumentException', compiled.faults[0]?.message ?? 'Syntax errors in policy.')
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX)
    throw kmsError('LimitExceededException', `A key policy can have ${POLICY_BYTES_MAX} bytes.`)
  return text
}
