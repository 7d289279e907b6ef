// Queues that feed functions, under faults, in virtual time, from seeds: invocations fail, are throttled, report single
// items, take longer than the visibility timeout; the queue refuses; the poller is stopped, or forgotten as by a crash,
// and another life goes on. Invariants: Q1 to Q4 of queue-poller.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { type Random, seededRandom } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import type { QueueSource } from '#events/queue-source.ts'
import { FakeQueue } from '../../../../test/lambda/fake-queue.ts'
import type { QueueMapping } from './mapping-record.ts'
import type { BatchOutcome } from './poller.ts'
import { QueuePoller } from './queue-poller.ts'

const SEEDS = 300
const MESSAGES = 40
const GROUPS = 4
const LIVES = 3
const VISIBILITY_MS = 5000

class World {
  readonly clock = new ManualClock()
  readonly random: Random
  readonly queue: FakeQueue
  readonly mapping: QueueMapping
  readonly faults: string[] = []
  /** Messages of which an invocation said that they are done. */
  readonly done = new Set<string>()
  /** Per group, the number of its last message that was done. */
  readonly lastDone = new Map<string, number>()
  life = 0
  running = 0
  readonly #groupsRunning = new Map<string, number>()

  constructor(seed: number) {
    this.random = seededRandom(seed)
    const fifo = seed % 2 === 0
    this.queue = new FakeQueue(this.clock, { fifo, visibilityTimeoutMs: VISIBILITY_MS })
    this.mapping = {
      uuid: 'u',
      account: 'a',
      region: 'r',
      sourceArn: 'arn',
      state: 'Enabled',
      enabled: true,
      lastModifiedMs: 0,
      tags: {},
      kind: 'queue',
      service: 'sqs',
      fifo,
      settings: {
        functionArn: 'f',
        batchSize: fifo ? 5 : 1 + Math.floor(this.random() * 20),
        windowS: fifo ? 0 : Math.floor(this.random() * 2),
        filters: this.random() < 0.3 ? ['{"body":{"keep":[true]}}'] : [],
        reportsItemFailures: this.random() < 0.5,
        kmsKeyArn: undefined,
        metrics: undefined,
        concurrencyMax: this.random() < 0.5 ? 2 + Math.floor(this.random() * 3) : undefined,
        provisionedPollers: undefined,
      },
    }
  }

