// Keys of the account and region, as KMS shows and changes them. The vault encrypts with the same records.
import { KeyFault, type KeyScope } from '#identity/key-vault.ts'
import { parseKeyName } from '#identity/vault/key-name.ts'
import { keyArn, type KeyRecord, keyRecords } from '#identity/vault/key-record.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact, type Transaction } from '#storage/transact.ts'
import { kmsError, toldByKms, validation } from './errors.ts'
import type { KmsDeps } from './model.ts'
import { specOf } from './specs.ts'

/** The key, whatever its state. Throws NotFoundException. */
export async function requireKey(deps: KmsDeps, context: KeyScope, keyId: string | undefined): Promise<KeyRecord> {
  if (keyId === undefined || keyId === '')
    throw validation(
      "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    )
  return toldByKms(() => deps.vault.require(context, keyId))
}

/** As requireKey, for operations that take no alias. */
export async function requireKeyById(deps: KmsDeps, context: KeyScope, keyId: string | undefined): Promise<KeyRecord> {
  if (keyId?.includes('alias/') === true) throw kmsError('NotFoundException', `Invalid keyId '${keyId}'`)
  return requireKey(deps, context, keyId)
}

/** Changes a customer's key in one commit. Throws NotFoundException, and UnsupportedOperation-like errors for AWS's keys. */
export async function changeKey(
  deps: KmsDeps,
  context: RequestContext,
  keyId: string | undefined,
  change: (record: KeyRecord, transaction: Transaction) => KeyRecord | Promise<KeyRecord>,
): Promise<KeyRecord> {
  const { account, region, keyId: id } = await requireKeyById(deps, context, keyId)
  return transact(deps.store, async (transaction) => {
    const record = (await keyRecords.get(transaction, [account, region, id]))?.value
    if (record === undefined) throw kmsError('NotFoundException', `Key '${keyId}' does not exist`)
    if (record.owner === 'aws')
      throw kmsError('AccessDeniedException', `The key ${keyArn(record)} is managed by AWS and cannot be changed.`)
    const next = await change(record, transaction)
    await keyRecords.set(transaction, [account, region, id], next)
    return next
  })
}

/** Throws KMSInvalidStateException for a key that waits for its deletion. */
export function refusePendingDeletion(record: KeyRecord): void {
  if (record.state.kind === 'pending-deletion')
    throw kmsError('KMSInvalidStateException', `${keyArn(record)} is pending deletion.`)
}

const STATES = {
  enabled: 'Enabled',
  disabled: 'Disabled',
  'pending-deletion': 'PendingDeletion',
  'pending-import': 'PendingImport',
} as const

export function showKey(record: KeyRecord) {
  const { state, spec: specName } = record
  const spec = specOf(specName)
  const isSigning = record.usage === 'SIGN_VERIFY'
  return {
    AWSAccountId: record.account,
    KeyId: record.keyId,
    Arn: keyArn(record),
    CreationDate: new Date(record.createdMs),
    Enabled: state.kind === 'enabled',
    Description: record.description,
    KeyUsage: record.usage,
    KeyState: STATES[state.kind],
    ...(state.kind === 'pending-deletion' && { DeletionDate: new Date(state.deleteAtMs) }),
    Origin: record.origin ?? ('AWS_KMS' as const),
    ...(record.origin === 'EXTERNAL' && record.versions.length > 0 && showExpiry(record)),
    KeyManager: record.owner === 'aws' ? ('AWS' as const) : ('CUSTOMER' as const),
    // KMS's own names; the record holds what CreateKey checked.
    CustomerMasterKeySpec: specName as 'SYMMETRIC_DEFAULT',
    KeySpec: specName as 'SYMMETRIC_DEFAULT',
    ...(record.usage === 'ENCRYPT_DECRYPT' && { EncryptionAlgorithms: [...spec.encryption] as 'SYMMETRIC_DEFAULT'[] }),
    ...(isSigning && { SigningAlgorithms: [...spec.signing] as 'ECDSA_SHA_256'[] }),
    ...(record.usage === 'GENERATE_VERIFY_MAC' && { MacAlgorithms: [...spec.mac] as 'HMAC_SHA_256'[] }),
    ...(record.usage === 'KEY_AGREEMENT' && { KeyAgreementAlgorithms: ['ECDH' as const] }),
    MultiRegion: false,
  }
}

function showExpiry({ expiresMs }: KeyRecord) {
  return expiresMs === undefined
    ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' as const }
    : { ExpirationModel: 'KEY_MATERIAL_EXPIRES' as const, ValidTo: new Date(expiresMs) }
}

/** Throws KMSInvalidStateException for a key that waits for its material. */
export function refusePendingImport(record: KeyRecord): void {
  if (record.state.kind === 'pending-import')
    throw kmsError('KMSInvalidStateException', `${keyArn(record)} is pending import.`)
}

/** The ARN that a row checks: of the key or of the alias that stands for it. Never throws. */
export function arnOfName(scope: KeyScope, name: string | undefined): string {
  if (name === undefined) return '*'
  try {
    const parsed = parseKeyName(scope, name)
    const { account, region } = parsed.scope
    return parsed.kind === 'id'
      ? keyArn({ account, region, keyId: parsed.keyId })
      : `arn:aws:kms:${region}:${account}:${parsed.alias}`
  } catch (error) {
    if (error instanceof KeyFault) return keyArn({ ...scope, keyId: '*' })
    throw error
  }
}
