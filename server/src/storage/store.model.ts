// What a store is, in the fewest words: an executable model without encodings, batches or threads. Tests compare drivers
// with it. Keys are compared element by element, as store.ts says it.
import type { Commit, CommitOutcome, Entry, Key, KeyPart, ListOptions, Range } from './store.ts'

interface Row {
  readonly key: Key
  readonly value: Uint8Array
  readonly version: number
}

export class StoreModel {
  #rows: Row[] = []
  readonly #logs: { readonly log: Key; last: number }[] = []

  get(key: Key): Entry | undefined {
    return this.#rows.find((row) => compareKeys(row.key, key) === 0)
  }

  list(range: Range, options: ListOptions = {}): readonly Entry[] {
    const { prefix, from, after, before } = range
    const found = this.#rows.filter(
      ({ key }) =>
        key.length > prefix.length &&
        compareKeys(key.slice(0, prefix.length), prefix) === 0 &&
        (after ? compareKeys(key, after) > 0 : !from || compareKeys(key, from) >= 0) &&
        (!before || compareKeys(key, before) < 0),
    )
    return (options.reverse === true ? found.toReversed() : found).slice(0, options.limit ?? 1000)
  }

  /** Does the commit as a store would that gives it `version`. */
  commit({ checks = [], ranges = [], sets = [], deletes = [], appends = [] }: Commit, version: number): CommitOutcome {
    for (const check of checks)
      if ((this.get(check.key)?.version ?? null) !== check.version) return { kind: 'conflict', key: check.key }
    for (const { range, options, entries } of ranges) {
      const found = this.list(range, options)
      const isSame = (entry: Pick<Entry, 'key' | 'version'>, index: number): boolean => {
        const other = found[index]
        return other !== undefined && compareKeys(other.key, entry.key) === 0 && other.version === entry.version
      }
      if (found.length !== entries.length || !entries.every(isSame)) return { kind: 'conflict', key: range.prefix }
    }
    for (const key of deletes) this.#remove(key)
    for (const { key, value } of sets) this.#put({ key, value, version })
    const sequences = appends.map(({ log, value }) => {
      const sequence = this.#next(log)
      this.#put({ key: [...log, sequence], value, version })
      return sequence
    })
    return { kind: 'committed', version, sequences }
  }

  #put(row: Row): void {
    this.#remove(row.key)
    this.#rows.push(row)
    this.#rows.sort((a, b) => compareKeys(a.key, b.key))
  }

  #remove(key: Key): void {
    this.#rows = this.#rows.filter((row) => compareKeys(row.key, key) !== 0)
  }

  #next(log: Key): number {
    let counter = this.#logs.find((counter) => compareKeys(counter.log, log) === 0)
    if (!counter) this.#logs.push((counter = { log, last: 0 }))
    return ++counter.last
  }
}

/** Tuple order: element by element, a prefix first. */
export function compareKeys(a: Key, b: Key): number {
  for (const [index, part] of a.entries()) {
    const other = b[index]
    if (other === undefined) return 1
    const order = compareParts(part, other)
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** Bytes < strings < numbers < booleans; within a kind its natural order, strings by UTF-8 bytes. */
export function compareParts(a: KeyPart, b: KeyPart): number {
  if (kindOf(a) !== kindOf(b)) return kindOf(a) - kindOf(b)
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

const KINDS = ['object', 'string', 'number', 'boolean']

function kindOf(part: KeyPart): number {
  return KINDS.indexOf(typeof part === 'bigint' ? 'number' : typeof part)
}
