// Versions of objects, and their bytes. `objects` holds the latest version of each key, `versions` all older ones, newest
// first (key-history.ts keeps them so). In a bucket without versioning every object is the latest and only version: `null`.
// Records are small, so that listings are cheap; the bytes are elsewhere:
// - inline: up to INLINE_BYTES_MAX, in the Store under a key of its own;
// - blob: one blob;
// - parts: the blobs of a multipart upload, named in order by its manifest. Completing an upload copies no bytes.
// Keys are stored as their UTF-8 bytes: opaque, in S3's order.
import { InvariantError } from '#base/errors.ts'
import type { Key } from '#storage/store.ts'
import { Collection, jsonCodec, type Codec } from '#storage/collection.ts'
import type { Checksum, ChecksumAlgorithm } from './checksum.ts'
import type { Acl } from './acl.ts'
import type { ObjectEncryption } from './encryption/object-encryption.ts'
import { invalidArgument, s3Error } from './errors.ts'
import { KEY_BYTES_MAX } from './limits.ts'
import type { ReplicationState } from './replication/status.ts'
import type { ObjectMetadata } from './metadata.ts'

export type BodyLocation =
  /** `crc32` of the bytes as they are kept; absent in records from before it was. */
  | { readonly kind: 'inline'; readonly crc32?: number }
  | { readonly kind: 'blob'; readonly id: string }
  | { readonly kind: 'parts'; readonly uploadId: string; readonly count: number }

/** What one version of a key is: an object, or the mark that the key was deleted. */
export type VersionRecord = ObjectRecord | DeleteMarker

export interface ObjectRecord extends ObjectMetadata {
  readonly kind: 'object'
  /** Absent: the version `null`, which a bucket without (or with suspended) versioning writes. */
  readonly versionId?: string
  readonly size: number
  /** Without quotes: the MD5, or `<MD5 of the MD5s>-<parts>`. */
  readonly etag: string
  /** Whole seconds, as S3 keeps time. */
  readonly modifiedMs: number
  readonly checksum: Checksum
  readonly body: BodyLocation
  /** Rises with each change of this key; stands in event documents, and orders the versions. */
  readonly sequencer: string
  readonly retention?: Retention
  readonly legalHold?: true
  readonly restore?: Restore
  /** How the bytes are encrypted at rest; absent (from before there was encryption): they are not. */
  readonly encryption?: ObjectEncryption
  /** Absent: the full control of the bucket's owner. */
  readonly acl?: Acl
  /** Absent: no rule replicates it. */
  readonly replication?: ReplicationState
}

export interface DeleteMarker {
  readonly kind: 'marker'
  readonly versionId?: string
  readonly modifiedMs: number
  readonly sequencer: string
}

/** Until when a version may not be deleted. Source: S3 user guide, "Locking objects with Object Lock". */
export interface Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE'
  readonly untilMs: number
}

/** A restored copy of an archived object: being made until `readyMs`, there until `expiresMs`. */
export interface Restore {
  readonly readyMs: number
  readonly expiresMs: number
}

/** Format 1 knew objects of one version only. */
const versionCodec = jsonCodec<VersionRecord>(2, (value) => {
  // Format 1 is format 2 without what it did not know.
  return { ...(value as Omit<ObjectRecord, 'kind'>), kind: 'object' }
})

/** The latest version of each key. Key: [bucket, key bytes]. */
export const objects = new Collection<VersionRecord>({ name: 's3.objects', codec: versionCodec })

/** All older versions. Key: [bucket, key bytes, orderOf(sequencer)]: newest first. */
export const versions = new Collection<VersionRecord>({ name: 's3.versions', codec: versionCodec })

/** Where in `versions` the version `null` of a key is: its sequencer. Key: [bucket, key bytes]. */
export const nullVersions = new Collection<string>({ name: 's3.nulls', codec: jsonCodec<string>(1) })

const rawCodec: Codec<Uint8Array> = { encode: (bytes) => bytes, decode: (bytes) => bytes }

/** The inline bodies. Key: `bodyKey`. */
export const bodies = new Collection<Uint8Array>({ name: 's3.bodies', codec: rawCodec })

/** The key of a version's inline body. That of the version `null` can be read together with its record. */
export function bodyKey(bucket: string, key: Uint8Array, versionId: string | undefined): Key {
  return versionId === undefined ? [bucket, key] : [bucket, key, versionId]
}

/** The position of a version among its key's. */
export function orderOf(sequencer: string): bigint {
  return -BigInt(`0x${sequencer}`)
}

/** A version known to be an object. */
export function asObject(version: VersionRecord): ObjectRecord {
  if (version.kind === 'object') return version
  throw new InvariantError('a delete marker was taken for an object')
}

/** One part of a complete multipart object. */
export interface ManifestPart {
  readonly number: number
  readonly size: number
  readonly blob: string
  /** Base64, of the algorithm of the object's checksum. */
  readonly checksum: string
  /** What its key is derived with (encryption/object-keys.ts); absent: it is not encrypted. */
  readonly salt?: string
}

export interface Manifest {
  readonly algorithm: ChecksumAlgorithm
  readonly parts: readonly ManifestPart[]
}

/** The parts of a multipart object, in order. Key: [upload id]. */
export const manifests = new Collection<Manifest>({ name: 's3.manifests', codec: manifestCodec() })

/** Blobs that something refers to; the value is `referenceOf` the blob, or empty. Key: [blob id]. */
export const blobReferences = new Collection<Uint8Array>({ name: 's3.blobs', codec: rawCodec })

/** What is kept about a blob: the CRC-32 of its bytes, for the scrubber. */
export function referenceOf(crc32: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32)
  return bytes
}

/** The CRC-32 in a reference; undefined in one from before they were kept. */
export function crcOfReference(reference: Uint8Array): number | undefined {
  return reference.length < 4 ? undefined : Buffer.from(reference).readUInt32BE()
}

/** The bytes of a key. Throws KeyTooLongError, and InvalidArgument for an empty one. */
export function keyBytes(key: string): Buffer {
  const bytes = Buffer.from(key)
  if (bytes.length === 0) throw invalidArgument('Key', '', 'Object key must not be empty')
  if (bytes.length > KEY_BYTES_MAX)
    throw s3Error('KeyTooLongError', { fields: { Size: String(bytes.length), MaxSizeAllowed: String(KEY_BYTES_MAX) } })
  return bytes
}

/** Ten thousand parts must fit into one value of the Store: tuples instead of objects. */
function manifestCodec(): Codec<Manifest> {
  type Row = readonly [number: number, size: number, blob: string, checksum: string, salt?: string]
  const json = jsonCodec<{ algorithm: ChecksumAlgorithm; parts: readonly Row[] }>(1)
  return {
    encode: ({ algorithm, parts }) =>
      json.encode({
        algorithm,
        parts: parts.map(({ number, size, blob, checksum, salt }) =>
          salt === undefined
            ? ([number, size, blob, checksum] as const)
            : ([number, size, blob, checksum, salt] as const),
        ),
      }),
    decode: (bytes) => {
      const { algorithm, parts } = json.decode(bytes)
      return {
        algorithm,
        parts: parts.map(([number, size, blob, checksum, salt]) =>
          salt === undefined ? { number, size, blob, checksum } : { number, size, blob, checksum, salt },
        ),
      }
    },
  }
}
