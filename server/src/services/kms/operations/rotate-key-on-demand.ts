// RotateKeyOnDemand: new material for a key, now. What was encrypted before stays readable.
import { keyArn } from '#identity/vault/key-record.ts'
import { kmsError, unsupported } from '../errors.ts'
import { changeKey } from '../keys.ts'
import { ON_DEMAND_ROTATIONS_MAX } from '../limits.ts'
import { requireUsable } from '../pair.ts'
import { rotated } from '../rotation.ts'
import type { KmsOperation } from '../model.ts'

export const rotateKeyOnDemand: KmsOperation<'RotateKeyOnDemand'> = async (deps, input, context) => {
  const record = await changeKey(deps, context, input.KeyId, async (found) => {
    await requireUsable(found, 'ENCRYPT_DECRYPT')
    if (found.origin === 'EXTERNAL')
      throw unsupported(`${keyArn(found)} origin is EXTERNAL: its material is imported, once.`)
    if (found.spec !== 'SYMMETRIC_DEFAULT')
      throw unsupported(`${keyArn(found)} cannot be rotated: its key spec is ${found.spec}.`)
    if (found.versions.filter(({ reason }) => reason === 'on-demand').length >= ON_DEMAND_ROTATIONS_MAX)
      throw kmsError('LimitExceededException', `A key can be rotated on demand ${ON_DEMAND_ROTATIONS_MAX} times.`)
    return rotated(deps, found, 'on-demand')
  })
  return { KeyId: keyArn(record) }
}
