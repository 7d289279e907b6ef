import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { websiteOutput } from '../settings/website.ts'

/** GetBucketWebsite: the configuration as it was put. */
export async function getBucketWebsite(
  deps: S3Deps,
  input: S3Input<'GetBucketWebsite'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketWebsite'>> {
  const bucket = await bucketOf(deps, input, context)
  const settings = await deps.documents.get(deps.store, bucket, 'website')
  if (!settings) throw s3Error('NoSuchWebsiteConfiguration', { fields: { BucketName: bucket.name } })
  return websiteOutput(settings)
}
