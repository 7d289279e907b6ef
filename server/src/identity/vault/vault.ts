// The vault: keys in the store, wrapped by a master key that is not. Every use reads the key's record, so that a key that
// was disabled on any node is refused at once; only unwrapped material, which never changes, is kept in memory.
import { createSecretKey, type KeyObject } from 'node:crypto'
import type { Clock } from '#base/clock.ts'
import { InvariantError, OperatorError } from '#base/errors.ts'
import { newRequestId, randomBytesOf } from '#base/ids.ts'
import { grownTo } from '#base/grown-cache.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Store } from '#storage/store.ts'
import { type Reader, transact } from '#storage/transact.ts'
import { LRUCache } from 'lru-cache'
import {
  type DataKey,
  type Encrypted,
  type EncryptionContext,
  KeyFault,
  type KeyScope,
  type KeyVault,
  type Unwrapped,
} from '../key-vault.ts'
import { parseCiphertext, readCiphertext, writeCiphertext } from './ciphertext.ts'
import { defaultKeyPolicy } from './default-key-policy.ts'
import { awsServiceOf, type KeyName, parseKeyName } from './key-name.ts'
import { keyAliases, keyArn, type KeyRecord, keyRecords, type KeyVersion } from './key-record.ts'
import { DATA_KEY_BYTES_MAX, KEY_MATERIAL_CACHED_MAX, MASTER_KEY_BYTES, PLAINTEXT_BYTES_MAX } from './limits.ts'
import { deriveKey, type MasterKeySource, newSalt, readMasterKey } from './master-key.ts'
import { openBox, sealBox } from './sealed-box.ts'

interface MasterRecord {
  /** For passphrases, base64. */
  readonly salt: string
  /** Opens with the right master key only, base64. */
  readonly seal: string
}

/** One record: [0]. */
const masters = new Collection<MasterRecord>({ name: 'identity.master', codec: jsonCodec<MasterRecord>(1) })
const MASTER: readonly number[] = [0]
const SEAL_PLACE = Buffer.from('mayfly master key')

export interface VaultOptions {
  readonly store: Store
  readonly clock: Clock
  readonly master: MasterKeySource
}

/**
 * Opens the vault; the first time on a store it also settles which master key the store belongs to. Throws OperatorError
 * when the master key cannot be had or is another one.
 */
export async function openVault({ store, clock, master }: VaultOptions): Promise<Vault> {
  const found = await masters.get(store, MASTER)
  const salt = found === undefined ? newSalt() : Buffer.from(found.value.salt, 'base64')
  const key = await readMasterKey(master, salt, found === undefined)
  const vault = new Vault({ store, clock, masterKey: key, salt })
  if (found === undefined) await vault.settle()
  else if (openBox(deriveKey(key, 'seal'), Buffer.from(found.value.seal, 'base64'), SEAL_PLACE) === undefined)
    throw new OperatorError(
      'the master key is not the one that this data folder was made with',
      'Give the right one with MAYFLY_MASTER_KEY, MAYFLY_MASTER_KEY_FILE or MAYFLY_MASTER_PASSPHRASE, or start on a fresh data folder.',
    )
  return vault
}

interface VaultParts {
  readonly store: Store
  readonly clock: Clock
  readonly masterKey: Buffer
  readonly salt: Buffer
}

export class Vault implements KeyVault {
  readonly #store: Store
  readonly #clock: Clock
  readonly #salt: Buffer
  readonly #sealKey: Buffer
  readonly #wrapKey: Buffer
  /** An object, for it is used with each object of S3: making one of bytes costs more than a small box. */
  readonly #recordKey: KeyObject
  readonly #material = new LRUCache<string, Buffer>(grownTo(KEY_MATERIAL_CACHED_MAX))

  constructor({ store, clock, masterKey, salt }: VaultParts) {
    this.#store = store
    this.#clock = clock
    this.#salt = salt
    this.#sealKey = deriveKey(masterKey, 'seal')
    this.#wrapKey = deriveKey(masterKey, 'key material')
    this.#recordKey = createSecretKey(deriveKey(masterKey, 'records'))
  }

  /** Writes which master key the store belongs to: at the first start, and after a reset. */
  async settle(): Promise<void> {
    await transact(this.#store, async (transaction) => {
      if ((await masters.get(transaction, MASTER)) !== undefined) return
      await masters.set(transaction, MASTER, {
        salt: this.#salt.toString('base64'),
        seal: sealBox(this.#sealKey, Buffer.alloc(MASTER_KEY_BYTES), SEAL_PLACE).toString('base64'),
      })
    })
  }

