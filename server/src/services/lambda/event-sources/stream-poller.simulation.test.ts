// Streams that feed functions, under faults, in virtual time, from seeds: invocations fail, are throttled, name where they
// failed; the source refuses, shards split; the store conflicts, fills up and crashes, and another life goes on from what
// is on disk. Invariants: S1 to S4 of shard-poller.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { type Random, seededRandom } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import { decodeRecord, OUTBOX_LOG } from '#events/outbox.ts'
import { createMemoryStore, type MemoryStore } from '#storage/memory/memory-store.ts'
import { FakeStream } from '../../../../test/lambda/fake-stream.ts'
import type { StreamMapping } from './mapping-record.ts'
import type { BatchOutcome } from './poller.ts'
import { StreamPoller } from './stream-poller.ts'

const SEEDS = 200
const RECORDS = 60
const KEYS = 6
const LIVES = 3

interface Seen {
  readonly eventID: string
  readonly key: string
  readonly value: { readonly poison: boolean }
}

class World {
  readonly clock = new ManualClock()
  readonly random: Random
  readonly stream: FakeStream
  readonly mapping: StreamMapping
  readonly faults: string[] = []
  readonly done = new Set<string>()
  /** Done for the first time behind a later record of the same key. */
  readonly late: { readonly eventID: string; readonly after: string }[] = []
  /** Per key, the last record that was done. */
  readonly lastDone = new Map<string, string>()
  store: MemoryStore
  crashed = false
  life = 0
  readonly #seed: number
  readonly #running = new Map<string, number>()

  constructor(seed: number) {
    this.#seed = seed
    this.random = seededRandom(seed)
    this.stream = new FakeStream(this.clock)
    this.store = createMemoryStore({ clock: this.clock, ...this.#storeFaults() })
    this.mapping = {
      uuid: 'u',
      account: 'a',
      region: 'r',
      sourceArn: 'arn',
      state: 'Enabled',
      enabled: true,
      lastModifiedMs: 0,
      tags: {},
      kind: 'stream',
      service: 'dynamodb',
      startingPosition: { kind: 'TRIM_HORIZON' },
      settings: {
        functionArn: 'f',
        batchSize: 1 + Math.floor(this.random() * 10),
        windowS: 0,
        filters: [],
        reportsItemFailures: this.random() < 0.5,
        kmsKeyArn: undefined,
        metrics: undefined,
        parallelizationFactor: 1 + Math.floor(this.random() * 3),
        retriesMax: 3,
        recordAgeMaxS: -1,
        bisects: this.random() < 0.5,
        tumblingWindowS: 0,
        onFailureArn: 'arn:aws:sqs:r:a:lost',
      },
    }
  }

  #storeFaults(): Parameters<MemoryStore['restart']>[0] {
    const life = ++this.life
    return {
      faults: {
        seed: this.#seed * 10 + life,
        conflictRate: 0.03,
        fullRate: 0.03,
        // The last life lasts, so that every run ends.
        ...(life < LIVES && { crashAtStep: 20 + Math.floor(this.random() * 80) }),
      },
      onFatal: () => (this.crashed = true),
    }
  }

  restart(): void {
    if (!this.crashed) this.store.crash()
    this.crashed = false
    this.#running.clear()
    this.store = this.store.restart({ clock: this.clock, ...this.#storeFaults() })
  }

  open(): StreamPoller {
    const { life } = this
    return new StreamPoller(this.mapping, this.stream, this.store, {
      clock: this.clock,
      random: this.random,
      log: silentLog,
      functionExists: () => Promise.resolve(true),
      role: () => Promise.resolve(undefined),
      mayRead: () => Promise.resolve(true),
      report: () => {},
      invoke: (event) => this.#invoke(life, event),
    })
  }

  async #invoke(life: number, event: Uint8Array): Promise<BatchOutcome> {
    if (life !== this.life || this.crashed) return new Promise(() => {})
    const { Records } = JSON.parse(Buffer.from(event).toString()) as { Records: Seen[] }
    if (this.random() < 0.1) return { kind: 'throttled' }
    this.#enter(Records)
    await this.clock.sleep(this.random() * 200)
    if (life !== this.life || this.crashed) return new Promise(() => {})
    this.#leave(Records)
    const bad = Records.findIndex(({ value }) => value.poison || this.random() < 0.02)
    if (bad >= 0 && !this.mapping.settings.reportsItemFailures)
      return { kind: 'failed', answer: Buffer.from('{}'), executedVersion: '1' }
    for (const record of bad < 0 ? Records : Records.slice(0, bad)) this.#noteDone(record)
    const failures = bad < 0 ? [] : [{ itemIdentifier: Records[bad]?.eventID }]
    const answer = Buffer.from(JSON.stringify({ batchItemFailures: failures }))
    return { kind: 'succeeded', answer, executedVersion: '1' }
  }

  #enter(records: readonly Seen[]): void {
    for (const key of new Set(records.map((record) => record.key))) {
      const running = (this.#running.get(key) ?? 0) + 1
      this.#running.set(key, running)
      if (running > 1) this.faults.push(`S2: key ${key} runs twice`)
    }
  }

  #leave(records: readonly Seen[]): void {
    for (const key of new Set(records.map((record) => record.key)))
      this.#running.set(key, (this.#running.get(key) ?? 1) - 1)
  }

  #noteDone({ eventID, key }: Seen): void {
    if (!this.done.has(eventID)) {
      const last = this.lastDone.get(key)
      if (last !== undefined && eventID < last) this.late.push({ eventID, after: last })
      this.lastDone.set(key, eventID)
    }
    this.done.add(eventID)
  }
}

