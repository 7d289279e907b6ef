// Several clients at once on a queue with dead letters, over a store that is slow, full now and then, and crashes at some
// step of some commit. Afterwards every message is in one place, or nowhere if somebody asked for its delete.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { seededRandom, type Random } from '#base/ids.ts'
import { AwsError } from '#protocol/errors.ts'
import { createMemoryStore, type MemoryStore } from '#storage/memory/memory-store.ts'
import { StoreClosedError, StoreFullError } from '#storage/store.ts'
import { arnOf, SqsWorld } from './kit.ts'

const SEEDS = 100
const CLIENTS = 6
const STEPS = 25
const firstSeed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))

class Simulation {
  readonly #random: Random
  readonly #clock = new ManualClock()
  readonly #store: MemoryStore
  readonly #fifo: boolean
  readonly #acknowledged = new Set<string>()
  readonly #sent = new Set<string>()
  readonly #deleting = new Set<string>()
  readonly #deleted = new Set<string>()
  #world: SqsWorld
  #queueUrl = ''
  #deadUrl = ''

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#fifo = this.#random() < 0.5
    const crashAtStep = 20 + Math.trunc(this.#random() * 300)
    const faults = { seed, delayMsMax: 5, fullRate: 0.01, crashAtStep }
    this.#store = createMemoryStore({ clock: this.#clock, faults })
    this.#world = new SqsWorld({ store: this.#store, clock: this.#clock })
  }

  async run(): Promise<void> {
    const state = { isDone: false }
    const working = this.#work().finally(() => (state.isDone = true))
    while (!state.isDone) await this.#clock.advance(1)
    await working
    this.#store.crash()
    this.#world = new SqsWorld({ store: this.#store.restart(), clock: this.#clock })
    await this.#open()
    await this.#look()
    await this.#world.close()
  }

  async #work(): Promise<void> {
    while (!(await this.#survives(() => this.#open())));
    await Promise.all(Array.from({ length: CLIENTS }, (_, client) => this.#client(client)))
  }

  /** False: the store was full. Anything is said to have worked after the crash. */
  async #survives(work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
    } catch (error) {
      if (error instanceof StoreFullError) return false
      const isOver = error instanceof StoreClosedError
      // A handle that is too old, after a visibility timeout.
      if (!isOver && !(error instanceof AwsError)) throw error
    }
    return true
  }

  async #open(): Promise<void> {
    const suffix = this.#fifo ? '.fifo' : ''
    const common: Record<string, string> = {
      VisibilityTimeout: '1',
      ...(this.#fifo && { ContentBasedDeduplication: 'true' }),
    }
    this.#deadUrl = await this.#world.queue(`dead${suffix}`, common)
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf(`dead${suffix}`), maxReceiveCount: 2 })
    this.#queueUrl = await this.#world.queue(`q${suffix}`, { ...common, RedrivePolicy })
  }

  async #client(client: number): Promise<void> {
    for (let step = 0; step < STEPS; step++)
      await this.#survives(() => (this.#random() < 0.5 ? this.#send(`${client}-${step}`, client) : this.#receive()))
  }

  async #send(body: string, client: number): Promise<void> {
    this.#sent.add(body)
    const group = this.#fifo ? { MessageGroupId: `g${client % 3}` } : {}
    await this.#world.run('SendMessage', { QueueUrl: this.#queueUrl, MessageBody: body, ...group })
    this.#acknowledged.add(body)
  }

  async #receive(): Promise<void> {
    const timeoutSeconds = Math.trunc(this.#random() * 2)
    const endMs = this.#clock.nowMs() + timeoutSeconds * 1000
    const input = { QueueUrl: this.#queueUrl, MaxNumberOfMessages: 3, VisibilityTimeout: timeoutSeconds }
    const { Messages: messages = [] } = await this.#world.run('ReceiveMessage', input)
    for (const { Body: body = '', ReceiptHandle = '' } of messages) {
      if (this.#random() < 0.7) continue
      this.#deleting.add(body)
      await this.#world.run('DeleteMessage', { QueueUrl: this.#queueUrl, ReceiptHandle })
      // Later it may have been somebody else's, or among the dead letters.
      if (this.#clock.nowMs() < endMs) this.#deleted.add(body)
    }
  }

  async #look(): Promise<void> {
    await this.#clock.advance(10_000)
    const found: string[] = []
    for (const url of [this.#queueUrl, this.#deadUrl]) {
      for (;;) {
        const input = { QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 }
        const { Messages: messages = [] } = await this.#world.run('ReceiveMessage', input)
        if (messages.length === 0) break
        for (const { Body: body = '', ReceiptHandle = '' } of messages) {
          found.push(body)
          await this.#world.run('DeleteMessage', { QueueUrl: url, ReceiptHandle })
        }
      }
    }
    assert.equal(new Set(found).size, found.length, 'a message is there twice')
    for (const body of found) {
      assert.ok(this.#sent.has(body), `${body} was never sent`)
      assert.ok(!this.#deleted.has(body), `${body} was deleted`)
    }
    for (const body of this.#acknowledged)
      if (!this.#deleting.has(body)) assert.ok(found.includes(body), `${body} is lost`)
  }
}

test(`with faults and a crash every message is in one place, over ${SEEDS} seeds (first ${firstSeed})`, async () => {
  for (let seed = firstSeed; seed < firstSeed + SEEDS; seed++) {
    try {
      await new Simulation(seed).run()
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
  }
})
