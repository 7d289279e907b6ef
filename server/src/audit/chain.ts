// The chain: each record of an account holds the hash of the one before, and the head, which is sealed by the vault, says
// how the chain begins and ends. Whoever changes, inserts or takes away records in the store breaks a link, or leaves a
// head that does not fit; a new head cannot be made without the master key. What this does not show is a whole store that
// was put back to an earlier moment: for that, note a head elsewhere (`mayfly audit verify --witness`).
import { InvariantError } from '#base/errors.ts'
import { type Codec, Collection, jsonCodec } from '#storage/collection.ts'
import { createHash } from 'node:crypto'

const FORMAT = 1
const HASH_BYTES = 32
/** What the first record of a chain holds. */
export const NO_HASH = '0'.repeat(2 * HASH_BYTES)

export interface ChainRecord {
  /** Hash of the record before, hexadecimal. */
  readonly previous: string
  /** A CloudTrail event as JSON text. */
  readonly event: Buffer
}

/** One byte of format, the hash, then the text. */
const recordCodec: Codec<ChainRecord> = {
  encode: ({ previous, event }) => Buffer.concat([Buffer.of(FORMAT), Buffer.from(previous, 'hex'), event]),
  decode(bytes) {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (view[0] !== FORMAT) throw new InvariantError(`audit record has format ${view[0]}`)
    return { previous: view.toString('hex', 1, 1 + HASH_BYTES), event: view.subarray(1 + HASH_BYTES) }
  },
}

/** Key: [account, sequence]; sequences begin at 1 and have no gaps. */
export const auditRecords = new Collection<ChainRecord>({ name: 'audit.records', codec: recordCodec })

/** A place in a chain: a record and its hash. */
export interface ChainPlace {
  readonly sequence: number
  readonly hash: string
}

export interface ChainHead extends ChainPlace {
  /** The newest record that retention took away: the chain begins after it. */
  readonly anchor: ChainPlace
}

/** Key: [account]. The head as JSON, sealed. */
export const auditHeads = new Collection<{ readonly sealed: string }>({ name: 'audit.heads', codec: jsonCodec(1) })

export const START: ChainHead = { sequence: 0, hash: NO_HASH, anchor: { sequence: 0, hash: NO_HASH } }

/** The hash of a record: over its place, what it holds of the one before, and its text. */
export function hashOf(account: string, sequence: number, { previous, event }: ChainRecord): string {
  return createHash('sha256')
    .update(`mayfly audit 1\n${account}\n${sequence}\n${previous}\n`)
    .update(event)
    .digest('hex')
}

/** Seals and opens heads; the vault is one. */
export interface Sealer {
  seal(place: string, secret: Uint8Array): string
  tryOpen(place: string, box: Uint8Array): Buffer | undefined
}

export function sealHead(sealer: Sealer, account: string, head: ChainHead): string {
  return sealer.seal(placeOf(account), Buffer.from(JSON.stringify(head)))
}

/** Undefined for a head that was not sealed with this server's master key for this account. */
export function openHead(sealer: Sealer, account: string, sealed: string): ChainHead | undefined {
  const text = sealer.tryOpen(placeOf(account), Buffer.from(sealed, 'base64'))
  // Only `sealHead` can have made what opens.
  return text === undefined ? undefined : (JSON.parse(text.toString()) as ChainHead)
}

function placeOf(account: string): string {
  return `audit head ${account}`
}
