import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { SSE_S3 } from '../settings/encryption.ts'

/** GetBucketEncryption: every bucket has one, SSE-S3 unless another was put. */
export async function getBucketEncryption(
  deps: S3Deps,
  input: S3Input<'GetBucketEncryption'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketEncryption'>> {
  const { encryption = SSE_S3 } = await bucketOf(deps, input, context)
  return {
    ServerSideEncryptionConfiguration: {
      Rules: [
        {
          ApplyServerSideEncryptionByDefault: {
            SSEAlgorithm: encryption.algorithm,
            KMSMasterKeyID: encryption.kmsKey,
          },
          BucketKeyEnabled: encryption.bucketKey,
          BlockedEncryptionTypes: encryption.blocksCustomerKeys === true ? { EncryptionType: ['SSE-C'] } : undefined,
        },
      ],
    },
  }
}
