// One batch of commits against locked keys: which keys to lock, what each commit comes to, what is left to write. No
// database in here: the commits are worked out one after the other on what was read.
import type { QueryArrayConfig } from 'pg'
import { encodeKey } from '../key.ts'
import type { CommitOutcome } from '../store.ts'
import { namedKey, type NamedKey, type PreparedCommit } from './prepared-commit.ts'
import { statements } from './schema.ts'
import { byteaArray, int8Array } from './values.ts'

/** A key that the batch leaves with a value, or without one. */
interface Final {
  readonly bytes: Uint8Array
  readonly value: Uint8Array | undefined
  readonly version: number
}

export class BatchPlan {
  readonly #commits: readonly PreparedCommit[]
  /** Every key that is checked or written (log entries excepted: their log is locked), in key order. */
  readonly keys: readonly NamedKey[]
  readonly checked: readonly NamedKey[]
  readonly logs: readonly NamedKey[]

  readonly #finals = new Map<string, Final>()
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

  /**
   * Works the commits out. `versions`: of the checked keys that are present; `counters`: the last sequence of each log;
   * `block`: the first of as many free versions as a batch can have commits.
   */
  run(versions: ReadonlyMap<string, number>, counters: ReadonlyMap<string, number>, block: number): CommitOutcome[] {
    const versionOf = (name: string): number | null => {
      const final = this.#finals.get(name)
      if (final) return final.value ? final.version : null
      return versions.get(name) ?? null
    }
    return this.#commits.map((commit, index) => {
      const refused = commit.checks.find(({ at, version }) => versionOf(at.name) !== version)
      if (refused) return { kind: 'conflict', key: refused.key }
      return this.#write(commit, block + index, counters)
    })
  }

  #write(commit: PreparedCommit, version: number, counters: ReadonlyMap<string, number>): CommitOutcome {
    for (const { name, bytes } of commit.deletes) this.#finals.set(name, { bytes, value: undefined, version })
    for (const { at, value } of commit.sets) this.#finals.set(at.name, { bytes: at.bytes, value, version })
    const sequences = commit.appends.map(({ log, value }) => {
      let counter = this.#lastSequences.get(log.name)
      if (!counter) {
        counter = { bytes: log.bytes, last: counters.get(log.name) ?? 0 }
        this.#lastSequences.set(log.name, counter)
      }
      counter.last++
      const entry = namedKey(Buffer.concat([log.bytes, encodeKey([counter.last])]))
      this.#finals.set(entry.name, { bytes: entry.bytes, value, version })
      return counter.last
    })
    return { kind: 'committed', version, sequences }
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
          int8Array(put.map(({ version }) => version)),
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
