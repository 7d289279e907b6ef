// One batch of commits against locked keys: which keys to lock, what each commit comes to, what is left to write. No
// database in here: the commits are worked out one after the other on what was read.
import type { QueryArrayConfig } from 'pg'
import { crc32 } from 'node:zlib'
import type { HeldRange } from '../bounds.ts'
import { elementEnds, encodeKey } from '../key.ts'
import type { CommitOutcome, Key } from '../store.ts'
import { namedKey, type NamedKey, type PreparedCommit } from './prepared-commit.ts'
import { statements } from './schema.ts'
import { byteaArray, int8Array } from './values.ts'

/** A key that the batch leaves with a value, or without one. */
interface Final {
  readonly bytes: Uint8Array
  readonly value: Uint8Array | undefined
  /** Which commit of the batch wrote it last: its version is this many above the first version of the batch. */
  readonly commit: number
}

/** What is in the database when all locks are held. */
interface Found {
  /** Of the checked keys that are present. */
  readonly versions: ReadonlyMap<string, number>
  /** The last sequence of each log. */
  readonly counters: ReadonlyMap<string, number>
  /** Keys and versions in each range, as far as one entry more than it should have. */
  readonly ranges: readonly ReadonlyMap<string, number>[]
}

type Answer =
  | { readonly kind: 'committed'; readonly commit: number; readonly sequences: readonly number[] }
  | { readonly kind: 'conflict'; readonly key: Key }

/** No check can ask for it: the version of a key that an earlier commit of the same batch wrote. */
const NOT_KNOWN_YET = Number.NaN

export class BatchPlan {
  readonly #commits: readonly PreparedCommit[]
  /** Every key that is checked or written, except the log entries that are added, in key order. */
  readonly keys: readonly NamedKey[]
  readonly checked: readonly NamedKey[]
  /** What to lock first: each collection that is written or of which a range is checked, as `lockCollections` wants it. */
  readonly collections: readonly number[]
  /** Of all commits, in their order. */
  readonly ranges: readonly HeldRange[]
  readonly logs: readonly NamedKey[]

  readonly #finals = new Map<string, Final>()
  readonly #entries = new Map<string, NamedKey>()
  readonly #answers: Answer[] = []
  readonly #lastSequences = new Map<string, { readonly bytes: Uint8Array; last: number }>()

  constructor(commits: readonly PreparedCommit[]) {
    this.#commits = commits
    const keys = new Map<string, NamedKey>()
    const checked = new Map<string, NamedKey>()
    const logs = new Map<string, NamedKey>()
    for (const commit of commits) {
      for (const { at } of commit.checks) checked.set(at.name, at)
      for (const { at } of commit.sets) keys.set(at.name, at)
      for (const at of commit.deletes) keys.set(at.name, at)
      for (const { log } of commit.appends) logs.set(log.name, log)
    }
    this.ranges = commits.flatMap(({ ranges }) => ranges)
    this.collections = collectionsOf([...keys.values(), ...logs.values()], this.ranges)
    this.checked = [...checked.values()]
    this.keys = inOrder([...keys.values(), ...this.checked.filter(({ name }) => !keys.has(name))])
    this.logs = inOrder([...logs.values()])
  }

