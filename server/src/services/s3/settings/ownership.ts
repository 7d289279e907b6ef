// Object ownership: whether ACLs count in a bucket, and whose an object is that another account puts there. Source: S3
// user guide, "Controlling ownership of objects and disabling ACLs for your bucket".
import { s3Error } from '../errors.ts'

const OWNERSHIPS = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'] as const

export type ObjectOwnership = (typeof OWNERSHIPS)[number]

/** New buckets have ACLs disabled (since April 2023). */
export const DEFAULT_OWNERSHIP: ObjectOwnership = 'BucketOwnerEnforced'

/** Throws InvalidArgument: the header of CreateBucket. */
export function parseOwnershipHeader(value: string | undefined): ObjectOwnership {
  if (value === undefined) return DEFAULT_OWNERSHIP
  const known = OWNERSHIPS.find((name) => name === value)
  if (known) return known
  throw s3Error('InvalidArgument', {
    message: `Invalid x-amz-object-ownership header: ${value}`,
    fields: { ArgumentName: 'x-amz-object-ownership' },
  })
}

/** The one rule of PutBucketOwnershipControls. Throws MalformedXML. */
export function parseOwnershipRules(
  rules: readonly { readonly ObjectOwnership?: string | undefined }[] | undefined,
): ObjectOwnership {
  const known = OWNERSHIPS.find((name) => name === rules?.[0]?.ObjectOwnership)
  if (!known || rules?.length !== 1) throw s3Error('MalformedXML')
  return known
}
