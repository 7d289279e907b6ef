// Random operations on the service and on the model beside it; after each the answers must agree, and the counts. Every few
// steps the process is killed and a new one goes on from what the store had acknowledged.
import assert from 'node:assert/strict'
import { seededRandom, type Random } from '#base/ids.ts'
import { AwsError } from '#protocol/errors.ts'
import { decodeMessage } from '#services/sqs/message.ts'
import { arnOf, SqsWorld } from './kit.ts'
import { type ModelMessage, ModelQueue } from './queue-model.ts'

const VISIBILITY_MS = 30_000
const RETENTION_MS = 3_600_000
const RECEIVES_MAX = 3

class Run {
  readonly world = new SqsWorld()
  readonly random: Random
  readonly fifo: boolean
  readonly dead: ModelQueue
  readonly model: ModelQueue
  url = ''
  deadUrl = ''
  readonly handles: { readonly handle: string; readonly id: string }[] = []
  #bodies = 0

  constructor(runSeed: number) {
    this.random = seededRandom(runSeed)
    this.fifo = this.random() < 0.5
    const settings = { fifo: this.fifo, visibilityMs: VISIBILITY_MS, retentionMs: RETENTION_MS }
    this.dead = new ModelQueue(settings)
    const buries = this.random() < 0.5
    this.model = new ModelQueue({ ...settings, ...(buries && { deadLetters: this.dead }) })
    this.#buries = buries
  }

  readonly #buries: boolean

  get nowMs(): number {
    return this.world.clock.nowMs()
  }

  async open(): Promise<void> {
    const suffix = this.fifo ? '.fifo' : ''
    this.deadUrl = await this.world.queue(`dead${suffix}`, { MessageRetentionPeriod: String(RETENTION_MS / 1000) })
    const policy = { deadLetterTargetArn: arnOf(`dead${suffix}`), maxReceiveCount: RECEIVES_MAX }
    this.url = await this.world.queue(`queue${suffix}`, {
      MessageRetentionPeriod: String(RETENTION_MS / 1000),
      ...(this.#buries && { RedrivePolicy: JSON.stringify(policy) }),
    })
  }

  int(below: number): number {
    return Math.trunc(this.random() * below)
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.int(list.length)]
  }

  async step(): Promise<void> {
    const dice = this.random()
    if (dice < 0.35) await this.send()
    else if (dice < 0.6) await this.receive()
    else if (dice < 0.75) await this.delete()
    else if (dice < 0.85) await this.change()
    else if (dice < 0.95) await this.advance()
    else if (dice < 0.97) this.world.restart()
    else if (dice < 0.975) await this.purge()
    else await this.drain()
    await this.checkCounts()
  }

  async send(): Promise<void> {
    const count = this.random() < 0.3 ? 1 + this.int(10) : 1
    const entries = Array.from({ length: count }, (_, index) => ({
      Id: String(index),
      MessageBody: `body ${this.#bodies++} ${'x'.repeat(this.int(50))}`,
      ...(this.fifo
        ? { MessageGroupId: `g${this.int(3)}`, MessageDeduplicationId: `d${this.int(40)}` }
        : { DelaySeconds: this.random() < 0.2 ? this.int(60) : 0 }),
    }))
    const { Successful: sent = [] } = await this.world.run('SendMessageBatch', { QueueUrl: this.url, Entries: entries })
    assert.equal(sent.length, count)
    for (const [index, entry] of entries.entries()) {
      const id = sent[index]?.MessageId ?? ''
      const { MessageBody: body } = entry
      if ('MessageGroupId' in entry) {
        const duplicate = this.model.duplicateOf(entry.MessageDeduplicationId, this.nowMs)
        if (duplicate !== undefined) assert.equal(id, duplicate, 'a duplicate is answered with the first message')
        else
          this.model.add(
            { id, body, group: entry.MessageGroupId, deduplicationId: entry.MessageDeduplicationId },
            this.nowMs,
            0,
          )
      } else {
        this.model.add(
          { id, body, group: undefined, deduplicationId: undefined },
          this.nowMs,
          entry.DelaySeconds * 1000,
        )
      }
    }
  }

