// Finding an object and sending its bytes. The record, and an inline body, come with one read of the Store.
import type { OutgoingBody } from '#protocol/operation.ts'
import { BlobMissingError, type BlobRange } from '#storage/blobs.ts'
import type { Entry } from '#storage/store.ts'
import { type BucketCaller, type BucketRecord, buckets, requireBucket } from './bucket.ts'
import type { S3Deps } from './deps.ts'
import type { CustomerKey } from './encryption/customer-key.ts'
import { type BodyKey, openBodyStream, openSealedBody } from './encryption/body-key.ts'
import { partKey } from './encryption/object-keys.ts'
import { openByThread } from './body-threads/open.ts'
import { THREAD_BODY_BYTES_MIN } from './body-threads/limits.ts'
import { FRAME_BYTES, framesOf, SEALED_CHUNK_BYTES } from './encryption/sealed-frames.ts'
import { s3Error } from './errors.ts'
import { READ_ATTEMPTS } from './limits.ts'
import {
  bodies,
  bodyKey,
  keyBytes,
  type Manifest,
  manifests,
  nullVersions,
  type ObjectRecord,
  objects,
  orderOf,
  type VersionRecord,
  versions,
} from './object-record.ts'
import type { ByteRange } from './range.ts'
import { type SeenObject, seenName } from './seen-objects.ts'
import { NULL_VERSION, sequencerOf, versionIdText } from './version-id.ts'

/** One version of a key: the latest one without `versionId`. */
export interface ObjectAddress {
  readonly bucket: string
  readonly key: string
  /** As the client wrote it. */
  readonly versionId?: string | undefined
  readonly caller: BucketCaller
}

export interface FoundObject {
  readonly bucket: BucketRecord
  readonly record: ObjectRecord
  /** Inline bodies only, when asked for, as they are kept; where `seen` has them, they are not there. */
  readonly inline: Uint8Array | undefined
  /** What is known of the object, when it is the latest version of its key. */
  readonly seen?: SeenObject | undefined
}

/**
 * The object's record; `withBody` also reads an inline body. Throws NoSuchBucket, AccessDenied, NoSuchKey, NoSuchVersion,
 * and for a delete marker NoSuchKey (it is the latest) or MethodNotAllowed (it was asked for).
 */
export async function findObject(deps: S3Deps, address: ObjectAddress, withBody: boolean): Promise<FoundObject> {
  const key = keyBytes(address.key)
  const objectKey = [address.bucket, key] as const
  const name = seenName(address.bucket, address.key)
  const looking = deps.seen.look(address.bucket)
  const seenBucket = looking instanceof Promise ? await looking : looking
  const part = !withBody ? 'record' : address.versionId === undefined ? 'body' : 'body of null'
  const { latest, bodyEntry } = await readLatest(deps, name, objectKey, part)
  const bucket = requireBucket(seenBucket, address.bucket, address.caller)
  const record =
    address.versionId === undefined
      ? requireLatest(address.key, latest?.record, bucket)
      : await requireVersion(deps, address, key, { latest: latest?.record, bucket })
  const seen = record === latest?.record ? latest : undefined
  const isThere = !withBody || seen?.body !== undefined
  return { bucket, record, seen, inline: isThere ? undefined : await inlineBody(deps, objectKey, record, bodyEntry) }
}

interface LatestVersion {
  readonly latest: SeenObject | undefined
  readonly bodyEntry: Entry | undefined
}

/**
 * The latest version of a key, with what else is wanted: its inline body, unless it is in memory, or that of the version `null`.
 * They come with one read, so they belong together.
 */
async function readLatest(
  deps: S3Deps,
  name: string,
  objectKey: readonly [string, Buffer],
  part: 'record' | 'body' | 'body of null',
): Promise<LatestVersion> {
  if (part === 'record' || (part === 'body' && deps.seenObjects.look(name)?.body !== undefined)) {
    const latest = deps.seenObjects.read(name, await deps.store.get(objects.keyOf(objectKey)))
    // Where it is another one by now, its body is not in memory.
    if (part === 'record' || latest === undefined || latest.body !== undefined) return { latest, bodyEntry: undefined }
  }
  const [entry, bodyEntry] = await deps.store.getMany([objects.keyOf(objectKey), bodies.keyOf(objectKey)])
  return { latest: deps.seenObjects.read(name, entry), bodyEntry }
}

