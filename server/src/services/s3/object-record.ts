// Objects and their bytes. The record is small, so that listings are cheap; the bytes are elsewhere:
// - inline: up to INLINE_BYTES_MAX, in the Store under a key of its own;
// - blob: one blob;
// - parts: the blobs of a multipart upload, named in order by its manifest. Completing an upload copies no bytes.
// Keys are stored as their UTF-8 bytes: opaque, in S3's order.
import { Collection, jsonCodec, type Codec } from '#storage/collection.ts'
import type { Checksum, ChecksumAlgorithm } from './checksum.ts'
import { invalidArgument, s3Error } from './errors.ts'
import { KEY_BYTES_MAX } from './limits.ts'
import type { ObjectMetadata } from './metadata.ts'

export type BodyLocation =
  | { readonly kind: 'inline' }
  | { readonly kind: 'blob'; readonly id: string }
  | { readonly kind: 'parts'; readonly uploadId: string; readonly count: number }

export interface ObjectRecord extends ObjectMetadata {
  readonly size: number
  /** Without quotes: the MD5, or `<MD5 of the MD5s>-<parts>`. */
  readonly etag: string
  /** Whole seconds, as S3 keeps time. */
  readonly modifiedMs: number
  readonly checksum: Checksum
  readonly body: BodyLocation
  /** Rises with each change of this key; stands in event documents. */
  readonly sequencer: string
}

/** Key: [bucket, key bytes]. */
export const objects = new Collection<ObjectRecord>({ name: 's3.objects', codec: jsonCodec<ObjectRecord>(1) })

const rawCodec: Codec<Uint8Array> = { encode: (bytes) => bytes, decode: (bytes) => bytes }

/** The inline bodies. Key: [bucket, key bytes]. */
export const bodies = new Collection<Uint8Array>({ name: 's3.bodies', codec: rawCodec })

/** One part of a complete multipart object. */
export interface ManifestPart {
  readonly number: number
  readonly size: number
  readonly blob: string
  /** Base64, of the algorithm of the object's checksum. */
  readonly checksum: string
}

export interface Manifest {
  readonly algorithm: ChecksumAlgorithm
  readonly parts: readonly ManifestPart[]
}

/** The parts of a multipart object, in order. Key: [upload id]. */
export const manifests = new Collection<Manifest>({ name: 's3.manifests', codec: manifestCodec() })

/** Blobs that something refers to; the value is empty. Key: [blob id]. */
export const blobReferences = new Collection<Uint8Array>({ name: 's3.blobs', codec: rawCodec })
export const REFERENCE = new Uint8Array(0)

/** The bytes of a key. Throws KeyTooLongError, and InvalidArgument for an empty one. */
export function keyBytes(key: string): Buffer {
  const bytes = Buffer.from(key)
  if (bytes.length === 0) throw invalidArgument('Key', '', 'Object key must not be empty')
  if (bytes.length > KEY_BYTES_MAX)
    throw s3Error('KeyTooLongError', { fields: { Size: String(bytes.length), MaxSizeAllowed: String(KEY_BYTES_MAX) } })
  return bytes
}

/** Versioning is not built: an object has the one version `null`. Throws InvalidArgument for any other. */
export function checkVersionId(versionId: string | undefined): void {
  if (versionId !== undefined && versionId !== 'null')
    throw invalidArgument('versionId', versionId, 'Invalid version id specified')
}

/** Ten thousand parts must fit into one value of the Store: tuples instead of objects. */
function manifestCodec(): Codec<Manifest> {
  type Row = readonly [number: number, size: number, blob: string, checksum: string]
  const json = jsonCodec<{ algorithm: ChecksumAlgorithm; parts: readonly Row[] }>(1)
  return {
    encode: ({ algorithm, parts }) =>
      json.encode({
        algorithm,
        parts: parts.map((part) => [part.number, part.size, part.blob, part.checksum] as const),
      }),
    decode: (bytes) => {
      const { algorithm, parts } = json.decode(bytes)
      return { algorithm, parts: parts.map(([number, size, blob, checksum]) => ({ number, size, blob, checksum })) }
    },
  }
}
