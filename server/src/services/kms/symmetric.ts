// Encrypting and decrypting, under symmetric keys and key pairs alike.
import type { KeyScope } from '#identity/key-vault.ts'
import { parseCiphertext } from '#identity/vault/ciphertext.ts'
import { keyArn, type KeyRecord } from '#identity/vault/key-record.ts'
import { kmsError, toldByKms, validation } from './errors.ts'
import { requireKey } from './keys.ts'
import { RANDOM_BYTES_MAX } from './limits.ts'
import type { KmsDeps } from './model.ts'
import { decryptWithPair, encryptWithPair, requireAlgorithm, requireUsable } from './pair.ts'

type Context = Readonly<Record<string, string>> | undefined

export async function encryptUnder(
  deps: KmsDeps,
  record: KeyRecord,
  algorithm: string,
  plaintext: Buffer,
  encryptionContext: Context,
): Promise<Buffer> {
  if (algorithm !== 'SYMMETRIC_DEFAULT') return encryptWithPair(record, algorithm, plaintext)
  const { ciphertext } = await toldByKms(() =>
    deps.vault.encrypt(record, keyArn(record), plaintext, encryptionContext ?? {}),
  )
  return ciphertext
}

export interface Wrapped {
  readonly ciphertext: Buffer | undefined
  readonly algorithm: string | undefined
  readonly keyId: string | undefined
  readonly encryptionContext: Context
}

/** Of a key that is not there, or in another region: AWS does not tell which. */
const OUT_OF_REACH =
  'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.'

/** Throws InvalidCiphertextException, IncorrectKeyException, AccessDeniedException for a ciphertext of another region, and what the key's state forbids. */
export async function decryptUnder(
  deps: KmsDeps,
  scope: KeyScope,
  { ciphertext = Buffer.alloc(0), algorithm = 'SYMMETRIC_DEFAULT', keyId, encryptionContext }: Wrapped,
): Promise<{ readonly plaintext: Buffer; readonly record: KeyRecord }> {
  if (algorithm !== 'SYMMETRIC_DEFAULT') {
    const record = await requireUsable(await requireKey(deps, scope, keyId), 'ENCRYPT_DECRYPT')
    requireAlgorithm(record, algorithm, 'encryption')
    return { plaintext: decryptWithPair(deps, record, algorithm, ciphertext), record }
  }
  const parsed = parseCiphertext(ciphertext)
  if (parsed === undefined) throw kmsError('InvalidCiphertextException', '')
  if (keyId !== undefined) {
    const wanted = await requireKey(deps, scope, keyId)
    if (keyArn(wanted) !== keyArn(parsed))
      throw kmsError(
        'IncorrectKeyException',
        'The key ID in the request does not identify a CMK that can perform this operation.',
      )
  }
  if (parsed.region !== scope.region) throw kmsError('AccessDeniedException', OUT_OF_REACH)
  const { plaintext } = await toldByKms(() => deps.vault.decrypt(ciphertext, encryptionContext ?? {}))
  return { plaintext, record: await requireKey(deps, parsed, keyArn(parsed)) }
}

interface DataKeyWish {
  readonly KeySpec?: string | undefined
  readonly NumberOfBytes?: number | undefined
}

/** The length of a data key. Throws ValidationException. */
export function dataKeyBytes({ KeySpec, NumberOfBytes }: DataKeyWish): number {
  if ((KeySpec === undefined) === (NumberOfBytes === undefined))
    throw validation('Please specify either number of bytes or key spec.')
  if (KeySpec !== undefined) return KeySpec === 'AES_128' ? 16 : 32
  const bytes = NumberOfBytes ?? 0
  if (bytes < 1 || bytes > RANDOM_BYTES_MAX)
    throw validation(
      `1 validation error detected: Value '${bytes}' at 'numberOfBytes' failed to satisfy constraint: Member must have value ${bytes < 1 ? 'greater than or equal to 1' : `less than or equal to ${RANDOM_BYTES_MAX}`}`,
    )
  return bytes
}
