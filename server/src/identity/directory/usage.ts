// When keys, users and roles were last used, and which services they used: from real calls. Kept in memory and written
// every little while, so that no call waits for it; a crash may forget the last of it.
import type { Clock } from '#base/clock.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Store } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'

export interface LastUse {
  readonly usedMs: number
  /** As in policies: `s3`, `lambda`. */
  readonly service: string
  readonly region: string
}

/** Key: [access key id]. */
export const keyUses = new Collection<LastUse>({ name: 'identity.key-uses', codec: jsonCodec<LastUse>(1) })
/** Key: [account, ARN of the user or role, service]. */
export const serviceUses = new Collection<LastUse>({ name: 'identity.service-uses', codec: jsonCodec<LastUse>(1) })

const WRITE_EVERY_MS = 5000
/** Uses that wait to be written; beyond, they are written at once. */
const PENDING_MAX = 1000

export class Usage {
  readonly #store: Store
  readonly #clock: Clock
  #keys = new Map<string, LastUse>()
  #services = new Map<string, { readonly key: readonly string[]; readonly use: LastUse }>()
  #cancel: (() => void) | undefined

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** `identity`: the ARN of the user or role; undefined for root. */
  note(accessKeyId: string, account: string, identity: string | undefined, service: string, region: string): void {
    const use = { usedMs: this.#clock.nowMs(), service, region }
    // Keys of sessions are not looked at, and there is no end of them.
    if (accessKeyId.startsWith('AKIA')) this.#keys.set(accessKeyId, use)
    if (identity !== undefined) this.#services.set(`${identity} ${service}`, { key: [account, identity, service], use })
    this.#cancel ??= this.#clock.after(WRITE_EVERY_MS, () => void this.flush().catch(() => {}))
    if (this.#keys.size + this.#services.size > PENDING_MAX) void this.flush().catch(() => {})
  }

  /** Writes what waits; before reports, and at the end. */
  async flush(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    const keys = this.#keys
    const services = this.#services
    if (keys.size + services.size === 0) return
    this.#keys = new Map()
    this.#services = new Map()
    await transact(this.#store, async (transaction) => {
      for (const [id, use] of keys) await keyUses.set(transaction, [id], use)
      for (const { key, use } of services.values()) await serviceUses.set(transaction, key, use)
    })
  }

  /** After a reset. */
  forget(): void {
    this.#keys.clear()
    this.#services.clear()
  }
}