/** The header of answers about a version; undefined where versioning was never on. */
export function versionHeader(bucket: BucketRecord, version: VersionRecord): string | undefined {
  return bucket.versioning === undefined ? undefined : versionIdText(version.versionId)
}

function requireLatest(key: string, latest: VersionRecord | undefined, bucket: BucketRecord): ObjectRecord {
  if (latest?.kind === 'object') return latest
  throw s3Error('NoSuchKey', { fields: { Key: key }, ...(latest && { headers: markerHeaders(latest, bucket) }) })
}

async function requireVersion(
  deps: S3Deps,
  { key: name, versionId = NULL_VERSION }: ObjectAddress,
  key: Buffer,
  { latest, bucket }: { readonly latest: VersionRecord | undefined; readonly bucket: BucketRecord },
): Promise<ObjectRecord> {
  const id = versionId === NULL_VERSION ? undefined : versionId
  const isLatest = latest !== undefined && latest.versionId === id
  const found = isLatest ? latest : await findOlder(deps, bucket.name, key, id)
  if (!found) throw s3Error('NoSuchVersion', { fields: { Key: name, VersionId: versionId } })
  if (found.kind === 'object') return found
  throw s3Error('MethodNotAllowed', {
    fields: { Method: 'GET', ResourceType: 'DeleteMarker' },
    headers: {
      ...markerHeaders(found, bucket),
      'last-modified': new Date(found.modifiedMs).toUTCString(),
      allow: 'DELETE',
    },
  })
}

async function findOlder(
  deps: S3Deps,
  bucket: string,
  key: Buffer,
  id: string | undefined,
): Promise<VersionRecord | undefined> {
  const sequencer = id === undefined ? (await nullVersions.get(deps.store, [bucket, key]))?.value : sequencerOf(id)
  if (sequencer === undefined) return undefined
  const found = (await versions.get(deps.store, [bucket, key, orderOf(sequencer)]))?.value
  return found?.versionId === id ? found : undefined
}

function markerHeaders(marker: VersionRecord, bucket: BucketRecord): Record<string, string> {
  const versionId = versionHeader(bucket, marker)
  return { 'x-amz-delete-marker': 'true', ...(versionId !== undefined && { 'x-amz-version-id': versionId }) }
}

/** That of the version `null` came with the record; others are kept under their id. */
async function inlineBody(
  deps: S3Deps,
  objectKey: readonly [string, Buffer],
  { body, versionId }: ObjectRecord,
  entry: Entry | undefined,
): Promise<Uint8Array | undefined> {
  if (body.kind !== 'inline') return undefined
  if (versionId === undefined) return bodies.read(entry)?.value
  return (await bodies.get(deps.store, bodyKey(...objectKey, versionId)))?.value
}

/**
 * Runs `use` with the object, again with a fresh look when its bytes were replaced between the look and the opening.
 * Errors as findObject.
 */
export async function withObject<T>(
  look: () => Promise<FoundObject>,
  use: (found: FoundObject) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await use(await look())
    } catch (error) {
      if (!(error instanceof BlobMissingError) || attempt === READ_ATTEMPTS) throw error
    }
  }
}

export interface BodyOpening {
  readonly customerKey?: CustomerKey | undefined
  /** Each chunk is done with when the next one is asked for: its memory may be used again. */
  readonly passing?: boolean
}

/**
 * The bytes of an object, or of a range of it, opened: a missing blob throws BlobMissingError here and not in the middle
 * of an answer. The stream keeps the bytes from being deleted until it ends or is given up. Throws AccessDenied for SSE-C
 * without the right `customerKey`, and KMS.DisabledException and its kin.
 */
export async function openBody(
  deps: S3Deps,
  found: FoundObject,
  range: ByteRange,
  { customerKey, passing = false }: BodyOpening = {},
): Promise<OutgoingBody> {
  const { record, seen } = found
  const { body, encryption } = record
  if (range.start === range.end) return new Uint8Array(0)
  if (seen?.body) return seen.body.subarray(range.start, range.end)
  const key = encryption && (await deps.objectKeys.open(encryption, customerKey))
  if (body.kind === 'inline') return openInline(deps, found, key).subarray(range.start, range.end)
  const release = deps.trash.hold(body)
  try {
    const chunks =
      body.kind === 'blob'
        ? await readBlob(deps, { blob: body.id, size: record.size, key, passing }, range)
        : joinParts(deps, await readManifest(deps, body.uploadId), range, { key, passing })
    return await opened(chunks, release)
  } catch (error) {
    release()
    throw error
  }
}