/** What the place for failures was told, as ranges of sequences. */
async function toldLost(store: MemoryStore): Promise<readonly { readonly first: string; readonly last: string }[]> {
  const entries = await store.list({ prefix: OUTBOX_LOG })
  return entries.map((entry) => {
    const document = JSON.parse(Buffer.from(decodeRecord(entry.value).envelope.payload ?? []).toString()) as {
      DDBStreamBatchInfo: { startSequenceNumber: string; endSequenceNumber: string }
    }
    const { startSequenceNumber: first, endSequenceNumber: last } = document.DDBStreamBatchInfo
    return { first, last }
  })
}

async function run(seed: number): Promise<void> {
  const world = new World(seed)
  const sequences: string[] = []
  let shard = 's1'
  for (let life = 1; life <= LIVES; life++) {
    const poller = world.open()
    void poller.start().catch(() => {})
    for (let n = 0; n < RECORDS / LIVES; n++) {
      const key = `k${Math.floor(world.random() * KEYS)}`
      if (world.random() < 0.05) world.stream.faults.push(new Error('refused'))
      sequences.push(world.stream.put(key, { poison: world.random() < 0.03 }, shard))
      if (world.random() < 0.03) {
        world.stream.split(shard, [`${shard}a`])
        shard = `${shard}a`
      }
      await world.clock.advance(world.random() * 100)
    }
    if (life < LIVES) {
      for (let turn = 0; turn < 30 && !world.crashed; turn++) await world.clock.advance(100)
      world.restart()
      continue
    }
    const isOver = async (): Promise<boolean> => {
      const lost = await toldLost(world.store).catch(() => [])
      return sequences.every(
        (one) => world.done.has(one) || lost.some(({ first, last }) => one >= first && one <= last),
      )
    }
    for (let turn = 0; turn < 300 && !(await isOver()); turn++) await world.clock.advance(1000)
    void poller.stop()
  }
  await world.clock.advance(100_000)
  const lost = await toldLost(world.store)
  const isTold = (one: string): boolean => lost.some(({ first, last }) => one >= first && one <= last)
  const missing = sequences.filter((one) => !world.done.has(one) && !isTold(one))
  // What was given up before a crash may be repeated after it, as everything behind the checkpoint.
  const late = world.late.filter(({ eventID }) => !isTold(eventID))
  assert.deepEqual({ seed, faults: world.faults, late, missing }, { seed, faults: [], late: [], missing: [] })
}

test(`no record is lost and each key keeps its order over ${SEEDS} seeds with crashes, conflicts and failures`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) await run(seed)
})
