import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { putDocument } from '../settings/documents.ts'
import { checkInventory } from '../settings/listed-inputs.ts'
import { withConfiguration } from '../settings/listed.ts'

/** PutBucketInventoryConfiguration: adds the configuration, or replaces the one of its id. */
export async function putBucketInventoryConfiguration(
  deps: S3Deps,
  input: S3Input<'PutBucketInventoryConfiguration'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  checkInventory(input.Id, input.InventoryConfiguration)
  await changeBucket(deps, input, context, async (bucket, transaction) => {
    const all = await deps.documents.get(transaction, bucket, 'inventory')
    return putDocument(transaction, bucket, 'inventory', withConfiguration(all, input.Id, input.InventoryConfiguration))
  })
  return {}
}
