// The latest versions of keys that were read or written lately, as they were then. A record of the Store never has the same
// version twice, so what is kept about a record holds as long as its version does. Who reads still reads the record, and is
// spared to decode it, to read the inline body beside it, and to open that. Who writes is spared to read: its commit checks
// the version, and fails where this memory is behind.
import type { Stored } from '#storage/collection.ts'
import type { Entry, Version } from '#storage/store.ts'
import { LRUCache } from 'lru-cache'
import { SEEN_BODY_BYTES_MAX, SEEN_OBJECTS_BYTES_MAX } from './limits.ts'
import { objects, type VersionRecord } from './object-record.ts'

export interface SeenObject {
  readonly name: string
  readonly version: Version
  readonly record: VersionRecord
  /** The inline body as clients get it. Not to be changed. */
  readonly body?: Uint8Array
}

/** About what a record takes in memory, besides its name and its body. */
const RECORD_BYTES = 1500

export class SeenObjects {
  readonly #kept = new LRUCache<string, SeenObject>({
    maxSize: SEEN_OBJECTS_BYTES_MAX,
    sizeCalculation: ({ name, body }) => RECORD_BYTES + name.length + (body?.length ?? 0),
  })

  /** What is known of a key; it may be behind. */
  look(name: string): SeenObject | undefined {
    return this.#kept.get(name)
  }

  /** The record in an entry that was just read, decoded unless it is known. */
  read(name: string, entry: Entry | undefined): SeenObject | undefined {
    const kept = this.#kept.get(name)
    if (kept !== undefined && kept.version === entry?.version) return kept
    const found: Stored<VersionRecord> | undefined = objects.read(entry)
    if (found) return this.keep(name, found.version, found.value)
    if (kept) this.#kept.delete(name)
    return undefined
  }

  /** The record is now this one. */
  keep(name: string, version: Version, record: VersionRecord): SeenObject {
    const seen = { name, version, record }
    this.#kept.set(name, seen)
    return seen
  }

  /** The inline body of an object was opened, by a key that everybody has who may read the object. */
  opened(seen: SeenObject, body: Uint8Array): void {
    if (body.length > SEEN_BODY_BYTES_MAX || this.#kept.peek(seen.name) !== seen) return
    this.#kept.set(seen.name, { ...seen, body })
  }

  /** After a reset. */
  forget(): void {
    this.#kept.clear()
  }
}

/** A key of a bucket: no bucket has a slash in its name. */
export function seenName(bucket: string, key: string): string {
  return `${bucket}/${key}`
}