  open(): QueuePoller {
    const life = ++this.life
    this.running = 0
    this.#groupsRunning.clear()
    return new QueuePoller(this.mapping, this.#sourceOf(life), {
      clock: this.clock,
      random: this.random,
      log: silentLog,
      functionExists: () => Promise.resolve(this.random() > 0.05),
      role: () => Promise.resolve(undefined),
      mayRead: () => Promise.resolve(true),
      report: () => {},
      invoke: (event) => this.#invoke(life, event),
    })
  }

  /** What a life that was forgotten still calls never answers. */
  #sourceOf(life: number): QueueSource {
    const whileAlive = <T>(call: () => Promise<T>): Promise<T> => {
      const dead = new Promise<T>(() => {})
      if (life !== this.life) return dead
      return call().then((answer) => (life === this.life ? answer : dead))
    }
    return {
      describe: () => whileAlive(() => this.queue.describe()),
      receive: (arn, options) => whileAlive(() => this.queue.receive(arn, options)),
      delete: (arn, handles) => whileAlive(() => this.queue.delete(arn, handles)),
      release: (arn, handles, delayMs) => whileAlive(() => this.queue.release(arn, handles, delayMs)),
    }
  }

  async #invoke(life: number, event: Uint8Array): Promise<BatchOutcome> {
    const { Records } = JSON.parse(Buffer.from(event).toString()) as { Records: { messageId: string }[] }
    const ids = Records.map(({ messageId }) => messageId)
    // Whoever was forgotten by a crash runs nothing any more.
    if (life !== this.life) return new Promise(() => {})
    if (this.random() < 0.1) return { kind: 'throttled' }
    if (this.random() < 0.02) return { kind: 'gone' }
    this.#enter(ids)
    await this.clock.sleep(this.random() * 300)
    if (life !== this.life) return new Promise(() => {})
    const failedIds = this.#failures(ids)
    this.#leave(ids)
    this.#noteDone(ids.filter((id) => !failedIds.includes(id)))
    if (failedIds.length === ids.length) return { kind: 'failed', answer: Buffer.from('{}'), executedVersion: '1' }
    const answer = { batchItemFailures: failedIds.map((itemIdentifier) => ({ itemIdentifier })) }
    return { kind: 'succeeded', answer: Buffer.from(JSON.stringify(answer)), executedVersion: '1' }
  }

  /** A well-behaved function of a FIFO queue fails everything behind the first failure of a group. */
  #failures(ids: readonly string[]): readonly string[] {
    if (this.random() < 0.15) return ids
    if (!this.mapping.settings.reportsItemFailures) return []
    const broken = new Set<string>()
    return ids.filter((id) => {
      if (this.random() < 0.15) broken.add(this.mapping.fifo ? groupOf(id) : id)
      return broken.has(this.mapping.fifo ? groupOf(id) : id)
    })
  }

  #enter(ids: readonly string[]): void {
    this.running++
    const { concurrencyMax = 1000 } = this.mapping.settings
    if (this.running > concurrencyMax) this.faults.push(`Q3: ${this.running} at once`)
    if (!this.mapping.fifo) return
    for (const group of new Set(ids.map(groupOf))) {
      const running = (this.#groupsRunning.get(group) ?? 0) + 1
      this.#groupsRunning.set(group, running)
      if (running > 1) this.faults.push(`Q3: group ${group} runs twice`)
    }
  }

  #leave(ids: readonly string[]): void {
    this.running--
    if (this.mapping.fifo)
      for (const group of new Set(ids.map(groupOf))) {
        this.#groupsRunning.set(group, (this.#groupsRunning.get(group) ?? 1) - 1)
      }
  }

  #noteDone(ids: readonly string[]): void {
    for (const id of ids) {
      const number = Number(id.split('-')[1])
      // A repetition of what was done goes back; anything new must go forward.
      if (this.mapping.fifo && !this.done.has(id) && number < (this.lastDone.get(groupOf(id)) ?? -1))
        this.faults.push(`order: ${id} after ${this.lastDone.get(groupOf(id))}`)
      if (!this.done.has(id)) this.lastDone.set(groupOf(id), number)
      this.done.add(id)
    }
  }
}

function groupOf(id: string): string {
  return id.split('-')[0] ?? ''
}

async function run(seed: number): Promise<void> {
  const world = new World(seed)
  const kept = new Set<string>()
  let sent = 0
  for (let life = 0; life < LIVES; life++) {
    const poller = world.open()
    await poller.start()
    const upTo = Math.floor((MESSAGES * (life + 1)) / LIVES)
    while (sent < upTo) {
      const id = `g${sent % GROUPS}-${sent}`
      const keep = world.random() < 0.8
      if (keep || world.mapping.settings.filters.length === 0) kept.add(id)
      if (world.random() < 0.05) world.queue.faults.push(new Error('refused'))
      world.queue.send(id, JSON.stringify({ keep }), world.mapping.fifo ? groupOf(id) : undefined)
      sent++
      await world.clock.advance(world.random() * 100)
    }
    if (life === LIVES - 1) {
      for (let turn = 0; turn < 3000 && world.queue.left.length > 0; turn++) await world.clock.advance(100)
    } else if (world.random() < 0.5) {
      await Promise.all([poller.stop(), world.clock.advance(10_000)])
      const received = world.queue.received.length
      await world.clock.advance(2 * VISIBILITY_MS)
      if (world.queue.received.length !== received) world.faults.push('Q4: received after the stop')
    } else {
      // A crash: nobody stops anything, the next life begins beside what is left of this one.
      world.life++
    }
  }
  const early = world.queue.deleted.filter((id) => kept.has(id) && !world.done.has(id))
  assert.deepEqual(
    { seed, faults: world.faults, left: world.queue.left, early },
    { seed, faults: [], left: [], early: [] },
  )
  const missing = [...kept].filter((id) => !world.done.has(id))
  assert.deepEqual({ seed, missing }, { seed, missing: [] })
}

test(`no message is lost over ${SEEDS} seeds with failures, throttling, stops and crashes`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) await run(seed)
})
