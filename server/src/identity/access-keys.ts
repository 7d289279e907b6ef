// Who may sign: keys of the store (directory/stored-keys.ts), and the temporary keys of function instances, which are in
// memory: they live as long as their cell, and no cell outlives the server.
import { newAccessKeyId, newSecretAccessKey, randomHex } from '#base/ids.ts'
import { grownTo } from '#base/grown-cache.ts'
import { LRUCache } from 'lru-cache'
import { existsSync } from 'node:fs'
import { DEFAULT_ACCOUNT } from './accounts.ts'
import type { Credential, Credentials, InstanceSession } from './credentials.ts'
import { writeCredentialsFile } from './credentials-file.ts'
import type { RootKey, StoredKeys } from './directory/stored-keys.ts'
import { ACCESS_KEY_ID_CHARS_MAX, INSTANCE_SESSIONS_MAX } from './limits.ts'

const SESSION_TOKEN_BYTES = 48

/** Instance sessions are dropped by `revokeInstance`, or oldest first beyond INSTANCE_SESSIONS_MAX. */
export class AccessKeys implements Credentials {
  readonly #stored: Pick<StoredKeys, 'lookup'>
  readonly #sessions: LRUCache<string, Credential>
  readonly #keyOfInstance = new Map<string, string>()

  constructor(stored: Pick<StoredKeys, 'lookup'>) {
    this.#stored = stored
    this.#sessions = new LRUCache({
      ...grownTo(INSTANCE_SESSIONS_MAX),
      dispose: ({ principal }) => {
        if (principal.kind === 'session' && principal.instance !== undefined)
          this.#keyOfInstance.delete(principal.instance)
      },
    })
  }

  lookup(accessKeyId: string): Credential | undefined | Promise<Credential | undefined> {
    if (accessKeyId.length > ACCESS_KEY_ID_CHARS_MAX) return undefined
    return this.#sessions.get(accessKeyId) ?? this.#stored.lookup(accessKeyId)
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

/** Makes sure that the default account has its root key, and that its file is there. `file` is `<data>/credentials`. */
export async function openRootKey(stored: StoredKeys, file: string): Promise<RootKey> {
  const { isNew, ...key } = await stored.ensureAccount(DEFAULT_ACCOUNT)
  if (isNew || !existsSync(file)) await writeCredentialsFile(file, key)
  return key
}
