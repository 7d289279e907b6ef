// The only door to randomness: ids, jitter, keys. Tests pass a seeded source where they need to repeat a run.
import { randomBytes, randomFillSync, randomInt, randomUUID } from 'node:crypto'

/** A random number in [0, 1). */
export type Random = () => number

/** Not for secrets: jitter and sampling. */
export const systemRandom: Random = () => Math.random()

/** A request or invocation id: a UUID (version 4), as AWS uses for both. */
export function newRequestId(): string {
  return randomUUID()
}

/** `bytes` random bytes as lower-case hexadecimal text. Fit for secrets. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}

const RANDOM_POOL_BYTES = 4096
/** Up to this size bytes come from the pool: asking the system costs the same for four thousand bytes as for twelve. */
const POOLED_BYTES_MAX = 64
let pool: Buffer = Buffer.alloc(0)
let poolTaken = 0

/** `bytes` random bytes. Fit for keys. */
export function randomBytesOf(bytes: number): Buffer {
  if (bytes > POOLED_BYTES_MAX) return randomBytes(bytes)
  if (poolTaken + bytes > pool.length) {
    pool = randomBytes(RANDOM_POOL_BYTES)
    poolTaken = 0
  }
  const taken = pool.subarray(poolTaken, (poolTaken += bytes))
  const result = Buffer.from(taken)
  // Nobody finds in memory what was given away.
  taken.fill(0)
  return result
}

/** Fills `target` with random bytes. */
export function fillRandom(target: Uint8Array): void {
  randomFillSync(target)
}

const ACCESS_KEY_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** An access key id of AWS's form: a four-letter prefix (AKIA long-term, ASIA temporary) and 16 base32 characters. */
export function newAccessKeyId(prefix: 'AKIA' | 'ASIA'): string {
  let id: string = prefix
  for (const byte of randomBytes(16)) id += ACCESS_KEY_ALPHABET[byte & 31]
  return id
}

/** A unique id of IAM's form: what it names (AIDA a user, AROA a role, ...) and 17 base32 characters. */
export function newUniqueId(prefix: string): string {
  let id = prefix
  for (const byte of randomBytes(17)) id += ACCESS_KEY_ALPHABET[byte & 31]
  return id
}

/** `count` random digits, the first of which may be 0. Fit for identifiers. */
export function randomDigits(count: number): string {
  let digits = ''
  for (let index = 0; index < count; index++) digits += String(randomInt(10))
  return digits
}

/** A secret access key: 40 characters of base64, as AWS makes them. */
export function newSecretAccessKey(): string {
  return randomBytes(30).toString('base64')
}

/** A repeatable random source (mulberry32) for tests and simulations. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
