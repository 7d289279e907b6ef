import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { pageOf } from '../settings/listed.ts'

type Configuration = NonNullable<S3Output<'ListBucketInventoryConfigurations'>['InventoryConfigurationList']>[number]

/** ListBucketInventoryConfigurations: by id, in pages of 100. */
export async function listBucketInventoryConfigurations(
  deps: S3Deps,
  input: S3Input<'ListBucketInventoryConfigurations'>,
  context: RequestContext,
): Promise<S3Output<'ListBucketInventoryConfigurations'>> {
  const all = await deps.documents.get(deps.store, await bucketOf(deps, input, context), 'inventory')
  const { configurations, nextToken } = pageOf(all, input.ContinuationToken)
  return {
    IsTruncated: nextToken !== undefined,
    ContinuationToken: input.ContinuationToken,
    NextContinuationToken: nextToken,
    // What is kept is what was put: inputs of this shape.
    InventoryConfigurationList: configurations.length === 0 ? undefined : (configurations as Configuration[]),
  }
}
