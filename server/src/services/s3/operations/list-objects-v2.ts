import type { RequestContext } from '#protocol/operation.ts'
import { callerOf, readBucket } from '../bucket.ts'
import { readToken, writeToken } from '../continuation-token.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { invalidArgument } from '../errors.ts'
import { listObjectKeys, objectItem, pageLimit, restoresAtMs, textEncoder } from '../object-listing.ts'

/** ListObjectsV2. The continuation token wins over start-after. */
export async function listObjectsV2(
  deps: S3Deps,
  input: S3Input<'ListObjectsV2'>,
  context: RequestContext,
): Promise<S3Output<'ListObjectsV2'>> {
  const limit = pageLimit('maxKeys', input.MaxKeys)
  const encode = textEncoder(input.EncodingType)
  if (input.ContinuationToken === '')
    throw invalidArgument('continuation-token', '', 'The continuation token provided is incorrect')
  const bucket = await readBucket(deps.store, input.Bucket, callerOf(context, input))
  const page = await listObjectKeys(deps.store, {
    bucket: input.Bucket,
    prefix: input.Prefix,
    delimiter: input.Delimiter,
    after:
      input.ContinuationToken === undefined ? Buffer.from(input.StartAfter ?? '') : readToken(input.ContinuationToken),
    limit,
  })
  const atMs = restoresAtMs(input.OptionalObjectAttributes, deps.clock)
  const ownersOf = input.FetchOwner === true ? bucket : undefined
  return {
    Name: input.Bucket,
    Prefix: encode(input.Prefix ?? ''),
    Delimiter: input.Delimiter === undefined || input.Delimiter === '' ? undefined : encode(input.Delimiter),
    MaxKeys: limit,
    EncodingType: input.EncodingType,
    KeyCount: page.entries.length + page.commonPrefixes.length,
    IsTruncated: page.truncated,
    ContinuationToken: input.ContinuationToken,
    NextContinuationToken: page.truncated && page.last ? writeToken(page.last) : undefined,
    StartAfter: input.StartAfter === undefined ? undefined : encode(input.StartAfter),
    Contents: page.entries.map((entry) => objectItem(entry, { encode, ownersOf, restoresAtMs: atMs })),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix.toString()) })),
  }
}
