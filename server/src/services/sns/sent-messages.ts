// Emails, texts and pushes are not sent anywhere: they are kept here, for whoever develops with them to read. A bounded
// log; the oldest go.
import { jsonCodec } from '#storage/collection.ts'
import type { Key, Store } from '#storage/store.ts'
import { SENT_MESSAGES_MAX, SENT_PAGE } from './limits.ts'
import type { MessageAttributes } from './message-attributes.ts'

export interface SentMessage {
  readonly channel: 'email' | 'email-json' | 'sms' | 'application'
  /** An address, a phone number, the ARN of a platform endpoint. */
  readonly to: string
  readonly messageId: string
  readonly account: string
  readonly region: string
  readonly timeMs: number
  readonly topicArn?: string
  readonly subscriptionArn?: string
  readonly subject?: string
  readonly text: string
  readonly attributes?: MessageAttributes
}

const SENT_LOG: Key = ['sns.sent', 0]
const codec = jsonCodec<SentMessage>(1)

/** Keeps a message; durable when it resolves. */
export async function keepSent(store: Store, message: SentMessage): Promise<void> {
  const outcome = await store.commit({ appends: [{ log: SENT_LOG, value: codec.encode(message) }] })
  const [sequence] = outcome.kind === 'committed' ? outcome.sequences : []
  const expired = (sequence ?? 0) - SENT_MESSAGES_MAX
  if (expired > 0) await store.commit({ deletes: [[...SENT_LOG, expired]] })
}

export interface KeptMessage {
  readonly sequence: number
  readonly message: SentMessage
}

/** Newest first. `before`: the sequence where the page before ended. */
export async function listSent(store: Store, before: number | undefined): Promise<readonly KeptMessage[]> {
  const page = await store.list(
    { prefix: SENT_LOG, ...(before !== undefined && { before: [...SENT_LOG, before] }) },
    { limit: SENT_PAGE, reverse: true },
  )
  return page.map(({ key, value }) => ({ sequence: Number(key.at(-1)), message: codec.decode(value) }))
}

/** As the control API shows it. */
export function viewSent({
  sequence,
  message: { timeMs, ...message },
}: KeptMessage): Readonly<Record<string, unknown>> {
  return { sequence, ...message, time: new Date(timeMs).toISOString() }
}

/** Deletes all of them. */
export async function clearSent(store: Store): Promise<void> {
  for (;;) {
    const page = await store.list({ prefix: SENT_LOG })
    if (page.length === 0) return
    await store.commit({ deletes: page.map(({ key }) => key) })
  }
}
