// Keys that are in the store: long-term access keys of root and of IAM users, and the sessions that STS gave out. Secrets
// are sealed by the vault, so that no copy of the store holds one.
import type { Clock } from '#base/clock.ts'
import { newAccessKeyId, newSecretAccessKey, randomHex } from '#base/ids.ts'
import type { Principal } from '#base/principal.ts'
import { grownTo } from '#base/grown-cache.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Store } from '#storage/store.ts'
import { type Reader, transact, type Transaction } from '#storage/transact.ts'
import { LRUCache } from 'lru-cache'
import type { Credential } from '../credentials.ts'
import type { Vault } from '../vault/vault.ts'
import { CREDENTIALS_CACHED_MAX, SESSIONS_SWEPT_MAX } from './limits.ts'
import { accounts, iamArn, nameKey, users } from './records.ts'

const SESSION_TOKEN_BYTES = 48

export interface KeyOwner {
  readonly account: string
  /** Undefined: root of the account. */
  readonly userName: string | undefined
}

export interface AccessKeyRecord extends KeyOwner {
  readonly accessKeyId: string
  /** The secret, sealed. */
  readonly sealed: string
  readonly status: 'Active' | 'Inactive'
  readonly createdMs: number
}

/** Key: [access key id]. Index `owner`: [account, 'root'] or [account, 'user', name in lower case]. */
export const accessKeys = new Collection<AccessKeyRecord>({
  name: 'identity.access-keys',
  codec: jsonCodec<AccessKeyRecord>(1),
  indexes: { owner: (record) => [ownerKey(record)] },
})

/** Where an owner's keys are in the index `owner`. */
export function ownerKey({ account, userName }: KeyOwner): readonly string[] {
  return userName === undefined ? [account, 'root'] : [account, 'user', userName.toLowerCase()]
}

interface SessionRecord {
  readonly accessKeyId: string
  /** Secret and token, sealed. */
  readonly sealed: string
  readonly expiresMs: number
  readonly principal: Principal
}

/** Key: [access key id]. Index `expiry`: [expiresMs]. */
const sessions = new Collection<SessionRecord>({
  name: 'identity.sessions',
  codec: jsonCodec<SessionRecord>(1),
  indexes: { expiry: ({ expiresMs }) => [[expiresMs]] },
})

export interface RootKey {
  readonly account: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface SessionKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiresMs: number
}

interface StoredKeysOptions {
  readonly store: Store
  readonly vault: Vault
  readonly clock: Clock
}

/** Principals without the id of their key, which is made with the session. */
export type PrincipalOf<P extends Principal = Principal> = P extends { accessKeyId: string }
  ? Omit<P, 'accessKeyId'>
  : never

export class StoredKeys {
  readonly #store: Store
  readonly #vault: Vault
  readonly #clock: Clock
  readonly #cache = new LRUCache<string, Credential>(grownTo(CREDENTIALS_CACHED_MAX))
  /**
   * Long-term keys that may not sign, such as the `test` of everybody who develops. Apart from the others, so that whoever
   * tries keys out pushes none of them away.
   */
  readonly #unknown = new LRUCache<string, true>(grownTo(CREDENTIALS_CACHED_MAX))
  readonly #unwatch: readonly (() => void)[]
  #generation = 0

  constructor({ store, vault, clock }: StoredKeysOptions) {
    this.#store = store
    this.#vault = vault
    this.#clock = clock
    // Sessions never change: only their end is theirs, and that is in the credential.
    this.#unwatch = [accessKeys, users].map((one) => store.watch(one.keyOf([]), () => this.forget()))
  }

  forget(): void {
    this.#generation++
    this.#cache.clear()
    this.#unknown.clear()
  }

