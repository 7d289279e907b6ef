// Buckets. Their names are one space over all accounts and regions, so the record says whose it is and where.
//
// Deleting a bucket must not race with a write into it. DeleteBucket first marks the record `closing`, then looks whether
// the bucket is empty, then deletes the record if it is still the marked one. A write checks the version of the bucket
// record, and when it finds the mark, takes it away in its own commit (`keepOpen`): so whichever commits first, the other
// one notices. A mark that a crash left behind does no harm.
import type { RequestContext } from '#protocol/operation.ts'
import { Collection, jsonCodec, type Stored } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { Reader, Transaction } from '#storage/transact.ts'
import type { Acl } from './acl.ts'
import { checkBucketName } from './bucket-name.ts'
import { s3Error } from './errors.ts'
import type { Notification } from './notification.ts'
import type { Retention } from './object-record.ts'
import type { DefaultEncryption } from './settings/encryption.ts'
import type { LoggingTarget } from './settings/logging.ts'
import type { ObjectOwnership } from './settings/ownership.ts'
import type { PublicAccessBlock } from './settings/public-access.ts'

export interface BucketRecord {
  readonly name: string
  readonly account: string
  readonly region: string
  readonly createdMs: number
  readonly notifications: readonly Notification[]
  readonly closing?: true
  /** Absent: versioning was never turned on. */
  readonly versioning?: 'Enabled' | 'Suspended'
  /** Kept and told; deletions do not ask for a code (docs/services/s3.md). */
  readonly mfaDelete?: 'Enabled' | 'Disabled'
  /** Present: object lock is on, for good. */
  readonly objectLock?: ObjectLock
  /** Absent: no ownership controls, which means as ObjectWriter. */
  readonly ownership?: ObjectOwnership
  /** Absent: nothing is blocked. */
  readonly publicAccess?: PublicAccessBlock
  /** Absent: the owner's full control. */
  readonly acl?: Acl
  /** Absent: SSE-S3. */
  readonly encryption?: DefaultEncryption
  /** Absent: the owner of the bucket pays. */
  readonly requesterPays?: true
  readonly logging?: LoggingTarget
  readonly acceleration?: 'Enabled' | 'Suspended'
  /** The documents beside this record, and their revisions (settings/documents.ts). */
  readonly documents?: { readonly [K in DocumentKind]?: string }
}

/** The larger configurations, each kept as a document of its own. */
export type DocumentKind =
  | 'analytics'
  | 'cors'
  | 'inventory'
  | 'lifecycle'
  | 'metrics'
  | 'policy'
  | 'replication'
  | 'tagging'
  | 'tiering'
  | 'website'

export interface ObjectLock {
  /** What objects without a wish of their own get. */
  readonly retention?: {
    readonly mode: Retention['mode']
    readonly days?: number
    readonly years?: number
  }
}

/** Key: [name]. Index `account`: [account]; `logging`: those whose requests are logged;
 * `lifecycle`: those with rules, by the revision of the rules. */
export const buckets = new Collection<BucketRecord>({
  name: 's3.buckets',
  codec: jsonCodec<BucketRecord>(1),
  indexes: {
    account: (bucket) => [[bucket.account]],
    lifecycle: (bucket) => (bucket.documents?.lifecycle === undefined ? [] : [[bucket.documents.lifecycle]]),
    logging: (bucket) => (bucket.logging ? [[]] : []),
  },
})

/** The keys of a bucket's record and of its places in the indexes, for its deletion. */
export function bucketKeys({ name, account, documents }: BucketRecord): readonly Key[] {
  return [
    buckets.keyOf([name]),
    ['s3.buckets#account', account, name],
    ['s3.buckets#logging', name],
    ...(documents?.lifecycle === undefined ? [] : [['s3.buckets#lifecycle', documents.lifecycle, name]]),
  ]
}

/** What of a request decides whether it may see a bucket. */
export interface BucketCaller {
  readonly account: string
  readonly expectedOwner: string | undefined
}

/** The caller of a request for the bucket of its input. */
export function callerOf(
  context: RequestContext,
  input: { readonly ExpectedBucketOwner?: string | undefined },
): BucketCaller {
  return { account: context.account, expectedOwner: input.ExpectedBucketOwner }
}

/**
 * The bucket as read, if it is there. Whether the caller may use it was decided before (resource-policies.ts). Throws
 * NoSuchBucket, InvalidBucketName, or AccessDenied when the owner is not the expected one.
 */
export function requireBucket(
  found: Stored<BucketRecord> | undefined,
  name: string,
  caller: BucketCaller,
): BucketRecord {
  if (!found) {
    checkBucketName(name)
    throw s3Error('NoSuchBucket', { fields: { BucketName: name } })
  }
  if (caller.expectedOwner !== undefined && caller.expectedOwner !== found.value.account) throw s3Error('AccessDenied')
  return found.value
}

/** Reads the bucket and requires it (see requireBucket). */
export async function readBucket(reader: Reader, name: string, caller: BucketCaller): Promise<BucketRecord> {
  return requireBucket(await buckets.get(reader, [name]), name, caller)
}

/** Tells a DeleteBucket under way that something is being written. To be called by every commit that adds to a bucket. */
export async function keepOpen(transaction: Transaction, bucket: BucketRecord): Promise<void> {
  if (bucket.closing === undefined) return
  const { closing: _closing, ...open } = bucket
  await buckets.set(transaction, [bucket.name], open)
}
