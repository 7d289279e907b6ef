// Access keys that Mayfly made: the root key of the default account (a record in the store, made at the first start)
// and the temporary keys of function instances (in memory: they live as long as their cell, and no cell outlives the
// server).
import { newAccessKeyId, newSecretAccessKey, randomHex } from '#base/ids.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Store } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import { LRUCache } from 'lru-cache'
import { existsSync } from 'node:fs'
import { DEFAULT_ACCOUNT } from './accounts.ts'
import type { Credential, Credentials, InstanceSession } from './credentials.ts'
import { writeCredentialsFile } from './credentials-file.ts'
import { ACCESS_KEY_ID_CHARS_MAX, INSTANCE_SESSIONS_MAX } from './limits.ts'

interface RootKey {
  readonly account: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const SESSION_TOKEN_BYTES = 48

const rootKeys = new Collection<RootKey>({ name: 'identity.root-key', codec: jsonCodec(1) })

/** The root key of the default account, made when there is none yet. */
export async function ensureRootKey(store: Store): Promise<RootKey> {
  return transact(store, async (transaction) => {
    const found = await rootKeys.get(transaction, [DEFAULT_ACCOUNT])
    if (found !== undefined) return found.value
    const key: RootKey = {
      account: DEFAULT_ACCOUNT,
      accessKeyId: newAccessKeyId('AKIA'),
      secretAccessKey: newSecretAccessKey(),
    }
    await rootKeys.set(transaction, [DEFAULT_ACCOUNT], key)
    return key
  })
}

export interface AccessKeysOptions {
  /** Absent where nobody signs with a root key (`dev`). */
  readonly rootKey?: RootKey
}

/** Instance sessions are dropped by `revokeInstance`, or oldest first beyond INSTANCE_SESSIONS_MAX. */
export class AccessKeys implements Credentials {
  readonly #root: Credential | undefined
  readonly #sessions: LRUCache<string, Credential>
  readonly #keyOfInstance = new Map<string, string>()

  constructor(options: AccessKeysOptions = {}) {
    const { rootKey } = options
    this.#root = rootKey && {
      accessKeyId: rootKey.accessKeyId,
      secretAccessKey: rootKey.secretAccessKey,
      principal: { kind: 'root', account: rootKey.account, accessKeyId: rootKey.accessKeyId },
    }
    this.#sessions = new LRUCache({
      max: INSTANCE_SESSIONS_MAX,
      dispose: ({ principal }) => {
        if (principal.kind === 'session' && principal.instance !== undefined)
          this.#keyOfInstance.delete(principal.instance)
      },
    })
  }

  async lookup(accessKeyId: string): Promise<Credential | undefined> {
    if (accessKeyId.length > ACCESS_KEY_ID_CHARS_MAX) return undefined
    return accessKeyId === this.#root?.accessKeyId ? this.#root : this.#sessions.get(accessKeyId)
  }

  issue(session: InstanceSession): { accessKeyId: string; secretAccessKey: string; sessionToken: string } {
    this.revokeInstance(session.instance)
    const key = {
      accessKeyId: newAccessKeyId('ASIA'),
      secretAccessKey: newSecretAccessKey(),
      sessionToken: randomHex(SESSION_TOKEN_BYTES),
    }
    this.#sessions.set(key.accessKeyId, {
      ...key,
      principal: { kind: 'session', ...session, accessKeyId: key.accessKeyId },
    })
    this.#keyOfInstance.set(session.instance, key.accessKeyId)
    return key
  }

  revokeInstance(instance: string): void {
    const accessKeyId = this.#keyOfInstance.get(instance)
    if (accessKeyId !== undefined) this.#sessions.delete(accessKeyId)
  }
}

/** Makes sure that the root key exists and that its file is there. `file` is `<data>/credentials`. */
export async function openRootKey(store: Store, file: string): Promise<RootKey> {
  const key = await ensureRootKey(store)
  if (!existsSync(file)) await writeCredentialsFile(file, key)
  return key
}
