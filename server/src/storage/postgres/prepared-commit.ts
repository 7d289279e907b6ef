// A commit with its keys encoded and its values copied: nothing of the caller's is referred to any more.
import { heldRange, type HeldRange } from '../bounds.ts'
import { encodeKey } from '../key.ts'
import type { Commit, Key } from '../store.ts'

/** An encoded key, also as a string of bytes: for maps and for sorting, whose order is byte order. */
export interface NamedKey {
  readonly name: string
  readonly bytes: Uint8Array
}

export interface PreparedCommit {
  readonly checks: readonly { readonly at: NamedKey; readonly key: Key; readonly version: number | null }[]
  readonly ranges: readonly HeldRange[]
  readonly sets: readonly { readonly at: NamedKey; readonly value: Uint8Array }[]
  readonly deletes: readonly NamedKey[]
  readonly appends: readonly { readonly log: NamedKey; readonly value: Uint8Array }[]
  /** Of keys and values together. */
  readonly size: number
}

/** Encodes and copies. Throws StoreLimitError for keys that have no encoding. */
export function prepareCommit({
  checks = [],
  ranges = [],
  sets = [],
  deletes = [],
  appends = [],
}: Commit): PreparedCommit {
  let size = 0
  const at = (key: Key): NamedKey => {
    const named = namedKey(encodeKey(key))
    size += named.bytes.length
    return named
  }
  const copy = (value: Uint8Array): Uint8Array => {
    size += value.length
    return Uint8Array.from(value)
  }
  const prepared = {
    checks: checks.map(({ key, version }) => ({ at: at(key), key, version })),
    ranges: ranges.map(heldRange),
    sets: sets.map(({ key, value }) => ({ at: at(key), value: copy(value) })),
    deletes: deletes.map(at),
    appends: appends.map(({ log, value }) => ({ log: at(log), value: copy(value) })),
  }
  return { ...prepared, size }
}

/** Encoded bytes with their name. */
export function namedKey(bytes: Uint8Array): NamedKey {
  return { name: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'), bytes }
}
