import type { RequestContext } from '#protocol/operation.ts'
import { callerOf, readBucket } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { invalidArgument } from '../errors.ts'
import { type ItemOptions, objectItem, pageLimit, textEncoder, restoresAtMs } from '../object-listing.ts'
import { asObject } from '../object-record.ts'
import { canonicalUserId } from '../owner.ts'
import { versionIdText } from '../version-id.ts'
import { type ListedVersion, listVersions } from '../version-listing.ts'

/** ListObjectVersions: objects and delete markers, by key, the newest first. */
export async function listObjectVersions(
  deps: S3Deps,
  input: S3Input<'ListObjectVersions'>,
  context: RequestContext,
): Promise<S3Output<'ListObjectVersions'>> {
  const limit = pageLimit('maxKeys', input.MaxKeys)
  const encode = textEncoder(input.EncodingType)
  checkMarkers(input)
  const bucket = await readBucket(deps.store, input.Bucket, callerOf(context, input))
  const page = await listVersions(deps.store, {
    bucket: input.Bucket,
    prefix: input.Prefix,
    delimiter: input.Delimiter,
    keyMarker: input.KeyMarker,
    versionIdMarker: input.VersionIdMarker,
    limit,
  })
  const last = page.entries.at(-1)
  const lastIsVersion = last !== undefined && page.last !== undefined && last.keyBytes.equals(page.last)
  const delimited = input.Delimiter !== undefined && input.Delimiter !== ''
  const atMs = restoresAtMs(input.OptionalObjectAttributes, deps.clock)
  const item: ItemOptions = { encode, ownersOf: bucket, restoresAtMs: atMs }
  return {
    Name: input.Bucket,
    Prefix: encode(input.Prefix ?? ''),
    KeyMarker: encode(input.KeyMarker ?? ''),
    VersionIdMarker: input.VersionIdMarker ?? '',
    NextKeyMarker: page.truncated && page.last ? encode(page.last.toString()) : undefined,
    NextVersionIdMarker: page.truncated && lastIsVersion ? versionIdText(last.record.versionId) : undefined,
    Delimiter: delimited ? encode(input.Delimiter ?? '') : undefined,
    MaxKeys: limit,
    EncodingType: input.EncodingType,
    IsTruncated: page.truncated,
    Versions: page.entries.filter((entry) => entry.record.kind === 'object').map((entry) => versionItem(entry, item)),
    DeleteMarkers: page.entries
      .filter((entry) => entry.record.kind === 'marker')
      .map(({ keyBytes, record, isLatest }) => ({
        Key: encode(keyBytes.toString()),
        VersionId: versionIdText(record.versionId),
        IsLatest: isLatest,
        LastModified: new Date(record.modifiedMs),
        Owner: { ID: canonicalUserId(bucket.account) },
      })),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix.toString()) })),
  }
}

function versionItem(
  { keyBytes, record, isLatest }: ListedVersion,
  options: ItemOptions,
): NonNullable<S3Output<'ListObjectVersions'>['Versions']>[number] {
  const object = asObject(record)
  const { StorageClass: storageClass, ...item } = objectItem({ keyBytes, record: object }, options)
  // The model names one class only; the wire takes any.
  return {
    ...item,
    StorageClass: storageClass as 'STANDARD',
    VersionId: versionIdText(record.versionId),
    IsLatest: isLatest,
  }
}

function checkMarkers({ KeyMarker, VersionIdMarker }: S3Input<'ListObjectVersions'>): void {
  if (VersionIdMarker === undefined) return
  if (VersionIdMarker === '') throw invalidArgument('version-id-marker', '', 'A version-id marker cannot be empty.')
  if (KeyMarker === undefined || KeyMarker === '')
    throw invalidArgument(
      'version-id-marker',
      VersionIdMarker,
      'A version-id marker cannot be specified without a key marker.',
    )
}
