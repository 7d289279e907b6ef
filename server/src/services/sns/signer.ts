// Signs messages as SNS does: RSA over the members that SNS names, SHA-1 for SignatureVersion 1 and SHA-256 for 2, with a
// key of this server whose certificate anybody may fetch. Source: SNS developer guide, "Verifying the signatures of
// Amazon SNS messages".
//
// The key is made when it is first needed, and kept in the store, encrypted by the vault.
import { createHash, createPrivateKey, generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { Clock } from '#base/clock.ts'
import { randomBytesOf } from '#base/ids.ts'
import type { KeyVault } from '#identity/key-vault.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Store } from '#storage/store.ts'
import { LRUCache } from 'lru-cache'
import { selfSignedCertificate } from './certificate.ts'
import { SIGNATURES_MAX } from './limits.ts'

export interface SignerPorts {
  readonly store: Store
  readonly vault: KeyVault
  readonly clock: Clock
  readonly endpoint: () => string
}

export type SignatureVersion = '1' | '2'

interface SigningRecord {
  /** PKCS#8 DER, encrypted by the vault, base64. */
  readonly sealedKey: string
  readonly certificate: string
}

interface SigningKey {
  readonly privateKey: KeyObject
  readonly certificate: string
  /** `SimpleNotificationService-<32 hex digits>.pem`. */
  readonly fileName: string
}

/** Where the certificate is served, below the server's address. */
export const CERTIFICATE_PATH = '/_mayfly/sns/'
const keys = new Collection<SigningRecord>({ name: 'sns.signing', codec: jsonCodec<SigningRecord>(1) })
const KEY: readonly number[] = [0]
const SEAL_CONTEXT = { purpose: 'sns message signing' }
/** The key belongs to the server, not to an account of a user. */
const SEAL_SCOPE = { account: '000000000000', region: 'us-east-1' }
const SEAL_KEY = 'alias/aws/sns'
const RSA_BITS = 2048
const CERTIFICATE_YEARS = 10
const YEAR_MS = 365 * 86_400_000

const generate = promisify(generateKeyPair)
const signAsync = promisify(sign)

export class Signer {
  readonly #ports: SignerPorts
  readonly #signatures = new LRUCache<string, Promise<string>>({ max: SIGNATURES_MAX })
  #key: Promise<SigningKey> | undefined

  constructor(ports: SignerPorts) {
    this.#ports = ports
  }

  /** Base64. The same text is signed once for all subscribers. */
  async sign(text: string, version: SignatureVersion): Promise<string> {
    const name = `${version} ${createHash('sha256').update(text).digest('base64')}`
    const known = this.#signatures.get(name)
    if (known !== undefined) return await known
    const signature = this.#sign(text, version)
    this.#signatures.set(name, signature)
    signature.catch(() => this.#signatures.delete(name))
    return await signature
  }

  async #sign(text: string, version: SignatureVersion): Promise<string> {
    const { privateKey } = await this.#open()
    const bytes = await signAsync(version === '2' ? 'sha256' : 'sha1', Buffer.from(text), privateKey)
    return bytes.toString('base64')
  }

  /** What messages name as the place of the certificate. */
  async certificateUrl(): Promise<string> {
    return `${this.#ports.endpoint()}${CERTIFICATE_PATH}${(await this.#open()).fileName}`
  }

  /** The certificate in PEM; undefined when the path names another one. */
  async certificateAt(path: string): Promise<string | undefined> {
    const { fileName, certificate } = await this.#open()
    return path === `${CERTIFICATE_PATH}${fileName}` ? certificate : undefined
  }

  /** The store was cleared: the key is gone with it. */
  forget(): void {
    this.#key = undefined
    this.#signatures.clear()
  }

  #open(): Promise<SigningKey> {
    this.#key ??= this.#load().catch((error: unknown) => {
      this.#key = undefined
      throw error
    })
    return this.#key
  }

  async #load(): Promise<SigningKey> {
    const { store, vault } = this.#ports
    for (;;) {
      const found = (await keys.get(store, KEY))?.value
      if (found === undefined) {
        await this.#make()
        continue
      }
      const { plaintext } = await vault.decrypt(Buffer.from(found.sealedKey, 'base64'), SEAL_CONTEXT)
      const privateKey = createPrivateKey({ key: plaintext, format: 'der', type: 'pkcs8' })
      const digest = createHash('sha256').update(found.certificate).digest('hex').slice(0, 32)
      return {
        privateKey,
        certificate: found.certificate,
        fileName: `SimpleNotificationService-${digest}.pem`,
      }
    }
  }

  /** Of two that make one at the same time, the first one's key stays. */
  async #make(): Promise<void> {
    const { store, vault, clock } = this.#ports
    const { privateKey } = await generate('rsa', { modulusLength: RSA_BITS })
    const nowMs = clock.nowMs()
    const certificate = selfSignedCertificate(privateKey, {
      commonName: 'sns.amazonaws.com',
      serial: randomBytesOf(16),
      notBefore: new Date(nowMs - 86_400_000),
      notAfter: new Date(nowMs + CERTIFICATE_YEARS * YEAR_MS),
    })
    const der = privateKey.export({ type: 'pkcs8', format: 'der' })
    const { ciphertext } = await vault.encrypt(SEAL_SCOPE, SEAL_KEY, der, SEAL_CONTEXT)
    const record: SigningRecord = { sealedKey: ciphertext.toString('base64'), certificate }
    const key = keys.keyOf(KEY)
    await store.commit({
      checks: [{ key, version: null }],
      sets: [{ key, value: jsonCodec<SigningRecord>(1).encode(record) }],
    })
  }
}
