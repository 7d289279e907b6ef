// What the two listings of objects share.
import type { Clock } from '#base/clock.ts'
import type { Reader } from '#storage/transact.ts'
import { objectOwner } from './access.ts'
import type { BucketRecord } from './bucket.ts'
import type { ChecksumAlgorithm, ChecksumType } from './checksum.ts'
import { invalidArgument } from './errors.ts'
import { quoteEtag } from './etag.ts'
import { PAGE_MAX } from './limits.ts'
import { type Keyed, listKeys, type ListingPage } from './listing.ts'
import type { StorageClass } from './metadata.ts'
import { type ObjectRecord, objects, type VersionRecord } from './object-record.ts'
import { restoreStatus } from './restore.ts'
import { encodeKeyForUrl } from './url-encoding.ts'

interface ListedKey extends Keyed {
  readonly record: VersionRecord
}

export interface ListedObject extends Keyed {
  readonly record: ObjectRecord
}

export interface ObjectListing {
  readonly bucket: string
  readonly prefix: string | undefined
  readonly delimiter: string | undefined
  readonly after: Buffer
  readonly limit: number
}

/** One page of a bucket's keys. */
export function listObjectKeys(reader: Reader, listing: ObjectListing): Promise<ListingPage<ListedObject>> {
  const { bucket, after, limit } = listing
  return listKeys<Keyed, ListedKey, ListedObject>(
    async (start, pageSize) => {
      const range = start.kind === 'from' ? { from: [bucket, start.key] } : { after: [bucket, start.entry.keyBytes] }
      const page = await objects.list(reader, { prefix: [bucket], ...range }, { limit: pageSize })
      return page.map(({ key, value }) => ({ keyBytes: asBuffer(key[1]), record: value }))
    },
    { prefix: Buffer.from(listing.prefix ?? ''), delimiter: Buffer.from(listing.delimiter ?? ''), after, limit },
    isObject,
  )
}

/** Keys whose latest version is a delete marker are not listed. */
function isObject(entry: ListedKey): entry is ListedObject {
  return entry.record.kind === 'object'
}

export interface ItemOptions {
  readonly encode: (text: string) => string
  /** The bucket, where owners are told. */
  readonly ownersOf: BucketRecord | undefined
  /** The time, where the state of restores is told. */
  readonly restoresAtMs: number | undefined
}

/** The element of a listing for an object. */
export function objectItem(
  { keyBytes, record }: ListedObject,
  { encode, ownersOf, restoresAtMs }: ItemOptions,
): {
  readonly Key: string
  readonly LastModified: Date
  readonly ETag: string
  readonly ChecksumAlgorithm: ChecksumAlgorithm[]
  readonly ChecksumType: ChecksumType
  readonly Size: number
  readonly StorageClass: StorageClass
  readonly Owner: { readonly ID: string } | undefined
  readonly RestoreStatus: ReturnType<typeof restoreStatus>
} {
  return {
    Key: encode(keyBytes.toString()),
    LastModified: new Date(record.modifiedMs),
    ETag: quoteEtag(record.etag),
    ChecksumAlgorithm: [record.checksum.algorithm],
    ChecksumType: record.checksum.type,
    Size: record.size,
    StorageClass: record.storageClass,
    Owner: ownersOf && { ID: objectOwner(ownersOf, record.acl) },
    RestoreStatus: restoresAtMs === undefined ? undefined : restoreStatus(record, restoresAtMs),
  }
}

/** Source: API reference, "OptionalObjectAttributes". Throws InvalidArgument for what is none. */
export function restoresAtMs(attributes: readonly string[] | undefined, clock: Clock): number | undefined {
  const unknown = attributes?.find((name) => name !== 'RestoreStatus')
  if (unknown !== undefined)
    throw invalidArgument('x-amz-optional-object-attributes', unknown, 'Invalid attribute name specified')
  return attributes === undefined || attributes.length === 0 ? undefined : clock.nowMs()
}

/** The page size that was asked for, at most PAGE_MAX. Throws InvalidArgument below zero. */
export function pageLimit(name: string, wanted: number | undefined): number {
  if (wanted === undefined) return PAGE_MAX
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 2_147_483_647)
    throw invalidArgument(name, wanted, `Argument ${name} must be an integer between 0 and 2147483647`)
  return Math.min(wanted, PAGE_MAX)
}

/** How keys are written in a listing. Throws InvalidArgument for an encoding type other than `url`. */
export function textEncoder(encodingType: string | undefined): (text: string) => string {
  if (encodingType === undefined) return (text) => text
  if (encodingType !== 'url')
    throw invalidArgument('encoding-type', encodingType, 'Invalid Encoding Method specified in Request')
  return encodeKeyForUrl
}

/** A key part that was written as bytes. */
export function asBuffer(part: unknown): Buffer {
  // Keys of objects are written as bytes (object-record.ts), and the store gives back what was written.
  const bytes = part as Uint8Array
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
