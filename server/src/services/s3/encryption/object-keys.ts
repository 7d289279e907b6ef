// The data keys of objects: made when an object comes, found again when it is read. See object-encryption.ts for who keeps
// them.
import { createSecretKey, hash, hkdfSync } from 'node:crypto'
import { randomBytesOf, randomHex } from '#base/ids.ts'
import { KeyFault, type KeyVault } from '#identity/key-vault.ts'
import { openBox, sealBox } from '#identity/vault/sealed-box.ts'
import { AwsError } from '#protocol/errors.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Store } from '#storage/store.ts'
import type { Clock } from '#base/clock.ts'
import { grownTo } from '#base/grown-cache.ts'
import { LRUCache } from 'lru-cache'
import { bucketArn, objectArn } from '../arn.ts'
import type { BucketRecord } from '../bucket.ts'
import { s3Error } from '../errors.ts'
import { BUCKET_KEY_LIFE_MS, BUCKET_KEYS_CACHED_MAX, OWN_KEYS_CACHED_MAX, SERIES_OBJECTS_MAX } from '../limits.ts'
import type { CustomerKey } from './customer-key.ts'
import type { ObjectEncryption } from './object-encryption.ts'
import type { BodyKey } from './body-key.ts'
import { type CipherKey, SealBrokenError } from './sealed-frames.ts'
import type { EncryptionWish } from './wish.ts'

/** A data key, and how it is kept. */
export interface SealingKey {
  readonly key: BodyKey
  readonly encryption: ObjectEncryption
}

/** Seals what the server keeps for itself (identity/vault). */
export interface OwnSeal {
  seal(place: string, secret: Uint8Array): string
  open(place: string, box: string): Buffer
}

interface BucketKeyRecord {
  readonly wrapped: string
  readonly bucket: string
}

const bucketKeyCodec = jsonCodec<BucketKeyRecord>(1)

/** Keys between a KMS key and the objects of a bucket. Key: [id]. */
const bucketKeys = new Collection<BucketKeyRecord>({ name: 's3.bucket-keys', codec: bucketKeyCodec })

const KEY_BYTES = 32
const ID_BYTES = 12
const SEAL_PLACE = 's3.objects'
const NOWHERE = Buffer.from('s3.objects')

interface BucketKey {
  readonly id: string
  readonly key: Buffer
  readonly keyArn: string
}

/** A key that the server sealed, and how many more objects get theirs from it. */
interface Series {
  readonly wrapped: string
  readonly key: Buffer
  left: number
}

