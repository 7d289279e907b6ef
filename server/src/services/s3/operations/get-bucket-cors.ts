import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { corsOutput } from '../settings/cors.ts'

/** GetBucketCors: the rules as they were put. */
export async function getBucketCors(
  deps: S3Deps,
  input: S3Input<'GetBucketCors'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketCors'>> {
  const bucket = await bucketOf(deps, input, context)
  const rules = await deps.documents.get(deps.store, bucket, 'cors')
  if (!rules) throw s3Error('NoSuchCORSConfiguration', { fields: { BucketName: bucket.name } })
  return { CORSRules: rules.map(corsOutput) }
}
