import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { pageOf } from '../settings/listed.ts'

type Configuration = NonNullable<
  S3Output<'ListBucketIntelligentTieringConfigurations'>['IntelligentTieringConfigurationList']
>[number]

/** ListBucketIntelligentTieringConfigurations: by id, in pages of 100. */
export async function listBucketIntelligentTieringConfigurations(
  deps: S3Deps,
  input: S3Input<'ListBucketIntelligentTieringConfigurations'>,
  context: RequestContext,
): Promise<S3Output<'ListBucketIntelligentTieringConfigurations'>> {
  const all = await deps.documents.get(deps.store, await bucketOf(deps, input, context), 'tiering')
  const { configurations, nextToken } = pageOf(all, input.ContinuationToken)
  return {
    IsTruncated: nextToken !== undefined,
    ContinuationToken: input.ContinuationToken,
    NextContinuationToken: nextToken,
    // What is kept is what was put: inputs of this shape.
    IntelligentTieringConfigurationList: configurations.length === 0 ? undefined : (configurations as Configuration[]),
  }
}
