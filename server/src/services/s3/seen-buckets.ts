// Bucket records as requests see them first: for authorization, and for what a handler must know before it reads a body. They
// are kept in memory until any bucket changes, which is seldom. What must not change meanwhile is checked in the commit,
// which reads for itself.
import type { Stored } from '#storage/collection.ts'
import type { Store } from '#storage/store.ts'
import type { Transaction } from '#storage/transact.ts'
import { LRUCache } from 'lru-cache'
import { type BucketCaller, type BucketRecord, buckets, requireBucket } from './bucket.ts'
import { BUCKETS_KEPT_MAX } from './limits.ts'

export class SeenBuckets {
  readonly #store: Store
  readonly #kept = new LRUCache<string, Stored<BucketRecord>>({ max: BUCKETS_KEPT_MAX })
  readonly #stopWatching: () => void
  /** Rises with each change of any bucket: what was read before it is not kept. */
  #generation = 0

  constructor(store: Store) {
    this.#store = store
    this.#stopWatching = store.watch([buckets.name], () => this.forget())
  }

  /** The bucket, at once where it is in memory; undefined when there is none. */
  look(name: string): Stored<BucketRecord> | Promise<Stored<BucketRecord> | undefined> {
    return this.#kept.get(name) ?? this.#read(name)
  }

  /** As `look`, required. Throws NoSuchBucket, AccessDenied. */
  async require(name: string, caller: BucketCaller): Promise<BucketRecord> {
    const looking = this.look(name)
    return requireBucket(looking instanceof Promise ? await looking : looking, name, caller)
  }

  /**
   * The bucket for a transaction that writes into it: as it is in memory, for the commit checks whether that still holds. Another
   * attempt of a transaction (`isAgain`) reads it. Throws NoSuchBucket, AccessDenied.
   */
  async requireIn(
    transaction: Transaction,
    name: string,
    { caller, isAgain }: { readonly caller: BucketCaller; readonly isAgain: boolean },
  ): Promise<BucketRecord> {
    if (isAgain) return requireBucket(await buckets.get(transaction, [name]), name, caller)
    const looking = this.look(name)
    const seen = looking instanceof Promise ? await looking : looking
    transaction.check(buckets.keyOf([name]), seen?.version ?? null)
    return requireBucket(seen, name, caller)
  }

  forget(): void {
    this.#generation++
    this.#kept.clear()
  }

  close(): void {
    this.#stopWatching()
  }

  async #read(name: string): Promise<Stored<BucketRecord> | undefined> {
    const generation = this.#generation
    const bucket = await buckets.get(this.#store, [name])
    if (bucket && generation === this.#generation) this.#kept.set(name, bucket)
    return bucket
  }
}
