// A stream in memory that keeps to the port of stream sources: shards with parents, records with rising sequences, wakes.
import type { Clock } from '#base/clock.ts'
import type { Shard, StreamPage, StreamPosition, StreamRecord, StreamSource } from '#events/stream-source.ts'

interface FakeShard {
  readonly parents: readonly string[]
  readonly records: StreamRecord[]
  closed: boolean
}

export class FakeStream implements StreamSource {
  /** Thrown by the next calls of read. */
  readonly faults: Error[] = []
  readonly #clock: Clock
  readonly #shards = new Map<string, FakeShard>()
  readonly #wakes = new Set<() => void>()
  #sequence = 0

  constructor(clock: Clock, shards: readonly string[] = ['s1']) {
    this.#clock = clock
    for (const id of shards) this.#shards.set(id, { parents: [], records: [], closed: false })
  }

  /** Adds a record; its body is what a filter and the function see under `value`. Answers the sequence. */
  put(key: string, value: unknown, shard = 's1', bytes = 0): string {
    const sequence = String(++this.#sequence).padStart(8, '0')
    const record = {
      eventID: sequence,
      key,
      value,
      ...(bytes > 0 && { filling: 'x'.repeat(bytes) }),
      dynamodb: { SequenceNumber: sequence },
    }
    this.#shards.get(shard)?.records.push({
      sequence,
      partitionKey: key,
      createdMs: this.#clock.nowMs(),
      record,
      recordBytes: Buffer.byteLength(JSON.stringify(record)),
    })
    this.#wake()
    return sequence
  }

  /** Closes a shard; `children` go on from there. */
  split(shard: string, children: readonly string[]): void {
    const parent = this.#shards.get(shard)
    if (parent) parent.closed = true
    for (const id of children) this.#shards.set(id, { parents: [shard], records: [], closed: false })
    this.#wake()
  }

  shards(): Promise<readonly Shard[]> {
    return Promise.resolve([...this.#shards].map(([id, { parents }]) => ({ id, parents })))
  }

  async read(_arn: string, shard: string, from: StreamPosition, recordsMax: number): Promise<StreamPage> {
    const fault = this.faults.shift()
    if (fault) throw fault
    const { records, closed } = this.#shards.get(shard) ?? { records: [], closed: true }
    const start = startOf(records, from)
    const page = records.slice(start, start + recordsMax)
    const last = page.at(-1) ?? records[start - 1]
    const isOver = closed && start + page.length >= records.length
    const next: StreamPosition | undefined = isOver
      ? undefined
      : last
        ? { kind: 'after', sequence: last.sequence }
        : { kind: 'oldest' }
    return { records: page, next }
  }

  watch(_arn: string, wake: () => void): () => void {
    this.#wakes.add(wake)
    return () => this.#wakes.delete(wake)
  }

  #wake(): void {
    for (const wake of this.#wakes) wake()
  }
}

function startOf(records: readonly StreamRecord[], from: StreamPosition): number {
  switch (from.kind) {
    case 'oldest':
      return 0
    case 'latest':
      return records.length
    case 'at-time':
      return indexOr(
        records.length,
        records.findIndex(({ createdMs }) => createdMs >= from.timeMs),
      )
    case 'after':
      return indexOr(
        records.length,
        records.findIndex(({ sequence }) => sequence > from.sequence),
      )
  }
}

function indexOr(otherwise: number, found: number): number {
  return found < 0 ? otherwise : found
}
