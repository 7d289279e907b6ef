// The data protection policy of a topic. It is kept and shown; messages are not searched by it.
import { invalidParameter } from './errors.ts'
import { parseJsonObject } from './json-text.ts'
import { DATA_PROTECTION_POLICY_BYTES_MAX } from './limits.ts'

/** Throws InvalidParameter. */
export function checkDataProtectionPolicy(policy: string): void {
  if (Buffer.byteLength(policy) > DATA_PROTECTION_POLICY_BYTES_MAX)
    throw invalidParameter('DataProtectionPolicy Reason: the policy is too long')
  const statements = parseJsonObject(policy)?.['Statement']
  if (!Array.isArray(statements) || statements.length === 0)
    throw invalidParameter('DataProtectionPolicy Reason: the policy is not valid JSON with statements')
}
