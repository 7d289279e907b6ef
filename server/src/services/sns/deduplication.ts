// Five minutes of memory for what was published to a FIFO topic: a second message with the same deduplication id is
// answered as the first one was, and goes nowhere.
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key, Store } from '#storage/store.ts'
import { type Reader, transact, type Transaction } from '#storage/transact.ts'
import type { Draft } from './draft.ts'
import { DEDUPLICATION_WINDOW_MS, SWEEP_PAGE } from './limits.ts'
import type { TopicRecord } from './topic.ts'

interface Remembered {
  readonly messageId: string
  readonly sequence: number | undefined
  readonly expiresMs: number
}

const remembered = new Collection<Remembered>({
  name: 'sns.deduplication',
  codec: jsonCodec<Remembered>(1),
  indexes: { expiry: ({ expiresMs }) => [[expiresMs]] },
})

/** The scope is the topic, or the message group where the topic says so. */
export function deduplicationKey(topic: TopicRecord, { groupId = '', deduplicationId = '' }: Draft): Key {
  const scope = topic.attributes['FifoThroughputScope'] === 'MessageGroup' ? groupId : ''
  return [topic.id, scope, deduplicationId]
}

/** The message that was published before under this key; undefined when it was none, or too long ago. */
export async function readDuplicate(
  reader: Reader,
  key: Key,
  nowMs: number,
): Promise<Pick<Remembered, 'messageId' | 'sequence'> | undefined> {
  const found = (await remembered.get(reader, key))?.value
  if (found === undefined || found.expiresMs <= nowMs) return undefined
  return { messageId: found.messageId, sequence: found.sequence }
}

export async function rememberMessage(
  transaction: Transaction,
  key: Key,
  message: Pick<Remembered, 'messageId' | 'sequence'>,
  nowMs: number,
): Promise<void> {
  await remembered.set(transaction, key, { ...message, expiresMs: nowMs + DEDUPLICATION_WINDOW_MS })
}

/** Forgets a page of what is past its time; answers how many. */
export async function sweepDeduplication(store: Store, nowMs: number): Promise<number> {
  const page = await remembered.listIndex(store, 'expiry', { prefix: [], before: [nowMs] }, { limit: SWEEP_PAGE })
  if (page.length === 0) return 0
  await transact(store, async (transaction) => {
    for (const { key } of page) await remembered.delete(transaction, key)
  })
  return page.length
}
