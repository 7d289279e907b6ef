// Client request tokens of transactions: a token is written in the commit of its transaction, so after a crash too a repeated
// request finds whether it was done. Keys in the Store:
//
//   ['dynamodb.tokens', account, region, token]                  what was asked with it, and when
//   ['dynamodb.tokens-due', due time, account, region, token]    for the sweep
import { hash } from 'node:crypto'
import { serialize } from 'node:v8'
import type { Random } from '#base/ids.ts'
import { AwsError } from '#protocol/errors.ts'
import { jsonCodec } from '#storage/collection.ts'
import type { Commit, Key, Store, Version } from '#storage/store.ts'
import type { Place } from './arn.ts'
import { TOKEN_LIFE_MS, TOKEN_SWEEP_EVERY, TOKEN_SWEEP_MAX } from './transaction-limits.ts'

const TOKENS_PREFIX = 'dynamodb.tokens'
const DUE_PREFIX = 'dynamodb.tokens-due'

interface TokenRecord {
  readonly request: string
  readonly atMs: number
}

const codec = jsonCodec<TokenRecord>(1)

/** The token of one request. */
export interface RequestToken {
  readonly place: Place
  readonly token: string
  /** A digest of everything that the request asks for. */
  readonly request: string
}

export function requestToken(place: Place, token: string, asked: unknown): RequestToken {
  return { place, token, request: hash('sha256', serialize(asked), 'base64') }
}

/** Done already, or to be done with these parts in its commit. */
export type TokenState =
  | { readonly kind: 'done' }
  | { readonly kind: 'fresh'; readonly parts: Pick<Required<Commit>, 'checks' | 'sets'> }

/** Throws IdempotentParameterMismatchException when the token came with another request. */
export async function readToken(store: Store, asked: RequestToken, nowMs: number): Promise<TokenState> {
  const key = tokenKey(asked)
  const entry = await store.get(key)
  const known = entry && codec.decode(entry.value)
  if (known === undefined || known.atMs + TOKEN_LIFE_MS <= nowMs)
    return { kind: 'fresh', parts: writeParts(asked, key, entry?.version ?? null, nowMs) }
  if (known.request === asked.request) return { kind: 'done' }
  throw new AwsError(
    'IdempotentParameterMismatchException',
    400,
    'The provided client token is being used for a different set of parameters',
  )
}

function tokenKey({ place: { account, region }, token }: RequestToken): Key {
  return [TOKENS_PREFIX, account, region, token]
}

function writeParts(
  { place: { account, region }, token, request }: RequestToken,
  key: Key,
  version: Version | null,
  nowMs: number,
): Pick<Required<Commit>, 'checks' | 'sets'> {
  const due = [DUE_PREFIX, nowMs + TOKEN_LIFE_MS, account, region, token]
  return {
    checks: [{ key, version }],
    sets: [
      { key, value: codec.encode({ request, atMs: nowMs }) },
      { key: due, value: new Uint8Array() },
    ],
  }
}

/**
 * Deletes some of the tokens that are over, once in a while: by those who bring new ones, so there is nothing to do where nobody
 * does, and on average more go than come.
 */
export async function sweepTokens(store: Store, random: Random, nowMs: number): Promise<void> {
  if (random() * TOKEN_SWEEP_EVERY > 1) return
  const entries = await store.list({ prefix: [DUE_PREFIX], before: [DUE_PREFIX, nowMs] }, { limit: TOKEN_SWEEP_MAX })
  const records = await store.getMany(entries.map(({ key }) => [TOKENS_PREFIX, ...key.slice(2)]))
  await Promise.all(
    entries.map(async (due, index) => {
      const record = records[index]
      // A token that was used again has a later due time of its own.
      const isOver = record !== undefined && codec.decode(record.value).atMs + TOKEN_LIFE_MS <= nowMs
      await store.commit({
        checks: isOver ? [{ key: record.key, version: record.version }] : [],
        deletes: isOver ? [due.key, record.key] : [due.key],
      })
    }),
  )
}