export class ObjectKeys {
  readonly #store: Store
  readonly #vault: KeyVault & OwnSeal
  readonly #clock: Clock
  /** The bucket keys that new objects get, by bucket and KMS key; they live for a while only, as AWS's do. */
  readonly #current = new LRUCache<string, BucketKey & { readonly untilMs: number }>({ max: BUCKET_KEYS_CACHED_MAX })
  /** Unwrapped bucket keys by id. Forgotten after the same while, so that a disabled KMS key takes effect. */
  readonly #opened = new LRUCache<string, { readonly key: Buffer; readonly untilMs: number }>({
    max: BUCKET_KEYS_CACHED_MAX,
  })

  /** The series that new objects of SSE-S3 belong to. */
  #series: Series | undefined
  /** Keys of SSE-S3 that were opened lately, by their wrapped form. */
  readonly #own = new LRUCache<string, Buffer>(grownTo(OWN_KEYS_CACHED_MAX))

  constructor(store: Store, vault: KeyVault & OwnSeal, clock: Clock) {
    this.#store = store
    this.#vault = vault
    this.#clock = clock
  }

  /** A key for a new object. Throws KMS.NotFoundException and its kin. */
  async create(wish: EncryptionWish, bucket: BucketRecord, key: string): Promise<SealingKey> {
    switch (wish.kind) {
      case 's3':
        return this.ownKey()
      case 'customer': {
        const dataKey = randomBytesOf(KEY_BYTES)
        const wrapped = sealBox(wish.key.key, dataKey, NOWHERE).toString('base64')
        return { key: bodyKey(dataKey), encryption: { kind: 'customer', wrapped, keyMd5: wish.key.md5 } }
      }
      case 'kms':
        // There are no bucket keys for two layers.
        return wish.bucketKey && wish.dual !== true
          ? this.#underBucketKey(wish.key, bucket)
          : this.#underKmsKey(wish, bucket, key)
    }
  }

  /** A key of SSE-S3. */
  ownKey(): SealingKey {
    if (this.#series === undefined || this.#series.left === 0) this.#series = this.#newSeries()
    this.#series.left--
    const { wrapped, key } = this.#series
    const salt = randomBytesOf(SALT_BYTES)
    return { key: keyInSeries(key, salt), encryption: { kind: 's3', wrapped, salt: salt.toString('base64') } }
  }

  #newSeries(): Series {
    const key = randomBytesOf(KEY_BYTES)
    const wrapped = this.#vault.seal(SEAL_PLACE, key)
    this.#own.set(wrapped, key)
    return { wrapped, key, left: SERIES_OBJECTS_MAX }
  }

  async #underKmsKey(
    wish: Extract<EncryptionWish, { kind: 'kms' }>,
    bucket: BucketRecord,
    key: string,
  ): Promise<SealingKey> {
    const context = { 'aws:s3:arn': objectArn(bucket.name, key), ...wish.context }
    const { plaintext, wrapped, keyArn } = await told(this.#vault.generateDataKey(bucket, wish.key, context))
    const managed = isManaged(wish.key) && ({ managed: true } as const)
    const encryption = { kind: 'kms', keyArn, wrapped: wrapped.toString('base64'), ...managed, context } as const
    if (wish.dual !== true) return { key: bodyKey(plaintext), encryption }
    const second = await told(this.#vault.generateDataKey(bucket, wish.key, context))
    const outer = second.wrapped.toString('base64')
    return { key: bodyKey(plaintext, second.plaintext), encryption: { ...encryption, outer } }
  }

  async #underBucketKey(kmsKey: string, bucket: BucketRecord): Promise<SealingKey> {
    const { id, key, keyArn } = await this.#bucketKey(kmsKey, bucket)
    const dataKey = randomBytesOf(KEY_BYTES)
    const wrapped = sealBox(key, dataKey, NOWHERE).toString('base64')
    const managed = isManaged(kmsKey) && ({ managed: true } as const)
    return { key: bodyKey(dataKey), encryption: { kind: 'kms', keyArn, wrapped, ...managed, bucketKey: id } }
  }

  async #bucketKey(kmsKey: string, bucket: BucketRecord): Promise<BucketKey> {
    const name = `${bucket.name} ${kmsKey}`
    const current = this.#current.get(name)
    if (current && current.untilMs > this.#clock.nowMs()) return current
    const { plaintext, wrapped, keyArn } = await told(
      this.#vault.generateDataKey(bucket, kmsKey, { 'aws:s3:arn': bucketArn(bucket.name) }),
    )
    const id = randomHex(ID_BYTES)
    const key = bucketKeys.keyOf([id])
    const value = bucketKeyCodec.encode({ wrapped: wrapped.toString('base64'), bucket: bucket.name })
    await this.#store.commit({ sets: [{ key, value }] })
    const made = { id, key: plaintext, keyArn, untilMs: this.#clock.nowMs() + BUCKET_KEY_LIFE_MS }
    this.#current.set(name, made)
    return made
  }

  /** The data key of an object. Throws AccessDenied for a wrong customer key, and KMS.DisabledException and its kin. */
  async open(encryption: ObjectEncryption, customerKey: CustomerKey | undefined): Promise<BodyKey> {
    switch (encryption.kind) {
      case 's3':
        return this.#openOwn(encryption)
      case 'customer': {
        const key = customerKey && openBox(customerKey.key, Buffer.from(encryption.wrapped, 'base64'), NOWHERE)
        if (!key) throw s3Error('AccessDenied')
        return bodyKey(key)
      }
      case 'kms': {
        const wrapped = Buffer.from(encryption.wrapped, 'base64')
        if (encryption.bucketKey === undefined) return this.#openUnderKmsKey(encryption, wrapped)
        const key = openBox(await this.#openBucketKey(encryption.bucketKey), wrapped, NOWHERE)
        if (!key) throw new SealBrokenError('a data key does not open with its bucket key')
        return bodyKey(key)
      }
    }
  }

  async #openUnderKmsKey(
    { context = {}, outer }: Extract<ObjectEncryption, { kind: 'kms' }>,
    wrapped: Buffer,
  ): Promise<BodyKey> {
    const { plaintext } = await told(this.#vault.unwrap(wrapped, context))
    if (outer === undefined) return bodyKey(plaintext)
    const second = await told(this.#vault.unwrap(Buffer.from(outer, 'base64'), context))
    return bodyKey(plaintext, second.plaintext)
  }

  #openOwn({ wrapped, salt }: Extract<ObjectEncryption, { kind: 's3' }>): BodyKey {
    let key = this.#own.get(wrapped)
    if (key === undefined) {
      key = this.#vault.open(SEAL_PLACE, wrapped)
      this.#own.set(wrapped, key)
    }
    return salt === undefined ? bodyKey(key) : keyInSeries(key, Buffer.from(salt, 'base64'))
  }

  async #openBucketKey(id: string): Promise<Buffer> {
    const opened = this.#opened.get(id)
    if (opened && opened.untilMs > this.#clock.nowMs()) return opened.key
    const found = (await bucketKeys.get(this.#store, [id]))?.value
    if (!found) throw new SealBrokenError(`there is no bucket key ${id}`)
    const context = { 'aws:s3:arn': bucketArn(found.bucket) }
    const { plaintext } = await told(this.#vault.unwrap(Buffer.from(found.wrapped, 'base64'), context))
    this.#opened.set(id, { key: plaintext, untilMs: this.#clock.nowMs() + BUCKET_KEY_LIFE_MS })
    return plaintext
  }

  /** After a reset. */
  forget(): void {
    this.#current.clear()
    this.#opened.clear()
    this.#own.clear()
    this.#series = undefined
  }
}

function bodyKey(inner: Uint8Array, outer?: Uint8Array): BodyKey {
  return { inner: createSecretKey(inner), ...(outer && { outer: createSecretKey(outer) }) }
}

/** What the derivation of a key in a series begins with: the number of the block, of which there is one. */
const FIRST_BLOCK = Buffer.from([0, 0, 0, 1])
const SERIES_LABEL = Buffer.from('s3.series')

/** The key of one object. Construction: NIST SP 800-56C rev. 2, section 4 (one-step derivation with SHA-256). */
function keyInSeries(seriesKey: Buffer, salt: Buffer): BodyKey {
  return bodyKey(hash('sha256', Buffer.concat([FIRST_BLOCK, seriesKey, SERIES_LABEL, salt]), 'buffer'))
}

/** Is it the key that S3 uses where none is named? */
function isManaged(kmsKey: string): boolean {
  return /(?:^|:)alias\/aws\/s3$/.test(kmsKey)
}

/** The key of one part: parts of one number may come twice, and no key encrypts two bodies. `salt` is random. */
export function partKey({ inner, outer }: BodyKey, salt: string): BodyKey {
  return { inner: derived(inner, salt), ...(outer && { outer: derived(outer, salt) }) }
}

function derived(dataKey: CipherKey, salt: string): CipherKey {
  return createSecretKey(Buffer.from(hkdfSync('sha256', dataKey, Buffer.from(salt, 'base64'), 's3.part', KEY_BYTES)))
}

const SALT_BYTES = 16

export function newPartSalt(): string {
  return randomBytesOf(SALT_BYTES).toString('base64')
}

/** S3 tells faults of KMS keys in KMS's words, each as a bad request. */
const KMS_CODES = {
  'not-found': 'KMS.NotFoundException',
  disabled: 'KMS.DisabledException',
  'pending-deletion': 'KMS.KMSInvalidStateException',
  'pending-import': 'KMS.KMSInvalidStateException',
  'invalid-ciphertext': 'KMS.InvalidCiphertextException',
  'wrong-usage': 'KMS.InvalidKeyUsageException',
} as const

async function told<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking
  } catch (error) {
    if (error instanceof KeyFault) throw new AwsError(KMS_CODES[error.reason], 400, error.message, { cause: error })
    throw error
  }
}
