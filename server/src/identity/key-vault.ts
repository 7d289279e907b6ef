// The port to the keys: what S3, SQS, Lambda, Secrets Manager and the others encrypt with, and what KMS answers from. Keys
// belong to an account and a region, carry versions, and never leave the vault: callers get data keys, ciphertexts and
// ARNs. A ciphertext names its key and its version itself, so what was encrypted before a rotation stays readable.

/** Pairs that are bound to a ciphertext without being in it: the same ones must be given to decrypt. */
export type EncryptionContext = Readonly<Record<string, string>>

/** Where a key id or alias is looked up. */
export interface KeyScope {
  /** 12 digits. */
  readonly account: string
  readonly region: string
}

/** A fresh key for one object or message, and the same key as only the vault can read it: keep `wrapped` with the data. */
export interface DataKey {
  readonly plaintext: Buffer
  readonly wrapped: Buffer
  readonly keyArn: string
  /** It is a key behind alias/aws/<service>. */
  readonly managed: boolean
}

export interface Unwrapped {
  readonly plaintext: Buffer
  readonly keyArn: string
  /** It is a key behind alias/aws/<service>. */
  readonly managed: boolean
}

export interface Encrypted {
  readonly ciphertext: Buffer
  readonly keyArn: string
  /** It is a key behind alias/aws/<service>. */
  readonly managed: boolean
}

export interface KeyVault {
  /**
   * Makes a data key of `bytes` bytes (default 32, at most DATA_KEY_BYTES_MAX) under `key`: a key id, `alias/<name>`, or the
   * ARN of either. The keys behind `alias/aws/<service>` are made when they are first used. Rejects with KeyFault.
   */
  generateDataKey(scope: KeyScope, key: string, context: EncryptionContext, bytes?: number): Promise<DataKey>
  /** The plaintext of `DataKey.wrapped`. Rejects with KeyFault: a wrong context is `invalid-ciphertext`. */
  unwrap(wrapped: Uint8Array, context: EncryptionContext): Promise<Unwrapped>
  /** Encrypts at most PLAINTEXT_BYTES_MAX bytes under `key`, named as for generateDataKey. Rejects with KeyFault. */
  encrypt(scope: KeyScope, key: string, plaintext: Uint8Array, context: EncryptionContext): Promise<Encrypted>
  /** The opposite of `encrypt`. Rejects with KeyFault. */
  decrypt(ciphertext: Uint8Array, context: EncryptionContext): Promise<Unwrapped>
}

/**
 * Why a key cannot be used. KMS, and services that encrypt with a customer's key, tell it in their own words:
 * `not-found` NotFoundException, `disabled` DisabledException, `pending-deletion` and `pending-import`
 * KMSInvalidStateException, `invalid-ciphertext` InvalidCiphertextException, `wrong-usage` InvalidKeyUsageException.
 */
export type KeyFaultReason =
  | 'not-found'
  | 'disabled'
  | 'pending-deletion'
  | 'pending-import'
  | 'invalid-ciphertext'
  | 'wrong-usage'

export class KeyFault extends Error {
  override readonly name = 'KeyFault'
  readonly reason: KeyFaultReason
  /** The ARN of the key where it is known, else what it was called. */
  readonly key: string

  constructor(reason: KeyFaultReason, key: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
    this.key = key
  }
}
