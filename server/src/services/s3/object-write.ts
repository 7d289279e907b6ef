// The one commit by which an object comes into being, whether put, copied or completed: record, inline body, reference
// to its blob, end of the body it replaces, and the events, all or nothing.
import { crc32 } from 'node:zlib'
import { AwsError } from '#protocol/errors.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { StoreFullError, type Version } from '#storage/store.ts'
import { ConflictError, transact, type Transaction } from '#storage/transact.ts'
import { newObjectAcl } from './access.ts'
import type { Acl, AclHeaders } from './acl.ts'
import { type BucketCaller, type BucketRecord, keepOpen } from './bucket.ts'
import type { Checksum } from './checksum.ts'
import { checkWrite, isConditional, type WriteConditions } from './conditions.ts'
import type { S3Deps } from './deps.ts'
import type { ObjectEncryption } from './encryption/object-encryption.ts'
import { s3Error } from './errors.ts'
import type { ObjectEventType } from './event-types.ts'
import { objectEventAppends } from './events.ts'
import type { ObjectMetadata } from './metadata.ts'
import { type HistoryAddress, KeyHistory } from './key-history.ts'
import { initialHold, type LockWish } from './object-lock.ts'
import {
  blobReferences,
  bodies,
  bodyKey,
  type BodyLocation,
  type ObjectRecord,
  objects,
  referenceOf,
  type VersionRecord,
} from './object-record.ts'
import { planObject } from './replication/plan.ts'
import type { StoredBody } from './receive-body.ts'
import { seenName } from './seen-objects.ts'
import { newVersionId } from './version-id.ts'

/** A body that a new object gets: received just now, or the parts of an upload. */
export type NewBody = StoredBody | Extract<BodyLocation, { kind: 'parts' }>

export interface NewObject {
  readonly bucket: string
  readonly key: string
  readonly keyBytes: Buffer
  readonly caller: BucketCaller
  readonly context: RequestContext
  readonly event: ObjectEventType
  readonly conditions: WriteConditions
  readonly metadata: ObjectMetadata
  readonly size: number
  readonly etag: string
  readonly checksum: Checksum
  readonly body: NewBody
  /** Retention and legal hold that the client asked for. */
  readonly lock: LockWish
  readonly encryption: ObjectEncryption | undefined
  /** The headers by which the writer gives the object an ACL, or the ACL that an upload was begun with. */
  readonly acl: AclHeaders | { readonly begun: Acl | undefined }
  /** Whatever else belongs into the commit; may throw to refuse it. */
  readonly also?: (transaction: Transaction) => Promise<void>
}

export interface WrittenObject {
  readonly bucket: BucketRecord
  readonly record: ObjectRecord
}

/**
 * Writes the object: over what is there, or as a new version. Throws NoSuchBucket, AccessDenied, NoSuchKey and
 * PreconditionFailed, InvalidRequest (a lock without object lock), SlowDown.
 */
export async function writeObject(deps: S3Deps, object: NewObject): Promise<WrittenObject> {
  const nowMs = deps.clock.nowMs()
  const name = seenName(object.bucket, object.key)
  let trashed = false
  let isAgain = false
  let written: ObjectRecord | undefined
  const keep = (version: Version): void => {
    if (written) deps.seenObjects.keep(name, version, written)
  }
  const write = async (transaction: Transaction): Promise<WrittenObject> => {
    const bucket = await deps.seen.requireIn(transaction, object.bucket, { caller: object.caller, isAgain })
    // What is refused must be refused for what is there, not for what was.
    const mayBeBehind = !isAgain && !isConditional(object.conditions)
    const latest = await latestIn(deps, transaction, object, mayBeBehind ? name : undefined)
    isAgain = true
    checkWrite(object.conditions, object.key, latest?.kind === 'object' ? latest : undefined)
    await object.also?.(transaction)
    const made = recordOf(object, bucket, deps.sequencer(latest?.sequencer), nowMs)
    const planning = planObject(deps, bucket, object.key, made)
    const { version: record, appends } = planning instanceof Promise ? await planning : planning
    const history = new KeyHistory(transaction, historyAddress(bucket, object.keyBytes), latest)
    await history.put(record)
    trashed = history.trashed
    await writeBody(transaction, { bucket: bucket.name, key: object.keyBytes, body: object.body }, record)
    for (const { log, value } of appends) transaction.append(log, value)
    await keepOpen(transaction, bucket)
    appendEvents(deps, transaction, object, bucket, record, nowMs)
    written = record
    return { bucket, record }
  }
  const done = await retrying(deps, write, keep)
  if (trashed) deps.trash.wake()
  return done
}

