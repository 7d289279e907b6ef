// Calls of GitHub, Stripe and Slack become events: verified first, on disk before they are answered, and each delivery
// once, however often its sender repeats it within the window.
//
// What a receiver gets is laid out as EventBridge lays out its events: `source` is `webhook.<scheme>`, `detail-type` what
// the sender calls the event, `detail` the sender's own document and headers.
import type { Clock } from '#base/clock.ts'
import { newRequestId, randomHex } from '#base/ids.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import { nameOfKey } from '#storage/key.ts'
import type { Key, Store } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import type { OutboxRecord } from '../outbox.ts'
import { outboxAppend } from '../outbox.ts'
import { OPERATOR, type Target } from '../target.ts'
import {
  BODY_BYTES_MAX,
  DUPLICATE_WINDOW_MS,
  FORGET_PAGE,
  NAME_CHARS_MAX,
  SECRET_CHARS_MAX,
  TOPIC_BODY_BYTES_MAX,
  WEBHOOKS_MAX,
} from './limits.ts'
import { type Call, readCall, SCHEMES, verifyCall, type WebhookCall } from './schemes.ts'
import { viewWebhook, type WebhookRecord, webhooks, type WebhookView } from './webhook.ts'

/** Keeps secrets so that the store alone does not tell them. */
export interface SecretBox {
  seal(secret: string): Promise<string>
  open(sealed: string): Promise<string>
}

export interface WebhooksOptions {
  readonly store: Store
  readonly clock: Clock
  readonly secrets: SecretBox
  readonly targetFor: (arn: string) => Target | undefined
}

export type AddOutcome =
  /** `secret`: the one that was made here; it is told this once. */
  | { readonly kind: 'added'; readonly webhook: WebhookView; readonly secret: string | undefined }
  | { readonly kind: 'exists' }
  | { readonly kind: 'invalid'; readonly reason: string }

export type CallOutcome =
  | { readonly kind: 'accepted'; readonly id: string }
  | { readonly kind: 'duplicate'; readonly id: string }
  | { readonly kind: 'challenge'; readonly challenge: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly reason: string }

interface Seen {
  readonly expiresMs: number
}

/** [webhook, delivery id]. */
const seen = new Collection<Seen>({
  name: 'events.webhooks-seen',
  codec: jsonCodec<Seen>(1),
  indexes: { expiry: ({ expiresMs }) => [[expiresMs]] },
})

/** The source name of the envelopes; their payload is the event. */
const WEBHOOK_SOURCE = 'mayfly.webhook'
const NAME = /^[a-z0-9][a-z0-9-]*$/
const DESTINATION = /^arn:aws[a-z-]*:(lambda|sqs|sns|events):([a-z0-9-]+):(\d{12}):(.+)$/
/** What the sender says beside the body and receivers may want. */
const HEADERS = /^(?:x-github-|x-slack-|stripe-|user-agent$|content-type$)/

export class Webhooks {
  readonly #options: WebhooksOptions

  constructor(options: WebhooksOptions) {
    this.#options = options
  }

  /** A secret that is not given is made, where the sender takes ours: GitHub. */
  async add(given: {
    readonly name: string
    readonly scheme: string
    readonly destination: string
    readonly secret: string | undefined
  }): Promise<AddOutcome> {
    const { store, clock, secrets } = this.#options
    const { name, destination } = given
    const scheme = SCHEMES.find((one) => one === given.scheme)
    if (scheme === undefined) return invalid(`the scheme is one of ${SCHEMES.join(', ')}`)
    if (!NAME.test(name) || name.length > NAME_CHARS_MAX)
      return invalid(`a name has up to ${NAME_CHARS_MAX} lower-case letters, digits and hyphens`)
    const secret = given.secret ?? (scheme === 'github' ? randomHex(32) : '')
    if (secret === '' || secret.length > SECRET_CHARS_MAX)
      return invalid(`give the signing secret that ${scheme} shows`)
    const refusal = await this.#refusal(name, destination)
    if (refusal !== undefined) return invalid(refusal)
    if ((await webhooks.list(store, { prefix: [] }, { limit: WEBHOOKS_MAX })).length >= WEBHOOKS_MAX)
      return invalid(`there are ${WEBHOOKS_MAX} webhooks already`)
    const sealedSecret = await secrets.seal(secret)
    const record: WebhookRecord = { name, scheme, sealedSecret, destination, createdMs: clock.nowMs() }
    const isNew = await transact(store, async (transaction) => {
      if ((await webhooks.get(transaction, [name])) !== undefined) return false
      await webhooks.set(transaction, [name], record)
      return true
    })
    if (!isNew) return { kind: 'exists' }
    return { kind: 'added', webhook: viewWebhook(record), secret: given.secret === undefined ? secret : undefined }
  }

