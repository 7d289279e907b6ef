import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { putDocument } from '../settings/documents.ts'
import { parseWebsite } from '../settings/website.ts'

/** PutBucketWebsite: serves the bucket on its website hosts from now on. */
export async function putBucketWebsite(
  deps: S3Deps,
  input: S3Input<'PutBucketWebsite'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const settings = parseWebsite(input.WebsiteConfiguration)
  await changeBucket(deps, input, context, (bucket, transaction) =>
    putDocument(transaction, bucket, 'website', settings),
  )
  return {}
}
