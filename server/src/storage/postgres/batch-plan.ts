// One batch of commits against locked keys: which keys to lock, what each commit comes to, what is left to write. No
// database in here: the commits are worked out one after the other on what was read.
import type { QueryArrayConfig } from 'pg'
import { encodeKey } from '../key.ts'
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

  /**
   * Works the commits out. `versions`: of the checked keys that are present; `counters`: the last sequence of each log.
   */
  run(versions: ReadonlyMap<string, number>, counters: ReadonlyMap<string, number>): void {
    const versionOf = (name: string): number | null => {
      const final = this.#finals.get(name)
      if (final) return final.value ? NOT_KNOWN_YET : null
      return versions.get(name) ?? null
    }
    for (const [index, commit] of this.#commits.entries()) {
      const refused = commit.checks.find(({ at, version }) => versionOf(at.name) !== version)
      if (refused) this.#answers.push({ kind: 'conflict', key: refused.key })
      else this.#answers.push(this.#write(commit, index, counters))
    }
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

function inOrder(keys: NamedKey[]): NamedKey[] {
  return keys.sort((a, b) => (a.name < b.name ? -1 : 1))
}
