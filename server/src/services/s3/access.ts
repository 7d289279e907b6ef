// What a bucket says about access besides its policy: its ACL, whose objects are, and what is blocked. Source: S3 user guide,
// "Controlling ownership of objects", "Blocking public access to your Amazon S3 storage".
import type { RequestContext } from '#protocol/operation.ts'
import { type Acl, type AclHeaders, aclFromHeaders, asksForAcl, isOwnersOnly, isPublicAcl, privateAcl } from './acl.ts'
import type { BucketRecord } from './bucket.ts'
import { s3Error } from './errors.ts'
import { canonicalUserId } from './owner.ts'

/** The ACL of a bucket: the owner's full control where none was put. */
export function bucketAcl({ account, acl }: Pick<BucketRecord, 'account' | 'acl'>): Acl {
  return acl ?? privateAcl(canonicalUserId(account))
}

/** Are ACLs without any meaning in this bucket? */
export function aclsDisabled({ ownership }: Pick<BucketRecord, 'ownership'>): boolean {
  return ownership === 'BucketOwnerEnforced'
}

/** Throws AccessControlListNotSupported, and AccessDenied for a public ACL where those are blocked. */
export function requireAllowedAcl(bucket: Pick<BucketRecord, 'ownership' | 'publicAccess'>, acl: Acl): void {
  if (aclsDisabled(bucket) && !isOwnersOnly(acl)) throw s3Error('AccessControlListNotSupported')
  if (bucket.publicAccess?.blockPublicAcls === true && isPublicAcl(acl))
    throw s3Error('AccessDenied', {
      message:
        'Access Denied: public access control lists (ACLs) are prevented by the BlockPublicAcls setting in S3 Block Public Access.',
    })
}

/** ACLs that mean the owner's full control wherever ACLs are disabled. */
const HARMLESS_WHERE_DISABLED: ReadonlySet<string> = new Set(['private', 'bucket-owner-full-control'])

/** Who owns what nobody in particular wrote. Source: observed owner of anonymous uploads. */
const ANONYMOUS_ID = '65a011a29cdf8ec533ec3d1ccaae921c'

/**
 * The ACL that a new object gets; undefined for the one that an object has which got none. The caller of `context` writes
 * it. Throws as requireAllowedAcl, and InvalidArgument, InvalidRequest.
 */
export function newObjectAcl(
  bucket: BucketRecord,
  headers: AclHeaders,
  { principal, account }: Pick<RequestContext, 'principal' | 'account'>,
): Acl | undefined {
  if (aclsDisabled(bucket) && !asksForAcl(headers)) return undefined
  const bucketOwner = canonicalUserId(bucket.account)
  if (aclsDisabled(bucket)) {
    const acl = aclFromHeaders(headers, { owner: bucketOwner, bucketOwner })
    if (acl && !(headers.ACL !== undefined && HARMLESS_WHERE_DISABLED.has(headers.ACL))) requireAllowedAcl(bucket, acl)
    return undefined
  }
  const writer = principal.kind === 'anonymous' ? ANONYMOUS_ID : canonicalUserId(account)
  const given = bucket.ownership === 'BucketOwnerPreferred' && headers.ACL === 'bucket-owner-full-control'
  const owner = given ? bucketOwner : writer
  const acl = aclFromHeaders(headers, { owner, bucketOwner })
  if (acl) requireAllowedAcl(bucket, acl)
  if (acl && owner === bucketOwner && isOwnersOnly(acl)) return undefined
  return acl ?? (owner === bucketOwner ? undefined : privateAcl(owner))
}

/** Whose an object, or an upload, in this bucket is: a canonical id. */
export function objectOwner(bucket: BucketRecord, acl: Acl | undefined): string {
  return aclsDisabled(bucket) || !acl ? canonicalUserId(bucket.account) : acl.owner
}

/** The ACL of an object in this bucket. */
export function objectAcl(bucket: BucketRecord, acl: Acl | undefined): Acl {
  const owner = canonicalUserId(bucket.account)
  return aclsDisabled(bucket) ? privateAcl(owner) : (acl ?? privateAcl(owner))
}
