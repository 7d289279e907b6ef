// A webhook: a name below the server's address at which one sender may call, and where its calls go.
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Scheme } from './schemes.ts'

export interface WebhookRecord {
  readonly name: string
  readonly scheme: Scheme
  /** Never in the clear. */
  readonly sealedSecret: string
  /** The ARN of a function, a queue, a topic or an event bus. */
  readonly destination: string
  readonly createdMs: number
}

export const webhooks = new Collection<WebhookRecord>({ name: 'events.webhooks', codec: jsonCodec<WebhookRecord>(1) })

/** As the control API shows it: without the secret. */
export interface WebhookView {
  readonly name: string
  readonly scheme: Scheme
  readonly destination: string
  /** Where the sender is to call, below the server's address. */
  readonly path: string
  readonly created: string
}

/** Calls come in below this path. */
export const WEBHOOK_PATH = '/_mayfly/webhooks/'

export function viewWebhook({ name, scheme, destination, createdMs }: WebhookRecord): WebhookView {
  return { name, scheme, destination, path: `${WEBHOOK_PATH}${name}`, created: new Date(createdMs).toISOString() }
}