  async receive(url = this.url, model = this.model): Promise<number> {
    const max = 1 + this.int(10)
    const visibility = this.random() < 0.2 ? this.int(120) : undefined
    const { Messages: messages = [] } = await this.world.run('ReceiveMessage', {
      QueueUrl: url,
      MaxNumberOfMessages: max,
      MessageSystemAttributeNames: ['All'],
      VisibilityTimeout: visibility,
    })
    const available = await this.settleBurials(model, messages.length, max)
    if (messages.length > 0)
      this.checkOrder(
        messages.map(({ Body }) => Body ?? ''),
        available,
      )
    for (const { MessageId: id = '', Body: body, ReceiptHandle: handle = '', Attributes: attributes } of messages) {
      const expected = model.find(id)
      assert.ok(expected, 'a received message is in the model')
      assert.ok(available.includes(expected), `${id} was not visible`)
      assert.equal(body, expected.body)
      model.receive(expected, handle, this.nowMs, visibility === undefined ? undefined : visibility * 1000)
      assert.equal(attributes?.ApproximateReceiveCount, String(expected.receives))
      assert.equal(attributes?.SentTimestamp, String(expected.sentMs))
      assert.equal(attributes?.ApproximateFirstReceiveTimestamp, String(expected.firstReceivedMs))
      if (model === this.model) this.handles.push({ handle, id })
    }
    return messages.length
  }

  /**
   * What the answer could be made of. Messages that were received too often leave when they are met, in the service's own
   * order: which of them have left is read from the dead-letter queue, and the model follows if they might.
   */
  async settleBurials(model: ModelQueue, received: number, max: number): Promise<ModelMessage[]> {
    if (!this.#buries || model !== this.model) {
      const available = model.available(this.nowMs)
      assert.equal(received, Math.min(max, available.length), 'short polls give all that there is')
      return available
    }
    const dead = await this.deadIds()
    for (let buried = true; buried;) {
      buried = false
      for (const message of model.available(this.nowMs)) {
        if (!dead.has(message.id)) continue
        assert.ok(message.receives >= RECEIVES_MAX, 'a message left that was not received often enough')
        model.bury(message, this.nowMs)
        buried = true
      }
    }
    for (const id of dead) assert.ok(this.dead.find(id), `${id} left, but could not`)
    const available = model.available(this.nowMs)
    if (received === max) return available
    const fit = available.filter(({ receives }) => receives < RECEIVES_MAX)
    if (!this.fifo) assert.equal(received, Math.min(max, fit.length), 'short polls give all that there is')
    else if (fit.length > 0) assert.ok(received > 0, 'short polls give something where there is something')
    return available
  }

  async deadIds(): Promise<ReadonlySet<string>> {
    // Moves go on after the answer.
    for (let turn = 0; turn < 10; turn++) await this.world.clock.advance(0)
    const queue = await this.world.deps.queues.find(arnOf(this.fifo ? 'dead.fifo' : 'dead'))
    const prefix = ['sqs.message', queue?.record.uid ?? '']
    const entries = await this.world.store.list({ prefix })
    return new Set(entries.map(({ value }) => decodeMessage(value).messageId))
  }

  checkOrder(bodies: readonly string[], available: readonly ModelMessage[]): void {
    if (!this.fifo) return
    for (const group of new Set(available.map((message) => message.group))) {
      const order = available.filter((message) => message.group === group).map(({ body }) => body)
      const got = bodies.filter((body) => order.includes(body))
      assert.deepEqual(got, order.slice(0, got.length), `group ${group} came out of order`)
    }
  }

