// Kills a process full of queues at random moments and looks, in the end, at what is left:
//   - every message whose send was acknowledged is there, unless somebody asked for its delete
//   - none is there whose delete was acknowledged, none that was never sent, none twice
//   - what was received counts as received, and stays hidden for its timeout
//   - the FIFO queue has its groups in order
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { ManualClock } from '#base/clock.ts'
import { seededRandom, type Random } from '#base/ids.ts'
import { openSqliteStore } from '#storage/sqlite/sqlite-store.ts'
import { CRASH_QUEUES } from './crash-work.ts'
import { SqsWorld } from './kit.ts'

/** The kill comes after a random number of lines, and a random pause. */
const LINES_MAX = 600
const PAUSE_MS_MAX = 10
const HALF_A_DAY_MS = 13 * 3600 * 1000

class QueueLedger {
  readonly sent = new Set<number>()
  readonly received = new Map<number, number>()
  readonly deleting = new Set<number>()
  readonly deleted = new Set<number>()

  note(kind: string, number: number): void {
    if (kind === 'S') this.sent.add(number)
    else if (kind === 'R') this.received.set(number, (this.received.get(number) ?? 0) + 1)
    else if (kind === 'd') this.deleting.add(number)
    else if (kind === 'D') this.deleted.add(number)
  }
}

export interface CrashReport {
  readonly acknowledged: number
  readonly left: number
}

/** Runs the test; throws what does not hold. */
export async function runCrashes(kills: number, seed: number): Promise<CrashReport> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-crash-sqs-'))
  const random = seededRandom(seed)
  const ledgers = CRASH_QUEUES.map(() => new QueueLedger())
  try {
    for (let round = 0; round < kills; round++) await workUntilKilled(folder, round, ledgers, random)
    const left = await look(folder, ledgers)
    const acknowledged = ledgers.reduce((sum, { sent, deleted }) => sum + sent.size + deleted.size, 0)
    return { acknowledged, left }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function workUntilKilled(
  folder: string,
  round: number,
  ledgers: readonly QueueLedger[],
  random: Random,
): Promise<void> {
  const worker = spawn(process.execPath, [join(import.meta.dirname, 'crash-worker.ts'), folder, String(round)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaint = ''
  worker.stderr.on('data', (chunk) => (complaint += chunk))
  const ended = once(worker, 'exit')
  const reached = Promise.withResolvers<void>()
  const enough = 1 + Math.trunc(random() * LINES_MAX)
  let count = 0
  const lines = createInterface({ input: worker.stdout })
  lines.on('line', (line) => {
    const [kind = '', queue, number] = line.split(' ')
    if (kind === 'ready') return
    ledgers[Number(queue)]?.note(kind, Number(number))
    if (++count === enough) reached.resolve()
  })
  const read = once(lines, 'close')
  await Promise.race([reached.promise, ended])
  await sleep(random() * PAUSE_MS_MAX)
  worker.kill('SIGKILL')
  const [, signal] = await ended
  assert.equal(signal, 'SIGKILL', `the worker ended by itself: ${complaint}`)
  await read
}

async function look(folder: string, ledgers: readonly QueueLedger[]): Promise<number> {
  const onFatal = (error: Error): void => {
    throw error
  }
  const store = await openSqliteStore({ path: join(folder, 'store.sqlite'), onFatal })
  // So much later that every timeout has ended.
  const world = new SqsWorld({ store, clock: new ManualClock(Date.now() + HALF_A_DAY_MS) })
  let left = 0
  for (const [queue, ledger] of ledgers.entries()) left += await lookAtQueue(world, CRASH_QUEUES[queue] ?? '', ledger)
  await world.close()
  await store.close()
  return left
}

async function lookAtQueue(world: SqsWorld, name: string, ledger: QueueLedger): Promise<number> {
  const QueueUrl = await world.queue(name, { VisibilityTimeout: '43200' })
  const found = new Set<number>()
  const last = new Map<string, number>()
  for (;;) {
    const input = { QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All' as const] }
    const { Messages: messages = [] } = await world.run('ReceiveMessage', input)
    if (messages.length === 0) break
    for (const { Body: body = '', Attributes: attributes = {} } of messages) {
      const number = Number.parseInt(body, 10)
      assert.equal(body, `${number} ${'x'.repeat(number % 2000)}`, 'the message is torn')
      assert.ok(!found.has(number), `${number} is there twice`)
      assert.ok(!ledger.deleted.has(number), `${number} was deleted, and is there`)
      const receives = Number(attributes.ApproximateReceiveCount)
      assert.ok(receives > (ledger.received.get(number) ?? 0), `${number} forgot that it was received`)
      found.add(number)
      const { MessageGroupId: group } = attributes
      if (group === undefined) continue
      assert.ok(number > (last.get(group) ?? -1), `${number} of ${group} is out of order`)
      last.set(group, number)
    }
    // Groups give more only when what was received is gone.
    const entries = messages.map(({ ReceiptHandle = '' }, index) => ({ Id: String(index), ReceiptHandle }))
    await world.run('DeleteMessageBatch', { QueueUrl, Entries: entries })
  }
  for (const [number, times] of ledger.received) assert.equal(times, 1, `${number} was given to two receivers`)
  for (const number of ledger.sent)
    if (!ledger.deleting.has(number)) assert.ok(found.has(number), `${number} of ${name} is lost`)
  return found.size
}
