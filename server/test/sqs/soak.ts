// Messages through a queue on SQLite as fast as they go, several senders and receivers at once, each message numbered: what
// was received is compared with what was sent.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#base/clock.ts'
import { openSqliteStore } from '#storage/sqlite/sqlite-store.ts'
import { SqsWorld } from './kit.ts'

const SENDERS = 32
const RECEIVERS = 32
const BATCH = 10

export interface SoakOptions {
  readonly messages: number
  /** Groups of a FIFO queue; 0: a standard queue. */
  readonly groups: number
}

export interface SoakReport {
  readonly lost: number
  readonly duplicates: number
  /** Messages of a group that came after a later one. */
  readonly reordered: number
  readonly seconds: number
}

/** Sends and receives them all. */
export async function soak({ messages, groups }: SoakOptions): Promise<SoakReport> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-soak-'))
  const onFatal = (error: Error): void => {
    throw error
  }
  const store = await openSqliteStore({ path: join(folder, 'store.sqlite'), onFatal })
  const world = new SqsWorld({ store, clock: systemClock })
  try {
    const url = await world.queue(groups > 0 ? 'soak.fifo' : 'soak')
    const beganMs = performance.now()
    const ledger = new Ledger(messages)
    await Promise.all([send(world, url, messages, groups), receive(world, url, ledger)])
    return { ...ledger.report(), seconds: (performance.now() - beganMs) / 1000 }
  } finally {
    await world.close()
    await store.close()
    await rm(folder, { recursive: true })
  }
}

/** A sender has its own groups, so that it knows their order. */
async function send(world: SqsWorld, url: string, messages: number, groups: number): Promise<void> {
  let next = 0
  const sender = async (index: number): Promise<void> => {
    while (next < messages) {
      const first = next
      next = Math.min(messages, first + BATCH)
      const entries = Array.from({ length: next - first }, (_, offset) => {
        const number = first + offset
        const group = index + SENDERS * (number % Math.max(1, Math.floor(groups / SENDERS)))
        const fifo = { MessageGroupId: `g${group}`, MessageDeduplicationId: String(number) }
        return { Id: String(offset), MessageBody: `${group} ${number}`, ...(groups > 0 && fifo) }
      })
      const { Failed: failed } = await world.run('SendMessageBatch', { QueueUrl: url, Entries: entries })
      if (failed !== undefined) throw new Error(`${failed.length} messages were refused`)
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, (_, index) => sender(index)))
}

async function receive(world: SqsWorld, QueueUrl: string, ledger: Ledger): Promise<void> {
  const receiver = async (): Promise<void> => {
    while (ledger.missing > 0) {
      const input = { QueueUrl, MaxNumberOfMessages: BATCH, WaitTimeSeconds: 1 }
      const { Messages: received = [] } = await world.run('ReceiveMessage', input)
      for (const { Body: body = '' } of received) ledger.add(body)
      const entries = received.map(({ ReceiptHandle = '' }, index) => ({ Id: String(index), ReceiptHandle }))
      if (entries.length > 0) await world.run('DeleteMessageBatch', { QueueUrl, Entries: entries })
    }
  }
  await Promise.all(Array.from({ length: RECEIVERS }, receiver))
}

class Ledger {
  readonly #received: Uint8Array
  readonly #last = new Map<string, number>()
  missing: number
  #duplicates = 0
  #reordered = 0

  constructor(messages: number) {
    this.#received = new Uint8Array(messages)
    this.missing = messages
  }

  add(body: string): void {
    const [group = '', text] = body.split(' ')
    const number = Number(text)
    if (this.#received[number] === 1) this.#duplicates++
    else this.missing--
    this.#received[number] = 1
    if (number < (this.#last.get(group) ?? -1)) this.#reordered++
    this.#last.set(group, number)
  }

  report(): { lost: number; duplicates: number; reordered: number } {
    return { lost: this.missing, duplicates: this.#duplicates, reordered: this.#reordered }
  }
}
