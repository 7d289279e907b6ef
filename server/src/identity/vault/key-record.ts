// A key as it is kept: its material wrapped by the master key, one entry for each version, and the state that says
// whether it may be used. The KMS service shows and changes these records; the vault encrypts with them.
import { Collection, jsonCodec } from '#storage/collection.ts'

export type KeyState =
  | { readonly kind: 'enabled' }
  | { readonly kind: 'disabled' }
  | { readonly kind: 'pending-deletion'; readonly deleteAtMs: number }
  | { readonly kind: 'pending-import' }

export interface KeyVersion {
  readonly version: number
  readonly createdMs: number
  /** Sealed by the master key, base64. Symmetric and HMAC keys: the bytes; key pairs: the private key in PKCS #8. */
  readonly sealed: string
  readonly reason: 'created' | 'automatic' | 'on-demand' | 'imported'
}

export interface KeyRotation {
  readonly periodDays: number
  readonly nextMs: number
}

export interface KeyRecord {
  readonly account: string
  readonly region: string
  /** A UUID, or `mrk-` and 32 hexadecimal digits. */
  readonly keyId: string
  readonly createdMs: number
  /** `aws`: behind alias/aws/<service>, made at first use. */
  readonly owner: 'aws' | 'customer'
  /** KMS's name: SYMMETRIC_DEFAULT, HMAC_256, RSA_2048, ECC_NIST_P256, ... */
  readonly spec: string
  readonly usage: 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY' | 'GENERATE_VERIFY_MAC' | 'KEY_AGREEMENT'
  readonly state: KeyState
  /** Oldest first; the last one encrypts. */
  readonly versions: readonly KeyVersion[]
  /** Key pairs only: SubjectPublicKeyInfo in DER, base64. */
  readonly publicKey?: string
  readonly description: string
  /** The key policy, as it was given. */
  readonly policy: string
  readonly tags: readonly { readonly key: string; readonly value: string }[]
  readonly rotation?: KeyRotation
  /** `EXTERNAL`: the material is imported. Left out: it was made here. */
  readonly origin?: 'EXTERNAL'
  /** Imported material only: when it goes. */
  readonly expiresMs?: number
  /** Of the material that was imported first: no other is taken. */
  readonly importedDigest?: string
}

/** Key: [account, region, keyId]. Index `deleteAt`: [deleteAtMs] of keys that wait for deletion. */
export const keyRecords = new Collection<KeyRecord>({
  name: 'identity.keys',
  codec: jsonCodec<KeyRecord>(1),
  indexes: {
    deleteAt: ({ state }) => (state.kind === 'pending-deletion' ? [[state.deleteAtMs]] : []),
    expireAt: ({ expiresMs, versions }) => (expiresMs !== undefined && versions.length > 0 ? [[expiresMs]] : []),
    rotateAt: ({ rotation, state }) => (rotation !== undefined && state.kind === 'enabled' ? [[rotation.nextMs]] : []),
  },
})

export interface AliasRecord {
  /** With `alias/`. */
  readonly name: string
  readonly keyId: string
  readonly createdMs: number
  readonly updatedMs: number
}

/** Key: [account, region, name]. Index `key`: [account, region, keyId]. */
export const keyAliases = new Collection<AliasRecord>({
  name: 'identity.key-aliases',
  codec: jsonCodec<AliasRecord>(1),
  indexes: { key: ({ keyId }, [account = '', region = '']) => [[account, region, keyId]] },
})

export function keyArn({ account, region, keyId }: Pick<KeyRecord, 'account' | 'region' | 'keyId'>): string {
  return `arn:aws:kms:${region}:${account}:key/${keyId}`
}
