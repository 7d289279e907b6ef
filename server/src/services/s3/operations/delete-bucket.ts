import type { RequestContext } from '#protocol/operation.ts'
import { type BucketCaller, bucketKeys, type BucketRecord, buckets, callerOf, readBucket } from '../bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { BUCKET_DELETE_ATTEMPTS, TRASH_BATCH } from '../limits.ts'
import { uploads } from '../multipart-record.ts'
import { objects } from '../object-record.ts'
import { retrying } from '../object-write.ts'
import { progressKey } from '../lifecycle/lifecycle.ts'
import { documentKeys } from '../settings/documents.ts'
import { refuseUnsupported } from '../unsupported.ts'
import { trashParts } from '../trash.ts'

/**
 * DeleteBucket: see bucket.ts for how it keeps clear of writers. Uploads under way do not keep a bucket alive; they end
 * with it.
 */
export async function deleteBucket(
  deps: S3Deps,
  input: S3Input<'DeleteBucket'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  refuseUnsupported(input)
  const caller = callerOf(context, input)
  const name = input.Bucket
  await readBucket(deps.store, name, caller)
  await requireEmpty(deps, name)
  for (let attempt = 0; attempt < BUCKET_DELETE_ATTEMPTS; attempt++) {
    await mark(deps, name, caller)
    const marked = await buckets.get(deps.store, [name])
    if (!marked) throw s3Error('NoSuchBucket', { fields: { BucketName: name } })
    if (marked.value.closing !== true) continue
    await requireEmpty(deps, name)
    await endUploads(deps, name)
    if (await remove(deps, marked.value, marked.version)) return {}
  }
  throw s3Error('OperationAborted')
}

async function requireEmpty(deps: S3Deps, name: string): Promise<void> {
  const [first] = await objects.list(deps.store, { prefix: [name] }, { limit: 1 })
  if (first) throw s3Error('BucketNotEmpty', { fields: { BucketName: name } })
}

async function mark(deps: S3Deps, name: string, caller: BucketCaller): Promise<void> {
  await retrying(deps, async (transaction) => {
    const bucket = await readBucket(transaction, name, caller)
    await buckets.set(transaction, [name], { ...bucket, closing: true })
  })
}

/** True when the record was still the marked one: nobody wrote into the bucket meanwhile. */
async function remove(deps: S3Deps, bucket: BucketRecord, version: number): Promise<boolean> {
  const outcome = await deps.store.commit({
    checks: [{ key: buckets.keyOf([bucket.name]), version }],
    deletes: [...bucketKeys(bucket), ...documentKeys(bucket), progressKey(bucket.name)],
  })
  return outcome.kind === 'committed'
}

async function endUploads(deps: S3Deps, name: string): Promise<void> {
  for (;;) {
    const page = await uploads.list(deps.store, { prefix: [name] }, { limit: TRASH_BATCH })
    if (page.length === 0) return
    await deps.store.commit({
      deletes: page.map((upload) => uploads.keyOf(upload.key)),
      appends: page.map((upload) => trashParts(String(upload.key[2]))),
    })
    deps.trash.wake()
  }
}
