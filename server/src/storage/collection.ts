// Typed collections over the Store: a codec with a format version, and secondary indexes that are written in the same
// commit as the record. Key layout: [name, ...key] for records, [name + '#' + index, ...indexKey, ...key] for indexes.
import { InvariantError } from '#base/errors.ts'
import { decodeKey, encodeKey, nameOfKey } from './key.ts'
import { LIST_PAGE_MAX, type Entry, type Key, type ListOptions, type Range, type Version } from './store.ts'
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
      const isOlder = found !== undefined && found < format
      if (found !== format && !(isOlder && upgrade))
        throw new InvariantError(`record has format ${found}, this Mayfly reads ${format}`)
      const value: unknown = JSON.parse(view.toString('utf8', 1))
      // The only cast from stored bytes to a type: the format byte says what was encoded.
      return isOlder && upgrade ? upgrade(value, found) : (value as T)
    },
  }
}

/** A record as read. `key` is relative to the collection. */
export interface Stored<T> {
  readonly key: Key
  readonly value: T
  readonly version: Version
}

/** A record as found through an index. */
export interface Indexed<T> extends Stored<T> {
  /** The whole key in the index: index key and record key. */
  readonly indexKey: Key
}

export interface CollectionOptions<T> {
  /** Unique in the store, `<service>.<noun>`. */
  readonly name: string
  readonly codec: Codec<T>
  /** Each index answers the index keys of a record, by its value and key alone; none when the record is not in the index. */
  readonly indexes?: Readonly<Record<string, (value: T, key: Key) => readonly Key[]>>
}

const DONE = Promise.resolve()

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
   * which is what `after` (or, in reverse, `before`) continues from. Records that change during the call are left out or
   * in as if it had happened later; a page shorter than the limit is the last one.
   */
  async listIndex(
    reader: Reader,
    index: string,
    range: Range,
    options: ListOptions = {},
  ): Promise<readonly Indexed<T>[]> {
    const limit = options.limit ?? LIST_PAGE_MAX
    const found: Indexed<T>[] = []
    for (let rest = this.#absolute(`${this.name}#${index}`, range); ;) {
      const wanted = limit - found.length
      const pointers = await reader.list(rest, { ...options, limit: wanted })
      const records = await reader.getMany(pointers.map((pointer) => this.keyOf(decodeKey(pointer.value))))
      for (const [position, pointer] of pointers.entries()) {
        const record = this.read(records[position])
        const indexKey = pointer.key.slice(1)
        // Deleted, or moved in the index, between the two reads.
        if (record && this.#isAt(index, record, indexKey)) found.push({ ...record, indexKey })
      }
      const last = pointers.at(-1)
      if (!last || pointers.length < wanted || found.length === limit) return found
      rest = { ...rest, ...(options.reverse === true ? { before: last.key } : { after: last.key }) }
    }
  }

  #isAt(index: string, { key, value }: Stored<T>, indexKey: Key): boolean {
    const name = nameOfKey(indexKey)
    const keysOf = this.#indexes.find(([found]) => found === index)?.[1]
    return keysOf?.(value, key).some((candidate) => nameOfKey([...candidate, ...key]) === name) ?? false
  }

  /** Without indexes it is done at once. */
  set(transaction: Transaction, key: Key, value: T): Promise<void> {
    if (this.#indexes.length > 0) return this.#setIndexed(transaction, key, value)
    transaction.set(this.keyOf(key), this.#codec.encode(value))
    return DONE
  }

  async #setIndexed(transaction: Transaction, key: Key, value: T): Promise<void> {
    await this.#unindex(transaction, key)
    transaction.set(this.keyOf(key), this.#codec.encode(value))
    for (const [index, keysOf] of this.#indexes)
      for (const indexKey of keysOf(value, key))
        // An index entry points at its record by the record's encoded key.
        transaction.set([`${this.name}#${index}`, ...indexKey, ...key], encodeKey(key))
  }

  /** Without indexes it is done at once. */
  delete(transaction: Transaction, key: Key): Promise<void> {
    if (this.#indexes.length > 0) return this.#deleteIndexed(transaction, key)
    transaction.delete(this.keyOf(key))
    return DONE
  }

  async #deleteIndexed(transaction: Transaction, key: Key): Promise<void> {
    await this.#unindex(transaction, key)
    transaction.delete(this.keyOf(key))
  }

  async #unindex(transaction: Transaction, key: Key): Promise<void> {
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
