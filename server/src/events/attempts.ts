// How often an event was tried: kept beside the outbox from the first failed attempt on, so that a restart goes on
// counting and keeps to the waiting time.
import { jsonCodec } from '#storage/collection.ts'
import type { Key, Store } from '#storage/store.ts'

export interface Attempts {
  /** Failed attempts that counted. */
  readonly count: number
  /** When the next one may start. */
  readonly dueMs: number
}

const codec = jsonCodec<Attempts>(1)

export function attemptsKey(sequence: number): Key {
  return ['events.attempts', 0, sequence]
}

export function encodeAttempts(attempts: Attempts): Uint8Array {
  return codec.encode(attempts)
}

/** One result per sequence; undefined where nothing has failed yet. */
export async function readAttempts(
  store: Pick<Store, 'getMany'>,
  sequences: readonly number[],
): Promise<readonly (Attempts | undefined)[]> {
  if (sequences.length === 0) return []
  const entries = await store.getMany(sequences.map(attemptsKey))
  return entries.map((entry) => entry && codec.decode(entry.value))
}
