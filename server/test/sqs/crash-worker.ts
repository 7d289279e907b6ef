// The process that the crash test kills: sends to a standard and a FIFO queue, receives and deletes, as fast as it can. It
// says on standard output what is done, one line each, before it goes on:
//   S queue number    the send was acknowledged
//   R queue number    the message was received
//   d queue number    its delete is about to be asked for
//   D queue number    the delete was acknowledged
// Arguments: folder, round. Numbers rise within a round and a group.
import { join } from 'node:path'
import { systemClock } from '#base/clock.ts'
import { openSqliteStore } from '#storage/sqlite/sqlite-store.ts'
import { say } from '../storage/say.ts'
import { SqsWorld } from './kit.ts'
import { CRASH_QUEUES, GROUPS, numberOf } from './crash-work.ts'

const SENDERS = 6
const RECEIVERS = 6
/** Of what was received some stays in flight. */
const DELETE_RATE = 0.8

const [folder = '', roundText] = process.argv.slice(2)
const round = Number(roundText)
const onFatal = (error: Error): void => {
  throw error
}
const store = await openSqliteStore({ path: join(folder, 'store.sqlite'), onFatal })
const world = new SqsWorld({ store, clock: systemClock })
say('ready')
const urls = await Promise.all(CRASH_QUEUES.map((name) => world.queue(name, { VisibilityTimeout: '43200' })))
await Promise.all(urls.map((url, queue) => use(url, queue)))

async function use(url: string, queue: number): Promise<void> {
  const senders = Array.from({ length: SENDERS }, (_, sender) => send(url, queue, sender))
  const receivers = Array.from({ length: RECEIVERS }, () => receive(url, queue))
  await Promise.all([...senders, ...receivers])
}

async function send(QueueUrl: string, queue: number, sender: number): Promise<never> {
  for (let step = 0; ; step++) {
    const number = numberOf({ round, sender, step })
    const fifo = { MessageGroupId: `g${sender % GROUPS}-${sender}`, MessageDeduplicationId: String(number) }
    const text = `${number} ${'x'.repeat(number % 2000)}`
    await world.run('SendMessage', { QueueUrl, MessageBody: text, ...(queue === 1 && fifo) })
    say(`S ${queue} ${number}`)
  }
}

async function receive(QueueUrl: string, queue: number): Promise<never> {
  for (;;) {
    const input = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }
    const { Messages: messages = [] } = await world.run('ReceiveMessage', input)
    for (const { Body: body = '', ReceiptHandle: handle = '' } of messages) {
      const number = Number.parseInt(body, 10)
      say(`R ${queue} ${number}`)
      if (Math.random() > DELETE_RATE) continue
      say(`d ${queue} ${number}`)
      await world.run('DeleteMessage', { QueueUrl, ReceiptHandle: handle })
      say(`D ${queue} ${number}`)
    }
  }
}