  async delete(): Promise<void> {
    const held = this.pick(this.handles)
    if (held === undefined) return
    const message = this.model.find(held.id)
    const outcome = await this.outcome('DeleteMessage', held.handle, {})
    if (message === undefined) return this.expectOf(outcome, ['ok', 'expired'])
    const isLatest = message.handle === held.handle
    if (this.fifo && !(isLatest && message.isInFlight)) return this.expectOf(outcome, ['expired'])
    this.expectOf(outcome, ['ok'])
    if (isLatest) this.model.remove(message)
  }

  async change(): Promise<void> {
    const held = this.pick(this.handles)
    if (held === undefined) return
    const seconds = this.random() < 0.3 ? 0 : this.int(200)
    const message = this.model.find(held.id)
    const outcome = await this.outcome('ChangeMessageVisibility', held.handle, { VisibilityTimeout: seconds })
    if (message === undefined) return this.expectOf(outcome, ['not there', 'expired'])
    if (message.handle !== held.handle) return this.expectOf(outcome, [this.fifo ? 'expired' : 'not there'])
    if (!message.isInFlight) return this.expectOf(outcome, ['not in flight'])
    this.expectOf(outcome, ['ok'])
    message.visibleMs = this.nowMs + seconds * 1000
    message.isInFlight = seconds > 0
  }

  expectOf(outcome: string, allowed: readonly string[]): void {
    assert.ok(allowed.includes(outcome), `the answer was "${outcome}", not ${allowed.join(' or ')}`)
  }

  async outcome(operation: 'DeleteMessage' | 'ChangeMessageVisibility', handle: string, more: object): Promise<string> {
    try {
      await this.world.run(operation, { QueueUrl: this.url, ReceiptHandle: handle, ...more })
      return 'ok'
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      if (error.code === 'MessageNotInflight') return 'not in flight'
      if (/expired/.test(error.message)) return 'expired'
      if (/does not exist/.test(error.message)) return 'not there'
      throw error
    }
  }

  async advance(): Promise<void> {
    const longMs = this.random() < 0.1 ? RETENTION_MS / 3 : 45_000
    await this.world.clock.advance(1 + this.int(longMs))
    this.model.tick(this.nowMs)
    this.dead.tick(this.nowMs)
  }

  async purge(): Promise<void> {
    try {
      await this.world.run('PurgeQueue', { QueueUrl: this.url })
      this.model.messages = []
    } catch (error) {
      assert.ok(error instanceof AwsError && error.code === 'PurgeQueueInProgress')
    }
  }

  async drain(): Promise<void> {
    while ((await this.receive()) > 0);
    if (this.#buries) while ((await this.receive(this.deadUrl, this.dead)) > 0);
  }

  /** Expired messages count until the sweep, so counts are compared where none has expired since. */
  async checkCounts(): Promise<void> {
    if (this.#buries) return
    this.model.tick(this.nowMs)
    await this.world.clock.advance(0)
    const { Attributes: attributes } = await this.world.run('GetQueueAttributes', {
      QueueUrl: this.url,
      AttributeNames: ['All'],
    })
    const { visible, inFlight, delayed } = this.model.counts(this.nowMs)
    assert.ok(Number(attributes?.ApproximateNumberOfMessages) >= visible)
    assert.ok(Number(attributes?.ApproximateNumberOfMessagesNotVisible) >= inFlight)
    assert.equal(Number(attributes?.ApproximateNumberOfMessagesDelayed), delayed)
  }
}

/** Runs so many sequences of so many steps, each with a seed of its own. Throws where service and model differ. */
export async function compareWithModel(sequences: number, steps: number, seed: number): Promise<void> {
  for (let sequence = 0; sequence < sequences; sequence++) {
    const run = new Run(seed + sequence)
    await run.open()
    let step = 0
    try {
      for (; step < steps; step++) await run.step()
    } catch (error) {
      const kind = run.fifo ? 'FIFO' : 'standard'
      throw new Error(`seed ${seed + sequence}, step ${step}, ${kind}`, { cause: error })
    }
    await run.world.close()
  }
}
