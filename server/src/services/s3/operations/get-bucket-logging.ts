import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { loggingOutput } from '../settings/logging.ts'

/** GetBucketLogging: nothing while logging is off. */
export async function getBucketLogging(
  deps: S3Deps,
  input: S3Input<'GetBucketLogging'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketLogging'>> {
  const { logging } = await bucketOf(deps, input, context)
  return { LoggingEnabled: logging && loggingOutput(logging) }
}
