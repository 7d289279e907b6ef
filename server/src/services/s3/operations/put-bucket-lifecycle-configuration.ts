import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { putDocument } from '../settings/documents.ts'
import { parseLifecycle } from '../settings/lifecycle-rules.ts'

/** Small objects change their class only where a rule says so by size. Source: same page. */
const DEFAULT_MINIMUM_SIZE = 'all_storage_classes_128K'

/** PutBucketLifecycleConfiguration: replaces all rules; they hold for what is there already. */
export async function putBucketLifecycleConfiguration(
  deps: S3Deps,
  input: S3Input<'PutBucketLifecycleConfiguration'>,
  context: RequestContext,
): Promise<S3Output<'PutBucketLifecycleConfiguration'>> {
  const rules = parseLifecycle(input.LifecycleConfiguration?.Rules)
  const minimumSize = input.TransitionDefaultMinimumObjectSize ?? DEFAULT_MINIMUM_SIZE
  if (minimumSize !== DEFAULT_MINIMUM_SIZE && minimumSize !== 'varies_by_storage_class')
    throw s3Error('InvalidRequest', {
      message: `Invalid TransitionDefaultMinimumObjectSize found: ${String(minimumSize)}`,
    })
  await changeBucket(deps, input, context, (bucket, transaction) =>
    putDocument(transaction, bucket, 'lifecycle', { rules, minimumSize }),
  )
  return { TransitionDefaultMinimumObjectSize: minimumSize }
}
