// Wakes between nodes. After a commit a node tells the others, by LISTEN and NOTIFY, which prefixes were touched (as
// hashes); they wake the watchers concerned. Notifications are sent after the commit, apart from it (inside it they would
// make all commits of all nodes wait for one lock), so they may be lost. Therefore every node also polls: while versions
// are being taken by anybody, and until each of them must have become visible, it wakes all its watchers once a second.
import { Client, type ClientConfig } from 'pg'
import type { CancelTimer, Clock } from '#base/clock.ts'
import { decodeKey, elementEnds, encodeKey } from '../key.ts'
import type { Watchers } from '../watchers.ts'
import { POLL_ALONE_MS, POLL_MS, RECONNECT_MS, SETTLE_MS, SIGNAL_ELEMENTS_MAX, SIGNAL_HASHES_MAX } from './limits.ts'

const CHANNEL = 'mayfly'
const EVERYTHING = '*'

export interface SignalsOptions {
  readonly connection: ClientConfig
  /** Of this node: its own notifications are not for itself. */
  readonly nodeId: string
  readonly clock: Clock
  readonly watchers: Watchers
  /** The last version that any node took. */
  readonly readPosition: () => Promise<number>
}

type Phase =
  | { readonly kind: 'connecting'; readonly client: Client }
  | { readonly kind: 'listening'; readonly client: Client }
  /** Between two attempts; or for good, where the database knows no LISTEN. */
  | { readonly kind: 'apart' }
  | { readonly kind: 'closed' }

export class Signals {
  readonly #options: SignalsOptions
  #phase: Phase = { kind: 'apart' }
  #canListen = true
  #cancelReconnect: CancelTimer = () => {}
  #cancelPoll: CancelTimer = () => {}
  // What the next notification tells; 'everything' when it is too much.
  #touched: Set<number> | 'everything' = new Set()
  #sending = false
  #position = 0
  #settledAtMs = 0

  constructor(options: SignalsOptions) {
    this.#options = options
  }

  /** Starts listening and polling. Resolves after the first attempt, whatever came of it. */
  async start(): Promise<void> {
    this.#schedulePoll()
    await this.#connect()
  }

  async close(): Promise<void> {
    const phase = this.#phase
    this.#phase = { kind: 'closed' }
    this.#cancelReconnect()
    this.#cancelPoll()
    if (phase.kind === 'listening' || phase.kind === 'connecting') await phase.client.end().catch(() => undefined)
  }

  /** Tells the other nodes that these encoded keys were written. */
  publish(keys: readonly Uint8Array[]): void {
    if (this.#touched !== 'everything') {
      for (const key of keys) for (const hash of prefixHashes(key)) this.#touched.add(hash)
      if (this.#touched.size > SIGNAL_HASHES_MAX) this.#touched = 'everything'
    }
    this.#send()
  }

  publishEverything(): void {
    this.#touched = 'everything'
    this.#send()
  }

  /** One notification at a time: what comes meanwhile goes into the next. */
  #send(): void {
    const phase = this.#phase
    const touched = this.#touched
    if (phase.kind !== 'listening' || this.#sending || (touched !== 'everything' && touched.size === 0)) return
    const payload = `${this.#options.nodeId} ${touched === 'everything' ? EVERYTHING : encodeHashes(touched)}`
    this.#touched = new Set()
    this.#sending = true
    phase.client.query('SELECT pg_notify($1, $2)', [CHANNEL, payload]).then(
      () => {
        this.#sending = false
        this.#send()
      },
      // Lost: the others find out by polling.
      () => {
        this.#sending = false
      },
    )
  }

  #receive(payload: string): void {
    const [sender, hashes = EVERYTHING] = payload.split(' ')
    if (sender === this.#options.nodeId) return
    const { watchers } = this.#options
    if (hashes === EVERYTHING) watchers.touchAll()
    else {
      const touched = decodeHashes(hashes)
      watchers.touchWhere((prefix) => touched.has(watchHash(prefix)))
    }
    watchers.wakeDue()
  }

  async #connect(): Promise<void> {
    const client = new Client({ ...this.#options.connection, application_name: 'mayfly-signals' })
    this.#phase = { kind: 'connecting', client }
    client.on('error', () => this.#lost(client))
    client.on('end', () => this.#lost(client))
    client.on('notification', ({ payload = '' }) => this.#receive(payload))
    try {
      await client.connect()
    } catch {
      return this.#lost(client)
    }
    try {
      await client.query(`LISTEN ${CHANNEL}`)
      if (this.#isCurrent(client)) this.#phase = { kind: 'listening', client }
      // What was said while nobody listened.
      this.#options.watchers.touchAll()
      this.#options.watchers.wakeDue()
    } catch {
      this.#canListen = false
      await client.end().catch(() => undefined)
    }
  }

  #isCurrent(client: Client): boolean {
    return (this.#phase.kind === 'connecting' || this.#phase.kind === 'listening') && this.#phase.client === client
  }

  #lost(client: Client): void {
    if (!this.#isCurrent(client)) return
    this.#phase = { kind: 'apart' }
    this.#sending = false
    if (this.#canListen) this.#cancelReconnect = this.#options.clock.after(RECONNECT_MS, () => void this.#connect())
  }

  #schedulePoll(): void {
    const delayMs = this.#canListen ? POLL_MS : POLL_ALONE_MS
    this.#cancelPoll = this.#options.clock.after(delayMs, () => void this.#poll())
  }

  async #poll(): Promise<void> {
    const { watchers, clock } = this.#options
    if (!watchers.isEmpty) {
      const position = await this.#readPosition()
      if (position !== this.#position) this.#settledAtMs = clock.monotonicMs() + SETTLE_MS
      this.#position = position ?? this.#position
      if (clock.monotonicMs() < this.#settledAtMs) {
        watchers.touchAll()
        watchers.wakeDue()
      }
    }
    if (this.#phase.kind !== 'closed') this.#schedulePoll()
  }

  /** Undefined when the database does not answer: then something may have happened. */
  #readPosition(): Promise<number | undefined> {
    return this.#options.readPosition().catch(() => undefined)
  }
}

/** A hash for each prefix of a written key, down to SIGNAL_ELEMENTS_MAX elements. */
function prefixHashes(key: Uint8Array): number[] {
  return elementEnds(key, SIGNAL_ELEMENTS_MAX).map((end) => hashOf(key.subarray(0, end)))
}

/** The hash of what a watcher watches: its first SIGNAL_ELEMENTS_MAX elements. */
function watchHash(prefix: Uint8Array): number {
  const key = decodeKey(prefix)
  return hashOf(key.length > SIGNAL_ELEMENTS_MAX ? encodeKey(key.slice(0, SIGNAL_ELEMENTS_MAX)) : prefix)
}

// FNV-1a. Two prefixes with one hash only cost a wake too many.
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

function encodeHashes(hashes: ReadonlySet<number>): string {
  return Buffer.from(Uint32Array.from(hashes).buffer).toString('base64')
}

function decodeHashes(text: string): ReadonlySet<number> {
  const bytes = Buffer.from(text, 'base64')
  const hashes = new Set<number>()
  for (let at = 0; at + 4 <= bytes.length; at += 4) hashes.add(bytes.readUInt32LE(at))
  return hashes
}
