// Finding an object and sending its bytes. The record, and an inline body, come with one read of the Store.
import type { OutgoingBody } from '#protocol/operation.ts'
import { BlobMissingError } from '#storage/blobs.ts'
import { type BucketCaller, buckets, requireBucket } from './bucket.ts'
import type { S3Deps } from './deps.ts'
import { s3Error } from './errors.ts'
import { READ_ATTEMPTS } from './limits.ts'
import { bodies, keyBytes, type Manifest, manifests, type ObjectRecord, objects } from './object-record.ts'
import type { ByteRange } from './range.ts'

export interface FoundObject {
  readonly record: ObjectRecord
  /** Inline bodies only, when asked for. */
  readonly inline: Uint8Array | undefined
}

/** The object's record; `withBody` also reads an inline body. Throws NoSuchBucket, AccessDenied, NoSuchKey. */
export async function findObject(
  deps: S3Deps,
  bucket: string,
  key: string,
  caller: BucketCaller,
  withBody: boolean,
): Promise<FoundObject> {
  const objectKey = [bucket, keyBytes(key)]
  const wanted = [buckets.keyOf([bucket]), objects.keyOf(objectKey)]
  if (withBody) wanted.push(bodies.keyOf(objectKey))
  const [bucketEntry, objectEntry, bodyEntry] = await deps.store.getMany(wanted)
  requireBucket(buckets.read(bucketEntry), bucket, caller)
  const record = objects.read(objectEntry)?.value
  if (!record) throw s3Error('NoSuchKey', { fields: { Key: key } })
  return { record, inline: bodies.read(bodyEntry)?.value }
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

/**
 * The bytes of an object, or of a range of it, opened: a missing blob throws BlobMissingError here and not in the middle
 * of an answer. The stream keeps the bytes from being deleted until it ends or is given up.
 */
export async function openBody(deps: S3Deps, { record, inline }: FoundObject, range: ByteRange): Promise<OutgoingBody> {
  const { body } = record
  if (range.start === range.end) return new Uint8Array(0)
  if (body.kind === 'inline') {
    if (!inline) throw new BlobMissingError('the inline body of an object is not there')
    return inline.subarray(range.start, range.end)
  }
  const release = deps.trash.hold(body)
  try {
    const chunks = body.kind === 'blob' ? deps.blobs.get(body.id, range) : await openParts(deps, body.uploadId, range)
    return await opened(chunks, release)
  } catch (error) {
    release()
    throw error
  }
}

/** The manifest of a multipart object. Throws BlobMissingError when the object has just been replaced. */
export async function readManifest(deps: S3Deps, uploadId: string): Promise<Manifest> {
  const manifest = await manifests.get(deps.store, [uploadId])
  if (!manifest) throw new BlobMissingError(`no manifest of upload ${uploadId}`)
  return manifest.value
}

async function openParts(deps: S3Deps, uploadId: string, range: ByteRange): Promise<AsyncIterable<Uint8Array>> {
  return joinParts(deps, await readManifest(deps, uploadId), range)
}

async function* joinParts(deps: S3Deps, { parts }: Manifest, range: ByteRange): AsyncGenerator<Uint8Array> {
  let offset = 0
  for (const part of parts) {
    const start = Math.max(range.start - offset, 0)
    const end = Math.min(range.end - offset, part.size)
    offset += part.size
    if (end <= start) continue
    yield* deps.blobs.get(part.blob, { start, end })
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
): Promise<ObjectRecord | undefined> {
  const [bucketEntry, objectEntry] = await deps.store.getMany([buckets.keyOf([bucket]), objects.keyOf([bucket, key])])
  requireBucket(buckets.read(bucketEntry), bucket, caller)
  return objects.read(objectEntry)?.value
}
