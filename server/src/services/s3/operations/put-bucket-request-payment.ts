import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { s3Error } from '../errors.ts'

/** PutBucketRequestPayment. */
export async function putBucketRequestPayment(
  deps: S3Deps,
  input: S3Input<'PutBucketRequestPayment'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const payer = input.RequestPaymentConfiguration.Payer
  if (payer !== 'Requester' && payer !== 'BucketOwner') throw s3Error('MalformedXML')
  await changeBucket(deps, input, context, ({ requesterPays: _before, ...bucket }) =>
    payer === 'Requester' ? { ...bucket, requesterPays: true } : bucket,
  )
  return {}
}
