import type { RequestContext } from '#protocol/operation.ts'
import { buckets } from '../bucket.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { putDocument } from '../settings/documents.ts'
import { parseReplication } from '../settings/replication-rules.ts'

/** PutBucketReplication: both buckets must be versioned; a destination that is not here is a remote one. */
export async function putBucketReplication(
  deps: S3Deps,
  input: S3Input<'PutBucketReplication'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const settings = parseReplication(input.ReplicationConfiguration)
  await changeBucket(deps, input, context, async (bucket, transaction) => {
    if (bucket.versioning !== 'Enabled')
      throw s3Error('InvalidRequest', {
        message: "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
      })
    for (const name of new Set(settings.rules.map((rule) => rule.bucket))) {
      if (deps.remotes.endpointOf(name) !== undefined) continue
      const destination = (await buckets.get(transaction, [name]))?.value
      if (!destination) throw s3Error('InvalidRequest', { message: 'Destination bucket must exist.' })
      if (destination.versioning !== 'Enabled')
        throw s3Error('InvalidRequest', { message: 'Destination bucket must have versioning enabled.' })
      if (name === bucket.name)
        throw s3Error('InvalidRequest', { message: 'Destination bucket cannot be the same as the source bucket.' })
    }
    return putDocument(transaction, bucket, 'replication', settings)
  })
  return {}
}
