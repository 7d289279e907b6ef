// Deleting objects, one or many in a commit.
import type { RequestContext } from '#protocol/operation.ts'
import type { Transaction } from '#storage/transact.ts'
import type { BucketRecord } from './bucket.ts'
import { checkWrite, type WriteConditions } from './conditions.ts'
import type { S3Deps } from './deps.ts'
import { objectEventAppends } from './events.ts'
import { bodies, type ObjectRecord, objects } from './object-record.ts'
import { dropBody } from './object-write.ts'

export interface Deletion {
  readonly key: string
  readonly keyBytes: Buffer
  readonly ifMatch: string | undefined
}

/**
 * Takes an object out in this transaction; deleting what is not there is fine and tells nobody. True when there is trash
 * to collect after the commit. Throws NoSuchKey or PreconditionFailed when `ifMatch` does not hold.
 */
export async function deleteInTransaction(
  deps: S3Deps,
  transaction: Transaction,
  bucket: BucketRecord,
  deletion: Deletion,
  existing: ObjectRecord | undefined,
  context: RequestContext,
): Promise<boolean> {
  const conditions: WriteConditions = { ifMatch: deletion.ifMatch, ifNoneMatch: undefined }
  checkWrite(conditions, deletion.key, existing)
  if (!existing) return false
  const objectKey = [bucket.name, deletion.keyBytes]
  await objects.delete(transaction, objectKey)
  if (existing.body.kind === 'inline') await bodies.delete(transaction, objectKey)
  const origin = { context, nowMs: deps.clock.nowMs(), hops: deps.hops }
  const sequencer = deps.sequencer(existing.sequencer)
  for (const { log, value } of objectEventAppends(
    { type: 'ObjectRemoved:Delete', bucket, key: deletion.key, sequencer },
    origin,
  ))
    transaction.append(log, value)
  return dropBody(transaction, existing)
}
