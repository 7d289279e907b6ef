// The larger configurations of a bucket, each a document beside the bucket's record. The record names the revision of each
// document that there is: so a request that read the record knows without another look that there is none, and a
// document is read from the Store once per revision, then from memory.
import { randomHex } from '#base/ids.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { Reader, Transaction } from '#storage/transact.ts'
import { LRUCache } from 'lru-cache'
import { type BucketRecord, buckets, type DocumentKind } from '../bucket.ts'
import { DOCUMENT_CACHE_BYTES } from '../limits.ts'
import type { CorsRule } from './cors.ts'
import type { ListedConfigurations } from './listed.ts'
import type { LifecycleRule, MinimumSize } from './lifecycle-rules.ts'
import type { BucketPolicy } from './policy.ts'
import type { ReplicationSettings } from './replication-rules.ts'
import type { Tag } from '../tags.ts'
import type { WebsiteSettings } from './website.ts'

/** What is kept under each kind. */
export interface BucketDocuments {
  readonly analytics: ListedConfigurations
  readonly cors: readonly CorsRule[]
  readonly inventory: ListedConfigurations
  readonly lifecycle: { readonly rules: readonly LifecycleRule[]; readonly minimumSize: MinimumSize }
  readonly metrics: ListedConfigurations
  readonly policy: BucketPolicy
  readonly replication: ReplicationSettings
  readonly tagging: readonly Tag[]
  readonly tiering: ListedConfigurations
  readonly website: WebsiteSettings
}

/** Key: [bucket, kind]. */
const documents = new Collection<unknown>({ name: 's3.bucket-documents', codec: jsonCodec<unknown>(1) })

const REVISION_BYTES = 8

export class DocumentCache {
  readonly #kept = new LRUCache<string, object>({ maxSize: DOCUMENT_CACHE_BYTES })

  /** The document of a bucket as its record has it; undefined when there is none. */
  async get<K extends DocumentKind>(
    reader: Reader,
    bucket: BucketRecord,
    kind: K,
  ): Promise<BucketDocuments[K] | undefined> {
    const revision = bucket.documents?.[kind]
    if (revision === undefined) return undefined
    const kept = this.#kept.get(revision)
    // What is kept under a revision is what was written with it, of this kind.
    if (kept !== undefined) return kept as BucketDocuments[K]
    const entry = await reader.get(documents.keyOf([bucket.name, kind]))
    const found = documents.read(entry)?.value as { revision: string; document: BucketDocuments[K] } | undefined
    // Replaced since the record was read: the next request sees both.
    if (found === undefined || entry === undefined) return undefined
    this.#kept.set(found.revision, found.document, { size: entry.value.length })
    return found.document
  }

  clear(): void {
    this.#kept.clear()
  }
}

/** Puts a document, and its revision into the bucket's record. */
export async function putDocument<K extends DocumentKind>(
  transaction: Transaction,
  bucket: BucketRecord,
  kind: K,
  document: BucketDocuments[K],
): Promise<undefined> {
  const revision = randomHex(REVISION_BYTES)
  const next = { ...bucket, documents: { ...bucket.documents, [kind]: revision } }
  await documents.set(transaction, [bucket.name, kind], { revision, document })
  await buckets.set(transaction, [bucket.name], next)
}

/** Takes a document away; fine when there is none. */
export async function deleteDocument(
  transaction: Transaction,
  bucket: BucketRecord,
  kind: DocumentKind,
): Promise<undefined> {
  if (bucket.documents?.[kind] === undefined) return
  const { [kind]: _gone, ...rest } = bucket.documents
  await documents.delete(transaction, [bucket.name, kind])
  await buckets.set(transaction, [bucket.name], { ...bucket, documents: rest })
}

/** The keys of all documents of a bucket, for its deletion. */
export function documentKeys(bucket: BucketRecord): readonly Key[] {
  return Object.keys(bucket.documents ?? {}).map((kind) => documents.keyOf([bucket.name, kind]))
}
