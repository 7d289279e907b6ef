// The Blobs port: immutable bytes by id. A blob is complete and on disk (file and folder) before `put` resolves, so the
// commit that refers to it may follow. Blobs that nothing refers to are swept after a grace time.

/** Unguessable, file-name safe, made by the driver. */
export type BlobId = string

/** How the chunks of a blob are wanted. */
export interface BlobReading {
  /** Of all chunks but the last one; at most 1 MiB. */
  readonly chunkBytes: number
  /** Each chunk is done with when the next one is asked for: its memory may be used again. */
  readonly passing: true
}

/** How the chunks of a source come. */
export interface BlobWriting {
  /** A chunk (at most 1 MiB) changes when the next but one is asked for: nobody may keep it for longer. */
  readonly passing: true
  /** The CRC-32 of all bytes, asked for after the last chunk: whoever made the chunks has it. */
  readonly crc32?: () => number
}

/** A blob that was written. */
export interface StoredBlob {
  readonly id: BlobId
  /** In bytes. */
  readonly size: number
  /** CRC-32 of the bytes: whoever refers to the blob keeps it, to tell later whether they are still the same. */
  readonly crc32: number
}

export interface BlobRange {
  /** First byte, 0-based. */
  readonly start: number
  /** Last byte, exclusive. */
  readonly end: number
}

/** A blob that lies in a file of its own, open for reading. */
export interface BlobFile {
  /** Any thread of the process may read by it until it is closed. */
  readonly descriptor: number
  close(): Promise<void>
}

export interface Blobs {
  /**
   * Stores the bytes. When the source throws, nothing is kept and the error is passed on; a full disk is StoreFullError.
   * Without `writing` a chunk must not change after it was handed over.
   */
  put(source: Uint8Array | AsyncIterable<Uint8Array>, writing?: BlobWriting): Promise<StoredBlob>
  /**
   * The bytes in chunks of at most 1 MiB. Throws BlobMissingError before the first chunk when there is no such blob. A
   * range is cut to the size of the blob.
   */
  get(id: BlobId, range?: BlobRange, reading?: BlobReading): AsyncIterable<Uint8Array>
  /** For whoever reads in a thread of his own; a driver that has no files has no such method. Rejects with BlobMissingError. */
  openFile?(id: BlobId): Promise<BlobFile>
  /** Joins blobs, in this order, into a new one; the parts stay. Rejects with BlobMissingError when one is missing. */
  concat(ids: readonly BlobId[]): Promise<StoredBlob>
  /** Deleting what is not there is fine. */
  delete(id: BlobId): Promise<void>
  /** Deletes blobs older than `graceMs` for which `isReferenced` answers false; returns how many. */
  sweep(isReferenced: (id: BlobId) => Promise<boolean>, graceMs: number): Promise<number>
  /** Deletes everything. */
  clear(): Promise<void>
  close(): Promise<void>
}

export class BlobMissingError extends Error {
  override readonly name = 'BlobMissingError'
}
