// Key pairs at work: RSA encryption, signatures, codes of authentication.
import { keyArn, type KeyRecord } from '#identity/vault/key-record.ts'
import { newestVersion, usable } from '#identity/vault/vault.ts'
import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  privateDecrypt,
  privateEncrypt,
  publicDecrypt,
  publicEncrypt,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import { kmsError, toldByKms, validation } from './errors.ts'
import { MESSAGE_BYTES_MAX } from './limits.ts'
import type { KmsDeps } from './model.ts'
import { schemeOf, specOf, type Usage } from './specs.ts'

/** Throws what KMS tells of a key that cannot do this. */
export async function requireUsable(record: KeyRecord, usage: Usage): Promise<KeyRecord> {
  return toldByKms(() => usable(record, usage))
}

/** Throws InvalidKeyUsageException for an algorithm that is not the key's. */
export function requireAlgorithm(
  record: KeyRecord,
  algorithm: string | undefined,
  kind: 'signing' | 'mac' | 'encryption',
): string {
  const given = algorithm ?? ''
  if (specOf(record.spec)[kind].includes(given)) return given
  throw kmsError('InvalidKeyUsageException', `Algorithm ${given} is incompatible with key spec ${record.spec}.`)
}

export function privateKeyOf({ vault }: KmsDeps, record: KeyRecord): KeyObject {
  const material = vault.materialOf(record, newestVersion(record))
  return createPrivateKey({ key: material, format: 'der', type: 'pkcs8' })
}

export function publicKeyOf(record: KeyRecord): KeyObject {
  const key = Buffer.from(record.publicKey ?? '', 'base64')
  return createPublicKey({ key, format: 'der', type: 'spki' })
}

export interface Signed {
  readonly algorithm: string
  readonly message: Buffer
  readonly type: string | undefined
}

/** A DER signature, or an RSA one. A digest is signed as it is. */
export function signMessage(key: KeyObject, signed: Signed): Buffer {
  const { padding, hash } = checked(signed)
  if (signed.type === 'DIGEST') return signDigest(key, signed)
  return sign(hash, signed.message, { key, ...paddingOf(padding) })
}

export function verifyMessage(key: KeyObject, signed: Signed, signature: Buffer): boolean {
  const { padding, hash } = checked(signed)
  if (signed.type === 'DIGEST') return verifyDigest(key, signed, signature)
  return verify(hash, signed.message, { key, ...paddingOf(padding) }, signature)
}

function checked({ algorithm, message, type }: Signed) {
  const scheme = schemeOf(algorithm)
  if (message.length === 0 || message.length > MESSAGE_BYTES_MAX)
    throw validation(
      "1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length less than or equal to 4096",
    )
  if (type === 'DIGEST' && message.length !== scheme.hashBytes)
    throw validation(`Digest is invalid length for algorithm ${algorithm}.`)
  // node:crypto hashes what it signs with ECDSA and PSS itself; a given digest cannot be put in.
  if (type === 'DIGEST' && !algorithm.includes('PKCS1'))
    throw kmsError(
      'UnsupportedOperationException',
      `MessageType DIGEST is not available here for ${algorithm}; send the message.`,
    )
  return scheme
}

function paddingOf(padding: number | undefined) {
  if (padding === undefined) return {}
  return padding === constants.RSA_PKCS1_PSS_PADDING
    ? { padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { padding }
}

/** PKCS #1 puts the name of the hash before the digest. */
const DIGEST_INFO: Readonly<Record<string, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
}

function withDigestInfo({ algorithm, message }: Signed): Buffer {
  return Buffer.concat([Buffer.from(DIGEST_INFO[schemeOf(algorithm).hash] ?? '', 'hex'), message])
}

function signDigest(key: KeyObject, signed: Signed): Buffer {
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, withDigestInfo(signed))
}

function verifyDigest(key: KeyObject, signed: Signed, signature: Buffer): boolean {
  try {
    return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature).equals(withDigestInfo(signed))
  } catch {
    // Not made with this key: no padding comes out.
    return false
  }
}

function oaep(algorithm: string) {
  return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: algorithm.endsWith('256') ? 'sha256' : 'sha1' }
}

export function encryptWithPair(record: KeyRecord, algorithm: string, plaintext: Buffer): Buffer {
  try {
    return publicEncrypt({ key: publicKeyOf(record), ...oaep(algorithm) }, plaintext)
  } catch {
    // The only thing that can be wrong with a given plaintext is its length.
    throw validation(`The plaintext is too long for ${record.spec} with ${algorithm}.`)
  }
}

export function decryptWithPair(deps: KmsDeps, record: KeyRecord, algorithm: string, ciphertext: Buffer): Buffer {
  try {
    return privateDecrypt({ key: privateKeyOf(deps, record), ...oaep(algorithm) }, ciphertext)
  } catch {
    throw kmsError('InvalidCiphertextException', '')
  }
}

export function macOf({ vault }: KmsDeps, record: KeyRecord, algorithm: string, message: Buffer): Buffer {
  const hash = `sha${algorithm.slice('HMAC_SHA_'.length)}`
  return createHmac(hash, vault.materialOf(record, newestVersion(record)))
    .update(message)
    .digest()
}

export function isSameMac(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

export function invalidSignature(record: KeyRecord) {
  return kmsError('KMSInvalidSignatureException', `The signature is not one of ${keyArn(record)}.`)
}
