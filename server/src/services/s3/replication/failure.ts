// Why a version did not get to a destination: in words for whoever runs Mayfly, and as the code that events carry. Source of the
// codes: S3 user guide, "Amazon S3 replication failure reasons".
import { AwsError } from '#protocol/errors.ts'

type FailureCode =
  | 'DstBucketNotFound'
  | 'DstBucketUnversioned'
  | 'DstDelObjNotPermitted'
  | 'DstKmsKeyInvalidState'
  | 'DstKmsKeyNotFound'
  | 'DstPutObjectNotPermitted'
  | 'SrcBucketReplicationConfigMissing'
  | 'SrcGetObjectNotPermitted'
  | 'SrcObjectNotEligible'

export interface ReplicationFailure {
  readonly code: FailureCode
  readonly text: string
}

/** Customers' keys come with requests only. */
export const CUSTOMER_KEY: ReplicationFailure = {
  code: 'SrcObjectNotEligible',
  text: 'objects with customer keys cannot be read to be replicated',
}

/** Of what was thrown on the way; undefined for a bug. A destination that cannot be reached is not found. */
export function failureOf(error: unknown): ReplicationFailure | undefined {
  if (error instanceof AwsError) return { code: codeOf(error.code), text: `${error.code}: ${error.message}` }
  if (error instanceof Error && 'code' in error)
    return { code: 'DstBucketNotFound', text: `${String(error.code)}: ${error.message}` }
  return undefined
}

function codeOf(code: string): FailureCode {
  if (code === 'KMS.NotFoundException') return 'DstKmsKeyNotFound'
  return code.startsWith('KMS.') ? 'DstKmsKeyInvalidState' : 'SrcGetObjectNotPermitted'
}

/** Of another endpoint's answer. */
export function failureOfAnswer(method: 'PUT' | 'DELETE', status: number, answer: string): ReplicationFailure {
  const text = `the other endpoint answered ${status}: ${answer}`
  if (status === 404) return { code: 'DstBucketNotFound', text }
  return { code: method === 'PUT' ? 'DstPutObjectNotPermitted' : 'DstDelObjNotPermitted', text }
}
