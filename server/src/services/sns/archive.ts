// The messages that a FIFO topic with an ArchivePolicy keeps, by their number, for subscribers that want them again.
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key, Store } from '#storage/store.ts'
import type { Reader, Transaction } from '#storage/transact.ts'
import type { KeptMessage } from './fan-out.ts'
import { SWEEP_PAGE } from './limits.ts'
import type { TopicRecord } from './topic.ts'
import { archiveDaysOf } from './topic-attributes.ts'

const ARCHIVE = 'sns.archive'
const DAY_MS = 86_400_000

/** A message as the archive has it; MessageSeal opens it. */
export interface Archived {
  readonly sequence: number
  readonly timeMs: number
  readonly payload: Uint8Array
}

const TIME_BYTES = 8

/** Puts a message into the archive in the commit that publishes it, where the topic has one. */
export function archiveMessage(transaction: Transaction, topic: TopicRecord, { message, payload }: KeptMessage): void {
  if (archiveDaysOf(topic) === undefined || message.sequence === undefined) return
  const time = Buffer.alloc(TIME_BYTES)
  time.writeDoubleLE(message.timeMs)
  transaction.set([ARCHIVE, topic.id, message.sequence], Buffer.concat([time, payload]))
}

/** Messages with numbers above `after`, in their order. */
export async function readArchive(
  reader: Reader,
  topicId: string,
  after: number,
  limit: number,
): Promise<readonly Archived[]> {
  const prefix: Key = [ARCHIVE, topicId]
  const page = await reader.list({ prefix, after: [...prefix, after] }, { limit })
  return page.map(({ key, value }) => ({
    sequence: Number(key.at(-1)),
    timeMs: Buffer.from(value.buffer, value.byteOffset, value.byteLength).readDoubleLE(0),
    payload: value.subarray(TIME_BYTES),
  }))
}

/** When the oldest message that is kept was published. */
export async function oldestArchivedMs(reader: Reader, topicId: string): Promise<number | undefined> {
  const [oldest] = await readArchive(reader, topicId, 0, 1)
  return oldest?.timeMs
}

/** Deletes a page of messages that are older than the topic keeps them; answers how many. */
export async function sweepArchive(store: Store, topic: TopicRecord, nowMs: number): Promise<number> {
  const days = archiveDaysOf(topic)
  const limitMs = days === undefined ? Number.POSITIVE_INFINITY : nowMs - days * DAY_MS
  const page = await readArchive(store, topic.id, 0, SWEEP_PAGE)
  const old = page.filter(({ timeMs }) => timeMs < limitMs)
  await deleteArchived(store, topic.id, old)
  return old.length
}

/** Deletes everything that a topic has archived. */
export async function dropArchive(store: Store, topicId: string): Promise<void> {
  for (;;) {
    const page = await readArchive(store, topicId, 0, SWEEP_PAGE)
    if (page.length === 0) return
    await deleteArchived(store, topicId, page)
  }
}

async function deleteArchived(store: Store, topicId: string, messages: readonly Archived[]): Promise<void> {
  if (messages.length === 0) return
  await store.commit({ deletes: messages.map(({ sequence }) => [ARCHIVE, topicId, sequence]) })
}

/** Topics that archive, or once did: the sweep looks at these only. */
export interface ArchivingTopic {
  readonly account: string
  readonly region: string
  readonly name: string
}

/** Marks a topic for the sweep. */
export const archivingTopics = new Collection<ArchivingTopic>({
  name: 'sns.archiving',
  codec: jsonCodec<ArchivingTopic>(1),
})
