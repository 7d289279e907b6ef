// The bucket of a request, read once: authorization looks at it first, then the handler. What must not change meanwhile is
// checked in the commit, which reads for itself.
import type { RequestContext } from '#protocol/operation.ts'
import type { Stored } from '#storage/collection.ts'
import type { Store } from '#storage/store.ts'
import { type BucketCaller, type BucketRecord, buckets, requireBucket } from './bucket.ts'

interface Seen {
  readonly name: string
  readonly bucket: Promise<Stored<BucketRecord> | undefined>
}

export class SeenBuckets {
  readonly #store: Store
  readonly #byRequest = new WeakMap<RequestContext, Seen>()

  constructor(store: Store) {
    this.#store = store
  }

  /** The bucket as this request saw it first; undefined when there is none. */
  look(context: RequestContext, name: string): Promise<Stored<BucketRecord> | undefined> {
    const seen = this.#byRequest.get(context)
    if (seen?.name === name) return seen.bucket
    const bucket = buckets.get(this.#store, [name])
    this.#byRequest.set(context, { name, bucket })
    return bucket
  }

  /** As `look`, required. Throws NoSuchBucket, AccessDenied. */
  async require(context: RequestContext, name: string, caller: BucketCaller): Promise<BucketRecord> {
    return requireBucket(await this.look(context, name), name, caller)
  }
}
