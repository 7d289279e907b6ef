// Leases: one owner at a time for what needs one, such as the queues of an installation. Ownership is a record of the Store.
// Whoever takes a lease writes it anew, and whoever owns it adds its `check` to every commit: an owner that was replaced
// without noticing can write nothing any more, whatever its clock says.
//
//   free or let go ──take──▶ held ──release──▶ let go
//                             └─ its beat stands still for LEASE_MS, by the taker's own monotonic clock ──▶ taken over
import type { CancelTimer, Clock } from '#base/clock.ts'
import { jsonCodec } from '#storage/collection.ts'
import type { Check, Key, Store, Version } from '#storage/store.ts'
import { InvariantError } from '#base/errors.ts'
import { BEAT_INTERVAL_MS, LEASE_MS } from './limits.ts'

interface LeaseRecord {
  /** The node that holds it; undefined when it was let go. */
  readonly owner: string | undefined
  /** Rises with every taking. */
  readonly epoch: number
}

const recordCodec = jsonCodec<LeaseRecord>(1)
const beatCodec = jsonCodec<number>(1)

/** A node: one start of one server. */
export interface NodeIdentity {
  readonly id: string
  /** No other process can have the same Store open. */
  readonly alone: boolean
}

export interface LeaseOptions {
  readonly store: Store
  readonly clock: Clock
  /** What is owned. */
  readonly name: string
  /** This node, unique for each start of it. */
  readonly owner: string
  /** No other process can have this Store open: a lease that is held is that of a former life. */
  readonly alone: boolean
  /** Ends the waiting for a lease, and the beating of one that is held. */
  readonly signal: AbortSignal
}

/** Another node took the lease: what is in memory here is not the truth any more. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError'
}

export class Lease {
  /** For every commit of the owner. */
  readonly check: Check
  readonly #options: LeaseOptions
  readonly #epoch: number
  #cancelBeat: CancelTimer = () => {}
  #beats = 0

  private constructor(options: LeaseOptions, epoch: number, version: Version) {
    this.#options = options
    this.#epoch = epoch
    this.check = { key: leaseKey(options.name), version }
  }

  /** Waits until the lease is free or its holder is gone. Rejects with LeaseLostError when the signal comes first. */
  static async take(options: LeaseOptions): Promise<Lease> {
    const { store, name, owner, alone, signal } = options
    for (;;) {
      if (signal.aborted) throw new LeaseLostError(`nobody waits for the lease of ${name} any more`)
      const key = leaseKey(name)
      const found = await store.get(key)
      const held = found && recordCodec.decode(found.value)
      if (held?.owner !== undefined && !alone && (await isAlive(options))) continue
      const epoch = (held?.epoch ?? 0) + 1
      const outcome = await store.commit({
        checks: [{ key, version: found?.version ?? null }],
        sets: [{ key, value: recordCodec.encode({ owner, epoch }) }],
      })
      // Somebody else was quicker.
      if (outcome.kind === 'conflict') continue
      const lease = new Lease(options, epoch, outcome.version)
      if (!alone) lease.#beat()
      return lease
    }
  }

  /** Lets others have it without waiting. What was lost before stays lost. */
  async release(): Promise<void> {
    this.#cancelBeat()
    const value = recordCodec.encode({ owner: undefined, epoch: this.#epoch })
    await this.#options.store.commit({ checks: [this.check], sets: [{ key: this.check.key, value }] })
  }

  /** Shows others that the holder lives. A beat that fails is followed by the next one; commits tell what was lost. */
  #beat(): void {
    const { store, clock, name, signal } = this.#options
    if (signal.aborted) return
    const sets = [{ key: beatKey(name), value: beatCodec.encode(++this.#beats) }]
    void store.commit({ checks: [this.check], sets }).then(
      (outcome) => {
        if (outcome.kind === 'committed') this.#beatLater(clock)
      },
      () => this.#beatLater(clock),
    )
  }

  #beatLater(clock: Clock): void {
    this.#cancelBeat = clock.after(BEAT_INTERVAL_MS, () => this.#beat())
  }
}

/** Whether the holder's beat moves within LEASE_MS. */
async function isAlive({ store, clock, name, signal }: LeaseOptions): Promise<boolean> {
  const before = (await store.get(beatKey(name)))?.version
  const untilMs = clock.monotonicMs() + LEASE_MS
  while (clock.monotonicMs() < untilMs) {
    await clock.sleep(BEAT_INTERVAL_MS, signal)
    if (signal.aborted || (await store.get(beatKey(name)))?.version !== before) return true
  }
  return false
}

function leaseKey(name: string): Key {
  if (name === '') throw new InvariantError('a lease without a name')
  return ['cluster.leases', name]
}

function beatKey(name: string): Key {
  return ['cluster.beats', name]
}
