import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { requireConfiguration } from '../settings/listed.ts'

type Configuration = NonNullable<
  S3Output<'GetBucketIntelligentTieringConfiguration'>['IntelligentTieringConfiguration']
>

/** GetBucketIntelligentTieringConfiguration: as it was put. */
export async function getBucketIntelligentTieringConfiguration(
  deps: S3Deps,
  input: S3Input<'GetBucketIntelligentTieringConfiguration'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketIntelligentTieringConfiguration'>> {
  const all = await deps.documents.get(deps.store, await bucketOf(deps, input, context), 'tiering')
  // What is kept is what was put: the input of this shape.
  return { IntelligentTieringConfiguration: requireConfiguration(all, input.Id) as Configuration }
}