  /** After a reset of the store: its keys are gone. */
  async forget(): Promise<void> {
    this.#material.clear()
    await this.settle()
  }

  /** Seals a secret of a record of this store. `place` names the record: the box opens nowhere else. */
  seal(place: string, secret: Uint8Array): string {
    return sealBox(this.#recordKey, secret, Buffer.from(place)).toString('base64')
  }

  /** The secret that `seal` put away. A box that does not open is a broken store. */
  open(place: string, box: string): Buffer {
    const secret = this.tryOpen(place, Buffer.from(box, 'base64'))
    if (secret === undefined) throw new InvariantError(`the secret of ${place} does not open`)
    return secret
  }

  /** As `open`, for boxes that come from outside; undefined when the box is none of ours. */
  tryOpen(place: string, box: Uint8Array): Buffer | undefined {
    return openBox(this.#recordKey, box, Buffer.from(place))
  }

  async generateDataKey(
    scope: KeyScope,
    key: string,
    context: EncryptionContext,
    bytes = MASTER_KEY_BYTES,
  ): Promise<DataKey> {
    if (!Number.isInteger(bytes) || bytes < 1 || bytes > DATA_KEY_BYTES_MAX)
      throw new InvariantError(`a data key of ${bytes} bytes`)
    const plaintext = randomBytesOf(bytes)
    const { ciphertext: wrapped, ...of } = await this.encrypt(scope, key, plaintext, context)
    return { plaintext, wrapped, ...of }
  }

  async unwrap(wrapped: Uint8Array, context: EncryptionContext): Promise<Unwrapped> {
    return this.decrypt(wrapped, context)
  }

  async encrypt(scope: KeyScope, key: string, plaintext: Uint8Array, context: EncryptionContext): Promise<Encrypted> {
    if (plaintext.length > PLAINTEXT_BYTES_MAX) throw new InvariantError(`a plaintext of ${plaintext.length} bytes`)
    const record = usable(await this.require(scope, key), 'ENCRYPT_DECRYPT')
    if (record.spec !== 'SYMMETRIC_DEFAULT')
      throw new KeyFault('wrong-usage', keyArn(record), `${keyArn(record)} key spec is ${record.spec}.`)
    const newest = newestVersion(record)
    const name = { account: record.account, region: record.region, keyId: record.keyId, version: newest.version }
    const ciphertext = writeCiphertext(name, this.materialOf(record, newest), plaintext, context)
    return { ciphertext, keyArn: keyArn(record), managed: record.owner === 'aws' }
  }

  async decrypt(ciphertext: Uint8Array, context: EncryptionContext): Promise<Unwrapped> {
    const parsed = parseCiphertext(ciphertext)
    if (parsed === undefined) throw invalidCiphertext()
    const { account, region, keyId, version } = parsed
    const found = this.#asOfNow((await keyRecords.get(this.#store, [account, region, keyId]))?.value)
    if (found === undefined) throw invalidCiphertext()
    const record = usable(found, 'ENCRYPT_DECRYPT')
    const wanted = record.versions.find((one) => one.version === version)
    if (wanted === undefined) throw invalidCiphertext()
    const plaintext = readCiphertext(parsed, this.materialOf(record, wanted), context)
    if (plaintext === undefined) throw invalidCiphertext()
    return { plaintext, keyArn: keyArn(record), managed: record.owner === 'aws' }
  }

  /**
   * The record of a key, whatever its state. Keys are of one region: that of another one is not found. The key behind
   * alias/aws/<service> is made when it is missing.
   */
  async require(scope: KeyScope, key: string): Promise<KeyRecord> {
    const name = parseKeyName(scope, key)
    if (name.scope.region !== scope.region) throw new KeyFault('not-found', key, `Invalid arn ${name.scope.region}`)
    const record = await this.find(this.#store, name)
    if (record !== undefined) return record
    const isOwn = name.scope.account === scope.account
    const service = name.kind === 'alias' && isOwn ? awsServiceOf(name.alias) : undefined
    if (service !== undefined && name.kind === 'alias') return this.#makeAwsKey(name.scope, service, name.alias)
    throw notFound(name)
  }

  /** The record that a name leads to, read through `reader`. */
  async find(reader: Reader, name: KeyName): Promise<KeyRecord | undefined> {
    const { account, region } = name.scope
    let keyId = name.kind === 'id' ? name.keyId : undefined
    if (name.kind === 'alias') keyId = (await keyAliases.get(reader, [account, region, name.alias]))?.value.keyId
    if (keyId === undefined) return undefined
    return this.#asOfNow((await keyRecords.get(reader, [account, region, keyId]))?.value)
  }

  /** Material that was imported for a time is gone when that is over, whenever it is taken away. */
  #asOfNow(record: KeyRecord | undefined): KeyRecord | undefined {
    if (record?.expiresMs === undefined || record.expiresMs > this.#clock.nowMs()) return record
    const { expiresMs: _expiresMs, ...kept } = record
    const isPending = record.state.kind === 'pending-deletion'
    return { ...kept, versions: [], state: isPending ? record.state : { kind: 'pending-import' } }
  }

  /** A new version of symmetric material, sealed: for a new key, or for a rotation. */
  newVersion(
    key: Pick<KeyRecord, 'account' | 'region' | 'keyId'>,
    version: number,
    reason: KeyVersion['reason'],
    material: Uint8Array = randomBytesOf(MASTER_KEY_BYTES),
  ): KeyVersion {
    const sealed = sealBox(this.#wrapKey, material, placeOf(key, version)).toString('base64')
    return { version, createdMs: this.#clock.nowMs(), sealed, reason }
  }

  /** The material of one version. Stays inside the server: no answer, no log. */
  materialOf(record: Pick<KeyRecord, 'account' | 'region' | 'keyId'>, { version, sealed }: KeyVersion): Buffer {
    const cached = this.#material.get(sealed)
    if (cached !== undefined) return cached
    const material = openBox(this.#wrapKey, Buffer.from(sealed, 'base64'), placeOf(record, version))
    if (material === undefined) throw new InvariantError(`the material of ${keyArn(record)} does not open`)
    this.#material.set(sealed, material)
    return material
  }

  async #makeAwsKey(scope: KeyScope, service: string, alias: string): Promise<KeyRecord> {
    const nowMs = this.#clock.nowMs()
    return transact(this.#store, async (transaction) => {
      const found = await this.find(transaction, { kind: 'alias', scope, alias })
      if (found !== undefined) return found
      const key = { account: scope.account, region: scope.region, keyId: newRequestId() }
      const record: KeyRecord = {
        ...key,
        createdMs: nowMs,
        owner: 'aws',
        spec: 'SYMMETRIC_DEFAULT',
        usage: 'ENCRYPT_DECRYPT',
        state: { kind: 'enabled' },
        versions: [this.newVersion(key, 1, 'created')],
        description: `Default key that protects my ${service} data when no other key is defined`,
        policy: defaultKeyPolicy(scope.account),
        tags: [],
      }
      await keyRecords.set(transaction, [key.account, key.region, key.keyId], record)
      await keyAliases.set(transaction, [scope.account, scope.region, alias], {
        name: alias,
        keyId: key.keyId,
        createdMs: nowMs,
        updatedMs: nowMs,
      })
      return record
    })
  }
}

/** The record, if the key may be used for this now. Throws KeyFault. */
export function usable(record: KeyRecord, usage: KeyRecord['usage']): KeyRecord {
  const arn = keyArn(record)
  switch (record.state.kind) {
    case 'disabled':
      throw new KeyFault('disabled', arn, `${arn} is disabled.`)
    case 'pending-deletion':
      throw new KeyFault('pending-deletion', arn, `${arn} is pending deletion.`)
    case 'pending-import':
      throw new KeyFault('pending-import', arn, `${arn} is pending import.`)
    case 'enabled':
      if (record.usage === usage) return record
      throw new KeyFault(
        'wrong-usage',
        arn,
        `${arn} key usage is ${record.usage} which is not valid for the operation.`,
      )
  }
}

/** The version that encrypts. */
export function newestVersion(record: KeyRecord): KeyVersion {
  const newest = record.versions.at(-1)
  if (newest === undefined) throw new InvariantError(`${keyArn(record)} has no material`)
  return newest
}

function placeOf({ account, region, keyId }: Pick<KeyRecord, 'account' | 'region' | 'keyId'>, version: number): Buffer {
  return Buffer.from(`${account} ${region} ${keyId} ${version}`)
}

function invalidCiphertext(): KeyFault {
  return new KeyFault('invalid-ciphertext', '', 'The ciphertext is not valid for this key and encryption context.')
}

function notFound(name: KeyName): KeyFault {
  const { account, region } = name.scope
  const resource = name.kind === 'id' ? `key/${name.keyId}` : name.alias
  const arn = `arn:aws:kms:${region}:${account}:${resource}`
  const what = name.kind === 'id' ? 'Key' : 'Alias'
  return new KeyFault('not-found', arn, `${what} '${arn}' does not exist${name.kind === 'id' ? '' : '.'}`)
}