  /** Every key written, after `run`. */
  get touched(): readonly Uint8Array[] {
    return Array.from(this.#finals.values(), ({ bytes }) => bytes)
  }

  /** Log entries that the batch adds and that are not among `keys`, in key order; after `run`. */
  get entries(): readonly NamedKey[] {
    const keys = new Set(this.keys.map(({ name }) => name))
    return inOrder([...this.#entries.values()].filter(({ name }) => !keys.has(name)))
  }

  /** Works the commits out. */
  run({ versions, counters, ranges }: Found): void {
    const versionOf = (name: string): number | null => {
      const final = this.#finals.get(name)
      if (final) return final.value ? NOT_KNOWN_YET : null
      return versions.get(name) ?? null
    }
    let seen = 0
    for (const [index, commit] of this.#commits.entries()) {
      const refused =
        commit.checks.find(({ at, version }) => versionOf(at.name) !== version)?.key ??
        commit.ranges.find((range, position) => !this.#holds(range, ranges[seen + position]))?.prefix
      seen += commit.ranges.length
      if (refused) this.#answers.push({ kind: 'conflict', key: refused })
      else this.#answers.push(this.#write(commit, index, counters))
    }
  }

  /** `found`: what the range held before the batch. */
  #holds({ start, end, versions }: HeldRange, found: ReadonlyMap<string, number> | undefined): boolean {
    if (found?.size !== versions.size) return false
    for (const [name, version] of found) if (versions.get(name) !== version) return false
    const [first, last] = [namedKey(start).name, namedKey(end).name]
    for (const [name, { value }] of this.#finals)
      if (name >= first && name < last && (value || versions.has(name))) return false
    return true
  }

  #write(commit: PreparedCommit, index: number, counters: ReadonlyMap<string, number>): Answer {
    for (const { name, bytes } of commit.deletes) this.#finals.set(name, { bytes, value: undefined, commit: index })
    for (const { at, value } of commit.sets) this.#finals.set(at.name, { bytes: at.bytes, value, commit: index })
    const sequences = commit.appends.map(({ log, value }) => {
      let counter = this.#lastSequences.get(log.name)
      if (!counter) {
        counter = { bytes: log.bytes, last: counters.get(log.name) ?? 0 }
        this.#lastSequences.set(log.name, counter)
      }
      counter.last++
      const entry = namedKey(Buffer.concat([log.bytes, encodeKey([counter.last])]))
      this.#entries.set(entry.name, entry)
      this.#finals.set(entry.name, { bytes: entry.bytes, value, commit: index })
      return counter.last
    })
    return { kind: 'committed', commit: index, sequences }
  }

  /** What each commit came to, when the first version of the batch is known. */
  outcomes(firstVersion: number): CommitOutcome[] {
    return this.#answers.map((answer) =>
      answer.kind === 'conflict'
        ? answer
        : { kind: 'committed', version: firstVersion + answer.commit, sequences: answer.sequences },
    )
  }

  /** The statements that write what `run` found. */
  writes(): QueryArrayConfig[] {
    const finals = [...this.#finals.values()]
    const put = finals.filter((final): final is Final & { value: Uint8Array } => final.value !== undefined)
    const removed = finals.filter(({ value }) => value === undefined).map(({ bytes }) => bytes)
    const untouched = this.keys.filter(({ name }) => !this.#finals.has(name)).map(({ bytes }) => bytes)
    const counters = [...this.#lastSequences.values()]
    const writes: QueryArrayConfig[] = []
    if (put.length > 0)
      writes.push(
        statements.put([
          byteaArray(put.map(({ bytes }) => bytes)),
          byteaArray(put.map(({ value }) => value)),
          int8Array(put.map(({ commit }) => commit)),
        ]),
      )
    if (removed.length > 0) writes.push(statements.remove([byteaArray(removed)]))
    if (untouched.length > 0) writes.push(statements.removePlaceholders([byteaArray(untouched)]))
    if (counters.length > 0)
      writes.push(
        statements.putCounters([
          byteaArray(counters.map(({ bytes }) => bytes)),
          int8Array(counters.map(({ last }) => last)),
        ]),
      )
    return writes
  }
}

function collectionsOf(written: readonly NamedKey[], ranges: readonly HeldRange[]): readonly number[] {
  const locks = new Map<number, 0 | 1>()
  for (const { bytes } of written) locks.set(lockOf(bytes.subarray(0, elementEnds(bytes, 1)[0])), 0)
  for (const { prefix } of ranges) locks.set(lockOf(encodeKey(prefix.slice(0, 1))), 1)
  return [...locks].map(([lock, alone]) => 2 * lock + alone).sort((a, b) => a - b)
}

/** The lock of a collection. Two that have the same one only wait for each other. */
function lockOf(element: Uint8Array): number {
  return crc32(element) >>> 1
}

function inOrder(keys: NamedKey[]): NamedKey[] {
  return keys.sort((a, b) => (a.name < b.name ? -1 : 1))
}
