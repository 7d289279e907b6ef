// ImportKeyMaterial: gives a key its material, or the same material again.
import { keyArn } from '#identity/vault/key-record.ts'
import { createHash } from 'node:crypto'
import { kmsError, unsupported, validation } from '../errors.ts'
import { requireExternal, unwrapMaterial } from '../import.ts'
import { changeKey, refusePendingDeletion, requireKeyById } from '../keys.ts'
import { IMPORT_EXPIRY_MS_MAX } from '../limits.ts'
import type { KmsInput, KmsOperation } from '../model.ts'
import { specOf } from '../specs.ts'

export const importKeyMaterial: KmsOperation<'ImportKeyMaterial'> = async (deps, input, context) => {
  const before = await requireKeyById(deps, context, input.KeyId)
  requireExternal(before)
  refusePendingDeletion(before)
  if (input.ImportType === 'NEW_KEY_MATERIAL')
    throw unsupported('A key has one imported material here; ImportType NEW_KEY_MATERIAL is not available.')
  const nowMs = deps.clock.nowMs()
  const expiresMs = expiryOf(input, nowMs)
  const { ImportToken: token, EncryptedKeyMaterial: wrapped } = input
  const material = unwrapMaterial(deps.vault, before, { token, wrapped, nowMs })
  const bytes = specOf(before.spec).materialBytes
  if (material.length !== bytes)
    throw kmsError('IncorrectKeyMaterialException', `Key material of ${before.spec} has ${bytes} bytes.`)
  const digest = createHash('sha256').update(keyArn(before)).update(material).digest('base64')
  const record = await changeKey(deps, context, input.KeyId, (found) => {
    if (found.importedDigest !== undefined && found.importedDigest !== digest)
      throw kmsError('IncorrectKeyMaterialException', 'The key material is not the one that was imported before.')
    const { expiresMs: _before, ...kept } = found
    return {
      ...kept,
      state: found.state.kind === 'disabled' ? found.state : { kind: 'enabled' as const },
      versions: [deps.vault.newVersion(found, 1, 'imported', material)],
      importedDigest: digest,
      ...(expiresMs !== undefined && { expiresMs }),
    }
  })
  return { KeyId: keyArn(record) }
}

/** Throws ValidationException. */
function expiryOf(
  { ExpirationModel: model, ValidTo }: KmsInput<'ImportKeyMaterial'>,
  nowMs: number,
): number | undefined {
  if (model === 'KEY_MATERIAL_DOES_NOT_EXPIRE') {
    if (ValidTo !== undefined) throw validation('ValidTo must not be set with KEY_MATERIAL_DOES_NOT_EXPIRE.')
    return undefined
  }
  const expiresMs = ValidTo?.getTime()
  if (expiresMs === undefined)
    throw validation('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES.')
  if (expiresMs <= nowMs || expiresMs > nowMs + IMPORT_EXPIRY_MS_MAX)
    throw validation('ValidTo must be in the future, and no more than a year away.')
  return expiresMs
}
