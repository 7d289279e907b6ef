// Holds tables and indexes to the throughput that is configured for them: the units of provisioned ones, the ceilings of
// on-demand ones. Unused units of five minutes are saved up for bursts, as AWS does. The buckets are per node and in memory:
// they limit, they promise nothing.
import type { Clock } from '#base/clock.ts'
import type { Usage } from './capacity.ts'
import { onDemandExceeded, throughputExceeded } from './errors.ts'
import { BURST_SECONDS } from './limits.ts'
import type { IndexRecord, TableRecord } from './table-record.ts'

interface Bucket {
  units: number
  filledMs: number
  perSecond: number
}

const BUCKETS_MAX = 10_000

export class Throughput {
  readonly #clock: Clock
  readonly #buckets = new Map<string, Bucket>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  forget(): void {
    this.#buckets.clear()
  }

  /**
   * Refuses an operation when what was used before has emptied a bucket. As on AWS a large operation may go below zero, and
   * those after it wait. Throws ProvisionedThroughputExceededException or ThrottlingException.
   */
  admit(record: TableRecord, kind: 'read' | 'write', index?: IndexRecord): void {
    const limit = limitOf(record, kind, index)
    if (limit !== undefined && this.#bucket(record, kind, index, limit).units <= 0) throw refusal(record)
    if (kind === 'write')
      for (const other of record.indexes)
        if (other.scope === 'global' && other !== index) this.#admitIndex(record, other)
  }

  #admitIndex(record: TableRecord, index: IndexRecord): void {
    const limit = limitOf(record, 'write', index)
    if (limit !== undefined && this.#bucket(record, 'write', index, limit).units <= 0) throw refusal(record)
  }

  /** Takes what an operation used. */
  spend(record: TableRecord, usage: Usage): void {
    const limit = limitOf(record, usage.kind, undefined)
    if (limit !== undefined) this.#bucket(record, usage.kind, undefined, limit).units -= usage.table
    for (const [name, units] of usage.indexes) {
      const index = record.indexes.find((found) => found.name === name)
      if (index === undefined) continue
      const ofIndex = limitOf(record, usage.kind, index)
      // A local index lives on the units of its table.
      if (ofIndex !== undefined) this.#bucket(record, usage.kind, index, ofIndex).units -= units
    }
  }

  #bucket(record: TableRecord, kind: string, index: IndexRecord | undefined, perSecond: number): Bucket {
    const space = index === undefined || index.scope === 'local' ? record.space : index.space
    const name = `${space}/${kind}`
    const nowMs = this.#clock.monotonicMs()
    const found = this.#buckets.get(name)
    if (found?.perSecond === perSecond) {
      found.units = Math.min(perSecond * BURST_SECONDS, found.units + ((nowMs - found.filledMs) / 1000) * perSecond)
      found.filledMs = nowMs
      return found
    }
    const fresh = { units: perSecond * BURST_SECONDS, filledMs: nowMs, perSecond }
    if (this.#buckets.size >= BUCKETS_MAX) this.#buckets.clear()
    this.#buckets.set(name, fresh)
    return fresh
  }
}

/** Units per second; undefined where nothing is configured. */
function limitOf(record: TableRecord, kind: 'read' | 'write', index: IndexRecord | undefined): number | undefined {
  const global = index?.scope === 'global' ? index : undefined
  if (record.billing.mode === 'PROVISIONED') return (global === undefined ? record.billing.units : global.units)?.[kind]
  const { readMax, writeMax } = global ?? record.billing
  const ceiling = kind === 'read' ? readMax : writeMax
  return ceiling === undefined || ceiling < 0 ? undefined : ceiling
}

function refusal(record: TableRecord): Error {
  return record.billing.mode === 'PROVISIONED' ? throughputExceeded() : onDemandExceeded()
}
