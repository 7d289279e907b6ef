import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { requireConfiguration } from '../settings/listed.ts'

type Configuration = NonNullable<S3Output<'GetBucketInventoryConfiguration'>['InventoryConfiguration']>

/** GetBucketInventoryConfiguration: as it was put. */
export async function getBucketInventoryConfiguration(
  deps: S3Deps,
  input: S3Input<'GetBucketInventoryConfiguration'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketInventoryConfiguration'>> {
  const all = await deps.documents.get(deps.store, await bucketOf(deps, input, context), 'inventory')
  // What is kept is what was put: the input of this shape.
  return { InventoryConfiguration: requireConfiguration(all, input.Id) as Configuration }
}
