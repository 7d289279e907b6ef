import type { RequestContext } from '#protocol/operation.ts'
import type { Key } from '#storage/store.ts'
import { type BucketRecord, buckets } from '../bucket.ts'
import { readToken, writeToken } from '../continuation-token.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { bucketArn } from '../arn.ts'
import { invalidArgument } from '../errors.ts'
import { BUCKET_PAGE_MAX, PAGE_MAX } from '../limits.ts'
import { canonicalUserId } from '../owner.ts'

/** ListBuckets: the caller's own, by name; with a prefix, a region, and in pages when asked. */
export async function listBuckets(
  deps: S3Deps,
  input: S3Input<'ListBuckets'>,
  context: RequestContext,
): Promise<S3Output<'ListBuckets'>> {
  const limit = input.MaxBuckets ?? BUCKET_PAGE_MAX
  if (!Number.isInteger(limit) || limit < 1 || limit > BUCKET_PAGE_MAX)
    throw invalidArgument(
      'max-buckets',
      limit,
      `Argument max-buckets must be an integer between 1 and ${BUCKET_PAGE_MAX}`,
    )
  const { found, more } = await collect(deps, input, context.account, limit)
  const last = found.at(-1)
  return {
    Owner: { ID: canonicalUserId(context.account) },
    Buckets: found.map((bucket) => ({
      Name: bucket.name,
      CreationDate: new Date(bucket.createdMs),
      BucketRegion: bucket.region,
      BucketArn: bucketArn(bucket.name),
    })),
    Prefix: input.Prefix,
    ContinuationToken: more && last ? writeToken(Buffer.from(last.name)) : undefined,
  }
}

async function collect(
  deps: S3Deps,
  input: S3Input<'ListBuckets'>,
  account: string,
  limit: number,
): Promise<{ readonly found: readonly BucketRecord[]; readonly more: boolean }> {
  const found: BucketRecord[] = []
  const prefix = input.Prefix ?? ''
  let after: Key | undefined =
    input.ContinuationToken === undefined ? undefined : [account, readToken(input.ContinuationToken).toString()]
  for (;;) {
    const page = await buckets.listIndex(
      deps.store,
      'account',
      { prefix: [account], ...(after ? { after } : { from: [account, prefix] }) },
      { limit: PAGE_MAX },
    )
    for (const { value: bucket, indexKey } of page) {
      after = indexKey
      if (prefix !== '' && !bucket.name.startsWith(prefix)) {
        if (bucket.name > prefix) return { found, more: false }
        continue
      }
      if (input.BucketRegion !== undefined && bucket.region !== input.BucketRegion) continue
      if (found.length === limit) return { found, more: true }
      found.push(bucket)
    }
    if (page.length < PAGE_MAX) return { found, more: false }
  }
}
