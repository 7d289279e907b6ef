import type { RequestContext } from '#protocol/operation.ts'
import { requireAllowedAcl } from '../access.ts'
import { aclFromHeaders, isOwnersOnly } from '../acl.ts'
import { checkNewBucketName } from '../bucket-name.ts'
import { type BucketRecord, buckets } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { notImplementedHeader, s3Error } from '../errors.ts'
import { BUCKETS_PER_ACCOUNT_MAX } from '../limits.ts'
import { retrying } from '../object-write.ts'
import { canonicalUserId } from '../owner.ts'
import { putDocument } from '../settings/documents.ts'
import { parseOwnershipHeader } from '../settings/ownership.ts'
import { ALL_BLOCKED } from '../settings/public-access.ts'
import { parseBucketTags } from '../settings/tagging.ts'

/** The one region whose endpoint takes buckets for any region, and where making one's own bucket again succeeds. */
const FIRST_REGION = 'us-east-1'
const REGION = /^(EU|[a-z]{2}(-[a-z]+)+-\d+)$/

/** CreateBucket. Source: its API page, with the errors of "Creating a general purpose bucket". */
export async function createBucket(
  deps: S3Deps,
  input: S3Input<'CreateBucket'>,
  context: RequestContext,
): Promise<S3Output<'CreateBucket'>> {
  refuseUnbuilt(input)
  checkNewBucketName(input.Bucket)
  const region = regionOf(input.CreateBucketConfiguration?.LocationConstraint, context.region)
  const record: BucketRecord = {
    name: input.Bucket,
    account: context.account,
    region,
    createdMs: deps.clock.nowMs(),
    notifications: [],
    ...accessOf(input, context.account),
    // Object lock needs versions.
    ...(input.ObjectLockEnabledForBucket === true && { versioning: 'Enabled' as const, objectLock: {} }),
  }
  const wantedTags = input.CreateBucketConfiguration?.Tags
  const tags = wantedTags && wantedTags.length > 0 ? parseBucketTags(wantedTags) : undefined
  await retrying(deps, async (transaction) => {
    const existing = (await buckets.get(transaction, [input.Bucket]))?.value
    if (existing) return refuseExisting(existing, context)
    await checkBucketCount(deps, context.account)
    if (tags) await putDocument(transaction, record, 'tagging', tags)
    else await buckets.set(transaction, [input.Bucket], record)
  })
  return { Location: region === FIRST_REGION ? `/${input.Bucket}` : `http://${input.Bucket}.s3.amazonaws.com/` }
}

function refuseUnbuilt(input: S3Input<'CreateBucket'>): void {
  if (input.BucketNamespace !== undefined && input.BucketNamespace !== 'global')
    throw notImplementedHeader('x-amz-bucket-namespace')
  const { Bucket, Location } = input.CreateBucketConfiguration ?? {}
  if (Bucket ?? Location) throw s3Error('NotImplemented', { message: 'Directory buckets are not implemented yet' })
}

/** A new bucket is closed to the public, and its ACL, if one comes with it, may not say otherwise. */
function accessOf(
  input: S3Input<'CreateBucket'>,
  account: string,
): Pick<BucketRecord, 'ownership' | 'publicAccess' | 'acl'> {
  const ownership = parseOwnershipHeader(input.ObjectOwnership)
  const owner = canonicalUserId(account)
  const acl = aclFromHeaders(input, { owner, bucketOwner: owner })
  if (acl && !isOwnersOnly(acl)) {
    if (ownership === 'BucketOwnerEnforced') throw s3Error('InvalidBucketAclWithObjectOwnership')
    requireAllowedAcl({ ownership, publicAccess: ALL_BLOCKED }, acl)
  }
  return { ownership, publicAccess: ALL_BLOCKED, ...(acl && { acl }) }
}

function regionOf(constraint: string | undefined, endpointRegion: string): string {
  if (constraint === undefined || constraint === '') {
    if (endpointRegion === FIRST_REGION) return FIRST_REGION
    throw s3Error('IllegalLocationConstraintException')
  }
  if (constraint === endpointRegion && constraint !== FIRST_REGION) return constraint
  if (!REGION.test(constraint) || constraint === FIRST_REGION)
    throw s3Error('InvalidLocationConstraint', { fields: { LocationConstraint: constraint } })
  if (endpointRegion !== FIRST_REGION)
    throw s3Error('IllegalLocationConstraintException', {
      message: `The ${constraint} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    })
  // `EU` is the old name of the first European region.
  return constraint === 'EU' ? 'eu-west-1' : constraint
}

function refuseExisting(existing: BucketRecord, context: RequestContext): void {
  const fields = { BucketName: existing.name }
  if (existing.account !== context.account) throw s3Error('BucketAlreadyExists', { fields })
  if (context.region !== FIRST_REGION || existing.region !== FIRST_REGION)
    throw s3Error('BucketAlreadyOwnedByYou', { fields })
}

/** Counted in pages of keys. Not part of the transaction: the quota is a bound, not a promise. */
async function checkBucketCount(deps: S3Deps, account: string): Promise<void> {
  const limit = 1000
  let after: readonly (string | number | bigint | boolean | Uint8Array)[] | undefined
  for (let count = 0; ;) {
    const page = await deps.store.list({ prefix: ['s3.buckets#account', account], ...(after && { after }) }, { limit })
    count += page.length
    if (count >= BUCKETS_PER_ACCOUNT_MAX) throw s3Error('TooManyBuckets')
    if (page.length < limit) return
    after = page.at(-1)?.key
  }
}
