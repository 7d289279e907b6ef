// The state of a memory store: what survives its simulated crash. Applying a commit is one synchronous step, so it is
// atomic by nature. Keys are encoded and kept as one-byte strings, whose order is byte order.
import { heldRange, type HeldRange } from '../bounds.ts'
import { nameOfKey } from '../key.ts'
import type { Commit, CommitOutcome, Key } from '../store.ts'
import { SortedMap } from './sorted-map.ts'

export interface Row {
  readonly key: Key
  readonly value: Uint8Array
  readonly version: number
}

/** A commit with its keys encoded and its values copied: nothing of the caller's is referred to any more. */
export interface Prepared {
  readonly checks: readonly { readonly name: string; readonly key: Key; readonly version: number | null }[]
  readonly ranges: readonly HeldRange[]
  readonly sets: readonly { readonly name: string; readonly key: Key; readonly value: Uint8Array }[]
  readonly deletes: readonly string[]
  readonly appends: readonly { readonly name: string; readonly log: Key; readonly value: Uint8Array }[]
}

export class Disk {
  readonly rows = new SortedMap<Row>()
  readonly #logs = new Map<string, number>()
  #version = 0

  /** Does the whole commit or nothing; `touch` hears of every key written. */
  apply(commit: Prepared, touch?: (name: string) => void): CommitOutcome {
    for (const { name, key, version } of commit.checks)
      if ((this.rows.get(name)?.version ?? null) !== version) return { kind: 'conflict', key }
    for (const range of commit.ranges) if (!this.#holds(range)) return { kind: 'conflict', key: range.prefix }
    const version = ++this.#version
    for (const name of commit.deletes) {
      this.rows.delete(name)
      touch?.(name)
    }
    for (const { name, key, value } of commit.sets) {
      this.rows.set(name, { key, value, version })
      touch?.(name)
    }
    const sequences = commit.appends.map(({ name, log, value }) => {
      const sequence = (this.#logs.get(name) ?? 0) + 1
      this.#logs.set(name, sequence)
      const key = [...log, sequence]
      const entryName = nameOfKey(key)
      this.rows.set(entryName, { key, value, version })
      touch?.(entryName)
      return sequence
    })
    return { kind: 'committed', version, sequences }
  }

  #holds({ start, end, versions }: HeldRange): boolean {
    const found = this.rows.page(textOf(start), textOf(end), versions.size + 1, false)
    return found.length === versions.size && found.every(([name, { version }]) => versions.get(name) === version)
  }

  clear(): void {
    this.rows.clear()
    this.#logs.clear()
  }
}

/** Encodes and copies a commit. */
export function prepare({ checks = [], ranges = [], sets = [], deletes = [], appends = [] }: Commit): Prepared {
  return {
    checks: checks.map(({ key, version }) => ({ name: nameOfKey(key), key: [...key], version })),
    ranges: ranges.map(heldRange),
    sets: sets.map(({ key, value }) => ({ name: nameOfKey(key), key: [...key], value: Uint8Array.from(value) })),
    deletes: deletes.map(nameOfKey),
    appends: appends.map(({ log, value }) => ({ name: nameOfKey(log), log: [...log], value: Uint8Array.from(value) })),
  }
}

/** Encoded bytes as a string of bytes. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
