import type { RequestContext } from '#protocol/operation.ts'
import { callerOf, readBucket } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { listObjectKeys, objectItem, pageLimit, restoresAtMs, textEncoder } from '../object-listing.ts'

/** ListObjects, the older form: markers instead of tokens, owners always. NextMarker comes only with a delimiter. */
export async function listObjects(
  deps: S3Deps,
  input: S3Input<'ListObjects'>,
  context: RequestContext,
): Promise<S3Output<'ListObjects'>> {
  const limit = pageLimit('maxKeys', input.MaxKeys)
  const encode = textEncoder(input.EncodingType)
  const bucket = await readBucket(deps.store, input.Bucket, callerOf(context, input))
  const page = await listObjectKeys(deps.store, {
    bucket: input.Bucket,
    prefix: input.Prefix,
    delimiter: input.Delimiter,
    after: Buffer.from(input.Marker ?? ''),
    limit,
  })
  const delimited = input.Delimiter !== undefined && input.Delimiter !== ''
  const atMs = restoresAtMs(input.OptionalObjectAttributes, deps.clock)
  return {
    Name: input.Bucket,
    Prefix: encode(input.Prefix ?? ''),
    Marker: encode(input.Marker ?? ''),
    Delimiter: delimited ? encode(input.Delimiter ?? '') : undefined,
    MaxKeys: limit,
    EncodingType: input.EncodingType,
    IsTruncated: page.truncated,
    NextMarker: page.truncated && delimited && page.last ? encode(page.last.toString()) : undefined,
    Contents: page.entries.map((entry) => objectItem(entry, { encode, ownersOf: bucket, restoresAtMs: atMs })),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix.toString()) })),
  }
}
