// The little of S3 that exports and imports need. The composition root binds it to the S3 service.

export interface BucketPlace {
  readonly account: string
  readonly region: string
  readonly bucket: string
}

export type BucketOutcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** What S3 refused, in its words. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }

export interface BucketObject {
  readonly key: string
  readonly sizeBytes: number
}

export interface BucketPort {
  put(place: BucketPlace, key: string, body: Uint8Array): Promise<BucketOutcome<{ readonly etag: string }>>
  /** All keys below a prefix, a page at a time; `next` continues. */
  list(
    place: BucketPlace,
    prefix: string,
    next: string | undefined,
  ): Promise<BucketOutcome<{ readonly objects: readonly BucketObject[]; readonly next: string | undefined }>>
  read(place: BucketPlace, key: string): Promise<BucketOutcome<AsyncIterable<Uint8Array>>>
}
