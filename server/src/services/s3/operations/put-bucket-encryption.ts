import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { parseDefaultEncryption } from '../settings/encryption.ts'

/** PutBucketEncryption: for objects that come from now on. */
export async function putBucketEncryption(
  deps: S3Deps,
  input: S3Input<'PutBucketEncryption'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const encryption = parseDefaultEncryption(input.ServerSideEncryptionConfiguration.Rules)
  await changeBucket(deps, input, context, (bucket) => ({ ...bucket, encryption }))
  return {}
}
