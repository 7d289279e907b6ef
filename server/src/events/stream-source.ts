// How the shards of a stream are read by whoever feeds its records to functions. Services with streams implement it
// (DynamoDB Streams; Kinesis, when it is there); positions are theirs to make and opaque to the reader. A topic of Kafka is
// such a stream as well: its partitions are shards without parents, its offsets sequences, its keys partition keys.

export interface Shard {
  readonly id: string
  /** Read to its end before this one, so that the order of a key holds over a split. */
  readonly parents: readonly string[]
}

/** Where reading begins; `after` continues behind a record that was handled. */
export type StreamPosition =
  | { readonly kind: 'oldest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'at-time'; readonly timeMs: number }
  | { readonly kind: 'after'; readonly sequence: string }

export interface StreamRecord {
  /** Rises within a shard; what `after` takes. */
  readonly sequence: string
  /** Records of one key keep their order. */
  readonly partitionKey: string
  readonly createdMs: number
  /** The entry of `Records` that a function sees, as the service documents it. Made once, never changed. */
  readonly record: Readonly<Record<string, unknown>>
  /** Bytes of the record as JSON: batches are cut by payload size. */
  readonly recordBytes: number
}

export interface StreamPage {
  readonly records: readonly StreamRecord[]
  /** Where the next page begins; undefined when the shard is closed and was read to its end. */
  readonly next: StreamPosition | undefined
}

export interface StreamSource {
  /** Undefined when there is no such stream. */
  shards(arn: string): Promise<readonly Shard[] | undefined>
  /** One page of at most `recordsMax`. `latest` answers an empty page whose `next` is where the shard ends now. */
  read(arn: string, shard: string, from: StreamPosition, recordsMax: number): Promise<StreamPage>
  /** Wakes after commits that add records or shards; may be spurious. Returns the function that ends it. */
  watch(arn: string, wake: () => void): () => void
}
