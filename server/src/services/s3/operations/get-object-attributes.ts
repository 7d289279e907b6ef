import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import { checksumMembers } from '../checksum.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { readKey } from '../encryption/read-key.ts'
import { invalidArgument } from '../errors.ts'
import { pageLimit } from '../object-listing.ts'
import type { ObjectRecord } from '../object-record.ts'
import { findObject, readManifest, versionHeader, withObject } from '../object-read.ts'
import { refuseUnsupported } from '../unsupported.ts'
import { checkVersionId } from '../version-id.ts'

const ATTRIBUTES: ReadonlySet<string> = new Set(['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'])
type Attributes = S3Output<'GetObjectAttributes'>

/** GetObjectAttributes: what was asked for, and no more. Parts are shown one by one only with their checksums. */
export async function getObjectAttributes(
  deps: S3Deps,
  input: S3Input<'GetObjectAttributes'>,
  context: RequestContext,
): Promise<Attributes> {
  refuseUnsupported(input)
  checkVersionId(input.VersionId)
  const wanted = wantedAttributes(input.ObjectAttributes)
  const address = { bucket: input.Bucket, key: input.Key, versionId: input.VersionId, caller: callerOf(context, input) }
  return withObject(
    () => findObject(deps, address, false),
    async ({ record, bucket }) => {
      await readKey(deps, record, input)
      return {
        VersionId: versionHeader(bucket, record),
        LastModified: new Date(record.modifiedMs),
        ...(wanted.has('ETag') && { ETag: record.etag }),
        ...(wanted.has('Checksum') && {
          Checksum: { ...checksumMembers(record.checksum), ChecksumType: record.checksum.type },
        }),
        ...(wanted.has('ObjectParts') && { ObjectParts: await partsOf(deps, input, record) }),
        ...(wanted.has('StorageClass') && { StorageClass: record.storageClass }),
        ...(wanted.has('ObjectSize') && { ObjectSize: record.size }),
      }
    },
  )
}

function wantedAttributes(names: readonly string[]): ReadonlySet<string> {
  // The header may come as one value per header line or as a list in one.
  const wanted = names.flatMap((name) => name.split(',')).map((name) => name.trim())
  for (const name of wanted)
    if (!ATTRIBUTES.has(name))
      throw invalidArgument('x-amz-object-attributes', name, 'Invalid attribute name specified.')
  return new Set(wanted)
}

/** Only what was uploaded in parts has them. Source: API page, `ObjectParts` and `Parts`. */
async function partsOf(
  deps: S3Deps,
  input: S3Input<'GetObjectAttributes'>,
  { body, checksum }: ObjectRecord,
): Promise<Attributes['ObjectParts']> {
  if (body.kind !== 'parts') return undefined
  const { parts } = await readManifest(deps, body.uploadId)
  // Without part checksums of its own (full-object type), an object shows how many parts it has, not the parts.
  if (checksum.type === 'FULL_OBJECT') return { TotalPartsCount: parts.length }
  const limit = pageLimit('max-parts', input.MaxParts)
  const after = Number(input.PartNumberMarker ?? 0)
  const behind = parts.filter((part) => part.number > after)
  const shown = behind.slice(0, limit)
  return {
    TotalPartsCount: parts.length,
    PartNumberMarker: String(after),
    NextPartNumberMarker: String(shown.at(-1)?.number ?? after),
    MaxParts: limit,
    IsTruncated: behind.length > shown.length,
    Parts: shown.map(({ number, size, checksum: value }) =>
      Object.assign({ PartNumber: number, Size: size }, checksumMembers({ algorithm: checksum.algorithm, value })),
    ),
  }
}
