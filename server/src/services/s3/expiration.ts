// The x-amz-expiration header: when the rules of its bucket will expire an object.
import type { BucketRecord } from './bucket.ts'
import type { S3Deps } from './deps.ts'
import type { ObjectRecord } from './object-record.ts'
import { expirationHeader, expirationOf } from './settings/lifecycle-rules.ts'

/** For the latest version of a key. */
export async function expirationMember(
  deps: S3Deps,
  bucket: BucketRecord,
  key: string,
  { size, tags, modifiedMs }: ObjectRecord,
): Promise<{ readonly Expiration?: string }> {
  if (bucket.documents?.lifecycle === undefined) return {}
  const settings = await deps.documents.get(deps.store, bucket, 'lifecycle')
  const found = settings && expirationOf(settings.rules, { key, size, ...(tags && { tags }) }, modifiedMs)
  return found ? { Expiration: expirationHeader(found) } : {}
}
