// Keys whose material comes from outside. Whoever imports gets a public key to wrap the material for, and a token that holds
// the other half, sealed: nothing is kept between the two calls. Source: KMS developer guide, "Importing key material".
import { keyArn, type KeyRecord } from '#identity/vault/key-record.ts'
import type { Vault } from '#identity/vault/vault.ts'
import { constants, createDecipheriv, createPrivateKey, generateKeyPair, privateDecrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { kmsError, unsupported, validation } from './errors.ts'
import { IMPORT_VALID_MS } from './limits.ts'

const makePair = promisify(generateKeyPair)

const ALGORITHMS = [
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
] as const
type Algorithm = (typeof ALGORITHMS)[number]
const WRAPPING_BITS: Readonly<Record<string, number>> = { RSA_2048: 2048, RSA_3072: 3072, RSA_4096: 4096 }

/** What a token holds. */
interface Wrapping {
  readonly algorithm: Algorithm
  readonly validToMs: number
  /** PKCS #8, base64. */
  readonly privateKey: string
}

export interface ImportParameters {
  readonly publicKey: Buffer
  readonly token: Buffer
  readonly validToMs: number
}

/** Throws UnsupportedOperationException for a key whose material was made here. */
export function requireExternal(record: KeyRecord): void {
  if (record.origin !== 'EXTERNAL')
    throw unsupported(`${keyArn(record)} origin is AWS_KMS which is not valid for this operation.`)
}

/** Throws ValidationException for what wraps nothing here. */
export async function newParameters(
  vault: Pick<Vault, 'seal'>,
  record: KeyRecord,
  wish: { readonly algorithm: string | undefined; readonly spec: string | undefined; readonly nowMs: number },
): Promise<ImportParameters> {
  const algorithm = ALGORITHMS.find((one) => one === wish.algorithm)
  const modulusLength = WRAPPING_BITS[wish.spec ?? '']
  if (algorithm === undefined || modulusLength === undefined)
    throw validation(`Wrapping with ${wish.algorithm} under ${wish.spec} is not available.`)
  const { publicKey, privateKey } = await makePair('rsa', { modulusLength })
  const wrapping: Wrapping = {
    algorithm,
    validToMs: wish.nowMs + IMPORT_VALID_MS,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
  }
  const sealed = vault.seal(placeOf(record), Buffer.from(JSON.stringify(wrapping)))
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    token: Buffer.from(sealed, 'base64'),
    validToMs: wrapping.validToMs,
  }
}

/** The material. Throws InvalidImportTokenException, ExpiredImportTokenException, InvalidCiphertextException. */
export function unwrapMaterial(
  vault: Pick<Vault, 'tryOpen'>,
  record: KeyRecord,
  given: { readonly token: Buffer; readonly wrapped: Buffer; readonly nowMs: number },
): Buffer {
  const opened = vault.tryOpen(placeOf(record), given.token)
  if (opened === undefined) throw kmsError('InvalidImportTokenException', 'The import token is not valid for this key.')
  // Only `newParameters` seals at this place.
  const { algorithm, validToMs, privateKey } = JSON.parse(opened.toString()) as Wrapping
  if (validToMs < given.nowMs) throw kmsError('ExpiredImportTokenException', 'The import token has expired.')
  const key = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' })
  const oaep = {
    key,
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: algorithm.endsWith('256') ? 'sha256' : 'sha1',
  }
  try {
    if (algorithm.startsWith('RSAES')) return privateDecrypt(oaep, given.wrapped)
    // The first part is an AES key under RSA; the rest is the material under that key (RFC 5649).
    const cut = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8
    const wrapKey = privateDecrypt(oaep, given.wrapped.subarray(0, cut))
    const decipher = createDecipheriv('id-aes256-wrap-pad', wrapKey, Buffer.from('a65959a6', 'hex'))
    return Buffer.concat([decipher.update(given.wrapped.subarray(cut)), decipher.final()])
  } catch {
    throw kmsError('InvalidCiphertextException', '')
  }
}

function placeOf(record: KeyRecord): string {
  return `import ${keyArn(record)}`
}

/** The key as it is without its material: it waits for the same one. */
export function withoutMaterial(record: KeyRecord): KeyRecord {
  const { expiresMs: _expiresMs, ...kept } = record
  return { ...kept, state: { kind: 'pending-import' }, versions: [] }
}
