// A batch on the calling thread: the bytes for the writer, and who waits for which answer.
import type { Commit, CommitOutcome, DiskFullError, Key } from '../store.ts'
import { InvariantError } from '#base/errors.ts'
import { encodeKey } from '../key.ts'
import type { Watchers } from '../watchers.ts'
import { BatchReader, BatchWriter } from './batch.ts'
import { NO_ROOM } from './channel.ts'
import { BATCH_BYTES_MAX, BATCH_COMMITS_MAX } from './limits.ts'

interface Waiting {
  readonly checks: Commit['checks']
  readonly ranges: Commit['ranges']
  readonly appends: number
  readonly resolve: (outcome: CommitOutcome) => void
  readonly reject: (error: Error) => void
}

export class PendingBatch {
  readonly #writer: BatchWriter
  readonly #waiting: Waiting[] = []
  #appends = 0

  constructor(spare: ArrayBuffer | undefined) {
    this.#writer = new BatchWriter(spare)
  }

  get commits(): number {
    return this.#waiting.length
  }

  get appends(): number {
    return this.#appends
  }

  get bytes(): number {
    return this.#writer.length
  }

  /** Whether a commit with this many bytes of values should go into the next batch. */
  isFullFor(valueBytes: number): boolean {
    return this.commits >= BATCH_COMMITS_MAX || (this.commits > 0 && this.#writer.length + valueBytes > BATCH_BYTES_MAX)
  }

  /** Adds a commit; the promise is settled by `settle` or `reject`. Throws StoreLimitError, with nothing added. */
  add(commit: Commit, valueBytes: number): Promise<CommitOutcome> {
    this.#writer.add(commit, valueBytes)
    const appends = commit.appends?.length ?? 0
    this.#appends += appends
    return new Promise((resolve, reject) => {
      this.#waiting.push({ checks: commit.checks, ranges: commit.ranges, appends, resolve, reject })
    })
  }

  /** The bytes, to be handed over; nothing can be added afterwards. */
  takeBuffer(): ArrayBuffer {
    return this.#writer.take()
  }

  /** Answers everyone; `refuse` makes the error of what there is no room for. `results`: see applier.ts. */
  settle(results: Float64Array, refuse: () => DiskFullError): void {
    let at = 0
    for (const { checks, ranges, appends, resolve, reject } of this.#waiting) {
      const first = results[at] ?? NO_ROOM
      if (first === NO_ROOM) reject(refuse())
      else if (first > 0)
        resolve({ kind: 'committed', version: first, sequences: sequencesOf(results, at + 1, appends) })
      else resolve({ kind: 'conflict', key: keyOfCheck(checks, ranges, -1 - first) })
      at += 1 + appends
    }
  }

  reject(error: Error): void {
    for (const { reject } of this.#waiting) reject(error)
  }

  /** Tells the watchers every key that this batch wrote. */
  touch(watchers: Watchers, buffer: ArrayBuffer, results: Float64Array): void {
    const batch = new BatchReader(buffer)
    let at = 0
    for (const { appends } of this.#waiting) {
      if ((results[at] ?? 0) > 0) touchCommitted(batch, watchers, results, at + 1)
      else batch.skipCommit()
      at += 1 + appends
    }
  }
}

const NO_SEQUENCES: readonly number[] = []

function sequencesOf(results: Float64Array, start: number, appends: number): readonly number[] {
  return appends === 0 ? NO_SEQUENCES : Array.from(results.subarray(start, start + appends))
}

function keyOfCheck(checks: Commit['checks'] = [], ranges: Commit['ranges'] = [], index: number): Key {
  const key = checks[index]?.key ?? ranges[index - checks.length]?.range.prefix
  if (!key) throw new InvariantError(`the writer refused check ${index}, which there is not`)
  return key
}

function touchCommitted(batch: BatchReader, watchers: Watchers, results: Float64Array, firstSequence: number): void {
  const head = batch.head()
  const { deletes, sets, appends } = head
  batch.skipChecks(head)
  for (let left = deletes; left > 0; left--) watchers.touch(batch.key())
  for (let left = sets; left > 0; left--) {
    watchers.touch(batch.key())
    batch.value()
  }
  for (let index = 0; index < appends; index++) {
    const entry = encodeKey([results[firstSequence + index] ?? 0])
    watchers.touch(Buffer.concat([batch.key(), entry]))
    batch.value()
  }
}