/** The latest version: by its name as it is in memory, for the commit checks whether that still holds; else as it is. */
async function latestIn(
  deps: S3Deps,
  transaction: Transaction,
  { bucket, keyBytes }: NewObject,
  name: string | undefined,
): Promise<VersionRecord | undefined> {
  const seen = name === undefined ? undefined : deps.seenObjects.look(name)
  if (!seen) return (await objects.get(transaction, [bucket, keyBytes]))?.value
  transaction.check(objects.keyOf([bucket, keyBytes]), seen.version)
  return seen.record
}

/** The history of a key of this bucket. */
export function historyAddress(bucket: BucketRecord, key: Buffer): HistoryAddress {
  return { bucket: bucket.name, key, everVersioned: bucket.versioning !== undefined }
}

/** Runs a transaction of S3: losing every race is SlowDown, which clients repeat. */
export async function retrying<T>(
  deps: S3Deps,
  body: (transaction: Transaction) => Promise<T>,
  committed?: (version: Version) => void,
): Promise<T> {
  try {
    return await transact(deps.store, body, { clock: deps.clock, ...(committed && { committed }) })
  } catch (error) {
    if (error instanceof ConflictError) throw s3Error('SlowDown', { cause: error })
    throw error
  }
}

/** Writes where the bytes of a new version are: themselves, or the reference to their blob. */
export async function writeBody(
  transaction: Transaction,
  { bucket, key, body }: { readonly bucket: string; readonly key: Buffer; readonly body: NewBody },
  { versionId }: { readonly versionId?: string },
): Promise<void> {
  if (body.kind === 'inline') await bodies.set(transaction, bodyKey(bucket, key, versionId), body.bytes)
  if (body.kind === 'blob') await blobReferences.set(transaction, [body.id], referenceOf(body.crc32))
}

function recordOf(object: NewObject, bucket: BucketRecord, sequencer: string, nowMs: number): ObjectRecord {
  const { metadata, size, etag, checksum, body, encryption } = object
  const acl = 'begun' in object.acl ? object.acl.begun : newObjectAcl(bucket, object.acl, object.context)
  return {
    kind: 'object',
    ...(bucket.versioning === 'Enabled' && { versionId: newVersionId(sequencer) }),
    ...metadata,
    size,
    etag,
    modifiedMs: wholeSeconds(nowMs),
    checksum,
    body: locationOf(body),
    sequencer,
    ...(encryption && { encryption }),
    ...(acl && { acl }),
    ...initialHold(bucket, object.lock, nowMs),
  }
}

/** How a record names a body. */
export function locationOf(body: NewBody): BodyLocation {
  switch (body.kind) {
    case 'inline':
      return { kind: 'inline', crc32: crc32(body.bytes) }
    case 'blob':
      return { kind: 'blob', id: body.id }
    case 'parts':
      return body
  }
}

/** As S3 keeps time. */
export function wholeSeconds(nowMs: number): number {
  return nowMs - (nowMs % 1000)
}

function appendEvents(
  deps: S3Deps,
  transaction: Transaction,
  { context, event, key }: NewObject,
  bucket: BucketRecord,
  record: ObjectRecord,
  nowMs: number,
): void {
  const origin = { context, nowMs, hops: deps.hops }
  for (const { log, value } of objectEventAppends(
    { type: event, bucket, key, sequencer: record.sequencer, ...eventVersion(record), object: record },
    origin,
  ))
    transaction.append(log, value)
}

/** Events name the version only where there are several. */
export function eventVersion({ versionId }: { readonly versionId?: string }): { readonly versionId?: string } {
  return versionId === undefined ? {} : { versionId }
}

/**
 * Runs the commit that takes over a received body. When it certainly did not happen, the blob is deleted (best effort: else
 * it is swept). When nobody knows, because the store failed under it, the blob must stay: the object may be there.
 */
export async function keepBody<T>(deps: S3Deps, stored: StoredBody, commit: () => Promise<T>): Promise<T> {
  try {
    return await commit()
  } catch (error) {
    const certain = error instanceof AwsError || error instanceof StoreFullError
    if (certain && stored.kind === 'blob') await deps.blobs.delete(stored.id).catch(() => {})
    throw error
  }
}
