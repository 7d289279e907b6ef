// Typed collections over the Store: a codec with a format version, and secondary indexes that are written in the same
// commit as the record. Key layout: [name, ...key] for records, [name + '#' + index, ...indexKey, ...key] for indexes.
import { InvariantError } from '#base/errors.ts'
import type { Entry, Key, ListOptions, Range, Version } from './store.ts'
import { decodeKey, encodeKey } from './key.ts'
import type { Reader, Transaction } from './transact.ts'

export interface Codec<T> {
  encode(value: T): Uint8Array
  decode(bytes: Uint8Array): T
}

/**
 * JSON behind one byte that holds the format (1..255). `upgrade` turns a value of an older format into the current one;
 * without it older formats are refused. A newer format is always refused: the data was written by a newer Mayfly.
 */
export function jsonCodec<T>(format: number, upgrade?: (value: unknown, format: number) => T): Codec<T> {
  return {
    encode(value) {
      const text = JSON.stringify(value)
      const bytes = Buffer.allocUnsafe(1 + Buffer.byteLength(text))
      bytes[0] = format
      bytes.write(text, 1)
      return bytes
    },
    decode(bytes) {
      const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const found = view[0]
      // The only cast from stored bytes to a type: the format byte says what was encoded.
      const value: unknown = JSON.parse(view.toString('utf8', 1))
      if (found === format) return value as T
      if (found !== undefined && found < format && upgrade) return upgrade(value, found)
      throw new InvariantError(`record has format ${found}, this Mayfly reads ${format}`)
    },
  }
}

/** A record as read. `key` is relative to the collection. */
export interface Stored<T> {
  readonly key: Key
  readonly value: T
  readonly version: Version
}

export interface CollectionOptions<T> {
  /** Unique in the store, `<service>.<noun>`. */
  readonly name: string
  readonly codec: Codec<T>
  /** Each index answers the index keys of a record; none when the record is not in the index. */
  readonly indexes?: Readonly<Record<string, (value: T, key: Key) => readonly Key[]>>
}

export class Collection<T> {
  readonly name: string
  readonly #codec: Codec<T>
  readonly #indexes: readonly [string, (value: T, key: Key) => readonly Key[]][]

  constructor(options: CollectionOptions<T>) {
    this.name = options.name
    this.#codec = options.codec
    this.#indexes = Object.entries(options.indexes ?? {})
  }

  /** The whole key of a record, for checks and watches. */
  keyOf(key: Key): Key {
    return [this.name, ...key]
  }

  async get(reader: Reader, key: Key): Promise<Stored<T> | undefined> {
    const entry = await reader.get(this.keyOf(key))
    return entry && { key, value: this.#codec.decode(entry.value), version: entry.version }
  }

  /** The record in an entry that was read with `keyOf`: for one `getMany` over several collections. */
  read(entry: Entry | undefined): Stored<T> | undefined {
    return entry && { key: entry.key.slice(1), value: this.#codec.decode(entry.value), version: entry.version }
  }

  /** One page in key order. All keys in `range` are relative to the collection. */
  async list(reader: Reader, range: Range, options?: ListOptions): Promise<readonly Stored<T>[]> {
    const entries = await reader.list(this.#absolute(this.name, range), options)
    return entries.map((entry) => ({
      key: entry.key.slice(1),
      value: this.#codec.decode(entry.value),
      version: entry.version,
    }))
  }

  /**
   * One page in index order, records included. `range` is relative to the index. Each result also carries `indexKey`,
   * which is what `after` continues from.
   */
  async listIndex(
    reader: Reader,
    index: string,
    range: Range,
    options?: ListOptions,
  ): Promise<readonly (Stored<T> & { readonly indexKey: Key })[]> {
    const pointers = await reader.list(this.#absolute(`${this.name}#${index}`, range), options)
    const records = await reader.getMany(pointers.map((pointer) => this.keyOf(keyCodec.decode(pointer.value))))
    const found: (Stored<T> & { readonly indexKey: Key })[] = []
    for (const [position, pointer] of pointers.entries()) {
      const record = records[position]
      // A record deleted between the two reads: as if the list had been taken later.
      if (!record) continue
      found.push({
        key: record.key.slice(1),
        value: this.#codec.decode(record.value),
        version: record.version,
        indexKey: pointer.key.slice(1),
      })
    }
    return found
  }

  async set(transaction: Transaction, key: Key, value: T): Promise<void> {
    await this.#unindex(transaction, key)
    transaction.set(this.keyOf(key), this.#codec.encode(value))
    for (const [index, keysOf] of this.#indexes)
      for (const indexKey of keysOf(value, key))
        transaction.set([`${this.name}#${index}`, ...indexKey, ...key], keyCodec.encode(key))
  }

  async delete(transaction: Transaction, key: Key): Promise<void> {
    await this.#unindex(transaction, key)
    transaction.delete(this.keyOf(key))
  }

  async #unindex(transaction: Transaction, key: Key): Promise<void> {
    if (this.#indexes.length === 0) return
    const entry = await transaction.get(this.keyOf(key))
    if (!entry) return
    const old = this.#codec.decode(entry.value)
    for (const [index, keysOf] of this.#indexes)
      for (const indexKey of keysOf(old, key)) transaction.delete([`${this.name}#${index}`, ...indexKey, ...key])
  }

  #absolute(name: string, range: Range): Range {
    return {
      prefix: [name, ...range.prefix],
      ...(range.from && { from: [name, ...range.from] }),
      ...(range.after && { after: [name, ...range.after] }),
      ...(range.before && { before: [name, ...range.before] }),
    }
  }
}

// An index entry points at its record by the record's encoded key.
const keyCodec: Codec<Key> = { encode: encodeKey, decode: decodeKey }
