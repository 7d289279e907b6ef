// Multipart uploads under way, and their parts. An upload's parts are keyed by its id alone, so that completing it moves
// nothing: the object's manifest names the same blobs.
import { randomHex } from '#base/ids.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { ChecksumAlgorithm, ChecksumType } from './checksum.ts'
import type { Acl } from './acl.ts'
import type { ObjectEncryption } from './encryption/object-encryption.ts'
import { s3Error } from './errors.ts'
import type { ObjectMetadata } from './metadata.ts'
import type { LockWish } from './object-lock.ts'

export interface UploadRecord extends ObjectMetadata {
  readonly initiatedMs: number
  /** What the client asked for; undefined: nothing, which gives the default algorithm over the full object. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined
  readonly lock?: LockWish
  /** Absent in uploads from before there was encryption. */
  readonly encryption?: ObjectEncryption
  readonly acl?: Acl
}

/** Key: [bucket, key bytes, upload id]: the order of ListMultipartUploads. */
export const uploads = new Collection<UploadRecord>({ name: 's3.uploads', codec: jsonCodec<UploadRecord>(1) })

export interface PartRecord {
  readonly size: number
  /** Hexadecimal, without quotes. */
  readonly md5: string
  readonly modifiedMs: number
  readonly blob: string
  /** Base64, of the upload's algorithm. */
  readonly checksum: string
  /** The client sent the checksum itself, so it is shown to it. */
  readonly declared?: true
  /** What its key is derived with; absent: it is not encrypted. */
  readonly salt?: string
}

/** Key: [upload id, part number]. */
export const parts = new Collection<PartRecord>({ name: 's3.parts', codec: jsonCodec<PartRecord>(1) })

/** An id that rises with time, so that uploads of one key are listed in the order of their beginning. */
export function newUploadId(nowMs: number): string {
  return `${nowMs.toString(36).padStart(9, '0')}${randomHex(32)}`
}

/** NoSuchUpload for this id. */
export function noSuchUpload(uploadId: string): Error {
  return s3Error('NoSuchUpload', { fields: { UploadId: uploadId } })
}
