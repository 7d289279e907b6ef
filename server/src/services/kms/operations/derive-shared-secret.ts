// DeriveSharedSecret: what a key pair and somebody else's public key agree on (ECDH): the raw shared secret.
import { keyArn } from '#identity/vault/key-record.ts'
import { createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { endDryRun } from '../dry-run.ts'
import { validation } from '../errors.ts'
import { requireKey } from '../keys.ts'
import { privateKeyOf, requireUsable } from '../pair.ts'
import type { KmsOperation } from '../model.ts'

export const deriveSharedSecret: KmsOperation<'DeriveSharedSecret'> = async (deps, input, context) => {
  const algorithm: string | undefined = input.KeyAgreementAlgorithm
  if (algorithm !== 'ECDH')
    throw validation(
      `1 validation error detected: Value '${algorithm}' at 'keyAgreementAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [ECDH]`,
    )
  const record = await requireUsable(await requireKey(deps, context, input.KeyId), 'KEY_AGREEMENT')
  const privateKey = privateKeyOf(deps, record)
  const publicKey = readPublicKey(input.PublicKey)
  const isSameCurve =
    publicKey?.asymmetricKeyDetails?.namedCurve === privateKey.asymmetricKeyDetails?.namedCurve &&
    publicKey?.asymmetricKeyType === 'ec'
  if (publicKey === undefined || !isSameCurve)
    throw validation(`The public key is not one of the curve of ${record.spec}.`)
  endDryRun(input)
  return {
    KeyId: keyArn(record),
    SharedSecret: diffieHellman({ privateKey, publicKey }),
    KeyAgreementAlgorithm: 'ECDH',
    KeyOrigin: 'AWS_KMS',
  }
}

function readPublicKey(der: Buffer | undefined): KeyObject | undefined {
  try {
    return createPublicKey({ key: der ?? Buffer.alloc(0), format: 'der', type: 'spki' })
  } catch {
    // Told as a key of the wrong curve.
    return undefined
  }
}
