// The policy of a secret.
import { compilePolicy } from '#identity/policy/compile.ts'
import { secretsError } from './errors.ts'
import { POLICY_BYTES_MAX } from './limits.ts'

/** The policy as given. Throws MalformedPolicyDocumentException, PublicPolicyException. */
export function checkResourcePolicy(policy: string | undefined, blockPublic: boolean): string {
  const text = policy ?? ''
  const compiled = compilePolicy(text, 'resource')
  if (compiled.kind === 'faulty' || Buffer.byteLength(text) > POLICY_BYTES_MAX)
    throw secretsError(
      'MalformedPolicyDocumentException',
      `This resource policy contains a fault: ${compiled.kind === 'faulty' ? (compiled.faults[0]?.message ?? '') : 'it is too long'}`,
    )
  const isPublic = compiled.policy.document.statements.some(
    ({ effect, principal, conditions }) =>
      effect === 'Allow' && conditions.length === 0 && principal?.values.some(({ value }) => value === '*') === true,
  )
  if (isPublic && blockPublic)
    throw secretsError('PublicPolicyException', 'The resource policy grants broad access to the secret.')
  return text
}