  async #refusal(name: string, destination: string): Promise<string | undefined> {
    const [, , , account] = DESTINATION.exec(destination) ?? []
    const target = this.#options.targetFor(destination)
    if (account === undefined || target === undefined)
      return 'the destination is the ARN of a function, a queue, a topic or an event bus'
    return await target.refusal(destination, {
      principal: OPERATOR,
      sourceArn: `arn:aws:mayfly:::webhook/${name}`,
      account,
    })
  }

  async list(): Promise<readonly WebhookView[]> {
    const all = await webhooks.list(this.#options.store, { prefix: [] }, { limit: WEBHOOKS_MAX })
    return all.map(({ value }) => viewWebhook(value))
  }

  /** Whether there was one of that name. */
  async remove(name: string): Promise<boolean> {
    return await transact(this.#options.store, async (transaction) => {
      if ((await webhooks.get(transaction, [name])) === undefined) return false
      await webhooks.delete(transaction, [name])
      return true
    })
  }

  /** How many bytes a call to this webhook may have; undefined when there is none of that name. */
  async bodyBytesMax(name: string): Promise<number | undefined> {
    const found = await webhooks.get(this.#options.store, [name])
    if (found === undefined) return undefined
    return found.value.destination.includes(':sns:') ? TOPIC_BODY_BYTES_MAX : BODY_BYTES_MAX
  }

  /** Takes a call. When it says `accepted`, the event is on disk. */
  async receive(name: string, call: WebhookCall): Promise<CallOutcome> {
    const { store, clock, secrets } = this.#options
    const webhook = (await webhooks.get(store, [name]))?.value
    if (webhook === undefined) return { kind: 'unknown' }
    const verdict = verifyCall(webhook.scheme, await secrets.open(webhook.sealedSecret), call, clock.nowMs())
    if (verdict.kind === 'refused') return verdict
    const read = readCall(webhook.scheme, call)
    if (read.challenge !== undefined) return { kind: 'challenge', challenge: read.challenge }
    const record = this.#event(webhook, call, read)
    const isNew = await this.#keep(name, read.id, record)
    return { kind: isNew ? 'accepted' : 'duplicate', id: read.id }
  }

  #event(webhook: WebhookRecord, call: WebhookCall, { id, type, body }: Call): OutboxRecord {
    const [, service = '', region = '', account = ''] = DESTINATION.exec(webhook.destination) ?? []
    const timeMs = this.#options.clock.nowMs()
    const headers = Object.fromEntries(Object.entries(call.headers).filter(([header]) => HEADERS.test(header)))
    const event = {
      version: '0',
      id,
      source: `webhook.${webhook.scheme}`,
      'detail-type': type,
      account,
      time: new Date(timeMs).toISOString(),
      region,
      resources: [`webhook/${webhook.name}`],
      detail: { headers, body },
    }
    return {
      envelope: {
        id: newRequestId(),
        source: WEBHOOK_SOURCE,
        type,
        subject: webhook.name,
        timeMs,
        account,
        region,
        hops: 0,
        data: { deliveryId: id },
        payload: Buffer.from(JSON.stringify(event)),
      },
      destination: {
        target: service,
        arn: webhook.destination,
        message: { groupId: webhook.name, deduplicationId: newRequestId() },
      },
    }
  }

  /** One commit: the delivery id, the event, and the end of a few old ids. False when the id was there already. */
  async #keep(name: string, id: string, record: OutboxRecord): Promise<boolean> {
    const { store, clock } = this.#options
    const nowMs = clock.nowMs()
    const old = await seen.listIndex(store, 'expiry', { prefix: [], before: [nowMs] }, { limit: FORGET_PAGE })
    return await transact(store, async (transaction) => {
      const key: Key = [name, id]
      const before = await seen.get(transaction, key)
      if (before !== undefined && before.value.expiresMs > nowMs) return false
      for (const one of old) if (nameOfKey(one.key) !== nameOfKey(key)) await seen.delete(transaction, one.key)
      await seen.set(transaction, key, { expiresMs: nowMs + DUPLICATE_WINDOW_MS })
      const { log, value } = outboxAppend(record)
      transaction.append(log, value)
      return true
    })
  }
}

function invalid(reason: string): AddOutcome {
  return { kind: 'invalid', reason }
}
