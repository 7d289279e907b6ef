// Tokens confirm subscriptions: whoever can read what is sent to the endpoint has one. The token of an
// UnsubscribeConfirmation brings the subscription back.
import { randomHex } from '#base/ids.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Store } from '#storage/store.ts'
import { type Reader, transact, type Transaction } from '#storage/transact.ts'
import { SWEEP_PAGE, TOKEN_LIFE_MS } from './limits.ts'
import { subscriptionKey, type SubscriptionRecord, subscriptions } from './subscription.ts'
import { addToCounts } from './topic.ts'

export type TokenUse =
  /** `subscription`: the ARN of one that is pending. */
  | { readonly kind: 'confirm'; readonly subscription: SubscriptionRecord }
  | { readonly kind: 'restore'; readonly subscription: SubscriptionRecord }

interface TokenRecord {
  readonly use: TokenUse
  readonly expiresMs: number
}

const tokens = new Collection<TokenRecord>({
  name: 'sns.tokens',
  codec: jsonCodec<TokenRecord>(1),
  indexes: { expiry: ({ expiresMs }) => [[expiresMs]] },
})

/** 288 hexadecimal digits, as AWS's. */
export function newToken(): string {
  return randomHex(144)
}

export async function putToken(transaction: Transaction, token: string, use: TokenUse, nowMs: number): Promise<void> {
  await tokens.set(transaction, [token], { use, expiresMs: nowMs + TOKEN_LIFE_MS })
}

/** Undefined for tokens that never were, or are too old. */
export async function readToken(reader: Reader, token: string, nowMs: number): Promise<TokenUse | undefined> {
  const found = (await tokens.get(reader, [token]))?.value
  return found !== undefined && found.expiresMs > nowMs ? found.use : undefined
}

/** Forgets a page of old tokens, and the subscriptions that nobody confirmed with them; answers how many. */
export async function sweepTokens(store: Store, nowMs: number): Promise<number> {
  const page = await tokens.listIndex(store, 'expiry', { prefix: [], before: [nowMs] }, { limit: SWEEP_PAGE })
  for (const { key, value } of page)
    await transact(store, async (transaction) => {
      await tokens.delete(transaction, key)
      const { kind, subscription } = value.use
      const found = await subscriptions.get(transaction, subscriptionKey(subscription))
      if (kind === 'restore' || found?.value.confirmation.kind !== 'pending') return
      await subscriptions.delete(transaction, subscriptionKey(subscription))
      await addToCounts(transaction, subscription.topicId, { pending: -1 })
    })
  return page.length
}
