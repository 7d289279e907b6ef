import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { replicationOutput } from '../settings/replication-rules.ts'

type Configuration = S3Output<'GetBucketReplication'>['ReplicationConfiguration']

/** GetBucketReplication: the rules as they were put. */
export async function getBucketReplication(
  deps: S3Deps,
  input: S3Input<'GetBucketReplication'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketReplication'>> {
  const bucket = await bucketOf(deps, input, context)
  const settings = await deps.documents.get(deps.store, bucket, 'replication')
  if (!settings) throw s3Error('ReplicationConfigurationNotFoundError', { fields: { BucketName: bucket.name } })
  // What is kept of a rule besides its parts is what was put.
  return { ReplicationConfiguration: replicationOutput(settings) as Configuration }
}
