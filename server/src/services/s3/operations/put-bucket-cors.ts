import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { parseCors } from '../settings/cors.ts'
import { putDocument } from '../settings/documents.ts'

/** PutBucketCors: replaces all rules. */
export async function putBucketCors(
  deps: S3Deps,
  input: S3Input<'PutBucketCors'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const rules = parseCors(input.CORSConfiguration.CORSRules)
  await changeBucket(deps, input, context, (bucket, transaction) => putDocument(transaction, bucket, 'cors', rules))
  return {}
}
