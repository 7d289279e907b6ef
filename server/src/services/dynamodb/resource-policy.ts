// Policies on tables and streams: who may use them beside what the caller's own policies say.
import { newRequestId } from '#base/ids.ts'
import { invalid } from './errors.ts'

export interface StoredPolicy {
  readonly text: string
  readonly revision: string
}

const POLICY_BYTES_MAX = 20 * 1024

/** A policy with a revision of its own. Throws ValidationException when it is none. */
export function newPolicy(text: string, arn: string): StoredPolicy {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX)
    throw invalid(`Resource-based policy exceeds the size limit of ${POLICY_BYTES_MAX} bytes.`)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw invalid(`Resource policy for ${arn} is not valid JSON.`)
  }
  if (typeof parsed !== 'object' || parsed === null || !('Statement' in parsed))
    throw invalid(`Resource policy for ${arn} has no Statement.`)
  return { text, revision: newRequestId().replaceAll('-', '') }
}