/** Only what the server itself has the key of stays open: keys of KMS and of customers are asked for each time. */
function openInline(deps: S3Deps, { record, inline, seen }: FoundObject, key: BodyKey | undefined): Uint8Array {
  if (!inline) throw new BlobMissingError('the inline body of an object is not there')
  const bytes = key ? openSealedBody(key, inline, record.size) : inline
  if (seen && record.encryption?.kind === 's3') deps.seenObjects.opened(seen, bytes)
  return bytes
}

/** The manifest of a multipart object. Throws BlobMissingError when the object has just been replaced. */
export async function readManifest(deps: S3Deps, uploadId: string): Promise<Manifest> {
  const manifest = await manifests.get(deps.store, [uploadId])
  if (!manifest) throw new BlobMissingError(`no manifest of upload ${uploadId}`)
  return manifest.value
}

interface BlobBody {
  readonly blob: string
  /** Of the body, not of its sealed form. */
  readonly size: number
  readonly key: BodyKey | undefined
  readonly passing: boolean
}

async function readBlob(
  deps: S3Deps,
  { blob, size, key, passing }: BlobBody,
  range: ByteRange,
): Promise<AsyncIterable<Uint8Array>> {
  if (!key) return deps.blobs.get(blob, range)
  if (passing && !key.outer && range.end - range.start >= THREAD_BODY_BYTES_MIN) {
    const firstFrame = Math.floor(range.start / FRAME_BYTES)
    const file = await deps.blobs.openFile?.(blob)
    const task = file && ({ kind: 'open', frames: framesOf(size), firstFrame, file: file.descriptor } as const)
    const body = task && deps.bodyThreads.begin(task, key.inner)
    if (body) return openByThread(body, file, range, size)
    await file?.close()
  }
  const read = (part: BlobRange): AsyncIterable<Uint8Array> =>
    deps.blobs.get(blob, part, { chunkBytes: SEALED_CHUNK_BYTES, passing: true })
  return openBodyStream(key, read, range, size)
}

async function* joinParts(
  deps: S3Deps,
  { parts }: Manifest,
  range: ByteRange,
  { key, passing }: Pick<BlobBody, 'key' | 'passing'>,
): AsyncGenerator<Uint8Array> {
  let offset = 0
  for (const part of parts) {
    const start = Math.max(range.start - offset, 0)
    const end = Math.min(range.end - offset, part.size)
    offset += part.size
    if (end <= start) continue
    const { blob, size, salt } = part
    const sealedWith = key && salt !== undefined ? partKey(key, salt) : undefined
    yield* await readBlob(deps, { blob, size, key: sealedWith, passing }, { start, end })
  }
}

/** Takes the first chunk, so that what is missing shows, and calls `release` when the rest was read or given up. */
async function opened(chunks: AsyncIterable<Uint8Array>, release: () => void): Promise<AsyncIterable<Uint8Array>> {
  const iterator = chunks[Symbol.asyncIterator]()
  let first: IteratorResult<Uint8Array> | undefined = await iterator.next()
  const close = async (): Promise<IteratorResult<Uint8Array>> => {
    release()
    release = () => {}
    await iterator.return?.()
    return { done: true, value: undefined }
  }
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const result = first ?? (await iterator.next())
    first = undefined
    if (result.done === true) return close()
    return result
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: close }) }
}

/** What is at a key now, for conditions; undefined when nothing is. Throws NoSuchBucket and AccessDenied. */
export async function peekObject(
  deps: S3Deps,
  bucket: string,
  key: Buffer,
  caller: BucketCaller,
): Promise<{ readonly bucket: BucketRecord; readonly latest: ObjectRecord | undefined }> {
  const [bucketEntry, objectEntry] = await deps.store.getMany([buckets.keyOf([bucket]), objects.keyOf([bucket, key])])
  const found = requireBucket(buckets.read(bucketEntry), bucket, caller)
  const latest = objects.read(objectEntry)?.value
  return { bucket: found, latest: latest?.kind === 'object' ? latest : undefined }
}