  close(): void {
    for (const unwatch of this.#unwatch) unwatch()
  }

  /** The key, if it may sign; at once where it was asked for before. */
  lookup(accessKeyId: string): Credential | undefined | Promise<Credential | undefined> {
    const known = this.#cache.get(accessKeyId)
    return known !== undefined || this.#unknown.has(accessKeyId) ? known : this.#read(accessKeyId)
  }

  async #read(accessKeyId: string): Promise<Credential | undefined> {
    const generation = this.#generation
    const isSession = accessKeyId.startsWith('ASIA')
    const found = isSession ? await this.#readSession(accessKeyId) : await this.#readKey(accessKeyId)
    if (generation !== this.#generation) return found
    if (found !== undefined) this.#cache.set(accessKeyId, found)
    // Nobody tells when a session begins: it may be there the next time.
    else if (!isSession) this.#unknown.set(accessKeyId, true)
    return found
  }

  async #readKey(accessKeyId: string): Promise<Credential | undefined> {
    const record = (await accessKeys.get(this.#store, [accessKeyId]))?.value
    if (record?.status !== 'Active') return undefined
    const principal = await this.#principalOf(record)
    return principal && { accessKeyId, secretAccessKey: this.secretOf(record), principal }
  }

  async #principalOf({ account, userName, accessKeyId }: AccessKeyRecord): Promise<Principal | undefined> {
    if (userName === undefined) return { kind: 'root', account, accessKeyId }
    const user = (await users.get(this.#store, nameKey(account, userName)))?.value
    if (user === undefined) return undefined
    return { kind: 'user', account, accessKeyId, userName: user.name, userArn: iamArn('user', user), userId: user.id }
  }

  async #readSession(accessKeyId: string): Promise<Credential | undefined> {
    const record = (await sessions.get(this.#store, [accessKeyId]))?.value
    if (record === undefined) return undefined
    const secrets = this.#vault.open(`session ${accessKeyId}`, record.sealed).toString()
    const [secretAccessKey = '', sessionToken = ''] = secrets.split(' ')
    const { expiresMs, principal } = record
    return { accessKeyId, secretAccessKey, sessionToken, expiresMs, principal }
  }

  /** Makes a long-term key; the secret is told this once. */
  async add(
    transaction: Transaction,
    owner: KeyOwner,
  ): Promise<AccessKeyRecord & { readonly secretAccessKey: string }> {
    const accessKeyId = newAccessKeyId('AKIA')
    const secretAccessKey = newSecretAccessKey()
    const { account, userName } = owner
    const record: AccessKeyRecord = {
      accessKeyId,
      account,
      userName,
      sealed: this.#vault.seal(`access key ${accessKeyId}`, Buffer.from(secretAccessKey)),
      status: 'Active',
      createdMs: this.#clock.nowMs(),
    }
    await accessKeys.set(transaction, [accessKeyId], record)
    return { ...record, secretAccessKey }
  }

  /** Only for the file of the root key, which its owner may delete and get again. */
  secretOf({ accessKeyId, sealed }: AccessKeyRecord): string {
    return this.#vault.open(`access key ${accessKeyId}`, sealed).toString()
  }

  /** Gives out a session; it is on disk when this resolves, and survives restarts until it expires. */
  async beginSession(principal: PrincipalOf, seconds: number): Promise<SessionKeys> {
    const accessKeyId = newAccessKeyId('ASIA')
    const secretAccessKey = newSecretAccessKey()
    const sessionToken = randomHex(SESSION_TOKEN_BYTES)
    const expiresMs = this.#clock.nowMs() + seconds * 1000
    const sealed = this.#vault.seal(`session ${accessKeyId}`, Buffer.from(`${secretAccessKey} ${sessionToken}`))
    await transact(this.#store, (transaction) =>
      sessions.set(transaction, [accessKeyId], {
        accessKeyId,
        sealed,
        expiresMs,
        principal: { ...principal, accessKeyId },
      }),
    )
    return { accessKeyId, secretAccessKey, sessionToken, expiresMs }
  }

  /** Whose session a key is, expired or not; for GetAccessKeyInfo. */
  async accountOf(reader: Reader, accessKeyId: string): Promise<string | undefined> {
    const key = (await accessKeys.get(reader, [accessKeyId]))?.value
    if (key !== undefined) return key.account
    const principal = (await sessions.get(reader, [accessKeyId]))?.value.principal
    return principal === undefined || principal.kind === 'anonymous' ? undefined : principal.account
  }

  /** Deletes sessions that have expired; true when there may be more. */
  async sweepSessions(): Promise<boolean> {
    const before = [this.#clock.nowMs()]
    const page = await sessions.listIndex(this.#store, 'expiry', { prefix: [], before }, { limit: SESSIONS_SWEPT_MAX })
    await transact(this.#store, async (transaction) => {
      for (const { key } of page) await sessions.delete(transaction, key)
    })
    return page.length === SESSIONS_SWEPT_MAX
  }

  /** The root key of an account; the account and its key are made when they are missing. */
  async ensureAccount(account: string): Promise<RootKey & { readonly isNew: boolean }> {
    return transact(this.#store, async (transaction) => {
      const known = await accounts.get(transaction, [account])
      if (known === undefined) {
        const createdMs = this.#clock.nowMs()
        await accounts.set(transaction, [account], { account, createdMs })
        const { accessKeyId, secretAccessKey } = await this.add(transaction, { account, userName: undefined })
        return { account, accessKeyId, secretAccessKey, isNew: true }
      }
      const [key] = await accessKeys.listIndex(transaction, 'owner', { prefix: [account, 'root'] }, { limit: 1 })
      const record = key?.value ?? (await this.add(transaction, { account, userName: undefined }))
      return { account, accessKeyId: record.accessKeyId, secretAccessKey: this.secretOf(record), isNew: false }
    })
  }
}
