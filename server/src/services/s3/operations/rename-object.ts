import type { RequestContext } from '#protocol/operation.ts'
import { buckets, callerOf, keepOpen, requireBucket } from '../bucket.ts'
import { checkCopySource, checkRead, checkWrite, checkWriteConditions } from '../conditions.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { invalidArgument, s3Error } from '../errors.ts'
import { KeyHistory } from '../key-history.ts'
import { checkDeletable } from '../object-lock.ts'
import { bodies, bodyKey, keyBytes, objects } from '../object-record.ts'
import { historyAddress, retrying } from '../object-write.ts'
import { parseCopySource } from '../copy-source.ts'

/**
 * RenameObject: one commit gives an object another key; bytes, time and metadata stay. AWS offers it for directory buckets
 * only; here it works in every bucket without versioning, where a name has no history that would have to move along.
 */
export async function renameObject(
  deps: S3Deps,
  input: S3Input<'RenameObject'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const { Bucket: name } = input
  const target = keyBytes(input.Key)
  const source = sourceKey(input)
  const sourceBytes = keyBytes(source)
  if (sourceBytes.equals(target))
    throw s3Error('InvalidRequest', { message: 'The source and the destination of a rename must differ.' })
  checkWriteConditions(destinationConditions(input))
  let trashed = false
  await retrying(deps, async (transaction) => {
    const [bucketEntry, sourceEntry, targetEntry, inlineEntry] = await transaction.getMany([
      buckets.keyOf([name]),
      objects.keyOf([name, sourceBytes]),
      objects.keyOf([name, target]),
      bodies.keyOf(bodyKey(name, sourceBytes, undefined)),
    ])
    const bucket = requireBucket(buckets.read(bucketEntry), name, callerOf(context, {}))
    if (bucket.versioning !== undefined)
      throw s3Error('InvalidBucketState', { message: 'Objects of a bucket with versioning cannot be renamed.' })
    const found = objects.read(sourceEntry)?.value
    if (found?.kind !== 'object') throw s3Error('NoSuchKey', { fields: { Key: source } })
    const nowMs = deps.clock.nowMs()
    checkSource(input, found, nowMs)
    const replaced = objects.read(targetEntry)?.value
    checkDestination(input, replaced?.kind === 'object' ? replaced : undefined, nowMs)
    if (replaced?.kind === 'object') checkDeletable(replaced, nowMs, false)
    const history = new KeyHistory(transaction, historyAddress(bucket, target), replaced)
    await history.put({ ...found, sequencer: deps.sequencer(replaced?.sequencer ?? found.sequencer) })
    trashed = history.trashed
    await objects.delete(transaction, [name, sourceBytes])
    const inline = bodies.read(inlineEntry)?.value
    if (found.body.kind === 'inline' && inline) {
      await bodies.delete(transaction, bodyKey(name, sourceBytes, undefined))
      await bodies.set(transaction, bodyKey(name, target, undefined), inline)
    }
    await keepOpen(transaction, bucket)
  })
  if (trashed) deps.trash.wake()
  return {}
}

/** `key`, `/key` or `/bucket/key`, percent-encoded. Throws InvalidArgument for another bucket. */
function sourceKey({ Bucket, RenameSource }: S3Input<'RenameObject'>): string {
  const inBucket = `/${Bucket}/`
  const path = RenameSource.startsWith(inBucket) ? RenameSource : `${inBucket}${RenameSource.replace(/^\//, '')}`
  const { bucket, key, versionId } = parseCopySource(path)
  if (bucket !== Bucket || versionId !== undefined)
    throw invalidArgument('x-amz-rename-source', RenameSource, 'The rename source must be a key of the same bucket')
  return key
}

function destinationConditions({ DestinationIfMatch, DestinationIfNoneMatch }: S3Input<'RenameObject'>): {
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
} {
  return { ifMatch: DestinationIfMatch, ifNoneMatch: DestinationIfNoneMatch }
}

type Found = Parameters<typeof checkCopySource>[1]

function checkSource(input: S3Input<'RenameObject'>, found: Found, nowMs: number): void {
  const conditions = {
    ifMatch: input.SourceIfMatch,
    ifNoneMatch: input.SourceIfNoneMatch,
    ifModifiedSince: input.SourceIfModifiedSince,
    ifUnmodifiedSince: input.SourceIfUnmodifiedSince,
  }
  checkCopySource(conditions, found, nowMs)
}

function checkDestination(
  input: S3Input<'RenameObject'>,
  existing: (Found & { etag: string }) | undefined,
  nowMs: number,
): void {
  checkWrite(destinationConditions(input), input.Key, existing)
  if (!existing) return
  const dates = {
    ifMatch: undefined,
    ifNoneMatch: undefined,
    ifModifiedSince: undefined,
    ifUnmodifiedSince: input.DestinationIfUnmodifiedSince,
  }
  checkRead(dates, existing, nowMs)
  const since = input.DestinationIfModifiedSince
  if (since && existing.modifiedMs <= since.getTime())
    throw s3Error('PreconditionFailed', { fields: { Condition: 'If-Modified-Since' } })
}
